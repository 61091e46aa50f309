//! Tables in text files (CSV): UTF-8; commas, semicolons or tabs between the cells.

use csv::{ReaderBuilder, StringRecord};

use super::{
    headings,
    numbers::Notation,
    refused,
    table::{Cell, Line, Lines, TITLE_LINES, Table},
};
use crate::kernel::{error::Refusal, locale::Message, text::with_line_feeds};

/// What may stand between cells; the first of equals is taken.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// Reads a text file: the table, and the notation of numbers that its separator goes with.
///
/// # Errors
/// For a file that is not UTF-8, ends inside quotes, has too many rows, or other headings than it should.
pub(super) fn read(bytes: &[u8]) -> Result<(Table, Option<Notation>), Refusal> {
    let text = std::str::from_utf8(bytes).map_err(|_| not_utf8())?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let separator = separator(text);
    let mut lines = Lines::default();
    each(text, separator, |line| lines.push(line).map(|()| true))?;
    // Who writes semicolons between the cells needs the comma for decimals.
    Ok((lines.table()?, (separator == b';').then_some(Notation::Vietnamese)))
}

/// The separator with which the most headings are found.
fn separator(text: &str) -> u8 {
    let score = |separator: u8| {
        let (mut top, mut widest) = (vec![], 0);
        // What is wrong with the lines is told when they are read.
        let _ = each(text, separator, |line| {
            widest = widest.max(line.cells.len());
            top.push(line);
            Ok(top.len() <= TITLE_LINES)
        });
        (top.iter().map(headings::known).max(), widest)
    };
    SEPARATORS.into_iter().rev().max_by_key(|separator| score(*separator)).unwrap_or(b',')
}

/// Goes through the lines that are not blank, until it has seen enough.
fn each(text: &str, separator: u8, mut see: impl FnMut(Line) -> Result<bool, Refusal>) -> Result<(), Refusal> {
    let mut reader =
        ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes());
    let mut record = StringRecord::new();
    let mut place = Place { text: text.as_bytes(), at: 0, line: 1 };
    while reader.read_record(&mut record).map_err(|_| broken())? {
        let begins = record.position().and_then(|position| usize::try_from(position.byte()).ok()).unwrap_or_default();
        let number = place.line_at(begins);
        let ends = usize::try_from(reader.position().byte()).unwrap_or(text.len());
        if ends >= text.len() && place.unclosed(ends) {
            return Err(unclosed(number));
        }
        let cells = record.iter().enumerate().filter(|(_, text)| !text.trim().is_empty());
        let line = Line { number, cells: cells.map(|(at, text)| (at, cell(text))).collect(), hidden: false };
        if !line.cells.is_empty() && !see(line)? {
            break;
        }
    }
    Ok(())
}

/// Where in a text a record begins. The reader counts lines from the end of the one before, so that blank lines between are not
/// told, nor the line feed after a carriage return.
struct Place<'a> {
    text: &'a [u8],
    at: usize,
    line: usize,
}

impl Place<'_> {
    /// The line, as an editor shows it, of the record that is read from a place on.
    fn line_at(&mut self, begins: usize) -> usize {
        while let Some(byte) = self.text.get(self.at) {
            let breaks = matches!(byte, b'\r' | b'\n');
            if self.at >= begins && !breaks {
                break;
            }
            let half = *byte == b'\r' && self.text.get(self.at + 1) == Some(&b'\n');
            self.line += usize::from(breaks && !half);
            self.at += 1;
        }
        self.line
    }
    /// Whether the record that begins here, and is the last, ends inside quotes.
    fn unclosed(&self, ends: usize) -> bool {
        let record = self.text.get(self.at..ends).unwrap_or_default();
        let quotes = record.iter().filter(|byte| **byte == b'"').count();
        // An inch inside a cell is none that opens.
        let opens = |(n, byte): (usize, &u8)| {
            let before = n.checked_sub(1).and_then(|n| record.get(n));
            *byte == b'"' && before.is_none_or(|before| matches!(before, b',' | b';' | b'\t'))
        };
        quotes % 2 == 1 && record.iter().enumerate().any(opens)
    }
}

