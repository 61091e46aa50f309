//! Numbers as people write them into cells: 1.207.233 and 93,66 in Vietnamese notation, 1,207,233 and 93.66 in plain one.

/// How the digits of a file are parted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notation {
    /// 1.207.233,5: full stops between thousands, a comma before decimals.
    Vietnamese,
    /// 1,207,233.5: the other way round; 1207233.5 too.
    Plain,
}

impl Notation {
    /// The one that is asked for by its name: `vi` or `plain`.
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "vi" => Some(Notation::Vietnamese),
            "plain" => Some(Notation::Plain),
            _ => None,
        }
    }
    /// What parts thousands, and what stands before decimals.
    fn marks(self) -> (char, char) {
        match self {
            Notation::Vietnamese => ('.', ','),
            Notation::Plain => (',', '.'),
        }
    }
}

/// What a text may mean.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Meaning {
    /// The same in either notation.
    Either(f64),
    /// A number in one notation only.
    Only(Notation, f64),
    /// One number in Vietnamese notation, another one in plain: 1.234.
    Ambiguous {
        /// In Vietnamese notation.
        vietnamese: f64,
        /// In plain notation.
        plain: f64,
    },
}

/// What a text may mean; `None` where it is no number. Blanks may part thousands in either notation, and a per cent sign may
/// follow: the value of a percentage is the number before it.
pub(super) fn meaning(text: &str) -> Option<Meaning> {
    let text = text.trim();
    let text = text.strip_suffix('%').map_or(text, str::trim_end);
    let (sign, digits) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (-1.0, rest),
        None => (1.0, text.strip_prefix('+').unwrap_or(text)),
    };
    let read = |notation| read(digits, notation).map(|value| sign * value);
    match (read(Notation::Vietnamese), read(Notation::Plain)) {
        (None, None) => None,
        (Some(value), None) => Some(Meaning::Only(Notation::Vietnamese, value)),
        (None, Some(value)) => Some(Meaning::Only(Notation::Plain, value)),
        (Some(vietnamese), Some(plain)) if vietnamese == plain => Some(Meaning::Either(plain)),
        (Some(vietnamese), Some(plain)) => Some(Meaning::Ambiguous { vietnamese, plain }),
    }
}

/// A number without its sign, in one notation.
fn read(digits: &str, notation: Notation) -> Option<f64> {
    let (mark, decimal) = notation.marks();
    let (whole, decimals) = digits.split_once(decimal).map_or((digits, None), |(whole, rest)| (whole, Some(rest)));
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !decimals.is_none_or(all_digits) {
        return None;
    }
    let blank = |c: char| matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}');
    let mut marks = whole.chars().filter(|c| !c.is_ascii_digit());
    let parted = match marks.next() {
        None => None,
        Some(first) if (first == mark || blank(first)) && marks.all(|c| c == first) => Some(first),
        Some(_) => return None,
    };
    let groups: Vec<&str> = parted.map_or_else(|| vec![whole], |mark| whole.split(mark).collect());
    let (first, others) = groups.split_first()?;
    // Nobody begins thousands with a nought: 0.123 has decimals.
    let leads = parted.is_none() || ((1..=3).contains(&first.len()) && !first.starts_with('0'));
    if !leads || !all_digits(first) || !others.iter().all(|group| group.len() == 3 && all_digits(group)) {
        return None;
    }
    let value: f64 = format!("{}.{}", groups.concat(), decimals.unwrap_or("0")).parse().ok()?;
    value.is_finite().then_some(value)
}

/// The notation that numbers show when they agree.
pub(super) fn shown<'a>(texts: impl IntoIterator<Item = &'a str>) -> Option<Notation> {
    let mut shown = None;
    for text in texts {
        if let Some(Meaning::Only(notation, _)) = meaning(text) {
            match shown {
                None => shown = Some(notation),
                Some(other) if other != notation => return None,
                Some(_) => {}
            }
        }
    }
    shown
}

