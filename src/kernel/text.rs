//! Vietnamese text: stored as NFC, searched without diacritics, sorted by the Vietnamese alphabet.

use std::borrow::Cow;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Normalizes a text: NFC, trimmed, with line feeds as line breaks.
pub fn clean(text: &str) -> String {
    with_line_feeds(text.trim()).nfc().collect()
}

/// Replaces the line breaks of all systems by line feeds.
pub fn with_line_feeds(text: &str) -> Cow<'_, str> {
    match text.contains('\r') {
        true => text.replace("\r\n", "\n").replace('\r', "\n").into(),
        false => text.into(),
    }
}

/// Whether a character is invisible: a zero-width space or joiner, a byte order mark, a soft hyphen, a mark of
/// direction. Users copy them from web pages and documents without noticing.
pub fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{2064}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// Removes invisible characters: for codes, numbers and keywords, never for prose.
pub fn without_invisible(text: &str) -> Cow<'_, str> {
    match text.contains(is_invisible) {
        true => text.chars().filter(|c| !is_invisible(*c)).collect::<String>().into(),
        false => text.into(),
    }
}

/// Replaces invisible characters by their names: `[U+200B]`.
pub fn with_names_of_invisible(text: Cow<'static, str>) -> Cow<'static, str> {
    if !text.contains(is_invisible) {
        return text;
    }
    let named = |c: char| if is_invisible(c) { format!("[U+{:04X}]", u32::from(c)) } else { c.to_string() };
    text.chars().map(named).collect::<String>().into()
}

/// Folds a text for searching: lower case, no diacritics, đ as d, one blank between words, no apostrophes or other
/// punctuation, except a point or a comma inside a number or a word. "Hoà Bình", "Hòa Bình" and "HOA  BINH" are the
/// same.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let lower = text.to_lowercase();
    let mut letters = lower.nfd().filter(|c| !is_combining_mark(*c)).peekable();
    while let Some(c) = letters.next() {
        let goes_on = letters.peek().is_some_and(|next| next.is_alphanumeric());
        match c {
            'đ' => out.push('d'),
            '\'' | '’' | 'ʼ' | '`' => {}
            '.' | ',' if goes_on && out.ends_with(char::is_alphanumeric) => out.push(c),
            c if c.is_alphanumeric() || matches!(c, '%' | '_' | '/') => out.push(c),
            _ => break_word(&mut out),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

fn break_word(out: &mut String) {
    if !out.is_empty() && !out.ends_with(' ') {
        out.push(' ');
    }
}

/// The folded texts by which a record is searched: one line each, the code first. Each line has a line break before
/// and after it, so a search can match the beginning and the end of a whole text.
pub fn searched<'a>(code: &'a str, texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut out = String::from("\n");
    for line in std::iter::once(code).chain(texts).map(fold).filter(|line| !line.is_empty()) {
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// A key that sorts, byte by byte, like the Vietnamese alphabet: a ă â b c d đ e ê … o ô ơ … u ư …; tones decide
/// last.
pub fn sort_key(text: &str) -> String {
    let mut letters = String::with_capacity(text.len() * 2);
    let mut tones = String::new();
    for c in text.to_lowercase().nfc() {
        let mut parts = std::iter::once(c).nfd();
        let base = parts.next().unwrap_or(c);
        let mut letter = (base, '0');
        let mut tone = '0';
        for mark in parts {
            match mark {
                '\u{306}' => letter.1 = '1',                                 // ă
                '\u{302}' => letter.1 = if base == 'a' { '2' } else { '1' }, // â ê ô
                '\u{31b}' => letter.1 = if base == 'o' { '2' } else { '1' }, // ơ ư
                '\u{300}' => tone = '1',
                '\u{309}' => tone = '2',
                '\u{303}' => tone = '3',
                '\u{301}' => tone = '4',
                '\u{323}' => tone = '5',
                _ => {}
            }
        }
        if base == 'đ' {
            letter = ('d', '1');
        }
        letters.push(letter.0);
        if letter.0.is_alphabetic() {
            letters.push(letter.1);
        }
        tones.push(tone);
    }
    format!("{letters} {tones}")
}

/// Escapes a text for a LIKE pattern. The escape character is `\`.
pub fn literal(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_breaks_are_line_feeds() {
        assert_eq!(clean(" a\r\nb\rc\nd\r\n"), "a\nb\nc\nd");
    }

    #[test]
    fn what_takes_no_room_is_removed_or_named() {
        let text = "\u{feff}fi\u{200b}bre\u{ad}_route\u{2060}";
        assert_eq!(without_invisible(text), "fibre_route");
        assert_eq!(with_names_of_invisible(text.into()), "[U+FEFF]fi[U+200B]bre[U+00AD]_route[U+2060]");
        assert_eq!(with_names_of_invisible("Hoà Bình 😀".into()), "Hoà Bình 😀");
    }

    #[test]
    fn folding_forgets_marks_case_and_their_placement() {
        for text in ["Hoà Bình", "Hòa Bình", "HOA  BINH", "hoà-bình"] {
            assert_eq!(fold(text), "hoa binh", "{text}");
        }
        assert_eq!(fold("Đắk Lắk"), "dak lak");
        assert_eq!(fold("Bà Rịa - Vũng Tàu"), "ba ria vung tau");
        assert_eq!(fold("148/KH-UBND"), "148/kh ubnd");
        assert_eq!(fold("TP. Hồ Chí Minh, 2.512 thôn (99,5%)."), "tp ho chi minh 2.512 thon 99,5%");
    }

    #[test]
    fn names_sort_by_the_vietnamese_alphabet() {
        let sorted =
            ["An Giang", "Ăn", "Ân", "Bắc Ninh", "Cần Thơ", "Cao Bằng", "Dĩ An", "Đà Nẵng", "Em", "Huế", "Hưng Yên"];
        let mut again = sorted;
        again.sort_by_key(|name| sort_key(name));
        let expected =
            ["An Giang", "Ăn", "Ân", "Bắc Ninh", "Cao Bằng", "Cần Thơ", "Dĩ An", "Đà Nẵng", "Em", "Huế", "Hưng Yên"];
        assert_eq!(again, expected);
    }

    #[test]
    fn a_pattern_takes_its_text_to_the_letter() {
        assert_eq!(literal(r"100%_\"), r"100\%\_\\");
    }
}
