//! What a file is, before anything reads what it says: a workbook (.xlsx) is an archive, and archives can be made to burst.

use std::{
    collections::HashMap,
    io::{Cursor, Read},
};

use zip::{ZipArchive, result::ZipError};

use super::{
    super::refused,
    xml::{Damaged, Node, Xml},
};
use crate::kernel::{error::Refusal, locale::Message};

/// How many entries a workbook may have.
const ENTRIES: usize = 200;

/// How long all its entries may be together, unpacked, in bytes.
const UNPACKED: u64 = 64 * 1024 * 1024;

/// The part that names the types of all others.
const CONTENT_TYPES: &str = "[content_types].xml";

/// Old Office files, and new ones with a password.
const COMPOUND: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// What the first bytes tell of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bulk::sheet) enum Looks {
    /// An archive: perhaps a workbook.
    Archive,
    /// No archive, and nothing else that has a name: perhaps a text.
    Text,
}

/// What a file looks like.
///
/// # Errors
/// WRONG_TYPE for what is neither a text nor an archive, with what it is; ENCRYPTED.
pub(in crate::bulk::sheet) fn looks(bytes: &[u8]) -> Result<Looks, Refusal> {
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"PK\x05\x06") {
        return Ok(Looks::Archive);
    }
    if bytes.starts_with(COMPOUND) {
        let name: Vec<u8> = "EncryptedPackage".encode_utf16().flat_map(u16::to_le_bytes).collect();
        return Err(match bytes.windows(name.len()).any(|window| window == name) {
            true => encrypted(),
            false => wrong_type(
                "Đây là tệp Office kiểu cũ (.xls); hãy lưu lại thành .xlsx.",
                "This is an Office file of the old kind (.xls); save it as .xlsx.",
            ),
        });
    }
    if bytes.starts_with(b"%PDF") {
        return Err(wrong_type("Đây là tệp PDF, không phải bảng tính.", "This is a PDF, not a spreadsheet."));
    }
    Ok(Looks::Text)
}

/// The parts of a workbook that say something, unpacked: each bounded, and looked through. What is left out (pictures, settings of
/// printers) nobody reads.
#[derive(Debug)]
pub(super) struct Package {
    /// By the part's name, in small letters: names are the same in either case.
    parts: HashMap<String, String>,
}

/// What a part leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Relation {
    /// How the part names it.
    pub id: String,
    /// What sort of part it is: `worksheet`, `styles`.
    pub kind: String,
    /// The other part's name.
    pub target: String,
}