/// A number as a spreadsheet shows it: 15 significant digits, so that 0.1 + 0.2 is 0.3.
pub(super) fn as_displayed(value: f64) -> f64 {
    format!("{value:.14e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::locale::{self, Locale};

    #[test]
    fn a_text_means_what_its_marks_say() {
        use Notation::{Plain, Vietnamese};
        for (text, expected) in [
            ("1207233", Some(Meaning::Either(1_207_233.0))),
            ("1.207.233", Some(Meaning::Only(Vietnamese, 1_207_233.0))),
            ("1,207,233", Some(Meaning::Only(Plain, 1_207_233.0))),
            ("93,66", Some(Meaning::Only(Vietnamese, 93.66))),
            ("93.66", Some(Meaning::Only(Plain, 93.66))),
            ("1.234,5", Some(Meaning::Only(Vietnamese, 1234.5))),
            ("1,234.5", Some(Meaning::Only(Plain, 1234.5))),
            ("1.234", Some(Meaning::Ambiguous { vietnamese: 1234.0, plain: 1.234 })),
            ("1,234", Some(Meaning::Ambiguous { vietnamese: 1.234, plain: 1234.0 })),
            ("-1.234", Some(Meaning::Ambiguous { vietnamese: -1234.0, plain: -1.234 })),
            ("0.123", Some(Meaning::Only(Plain, 0.123))),
            ("0,123", Some(Meaning::Only(Vietnamese, 0.123))),
            ("1234.567", Some(Meaning::Only(Plain, 1234.567))),
            ("1 207 233", Some(Meaning::Either(1_207_233.0))),
            ("1\u{a0}207\u{a0}233,5", Some(Meaning::Only(Vietnamese, 1_207_233.5))),
            ("99,5 %", Some(Meaning::Only(Vietnamese, 99.5))),
            ("85%", Some(Meaning::Either(85.0))),
            ("\u{2212}7", Some(Meaning::Either(-7.0))),
            ("", None),
            ("%", None),
            ("12 34", None),
            ("1.2.3", None),
            ("1.207 233", None),
            ("1,2,3.4", None),
            (".5", None),
            ("5.", None),
            ("1e5", None),
            ("12a", None),
            ("--1", None),
            ("NaN", None),
        ] {
            assert_eq!(meaning(text), expected, "{text}");
        }
    }

    #[test]
    fn the_notation_shows_where_numbers_agree() {
        assert_eq!(shown(["1.234", "12", "93,66"]), Some(Notation::Vietnamese));
        assert_eq!(shown(["1.234", "93.66"]), Some(Notation::Plain));
        assert_eq!(shown(["93.66", "93,66"]), None);
        assert_eq!(shown(["1.234", "x"]), None);
    }

    #[test]
    fn noise_beyond_fifteen_digits_is_not_shown() {
        assert_eq!(as_displayed(0.1 + 0.2), 0.3);
        assert_eq!(as_displayed(1.1 * 1.1), 1.21);
        assert_eq!(as_displayed(123_456_789_012_345.0), 123_456_789_012_345.0);
        assert_eq!(as_displayed(-0.0), 0.0);
    }

    proptest! {
        #[test]
        fn what_is_written_in_a_notation_is_read_back(value in prop::num::f64::NORMAL | prop::num::f64::ZERO) {
            for (locale, notation) in [(Locale::Vi, Notation::Vietnamese), (Locale::En, Notation::Plain)] {
                for text in [locale::number(value, locale), value.to_string()] {
                    let plain_digits = text == value.to_string();
                    match meaning(&text) {
                        Some(Meaning::Either(read)) => prop_assert_eq!(read, value),
                        Some(Meaning::Only(_, read)) => prop_assert_eq!(read, value),
                        Some(Meaning::Ambiguous { vietnamese, plain }) => {
                            let as_meant = if plain_digits { Notation::Plain } else { notation };
                            prop_assert_eq!(if as_meant == Notation::Plain { plain } else { vietnamese }, value);
                        }
                        None => prop_assert!(false, "{text} is no number"),
                    }
                }
            }
        }
        #[test]
        fn no_text_is_too_strange(text in "\\PC{0,20}") {
            meaning(&text);
        }
    }
}
