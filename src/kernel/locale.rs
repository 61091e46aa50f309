//! The two languages of the service. Vietnamese is the default.

use std::borrow::Cow;

use async_graphql::{Enum, InputObject};

use super::{object::Args, text::with_names_of_invisible};

/// The language of a text (ngôn ngữ).
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Locale {
    /// Vietnamese (tiếng Việt).
    #[default]
    Vi,
    /// English (tiếng Anh).
    En,
}

impl Locale {
    /// The language that an `Accept-Language` header prefers. Vietnamese if it names neither language.
    pub fn preferred(header: &str) -> Self {
        let mut best = (Locale::Vi, 0.0);
        for range in header.split(',') {
            let mut parts = range.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts.find_map(|p| p.trim().strip_prefix("q=")?.parse::<f32>().ok()).unwrap_or(1.0);
            let locale = match tag.split('-').next() {
                Some("vi") => Locale::Vi,
                Some("en") => Locale::En,
                _ => continue,
            };
            if weight > best.1 {
                best = (locale, weight);
            }
        }
        best.0
    }
}

/// A sentence in both languages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    vi: Cow<'static, str>,
    en: Cow<'static, str>,
}

impl Message {
    /// The sentence in Vietnamese, then in English. Invisible characters are replaced by their names: otherwise a
    /// quoted code that contains one would look correct.
    pub fn new(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Message { vi: with_names_of_invisible(vi.into()), en: with_names_of_invisible(en.into()) }
    }
    /// A keyword that is the same in both languages, because programs search for it.
    pub fn same(word: &'static str) -> Self {
        Message { vi: word.into(), en: word.into() }
    }
    /// The sentence in one language.
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        }
    }
}

/// Formats a number: 1.207.233 and 93,66 in Vietnamese, 1,207,233 and 93.66 in English.
pub fn number(value: f64, locale: Locale) -> String {
    let (thousands, decimal) = match locale {
        Locale::Vi => ('.', ','),
        Locale::En => (',', '.'),
    };
    let printed = value.to_string();
    let (whole, decimals) = printed.split_once('.').map_or((printed.as_str(), None), |(w, d)| (w, Some(d)));
    let mut out = String::with_capacity(printed.len() + 4);
    for (n, c) in whole.chars().enumerate() {
        let left = whole.chars().count() - n;
        if left % 3 == 0 && out.ends_with(|c: char| c.is_ascii_digit()) {
            out.push(thousands);
        }
        out.push(c);
    }
    if let Some(decimals) = decimals {
        out.push(decimal);
        out.push_str(decimals);
    }
    out
}

/// The argument of fields that exist in both languages.
#[derive(InputObject)]
pub struct Naming {
    /// The language of the returned text (ngôn ngữ); Vietnamese by default.
    #[graphql(default)]
    pub locale: Locale,
}

impl Args for Naming {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_unless_english_is_preferred() {
        for (header, locale) in [
            ("", Locale::Vi),
            ("fr", Locale::Vi),
            ("en", Locale::En),
            ("en-GB,vi;q=0.9", Locale::En),
            ("vi,en;q=0.9", Locale::Vi),
            ("en;q=0.3, vi-VN;q=0.8", Locale::Vi),
            ("*, en;q=0", Locale::Vi),
        ] {
            assert_eq!(Locale::preferred(header), locale, "{header}");
        }
    }

    #[test]
    fn numbers_are_written_as_each_language_writes_them() {
        for (value, vi, en) in [
            (1_207_233.0, "1.207.233", "1,207,233"),
            (93.66, "93,66", "93.66"),
            (100.0, "100", "100"),
            (1000.5, "1.000,5", "1,000.5"),
            (-123_456.0, "-123.456", "-123,456"),
            (0.0, "0", "0"),
        ] {
            assert_eq!((number(value, Locale::Vi), number(value, Locale::En)), (vi.to_owned(), en.to_owned()));
        }
    }
}
