//! The two languages of the service. Vietnamese is the first.

use std::borrow::Cow;

use async_graphql::{Enum, InputObject};

use super::object::Args;

/// A language (ngôn ngữ).
#[derive(Enum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Locale {
    /// Vietnamese (tiếng Việt).
    #[default]
    Vi,
    /// English (tiếng Anh).
    En,
}

impl Locale {
    /// The language that an `Accept-Language` header prefers; Vietnamese unless it names English before it.
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
    /// The sentence in Vietnamese, then in English.
    pub fn new(vi: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Message { vi: vi.into(), en: en.into() }
    }
    /// The sentence in one language.
    pub fn text(&self, locale: Locale) -> &str {
        match locale {
            Locale::Vi => &self.vi,
            Locale::En => &self.en,
        }
    }
}

/// The argument of fields that exist in both languages.
#[derive(InputObject)]
pub struct Naming {
    /// The language of the answer (ngôn ngữ).
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
}
