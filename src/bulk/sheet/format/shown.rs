//! What a number format shows of a cell: the types that the reader of formats returns.

use crate::kernel::locale::Message;

/// What is shown of a number.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::bulk::sheet) enum Shown {
    /// A number.
    Number(Number),
    /// A day, a month, a time.
    Moment(Moment),
    /// A text without the number; empty where nothing is shown.
    Text(String),
}

/// A number as it is shown.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::bulk::sheet) struct Number {
    /// What is shown, unrounded: 0.85 shown as 85% is 85, 1234500 shown as 1,234.5 is 1234.5.
    pub value: f64,
    /// The text before the digits.
    pub before: String,
    /// The digits, rounded as they are shown, in plain notation, with the sign.
    pub digits: String,
    /// The text after the digits.
    pub after: String,
    /// Whether the format scales it, or shows it as a fraction or by powers of ten.
    pub converted: bool,
}

impl Number {
    /// A number that its cell shows as it is.
    pub fn plain(value: f64) -> Self {
        let value = crate::bulk::sheet::numbers::as_displayed(value);
        Number { value, before: String::new(), digits: value.to_string(), after: String::new(), converted: false }
    }
    /// The text of the cell.
    pub fn text(&self) -> String {
        format!("{}{}{}", self.before, self.digits, self.after).trim().to_owned()
    }
    /// Whether the digits are fewer than the number has.
    pub fn is_rounded(&self) -> bool {
        self.digits.replace(',', "").parse() != Ok(self.value)
    }
    /// Whether nothing but the digits is shown.
    pub fn is_bare(&self) -> bool {
        self.before.trim().is_empty() && self.after.trim().is_empty()
    }
}

/// A day, a month, a time as it is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::bulk::sheet) struct Moment {
    /// In the form of the API, as precise as it is shown: 2025, 2025-Q3, 2025-10, 2025-10-31. `None` where no period is shown.
    pub code: Option<String>,
    /// The text of the cell.
    pub text: String,
}

/// Why it is not certain that what a format shows is what the cell holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bulk::sheet) enum Unclear {
    /// The format is damaged, or depends on the language of the program that opens the file.
    Unreadable,
    /// The format has text or digits of its own within or beside the digits.
    Digits,
    /// The format multiplies by a word: thousand, million.
    Magnitude,
    /// The format hides a minus sign, or shows one that is not there.
    Sign,
    /// No section of the format is for this number, or it is no day.
    OutOfRange,
    /// The text of the format names another period than the day in the cell.
    Period,
}

impl Unclear {
    /// The reason, to stand after a colon.
    pub fn reason(self) -> Message {
        match self {
            Unclear::Unreadable => Message::new("không đọc được định dạng", "the format cannot be read"),
            Unclear::Digits => Message::new(
                "định dạng có chữ số riêng cạnh con số",
                "the format has text of its own within the number or digits beside it",
            ),
            Unclear::Magnitude => Message::new(
                "định dạng có từ chỉ bội số (nghìn, triệu, tỷ)",
                "the format has a word that multiplies the number (thousand, million, billion)",
            ),
            Unclear::Sign => Message::new(
                "định dạng giấu dấu âm, hoặc hiện dấu âm không có",
                "the format hides a minus sign, or shows one that is not there",
            ),
            Unclear::OutOfRange => Message::new(
                "định dạng không hiển thị được con số trong ô",
                "the format cannot show the number in the cell",
            ),
            Unclear::Period => Message::new(
                "chữ trong định dạng nêu một kỳ khác với ngày trong ô",
                "the text of the format names another period than the day in the cell",
            ),
        }
    }
}
