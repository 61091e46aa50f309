//! Periods and days as people write them into cells: 2022, 10/2022, Quý I/2023, tháng 10 năm 2022, 31/10/2025.

use entity::time::{PartialDate, Period};

use crate::kernel::text::{clean, fold};

/// The period that a text means.
pub(super) fn period(text: &str) -> Option<Period> {
    // Half-years are written H as well as S.
    let code = clean(text).to_uppercase().replace("-H", "-S");
    code.parse().ok().or_else(|| written(text)?.parse().ok())
}

/// The day that a text means, as precise as it is.
pub(super) fn day(text: &str) -> Option<PartialDate> {
    clean(text).parse().ok().or_else(|| written(text)?.parse().ok())
}

/// Whether a text may mean several periods: a range (1-5/2025), a year that a spreadsheet has made a number of (2025.1, typed 2025.10).
pub(super) fn is_ambiguous(text: &str) -> bool {
    let text = clean(text);
    let decimal = text.split_once(['.', ',']).is_some_and(|(y, rest)| year(y).is_some() && is_digits(rest, 1));
    let has_year = text.split(|c: char| !c.is_ascii_digit()).any(|number| year(number).is_some());
    decimal || (has_year && !separators_agree(&text))
}

/// Whether the numbers of a text are parted by the same sign, one that dates have. Words say what each number is, but for "ngày".
fn separators_agree(text: &str) -> bool {
    let words = fold(text);
    if words.strip_prefix("ngay ").unwrap_or(&words).contains(char::is_alphabetic) {
        return true;
    }
    let numbers = text.trim_matches(|c: char| !c.is_ascii_digit());
    let mut separators = numbers.split(|c: char| c.is_ascii_digit()).filter(|between| !between.is_empty());
    let sign = |between: &str| if between.trim().is_empty() { " ".to_owned() } else { between.trim().to_owned() };
    let Some(first) = separators.next().map(sign) else { return true };
    matches!(first.as_str(), "/" | "-" | "." | "–" | " ") && separators.all(|between| sign(between) == first)
}

fn is_digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

/// What is written in words or with slashes, in the form of the API.
fn written(text: &str) -> Option<String> {
    if is_ambiguous(text) {
        return None;
    }
    let folded = fold(text).replace(['/', '.'], " ");
    let mut words: Vec<&str> = folded.split(' ').filter(|word| !word.is_empty()).collect();
    if words.first() == Some(&"ngay") {
        words.remove(0);
    }
    // "quý 1 năm 2023" is "quý 1 2023"; but "5 năm 2023" is no month.
    let before_year = words.len().checked_sub(2).filter(|at| words.get(*at) == Some(&"nam"));
    if let Some(at) = before_year.filter(|_| words.len() != 3) {
        words.remove(at);
    }
    match words.as_slice() {
        [y] => year(y),
        ["thang", m, y] | [m, y] if year(y).is_some() => month(y, m),
        [y, m] => quarter_mark(m).and_then(|n| quarter(y, n)).or_else(|| month(y, m)),
        ["quy" | "q" | "quarter", n, y] => quarter(y, n),
        [y, "quy" | "q" | "quarter", n] => quarter(y, n),
        ["6" | "sau", "thang", half, y] | ["nua", half, y] => half_year(y, half),
        [d, "thang", m, y] => calendar_day(y, m, d),
        [y, m, d] if year(y).is_some() => calendar_day(y, m, d),
        [d, m, y] => calendar_day(y, m, d),
        _ => None,
    }
}

fn year(text: &str) -> Option<String> {
    (text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit())).then(|| text.to_owned())
}