impl Package {
    /// Unpacks a workbook.
    ///
    /// # Errors
    /// WRONG_TYPE, MACRO, ENCRYPTED, TOO_LARGE, BROKEN_FILE.
    pub fn unpack(bytes: &[u8]) -> Result<Self, Refusal> {
        let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|_| broken())?;
        if archive.len() > ENTRIES || archive.has_duplicate_names() {
            return Err(too_large());
        }
        let raw = archive.file_names_raw();
        let names: Vec<String> = raw.map(|name| part_name(&String::from_utf8_lossy(name))).collect();
        let mut left = UNPACKED;
        let mut parts = HashMap::new();
        for (n, name) in names.iter().enumerate() {
            // The sizes that an archive declares are its word against ours.
            let entry = archive.by_index(n).map_err(|error| unreadable(&error))?;
            let mut part = vec![];
            let length = entry.take(left + 1).read_to_end(&mut part).map_err(|_| broken())? as u64;
            left = left.checked_sub(length).ok_or_else(too_large)?;
            if !(name.ends_with(".xml") || name.ends_with(".rels")) {
                continue;
            }
            let text = String::from_utf8(part).map_err(|_| broken())?;
            if !is_utf8(&text) {
                return Err(broken());
            }
            parts.insert(name.clone(), text);
        }
        let package = Package { parts };
        if package.has_macros(&names).map_err(|Damaged| broken())? {
            return Err(macros());
        }
        let other = ["word/document.xml", "ppt/presentation.xml"].iter().any(|name| package.part(name).is_some());
        match package.workbook() {
            Some(_) if !other => Ok(package),
            _ => Err(no_workbook(&names)),
        }
    }
    /// The text of a part.
    pub fn part(&self, name: &str) -> Option<&str> {
        self.parts.get(name).map(String::as_str)
    }
    /// The part that is the workbook: what the package leads to, whatever its name; else the one that most programs write.
    pub fn workbook(&self) -> Option<&str> {
        let relations = self.relations("").unwrap_or_default();
        let named = relations.iter().find(|relation| relation.kind == "officeDocument");
        let named = named.and_then(|relation| self.parts.get_key_value(&relation.target));
        named.or_else(|| self.parts.get_key_value("xl/workbook.xml")).map(|(name, _)| name.as_str())
    }
    /// What a part leads to; what the package does, without a name.
    pub fn relations(&self, part: &str) -> Result<Vec<Relation>, Damaged> {
        let (folder, file) = part.rsplit_once('/').unwrap_or(("", part));
        let separator = if folder.is_empty() { "" } else { "/" };
        let Some(text) = self.part(&format!("{folder}{separator}_rels/{file}.rels")) else { return Ok(vec![]) };
        let (mut xml, mut relations) = (Xml::new(text), vec![]);
        while let Some(node) = xml.next()? {
            let Node::Open(element) = node else { continue };
            if element.name() != "Relationship"
                || element.attribute("TargetMode")?.is_some_and(|mode| mode == "External")
            {
                continue;
            }
            if let (Some(kind), Some(target)) = (element.attribute("Type")?, element.attribute("Target")?) {
                let id = element.attribute("Id")?.unwrap_or_default();
                let kind = kind.rsplit('/').next().unwrap_or_default().to_owned();
                relations.push(Relation { id, kind, target: resolved(folder, &target) });
            }
        }
        Ok(relations)
    }
    /// Whether a part that is there holds macros: by its name, by its type, or by what the workbook calls it. A type that the
    /// package only declares, for files that it does not have, is none.
    fn has_macros(&self, names: &[String]) -> Result<bool, Damaged> {
        let by_name = |name: &String| name.ends_with("vbaproject.bin") || name.starts_with("xl/macrosheets/");
        if names.iter().any(by_name) {
            return Ok(true);
        }
        let relations = self.workbook().map(|part| self.relations(part)).transpose()?.unwrap_or_default();
        if relations.iter().any(|r| matches!(r.kind.as_str(), "vbaProject" | "xlMacrosheet" | "xlIntlMacrosheet")) {
            return Ok(true);
        }
        let Some(types) = self.part(CONTENT_TYPES) else { return Ok(false) };
        let (mut by_extension, mut by_part) = (HashMap::new(), HashMap::new());
        let mut xml = Xml::new(types);
        while let Some(node) = xml.next()? {
            let Node::Open(element) = node else { continue };
            let Some(kind) = element.attribute("ContentType")? else { continue };
            if let Some(extension) = element.attribute("Extension")? {
                by_extension.insert(extension.to_lowercase(), kind);
            } else if let Some(part) = element.attribute("PartName")? {
                by_part.insert(part_name(&part), kind);
            }
        }
        let kind = |name: &String| {
            let extension = || by_extension.get(name.rsplit('.').next().unwrap_or_default());
            by_part.get(name).or_else(extension).map(|kind| kind.to_lowercase())
        };
        // A binary workbook is called so whether it has macros or not; it is not read anyway.
        let runs = |kind: String| {
            kind.contains("vbaproject")
                || kind.contains("macrosheet")
                || (kind.contains("macroenabled") && !kind.contains("sheet.binary"))
        };
        Ok(names.iter().filter(|name| *name != CONTENT_TYPES).filter_map(kind).any(runs))
    }
}

/// A part's name, as all of them are compared.
fn part_name(name: &str) -> String {
    name.replace('\\', "/").replace("%20", " ").trim_start_matches('/').to_lowercase()
}

