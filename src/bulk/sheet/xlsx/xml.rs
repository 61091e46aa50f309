//! The XML of a workbook's parts, by local names: programs differ in the prefixes that they write.

use quick_xml::{
    Reader, XmlVersion,
    escape::resolve_predefined_entity,
    events::{BytesStart, Event},
};

/// XML that is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Damaged;

/// A piece of a part, in order.
pub(super) enum Node<'a> {
    /// An element begins.
    Open(Element<'a>),
    /// An element ends; its local name.
    Close(String),
    /// Text.
    Text(String),
}

/// An element, with its attributes.
pub(super) struct Element<'a>(BytesStart<'a>);

impl Element<'_> {
    /// Its name, without a prefix.
    pub fn name(&self) -> &str {
        self.0.local_name().into_inner()
    }
    /// An attribute by its local name.
    pub fn attribute(&self, name: &str) -> Result<Option<String>, Damaged> {
        for attribute in self.0.attributes().with_checks(false) {
            let attribute = attribute.map_err(|_| Damaged)?;
            if attribute.key.local_name().as_ref() == name {
                let value = attribute.normalized_value(XmlVersion::Implicit1_0).map_err(|_| Damaged)?;
                return Ok(Some(value.into_owned()));
            }
        }
        Ok(None)
    }
    /// Whether an attribute says yes.
    pub fn is(&self, name: &str) -> Result<bool, Damaged> {
        Ok(self.attribute(name)?.is_some_and(|value| matches!(value.trim(), "1" | "true" | "on")))
    }
    /// An attribute that is a number.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, Damaged> {
        self.attribute(name)?.map(|value| value.trim().parse().map_err(|_| Damaged)).transpose()
    }
}

/// A part that is read.
pub(super) struct Xml<'a> {
    reader: Reader<&'a [u8]>,
    /// How many elements are open.
    depth: usize,
}

impl<'a> Xml<'a> {
    /// Begins to read.
    pub fn new(text: &'a str) -> Self {
        let mut reader = Reader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
        reader.config_mut().expand_empty_elements = true;
        Xml { reader, depth: 0 }
    }
    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// For XML that is not well-formed, ends before its elements do, or names entities of its own.
    pub fn next(&mut self) -> Result<Option<Node<'a>>, Damaged> {
        loop {
            return Ok(Some(match self.reader.read_event().map_err(|_| Damaged)? {
                Event::Start(start) | Event::Empty(start) => {
                    self.depth += 1;
                    Node::Open(Element(start))
                }
                Event::End(end) => {
                    self.depth = self.depth.saturating_sub(1);
                    Node::Close(end.local_name().into_inner().to_owned())
                }
                Event::Text(text) => Node::Text(text.xml10_content().into_owned()),
                Event::CData(text) => Node::Text(text.xml10_content().into_owned()),
                Event::GeneralRef(reference) => match reference.resolve_char_ref().map_err(|_| Damaged)? {
                    Some(c) => Node::Text(c.to_string()),
                    None => Node::Text(resolve_predefined_entity(&reference).ok_or(Damaged)?.to_owned()),
                },
                Event::DocType(_) => return Err(Damaged),
                Event::Eof if self.depth > 0 => return Err(Damaged),
                Event::Eof => return Ok(None),
                Event::Comment(_) | Event::Decl(_) | Event::PI(_) => continue,
            }));
        }
    }
    /// The text of an element that was opened, until it ends.
    ///
    /// # Errors
    /// As [`Xml::next`]; and where the part ends before.
    pub fn text(&mut self) -> Result<String, Damaged> {
        let (mut text, mut depth) = (String::new(), 0usize);
        loop {
            match self.next()?.ok_or(Damaged)? {
                Node::Open(_) => depth += 1,
                Node::Close(_) if depth == 0 => return Ok(text),
                Node::Close(_) => depth -= 1,
                Node::Text(more) => text.push_str(&more),
            }
        }
    }
    /// The text of a string (`si`, `is`) that was opened: of its runs, with every blank, without its phonetic hints.
    ///
    /// # Errors
    /// As [`Xml::text`].
    pub fn string(&mut self) -> Result<String, Damaged> {
        let mut text = String::new();
        loop {
            match self.next()?.ok_or(Damaged)? {
                Node::Open(element) => match element.name() {
                    "t" => text.push_str(&self.text()?),
                    // Runs have their texts within.
                    "r" => text.push_str(&self.string()?),
                    _ => drop(self.text()?),
                },
                Node::Close(_) => return Ok(text),
                Node::Text(_) => {}
            }
        }
    }
}

/// A text as programs show it: `_x000D_` stands for a character, and all line breaks are line feeds.
pub(super) fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("_x") {
        out.push_str(before);
        let number = after.get(..5).and_then(|digits| digits.strip_suffix('_'));
        let character = number.filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
        match character.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?)) {
            Some(c) => {
                out.push(c);
                rest = after.get(5..).unwrap_or_default();
            }
            None => {
                out.push_str("_x");
                rest = after;
            }
        }
    }
    out.push_str(rest);
    crate::kernel::text::with_line_feeds(&out).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escaped_characters_are_read() {
        for (text, expected) in [
            ("a_x000D_\nb", "a\nb"),
            ("a_x000d_b", "a\nb"),
            ("a\r\nb\rc", "a\nb\nc"),
            ("a_x005F_x000D_b", "a_x000D_b"),
            ("fibre_xyz_x", "fibre_xyz_x"),
            ("_x00", "_x00"),
            ("_xD800_", "_xD800_"),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_string_is_all_of_its_runs_with_every_blank() {
        let string = |xml: &str| {
            let mut xml = Xml::new(xml);
            xml.next().expect("well-formed");
            xml.string()
        };
        let runs = "<si><r><rPr><b/></rPr><t>Báo cáo</t></r><r><t> </t></r><r><t>số &lt;12</t></r>\
             <rPh sb=\"0\" eb=\"1\"><t>hint</t></rPh><phoneticPr/></si>";
        assert_eq!(string(runs).as_deref(), Ok("Báo cáo số <12"));
        assert_eq!(string("<x:is><x:t> a <![CDATA[<b>]]></x:t></x:is>").as_deref(), Ok(" a <b>"));
        for damaged in ["<si><t>", "<si><t>&own;</t></si>", "<si><t></si>"] {
            assert_eq!(string(damaged), Err(Damaged), "{damaged}");
        }
    }
}
