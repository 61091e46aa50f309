//! Vietnamese text: stored as NFC, searched without marks, sorted by its own alphabet.

use sea_orm::{
    ColumnTrait,
    sea_query::{Expr, ExprTrait, LikeExpr},
};
use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// NFC, without white space at the ends.
pub fn clean(text: &str) -> String {
    text.trim().nfc().collect()
}

/// What a name looks like to somebody who searches for it: lower case, no marks, đ as d, one blank between words, no
/// apostrophes or other punctuation. "Hoà Bình", "Hòa Bình" and "HOA  BINH" are the same.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.to_lowercase().nfd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'đ' => out.push('d'),
            '\'' | '’' | 'ʼ' | '`' => {}
            c if c.is_alphanumeric() || matches!(c, '%' | '_' | '/' | '.' | ',') => out.push(c),
            _ if out.ends_with(' ') || out.is_empty() => {}
            _ => out.push(' '),
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A key that sorts, byte by byte, as the Vietnamese alphabet does: a ă â b c d đ e ê … o ô ơ … u ư …, tones last.
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

/// The rows whose folded column has a text in it, wherever. Nothing is found for a text of which nothing is left when it is
/// folded, such as a dash; an empty one asks for nothing, and finds everything.
pub fn has(column: impl ColumnTrait, text: &str) -> Expr {
    let folded = fold(text);
    if folded.is_empty() {
        return Expr::val(text.trim().is_empty());
    }
    Expr::col((column.entity_name(), column)).like(LikeExpr::new(anywhere(&folded)).escape('\\'))
}

/// A LIKE pattern that finds a text anywhere, with nothing in it that LIKE would read as its own. The escape is `\`.
fn anywhere(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    format!("%{escaped}%")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_marks_case_and_their_placement() {
        for text in ["Hoà Bình", "Hòa Bình", "HOA  BINH", "hoà-bình"] {
            assert_eq!(fold(text), "hoa binh", "{text}");
        }
        assert_eq!(fold("Đắk Lắk"), "dak lak");
        assert_eq!(fold("Bà Rịa - Vũng Tàu"), "ba ria vung tau");
        assert_eq!(fold("148/KH-UBND"), "148/kh ubnd");
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
        assert_eq!(anywhere(r"100%_\"), r"%100\%\_\\%");
    }
}