/// The part that a target names, seen from a folder.
fn resolved(folder: &str, target: &str) -> String {
    let target = target.replace('\\', "/");
    let from_top = target.starts_with('/');
    let mut steps: Vec<&str> =
        if from_top { vec![] } else { folder.split('/').filter(|step| !step.is_empty()).collect() };
    for step in target.split('/') {
        match step {
            "" | "." => {}
            ".." => drop(steps.pop()),
            step => steps.push(step),
        }
    }
    part_name(&steps.join("/"))
}

/// A text says of no encoding but the one that it was looked through in.
fn is_utf8(text: &str) -> bool {
    // UTF-16 without a mark may pass for text with nothing between the letters.
    if text.contains('\0') {
        return false;
    }
    let mut declared = text.split("<?xml").skip(1).filter_map(|rest| rest.split("?>").next()?.split_once("encoding"));
    declared.all(|(_, value)| {
        value.split(['"', '\'']).nth(1).is_some_and(|encoding| encoding.trim().eq_ignore_ascii_case("utf-8"))
    })
}

/// What an archive is in which no part is the workbook.
fn no_workbook(names: &[String]) -> Refusal {
    let has = |name: &str| names.iter().any(|known| known == name);
    if has("xl/workbook.bin") {
        wrong_type(
            "Đây là tệp Excel nhị phân (.xlsb); hãy lưu lại thành .xlsx.",
            "This is a binary Excel file (.xlsb); save it as .xlsx.",
        )
    } else if has("content.xml") {
        wrong_type(
            "Đây là tệp OpenDocument (.ods); hãy lưu lại thành .xlsx.",
            "This is an OpenDocument file (.ods); save it as .xlsx.",
        )
    } else {
        wrong_type(
            "Đây là tệp nén (.zip) không chứa bảng tính .xlsx.",
            "This is an archive (.zip), not an .xlsx workbook.",
        )
    }
}

fn unreadable(error: &ZipError) -> Refusal {
    match error {
        ZipError::UnsupportedArchive(reason) if *reason == ZipError::PASSWORD_REQUIRED => encrypted(),
        _ => broken(),
    }
}

/// A file of another type than it should be of.
pub(in crate::bulk::sheet) fn wrong_type(vi: &'static str, en: &'static str) -> Refusal {
    refused("WRONG_TYPE", Message::new(vi, en))
}

/// A file that is damaged.
pub(super) fn broken() -> Refusal {
    refused(
        "BROKEN_FILE",
        Message::new("Tệp .xlsx bị hỏng, không đọc được.", "The .xlsx file is damaged: it cannot be read."),
    )
}

fn encrypted() -> Refusal {
    refused(
        "ENCRYPTED",
        Message::new(
            "Tệp có mật khẩu; hãy bỏ mật khẩu rồi gửi lại.",
            "The file has a password; take it off and send it again.",
        ),
    )
}

fn macros() -> Refusal {
    refused(
        "MACRO",
        Message::new(
            "Tệp có macro; hãy lưu lại thành .xlsx không macro.",
            "The file has macros; save it as an .xlsx without them.",
        ),
    )
}

fn too_large() -> Refusal {
    refused(
        "TOO_LARGE",
        Message::new(
            "Tệp .xlsx quá lớn khi giải nén: nhiều nhất 200 phần và 64 MiB.",
            "The .xlsx file is too large once it is unpacked: at most 200 parts and 64 MiB.",
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_seen_from_their_part() {
        for (folder, target, part) in [
            ("xl", "worksheets/sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl", "/xl/Worksheets/Sheet1.xml", "xl/worksheets/sheet1.xml"),
            ("xl/worksheets", "../sharedStrings.xml", "xl/sharedstrings.xml"),
            ("", "./xl\\workbook22.xml", "xl/workbook22.xml"),
            ("xl", "../../../x.xml", "x.xml"),
        ] {
            assert_eq!(resolved(folder, target), part, "{target}");
        }
    }
}