/// A number of one or two digits, as two.
fn two(text: &str) -> Option<String> {
    let short = (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    short.then(|| format!("{text:0>2}"))
}

/// `q1` and the month `10` stand at the same place.
fn month(y: &str, m: &str) -> Option<String> {
    if let Some(n) = quarter_mark(m) {
        return quarter(y, n);
    }
    Some(format!("{}-{}", year(y)?, two(m)?))
}

fn calendar_day(y: &str, m: &str, d: &str) -> Option<String> {
    Some(format!("{}-{}-{}", year(y)?, two(m)?, two(d)?))
}

fn quarter_mark(text: &str) -> Option<&str> {
    text.strip_prefix('q').filter(|n| n.len() == 1)
}

fn quarter(y: &str, n: &str) -> Option<String> {
    let n = match n {
        "1" | "01" | "i" => 1,
        "2" | "02" | "ii" => 2,
        "3" | "03" | "iii" => 3,
        "4" | "04" | "iv" => 4,
        _ => return None,
    };
    Some(format!("{}-Q{n}", year(y)?))
}

fn half_year(y: &str, half: &str) -> Option<String> {
    let n = match half {
        "dau" => 1,
        "cuoi" => 2,
        _ => return None,
    };
    Some(format!("{}-S{n}", year(y)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_read_as_people_write_them() {
        for (text, code) in [
            ("2022", "2022"),
            (" 2022 ", "2022"),
            ("năm 2022", "2022"),
            ("Năm 2022", "2022"),
            ("2022-10", "2022-10"),
            ("10/2022", "2022-10"),
            ("1/2022", "2022-01"),
            ("2022/10", "2022-10"),
            ("10.2022", "2022-10"),
            ("2022.10", "2022-10"),
            ("10 / 2022", "2022-10"),
            ("10-2022", "2022-10"),
            ("tháng 10/2022", "2022-10"),
            ("tháng 10, 2022", "2022-10"),
            ("Tháng 10 năm 2022", "2022-10"),
            ("2023-Q1", "2023-Q1"),
            ("2023-q1", "2023-Q1"),
            ("Q1/2023", "2023-Q1"),
            ("Q1 2023", "2023-Q1"),
            ("2023 Q4", "2023-Q4"),
            ("Quý I/2023", "2023-Q1"),
            ("QUÝ IV năm 2023", "2023-Q4"),
            ("quý 1 năm 2023", "2023-Q1"),
            ("quý 3/2023", "2023-Q3"),
            ("2022-S2", "2022-S2"),
            ("2022-H1", "2022-S1"),
            ("6 tháng đầu năm 2024", "2024-S1"),
            ("Nửa cuối năm 2024", "2024-S2"),
            ("2022-10-08", "2022-10-08"),
            ("8/10/2022", "2022-10-08"),
            ("8-10-2022", "2022-10-08"),
            ("8.10.2022", "2022-10-08"),
            ("8 - 10 - 2022", "2022-10-08"),
            ("ngày 08 tháng 10 năm 2022", "2022-10-08"),
        ] {
            assert_eq!(period(text).map(String::from).as_deref(), Some(code), "{text}");
        }
    }

    #[test]
    fn what_is_no_period_is_none() {
        for text in [
            "",
            "nay",
            "22",
            "13/2022",
            "quý 5/2023",
            "quý V/2023",
            "5 năm 2023",
            "10/31/2025",
            "2022-2023",
            "9 tháng năm 2023",
            "6 tháng 2023",
            "31/2/2025",
            "giai đoạn 2021 2025",
            "20222",
            "2025.1",
            "2025,1",
            "1-5/2025",
            "1–5/2025",
            "1/5-2025",
            "ngày 1-5/2025",
            "1 & 2/2025",
            "1+2/2025",
            "1, 2/2025",
            "2025/1-5",
            "1 5/2025",
            "tháng 1-5/2025",
            "45931",
        ] {
            assert_eq!(period(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_as_precise_as_they_are_written() {
        for (text, code) in [
            ("2025-10-31", "2025-10-31"),
            ("31/10/2025", "2025-10-31"),
            ("1/9/2025", "2025-09-01"),
            ("10/2025", "2025-10"),
            ("2025", "2025"),
            ("ngày 31 tháng 10 năm 2025", "2025-10-31"),
        ] {
            assert_eq!(day(text).map(String::from).as_deref(), Some(code), "{text}");
        }
        for text in ["quý 1/2025", "2025-S1", "hôm qua", "32/1/2025", "2025.1", "1-5/2025"] {
            assert_eq!(day(text), None, "{text}");
        }
    }
}
