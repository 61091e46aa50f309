//! What a workbook says before its sheets are read: which there are, its texts, its formats, from which year its days are counted.

use std::collections::HashMap;

use super::{
    super::format::{NumberFormat, builtin},
    package::Package,
    xml::{Damaged, Node, Xml, shown},
};

/// The longest code of a format that is read, in bytes. Programs take 255 characters.
const LONGEST_FORMAT: usize = 1024;

/// The most texts that cells can name: as many as there are cells that are read.
const STRINGS: usize = 2_600_000;

/// The most formats of its own that a file may have; programs take a few hundred.
const FORMATS: usize = 10_000;

/// Numbers from this one on are a file's own formats.
const FIRST_OWN_FORMAT: u32 = 164;

/// A workbook's parts, as its sheets need them.
#[derive(Debug)]
pub(super) struct Workbook {
    /// The visible worksheets, in order: name, and the part that it is in.
    pub sheets: Vec<(String, String)>,
    /// The texts that cells name by number.
    pub strings: Vec<String>,
    /// Which format each style has.
    styles: Vec<u32>,
    formats: HashMap<u32, Style>,
    /// Whether days are counted from 1904.
    pub since_1904: bool,
}

/// How cells of a style are shown.
#[derive(Clone, Debug)]
pub(super) struct Style {
    /// The code of its format, as a message quotes it.
    pub code: String,
    /// Its format; `None` for one that cannot be read with certainty.
    pub format: Option<NumberFormat>,
}

impl Style {
    fn new(code: &str) -> Self {
        let format = (code.len() <= LONGEST_FORMAT).then(|| NumberFormat::parse(code)).flatten();
        Style { code: code.chars().take(60).collect(), format }
    }
    fn numbered(id: u32) -> Self {
        match builtin::code(id) {
            Some(code) => Style::new(code),
            // A format of its own that the file does not have is none.
            None if id >= FIRST_OWN_FORMAT => Style::new("General"),
            None => Style { code: format!("numFmtId {id}"), format: None },
        }
    }
}

impl Workbook {
    /// Reads the parts of a workbook.
    ///
    /// # Errors
    /// Where one of them is damaged.
    pub fn read(package: &Package) -> Result<Self, Damaged> {
        let part = package.workbook().ok_or(Damaged)?;
        let relations = package.relations(part)?;
        let of = |kind: &str| {
            let found = relations.iter().find(|relation| relation.kind == kind);
            found.and_then(|relation| package.part(&relation.target))
        };
        let (mut sheets, mut since_1904, mut is_workbook) = (vec![], false, false);
        let mut xml = Xml::new(package.part(part).ok_or(Damaged)?);
        while let Some(node) = xml.next()? {
            let Node::Open(element) = node else { continue };
            match element.name() {
                "workbook" => is_workbook = true,
                "workbookPr" => since_1904 = element.is("date1904")?,
                "sheet" => {
                    let visible = element.attribute("state")?.is_none_or(|state| state == "visible");
                    let id = element.attribute("id")?.ok_or(Damaged)?;
                    let worksheet = relations.iter().find(|r| r.id == id && r.kind == "worksheet");
                    if let Some(worksheet) = worksheet.filter(|_| visible) {
                        sheets.push((element.attribute("name")?.unwrap_or_default(), worksheet.target.clone()));
                    }
                }
                _ => {}
            }
        }
        if !is_workbook {
            return Err(Damaged);
        }
        let strings = of("sharedStrings").map(strings).transpose()?.unwrap_or_default();
        let (styles, formats) = of("styles").map(styles).transpose()?.unwrap_or_default();
        let mut workbook = Workbook { sheets, strings, styles, formats, since_1904 };
        let used: Vec<u32> = workbook.styles.iter().copied().chain([0]).collect();
        for id in used {
            workbook.formats.entry(id).or_insert_with(|| Style::numbered(id));
        }
        Ok(workbook)
    }
    /// How cells of a style are shown; those of none, or of one that is not there, as programs do without.
    pub fn style(&self, number: usize) -> Option<&Style> {
        self.formats.get(self.styles.get(number).unwrap_or(&0))
    }
}

fn strings(part: &str) -> Result<Vec<String>, Damaged> {
    let (mut xml, mut strings) = (Xml::new(part), vec![]);
    while let Some(node) = xml.next()? {
        if let Node::Open(element) = node
            && element.name() == "si"
        {
            strings.push(shown(&xml.string()?));
            if strings.len() > STRINGS {
                return Err(Damaged);
            }
        }
    }
    Ok(strings)
}

/// The format of each style, and the file's own formats.
fn styles(part: &str) -> Result<(Vec<u32>, HashMap<u32, Style>), Damaged> {
    let (mut xml, mut styles, mut formats, mut of_cells) = (Xml::new(part), vec![], HashMap::new(), false);
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match element.name() {
                "numFmt" => {
                    if let (Some(id), Some(code)) = (element.number("numFmtId")?, element.attribute("formatCode")?) {
                        formats.entry(id).or_insert_with(|| Style::new(&shown(&code)));
                        if formats.len() > FORMATS {
                            return Err(Damaged);
                        }
                    }
                }
                "cellXfs" => of_cells = true,
                "xf" if of_cells => styles.push(element.number("numFmtId")?.unwrap_or(0)),
                _ => {}
            },
            Node::Close(name) if name == "cellXfs" => of_cells = false,
            Node::Close(_) | Node::Text(_) => {}
        }
    }
    Ok((styles, formats))
}
