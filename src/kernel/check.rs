//! What is wrong with the fields of an order: every fault is noted, and all of them are told at once.

use super::{
    error::{Error, FieldFault, Refusal, Result},
    locale::Message,
};

/// The longest text of a name, a number, a title.
pub const LINE: usize = 500;

/// The longest text of a paragraph.
pub const PARAGRAPH: usize = 5000;

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// Notes a fault.
    pub fn add(&mut self, path: impl Into<String>, code: &'static str, message: Message) {
        self.0.push(FieldFault { path: path.into(), code, message });
    }
    /// Notes the faults that somebody else found.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = FieldFault>) {
        self.0.extend(faults);
    }
    /// A text that must say something.
    pub fn text(&mut self, path: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            let empty = Message::new(format!("`{path}` không được để trống."), format!("`{path}` must not be empty."));
            self.add(path, "REQUIRED", empty);
        }
        self.maybe(path, Some(text), most);
    }
    /// A text that may be missing.
    pub fn maybe(&mut self, path: &str, text: Option<&str>, most: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > most {
            let long = Message::new(
                format!("`{path}` dài hơn {most} ký tự."),
                format!("`{path}` is longer than {most} characters."),
            );
            self.add(path, "TOO_LONG", long);
        }
        // A paragraph may have lines.
        let control = |c: char| c.is_control() && !(most > LINE && matches!(c, '\n' | '\t'));
        if text.chars().any(control) {
            let unseen =
                Message::new(format!("`{path}` có ký tự điều khiển."), format!("`{path}` has control characters."));
            self.add(path, "CONTROL_CHARACTER", unseen);
        }
    }
    /// A natural key: small letters, digits, hyphen, underscore, dot.
    pub fn code(&mut self, path: &str, code: &str) {
        let sane = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.');
        if !(1..=100).contains(&code.len()) || !code.chars().all(sane) {
            let wrong = Message::new(
                format!("`{path}` là mã: 1 đến 100 ký tự a-z, 0-9, gạch ngang, gạch dưới, dấu chấm."),
                format!("`{path}` is a code: 1 to 100 characters of a-z, 0-9, hyphen, underscore, dot."),
            );
            self.add(path, "INVALID", wrong);
        }
    }
    /// The address of a page.
    pub fn url(&mut self, path: &str, url: Option<&str>) {
        let Some(url) = url else { return };
        if !(url.starts_with("https://") || url.starts_with("http://")) || url.contains(char::is_whitespace) {
            let wrong = Message::new(
                format!("`{path}` phải là địa chỉ http:// hoặc https://."),
                format!("`{path}` must be an address, http:// or https://."),
            );
            self.add(path, "INVALID", wrong);
        }
        self.maybe(path, Some(url), LINE * 4);
    }
    /// A value, or the faults of the refusal that was in its place.
    ///
    /// # Errors
    /// Whatever else was in its place.
    pub fn gather<T>(&mut self, result: Result<T>) -> Result<Option<T>> {
        match result {
            Ok(value) => Ok(Some(value)),
            Err(Error::Refused(refusal)) if !refusal.fields.is_empty() => {
                self.extend(refusal.fields);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
    /// The refusal with all faults, if there is one.
    pub fn refusal(self) -> Option<Refusal> {
        Refusal::unless_empty(self.0).err()
    }
    /// Refuses when there is a fault.
    ///
    /// # Errors
    /// BAD_USER_INPUT with all of them.
    pub fn refuse(self) -> Result<()> {
        Ok(Refusal::unless_empty(self.0)?)
    }
}

/// A code that another record has already.
pub fn taken(path: &str, code: &str) -> Refusal {
    Refusal::field(
        path,
        "TAKEN",
        Message::new(format!("Mã \"{code}\" đã có."), format!("The code \"{code}\" is taken.")),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_is_told() {
        let mut faults = Faults::default();
        faults.text("title", " ", LINE);
        faults.text("name", &"x".repeat(LINE + 1), LINE);
        faults.maybe("note", Some("a\u{0}b"), PARAGRAPH);
        faults.maybe("lines", Some("a\nb"), PARAGRAPH);
        faults.maybe("line", Some("a\nb"), LINE);
        faults.code("code", "A b");
        faults.code("fine", "hy-148_1.2");
        faults.url("url", Some("javascript:alert(1)"));
        let found: Vec<_> = faults.0.iter().map(|fault| (fault.path.as_str(), fault.code)).collect();
        assert_eq!(
            found,
            [
                ("title", "REQUIRED"),
                ("name", "TOO_LONG"),
                ("note", "CONTROL_CHARACTER"),
                ("line", "CONTROL_CHARACTER"),
                ("code", "INVALID"),
                ("url", "INVALID"),
            ]
        );
    }
}
