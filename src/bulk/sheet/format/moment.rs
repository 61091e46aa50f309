//! Days and times as a section of a format shows them: as text, and as the period that is shown, no more precise than it is.

use chrono::{Datelike, Days, NaiveDate};
use entity::time::{Period, Span};

use super::{
    super::times,
    parse::{Part, Section, Token},
    shown::{Moment, Unclear},
};
use crate::kernel::text::fold;

/// The number of the last day that programs know, 9999-12-31, and one more.
const END: f64 = 2_958_466.0;

/// Words that stand beside a date and change nothing of it, folded.
const PLAIN_WORDS: [&str; 5] = ["nam", "ngay", "ky", "z", "year"];

/// Words that say what a month is, and that change nothing where the format has one.
const MONTH_WORDS: [&str; 5] = ["thang", "thg", "th", "t", "month"];

/// The same of a quarter.
const QUARTER_WORDS: [&str; 3] = ["quy", "q", "quarter"];

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

const VIETNAMESE_MONTHS: [&str; 12] = [
    "Tháng Giêng",
    "Tháng Hai",
    "Tháng Ba",
    "Tháng Tư",
    "Tháng Năm",
    "Tháng Sáu",
    "Tháng Bảy",
    "Tháng Tám",
    "Tháng Chín",
    "Tháng Mười",
    "Tháng Mười Một",
    "Tháng Mười Hai",
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

const VIETNAMESE_WEEKDAYS: [&str; 7] = ["Thứ Hai", "Thứ Ba", "Thứ Tư", "Thứ Năm", "Thứ Sáu", "Thứ Bảy", "Chủ Nhật"];

/// What a section shows of the number of a day.
pub(super) fn show(section: &Section, number: f64, since_1904: bool) -> Result<Moment, Unclear> {
    if !(0.0..END).contains(&number) {
        return Err(Unclear::OutOfRange);
    }
    let parts = parts(section)?;
    // To the millisecond, as programs show it: what is left of a day is no time of its own.
    let milliseconds = (number * 86_400_000.0).round();
    let days = (milliseconds / 86_400_000.0).floor();
    let time = Time { seconds: (milliseconds - days * 86_400_000.0) / 1000.0, all: milliseconds / 1000.0 };
    let shows_day = parts.iter().any(|part| matches!(part, Piece::Part(part, _) if is_of_day(*part)));
    let day = match day(days as u64, since_1904) {
        None if shows_day => return Err(Unclear::OutOfRange),
        day => day.unwrap_or_default(),
    };
    let half = parts.iter().any(|piece| matches!(piece, Piece::Part(Part::HalfDay, _)));
    let mut text = String::new();
    for piece in &parts {
        match piece {
            Piece::Text(literal) => text.push_str(literal),
            Piece::Fraction(digits) => text.push_str(&time.fraction(*digits)),
            Piece::Part(part, letters) => text.push_str(&part_text(section, *part, *letters, day, &time, half)),
        }
    }
    let text = text.trim().to_owned();
    let code = period(section, &parts, day);
    Ok(Moment { code: agreed(&parts, code, &text)?, text })
}

/// The day with a number.
fn day(number: u64, since_1904: bool) -> Option<NaiveDate> {
    let (first, more) = match (since_1904, number) {
        (true, days) => (NaiveDate::from_ymd_opt(1904, 1, 1), days),
        // 1900 had no 29th of February, but its numbers have.
        (false, 0 | 60) => (None, 0),
        (false, days @ ..60) => (NaiveDate::from_ymd_opt(1899, 12, 31), days),
        (false, days) => (NaiveDate::from_ymd_opt(1899, 12, 30), days),
    };
    first?.checked_add_days(Days::new(more))
}

/// A section's tokens, as those of a date are.
enum Piece {
    Text(String),
    Part(Part, usize),
    /// Digits of a second.
    Fraction(usize),
}

fn parts(section: &Section) -> Result<Vec<Piece>, Unclear> {
    let dated: Vec<Part> = section.tokens.iter().filter_map(part).collect();
    let (mut pieces, mut seen) = (vec![], 0usize);
    let mut tokens = section.tokens.iter().peekable();
    while let Some(token) = tokens.next() {
        let piece = match token {
            Token::Date(part, letters) => {
                let before = seen.checked_sub(1).and_then(|at| dated.get(at));
                let after = dated.get(seen + 1);
                seen += 1;
                let minute = *part == Part::Month
                    && *letters <= 2
                    && (matches!(before, Some(Part::Hour | Part::ElapsedHours)) || after == Some(&Part::Second));
                Piece::Part(if minute { Part::Minute } else { *part }, *letters)
            }
            Token::Point
                if matches!(tokens.peek(), Some(Token::Digit('0')))
                    && dated.get(..seen).is_some_and(ends_in_seconds) =>
            {
                let mut digits = 0;
                while tokens.next_if(|token| **token == Token::Digit('0')).is_some() {
                    digits += 1;
                }
                Piece::Fraction(digits)
            }
            Token::Digit(_) | Token::General | Token::Text | Token::Exponent(_) => return Err(Unclear::Unreadable),
            other => Piece::Text(super::number::literals(std::slice::from_ref(other))),
        };
        pieces.push(piece);
    }
    Ok(pieces)
}

fn part(token: &Token) -> Option<Part> {
    match token {
        Token::Date(part, _) => Some(*part),
        _ => None,
    }
}

fn ends_in_seconds(parts: &[Part]) -> bool {
    matches!(parts.last(), Some(Part::Second | Part::ElapsedSeconds))
}

fn is_of_day(part: Part) -> bool {
    use Part::{Day, EraYear, ForeignYear, Month, Quarter, Week, Weekday, Year};
    matches!(part, Year | ForeignYear | EraYear | Quarter | Month | Week | Weekday | Day)
}

struct Time {
    /// Since the day began.
    seconds: f64,
    /// Since 0.
    all: f64,
}

impl Time {
    fn fraction(&self, digits: usize) -> String {
        let text = format!("{:.*}", digits.min(3), self.seconds.fract());
        text.trim_start_matches('0').to_owned()
    }
}

fn part_text(section: &Section, part: Part, letters: usize, day: NaiveDate, time: &Time, half: bool) -> String {
    let padded = |number: f64| format!("{number:0>width$}", width = letters.min(2));
    let name = |names: &[&str], at: u32, length: usize| -> String {
        let name = names.get(at as usize).copied().unwrap_or_default();
        name.chars().take(length).collect()
    };
    let whole = usize::MAX;
    let hours = (time.seconds / 3600.0).floor();
    match part {
        Part::Year if letters <= 2 => format!("{:02}", day.year() % 100),
        Part::Year | Part::EraYear => day.year().to_string(),
        Part::ForeignYear => (day.year() + 543).to_string(),
        Part::Quarter if section.vietnamese && letters > 1 => format!("Quý {}", quarter(day)),
        Part::Quarter if letters > 1 => {
            let n = quarter(day);
            let ending = ["st", "nd", "rd", "th"].get(n as usize - 1).copied().unwrap_or("th");
            format!("{n}{ending} quarter")
        }
        Part::Quarter => format!("Q{}", quarter(day)),
        Part::Month if letters <= 2 => padded(f64::from(day.month())),
        Part::Month if section.vietnamese && letters == 3 => format!("Thg {}", day.month()),
        Part::Month if section.vietnamese => name(&VIETNAMESE_MONTHS, day.month0(), whole),
        Part::Month => name(
            &MONTHS,
            day.month0(),
            match letters {
                3 => 3,
                5 => 1,
                _ => whole,
            },
        ),
        Part::Week => day.iso_week().week().to_string(),
        Part::Weekday if section.vietnamese => name(&VIETNAMESE_WEEKDAYS, day.weekday().num_days_from_monday(), whole),
        Part::Weekday => name(&WEEKDAYS, day.weekday().num_days_from_monday(), if letters == 3 { 3 } else { whole }),
        Part::Day => padded(f64::from(day.day())),
        Part::Hour if half => padded(if hours % 12.0 == 0.0 { 12.0 } else { hours % 12.0 }),
        Part::Hour => padded(hours),
        Part::Minute => padded((time.seconds % 3600.0 / 60.0).floor()),
        Part::Second => padded((time.seconds % 60.0).floor()),
        Part::HalfDay => if hours < 12.0 { "AM" } else { "PM" }.to_owned(),
        Part::ElapsedHours => padded((time.all / 3600.0).floor()),
        Part::ElapsedMinutes => padded((time.all / 60.0).floor()),
        Part::ElapsedSeconds => padded(time.all.floor()),
    }
}

fn quarter(day: NaiveDate) -> u32 {
    day.month0() / 3 + 1
}

/// The period that the parts of a date show, in the form of the API.
fn period(section: &Section, parts: &[Piece], day: NaiveDate) -> Option<String> {
    let has = |wanted: Part| parts.iter().any(|piece| matches!(piece, Piece::Part(part, _) if *part == wanted));
    let year = has(Part::Year) || has(Part::EraYear);
    if !year || section.foreign_calendar || has(Part::ForeignYear) || has(Part::Week) {
        return None;
    }
    let (y, m, d) = (day.year(), day.month(), day.day());
    match (has(Part::Quarter), has(Part::Month), has(Part::Day)) {
        (_, true, true) => Some(format!("{y:04}-{m:02}-{d:02}")),
        (_, true, false) => Some(format!("{y:04}-{m:02}")),
        (true, false, false) => Some(format!("{y:04}-Q{}", quarter(day))),
        (false, false, false) => Some(format!("{y:04}")),
        (_, false, true) => None,
    }
}

fn span(code: &str) -> Option<Span> {
    code.parse::<Period>().ok()?.span()
}

/// A format's own words may name another period: a quarter, half a year. Then it is the one that is read, if the day is in it.
fn agreed(parts: &[Piece], code: Option<String>, text: &str) -> Result<Option<String>, Unclear> {
    let literals: String = parts.iter().map(|piece| if let Piece::Text(text) = piece { text } else { " " }).collect();
    let literals = fold(&literals);
    let mut words = literals.split([' ', '/', '.', ',']).filter(|word| !word.is_empty());
    let (Some(code), Some(_)) = (&code, words.clone().next()) else { return Ok(code) };
    let has = |wanted: Part| parts.iter().any(|piece| matches!(piece, Piece::Part(part, _) if *part == wanted));
    let plain = |word: &str| {
        PLAIN_WORDS.contains(&word)
            || (MONTH_WORDS.contains(&word) && has(Part::Month))
            || (QUARTER_WORDS.contains(&word) && has(Part::Quarter))
    };
    match times::period(text).map(String::from) {
        Some(read) if read == *code => Ok(Some(read)),
        Some(read) => match (span(code), span(&read)) {
            (Some(whole), Some(part)) if whole.start <= part.start && part.end <= whole.end => Ok(Some(read)),
            _ => Err(Unclear::Period),
        },
        None if words.all(plain) => Ok(Some(code.clone())),
        None => Ok(None),
    }
}