/// What a spreadsheet would take for a formula is one, wherever the file came from: it would be run by the next one who opens it.
fn cell(text: &str) -> Cell {
    let text = text.trim();
    let mut letters = text.chars();
    let formula = match letters.next() {
        Some('=') => true,
        Some('@' | '+' | '-') => letters.next().is_some_and(char::is_alphabetic),
        _ => false,
    };
    if formula { Cell::Formula } else { Cell::Text(with_line_feeds(text).into_owned()) }
}

fn not_utf8() -> Refusal {
    refused(
        "NOT_UTF8",
        Message::new(
            "Tệp không phải UTF-8. Trong Excel hãy lưu bằng Save As → \"CSV UTF-8 (Comma delimited)\", hoặc gửi tệp .xlsx.",
            "The file is not UTF-8. In Excel, save it with Save As → \"CSV UTF-8 (Comma delimited)\", or send the .xlsx file.",
        ),
    )
}

fn broken() -> Refusal {
    refused("BROKEN_FILE", Message::new("Không đọc được tệp CSV này.", "This CSV file cannot be read."))
}

fn unclosed(line: usize) -> Refusal {
    refused(
        "UNCLOSED_QUOTE",
        Message::new(
            format!("Dấu nháy kép mở ở dòng {line} không được đóng."),
            format!("The quotation mark that opens in line {line} is never closed."),
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADINGS: &str = "Chỉ tiêu,Địa bàn,Kỳ,Nguồn";

    fn numbers(text: &str) -> Vec<usize> {
        read(text.as_bytes()).expect("it is read").0.lines.iter().map(|line| line.number).collect()
    }

    #[test]
    fn lines_are_counted_as_an_editor_counts_them() {
        for end in ["\n", "\r\n", "\r"] {
            let lines = ["Báo cáo", "", HEADINGS, "a,1,2,x", "", ",,,", "b,1,2,\"two", "lines\"", "c,1,2,x"];
            assert_eq!(numbers(&lines.join(end)), [4, 7, 9], "{end:?}");
            assert_eq!(numbers(&format!("\u{feff}{}{end}{end}", lines.join(end))), [4, 7, 9], "{end:?}");
        }
    }

    #[test]
    fn the_separator_is_told_from_the_headings() {
        for (separator, notation) in [(",", None), (";", Some(Notation::Vietnamese)), ("\t", None)] {
            let titled = format!("\"Số liệu, năm; 2025\"\n{}\na{separator}b", HEADINGS.replace(',', separator));
            let (table, shown) = read(titled.as_bytes()).expect("it is read");
            assert_eq!((table.headings.iter().count(), shown), (4, notation), "{separator}");
            assert_eq!(table.lines.first().map(|line| line.cells.len()), Some(2));
        }
        let quoted = "\"Chỉ tiêu\";\"Địa bàn\";\"Kỳ\";\"Nguồn\"\n\"a,b\";1;2;3";
        assert_eq!(read(quoted.as_bytes()).expect("it is read").0.lines.first().map(|line| line.cells.len()), Some(4));
    }

    #[test]
    fn quotes_that_never_close_are_refused() {
        let text = format!("{HEADINGS}\na,1,2,x\nb,1,2,\"x\nc,1,2,x\n");
        let refusal = read(text.as_bytes()).expect_err("it is refused");
        assert_eq!(refusal.fields.first().map(|field| field.code), Some("UNCLOSED_QUOTE"));
        assert!(refusal.message.text(crate::kernel::locale::Locale::En).contains("line 3"));
        assert_eq!(numbers(&format!("{HEADINGS}\na,1,2,5\" ống\n")), [2]);
    }

    #[test]
    fn what_would_be_run_is_a_formula() {
        for text in ["=1+1", " =A1", "@SUM(A1)", "+cmd", "-cmd|'/C calc'!A0", "=\"x\""] {
            assert_eq!(cell(text), Cell::Formula, "{text}");
        }
        for text in ["-5", "-1.234,5", "+7", "-", "a=b", "5@x", "- năm"] {
            assert_eq!(cell(text), Cell::Text(text.to_owned()), "{text}");
        }
    }
}
