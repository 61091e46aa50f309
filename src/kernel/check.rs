//! Checks the fields of an input. All field errors are collected and returned together.

use super::{
    error::{Broken, Code, Error, FieldFault, Refusal, Result},
    locale::Message,
    patch::Patch,
    text::with_line_feeds,
};

/// The longest name, number or title, in characters.
pub const LINE: usize = 500;

/// The longest paragraph, in characters.
pub const PARAGRAPH: usize = 5000;

/// The field errors found so far.
#[derive(Debug, Default)]
pub struct Faults(Vec<FieldFault>);

impl Faults {
    /// Adds a field error.
    pub fn add(&mut self, path: impl Into<String>, code: &'static str, message: Message) {
        self.0.push(FieldFault { path: path.into(), code, message });
    }
    /// Adds the field errors of another check.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = FieldFault>) {
        self.0.extend(faults);
    }
    /// Takes the field errors out of a failed look-up, so that the other fields are still checked.
    ///
    /// # Errors
    /// Any other error.
    pub fn gather<T>(&mut self, found: Result<T>) -> Result<Option<T>> {
        match found {
            Ok(value) => Ok(Some(value)),
            Err(Error::Refused(refusal)) if refusal.code == Code::BadUserInput && !refusal.fields.is_empty() => {
                self.extend(refusal.fields);
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }
    /// The collected value, if there are no field errors.
    ///
    /// # Errors
    /// BAD_USER_INPUT with all field errors.
    pub fn settle<T>(self, gathered: Option<T>) -> Result<T> {
        self.refuse()?;
        Ok(gathered.ok_or_else(|| Broken::new("something is missing, and no fault says why"))?)
    }
    /// Checks a field that may be changed but not cleared.
    pub fn lasting<T>(&mut self, path: &str, patch: &Patch<T>) {
        if matches!(patch, Patch::Clear) {
            let cleared =
                Message::new(format!("`{path}` không thể xoá trống."), format!("`{path}` cannot be cleared."));
            self.add(path, "REQUIRED", cleared);
        }
    }
    /// Checks a text that must not be empty.
    pub fn text(&mut self, path: &str, text: &str, most: usize) {
        if text.trim().is_empty() {
            let empty = Message::new(format!("`{path}` không được để trống."), format!("`{path}` must not be empty."));
            self.add(path, "REQUIRED", empty);
        }
        self.maybe(path, Some(text), most);
    }
    /// Checks an optional text.
    pub fn maybe(&mut self, path: &str, text: Option<&str>, most: usize) {
        let Some(text) = text else { return };
        if text.chars().count() > most {
            let long = Message::new(
                format!("`{path}` dài hơn {most} ký tự."),
                format!("`{path}` is longer than {most} characters."),
            );
            self.add(path, "TOO_LONG", long);
        }
        // Only paragraphs may have line breaks and tabs.
        let control = |c: char| c.is_control() && !(most > LINE && matches!(c, '\n' | '\t'));
        if with_line_feeds(text).chars().any(control) {
            let unseen =
                Message::new(format!("`{path}` có ký tự điều khiển."), format!("`{path}` has control characters."));
            self.add(path, "CONTROL_CHARACTER", unseen);
        }
    }
    /// Checks a natural key: lower-case letters, digits, hyphen, underscore, dot.
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
    /// Checks the length of a list. Returns whether it is short enough.
    pub fn at_most(&mut self, path: &str, entries: usize, most: usize) -> bool {
        if entries > most {
            let many = Message::new(
                format!("`{path}` nêu nhiều nhất {most} mục."),
                format!("`{path}` names at most {most} entries."),
            );
            self.add(path, "TOO_MANY", many);
        }
        entries <= most
    }
    /// Checks the URL of a page.
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
    /// Whether there are no field errors.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// BAD_USER_INPUT with all field errors, if there are any.
    pub fn refusal(self) -> Option<Refusal> {
        Refusal::unless_empty(self.0).err()
    }
    /// Rejects the input if there are field errors.
    ///
    /// # Errors
    /// BAD_USER_INPUT with all field errors.
    pub fn refuse(self) -> Result<()> {
        Ok(Refusal::unless_empty(self.0)?)
    }
}

/// A field error: another record has this code.
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
    fn faults_are_gathered_and_everything_else_is_passed_on() {
        let mut faults = Faults::default();
        assert_eq!(faults.gather(Ok(1)).expect("no error"), Some(1));
        let unknown = Refusal::field("area", "UNKNOWN_AREA", Message::new("", ""));
        assert_eq!(faults.gather::<i32>(Err(unknown.into())).expect("gathered"), None);
        assert!(faults.gather::<i32>(Err(Refusal::no_such_record().into())).is_err());
        assert!(faults.gather::<i32>(Err(Broken::new("the database").into())).is_err());
        faults.lasting("title", &Patch::<i32>::Clear);
        let told = faults.settle(Some(1)).expect_err("there are faults");
        let Error::Refused(refusal) = told else { panic!("{told:?}") };
        let found: Vec<_> = refusal.fields.iter().map(|fault| (fault.path.as_str(), fault.code)).collect();
        assert_eq!(found, [("area", "UNKNOWN_AREA"), ("title", "REQUIRED")]);
    }

    #[test]
    fn every_fault_is_told() {
        let mut faults = Faults::default();
        faults.text("title", " ", LINE);
        faults.text("name", &"x".repeat(LINE + 1), LINE);
        faults.maybe("note", Some("a\u{0}b"), PARAGRAPH);
        faults.maybe("lines", Some("a\nb"), PARAGRAPH);
        faults.maybe("lines", Some("a\r\nb\rc"), PARAGRAPH);
        faults.maybe("line", Some("a\nb"), LINE);
        faults.code("code", "A b");
        faults.code("fine", "hy-148_1.2");
        faults.url("url", Some("javascript:alert(1)"));
        assert!(faults.at_most("few", 2, 2) && !faults.at_most("many", 3, 2));
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
                ("many", "TOO_MANY"),
            ]
        );
    }
}
