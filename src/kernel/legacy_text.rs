//! Vietnamese text in encodings older than Unicode: TCVN3 (ABC, .VnTime) and VNI. Such text consists of Latin-1
//! characters that only look Vietnamese in its font: `B¸o c¸o`, `Baùo caùo`. It is recognized by its syllables: as
//! written they are impossible in Vietnamese, and decoded they are possible.

use super::text::clean;

/// An encoding older than Unicode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Legacy {
    /// TCVN 5712:1993 VN3, of the fonts whose names begin with .Vn.
    Tcvn3,
    /// VNI Windows, of the fonts whose names begin with VNI.
    Vni,
}

/// The letters of TCVN3 from U+00A1 on; a blank for an unused position.
const TCVN3: &str = "ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ ";

/// The VNI letters that are one character.
const VNI_LETTERS: [(char, char); 9] =
    [('ñ', 'đ'), ('ô', 'ơ'), ('ö', 'ư'), ('ì', 'ì'), ('í', 'í'), ('æ', 'ỉ'), ('ó', 'ĩ'), ('ò', 'ị'), ('î', 'ỵ')];

/// The VNI characters that put marks on the preceding letter.
const VNI_MARKS: [(char, &str); 17] = [
    ('ø', "\u{300}"),
    ('ù', "\u{301}"),
    ('û', "\u{309}"),
    ('õ', "\u{303}"),
    ('ï', "\u{323}"),
    ('â', "\u{302}"),
    ('à', "\u{302}\u{300}"),
    ('á', "\u{302}\u{301}"),
    ('å', "\u{302}\u{309}"),
    ('ã', "\u{302}\u{303}"),
    ('ä', "\u{302}\u{323}"),
    ('ê', "\u{306}"),
    ('è', "\u{306}\u{300}"),
    ('é', "\u{306}\u{301}"),
    ('ú', "\u{306}\u{309}"),
    ('ü', "\u{306}\u{303}"),
    ('ë', "\u{306}\u{323}"),
];

const ONSETS: [&str; 29] = [
    "ngh", "ng", "nh", "gh", "gi", "kh", "ph", "qu", "th", "tr", "ch", "b", "c", "d", "đ", "g", "h", "k", "l", "m",
    "n", "p", "r", "s", "t", "v", "x", "q", "",
];

/// Vowels without tones.
const NUCLEI: [&str; 65] = [
    "a", "ă", "â", "e", "ê", "i", "o", "ô", "ơ", "u", "ư", "y", "ai", "ao", "au", "ay", "âu", "ây", "eo", "êu", "ia",
    "iê", "iêu", "iu", "oa", "oai", "oao", "oay", "oă", "oe", "oeo", "oi", "oo", "ôi", "ơi", "ua", "uâ", "uây", "uê",
    "uêu", "ui", "uô", "uôi", "uơ", "uy", "uya", "uyê", "uyu", "ưa", "ưi", "ươ", "ươi", "ươu", "ưu", "yê", "yêu", "uă",
    "uao", "uay", "uai", "ue", "ueo", "oen", "ôô", "iơ",
];

/// The ends of syllables; `k` occurs in place names: Đắk Lắk.
const CODAS: [&str; 10] = ["", "ch", "ng", "nh", "c", "k", "m", "n", "p", "t"];

impl Legacy {
    /// The encoding of a text and the decoded text; `None` for a text that is or may be Unicode.
    pub fn of(text: &str) -> Option<(Legacy, String)> {
        // Most Vietnamese letters are outside Latin-1. A text that contains such letters is Unicode.
        if text.is_ascii() || text.chars().any(is_beyond_latin) {
            return None;
        }
        [Legacy::Tcvn3, Legacy::Vni].into_iter().find_map(|legacy| Some((legacy, legacy.decoded(text)?)))
    }
    /// The usual names of the encoding.
    pub fn name(self) -> &'static str {
        match self {
            Legacy::Tcvn3 => "TCVN3 (ABC, .VnTime)",
            Legacy::Vni => "VNI",
        }
    }
    /// Decodes a text, if every word becomes a syllable and at least one word was not a syllable before.
    fn decoded(self, text: &str) -> Option<String> {
        let mut proven = false;
        for word in text.split(|c: char| !is_letter(c)).filter(|word| !word.is_ascii()) {
            // A single character proves nothing: it may be a sign.
            let letters = word.chars().any(|c| c.is_ascii_alphabetic());
            if letters && !is_syllable(&self.read(word)) {
                return None;
            }
            // µ is also the sign of micrometres.
            proven |= letters && !word.starts_with('µ') && !is_syllable(&clean(word).to_lowercase());
        }
        proven.then(|| clean(&self.read(text)))
    }
    fn read(self, text: &str) -> String {
        match self {
            Legacy::Tcvn3 => text.chars().map(tcvn3).collect(),
            Legacy::Vni => vni(text),
        }
    }
}

/// Whether a character may be a letter in either encoding: TCVN3 uses signs of Latin-1 as letters.
fn is_letter(c: char) -> bool {
    c.is_alphabetic() || tcvn3(c) != c
}

/// Letters outside Latin-1, and combining marks.
fn is_beyond_latin(c: char) -> bool {
    u32::from(c) > 0xff && (c.is_alphabetic() || ('\u{300}'..='\u{36f}').contains(&c))
}

fn tcvn3(c: char) -> char {
    let at = u32::from(c).checked_sub(0xa1).filter(|at| *at <= 0x5e);
    at.and_then(|at| TCVN3.chars().nth(at as usize)).filter(|letter| *letter != ' ').unwrap_or(c)
}

fn vni(text: &str) -> String {
    let mut out = String::new();
    let mut letter = None;
    for c in text.chars() {
        let lower = c.to_lowercase().next().unwrap_or(c);
        let marks = VNI_MARKS.iter().find(|(mark, _)| *mark == lower).filter(|_| letter.is_some_and(takes_marks));
        match (marks, VNI_LETTERS.iter().find(|(written, _)| *written == lower)) {
            (Some((_, marks)), _) => out.push_str(marks),
            (None, Some((_, letter))) if c.is_uppercase() => out.extend(letter.to_uppercase()),
            (None, Some((_, letter))) => out.push(*letter),
            (None, None) => out.push(c),
        }
        letter = Some(lower).filter(|_| marks.is_none());
    }
    clean(&out)
}

fn takes_marks(letter: char) -> bool {
    matches!(letter, 'a' | 'e' | 'o' | 'u' | 'y' | 'ô' | 'ö')
}

/// Whether a word can be a Vietnamese syllable: an onset, vowels with at most one tone, and an ending that allows the
/// tone.
fn is_syllable(word: &str) -> bool {
    use unicode_normalization::UnicodeNormalization;
    let (mut bare, mut tones) = (String::new(), vec![]);
    for c in word.to_lowercase().nfd() {
        match c {
            '\u{300}' | '\u{301}' | '\u{303}' | '\u{309}' | '\u{323}' => tones.push(c),
            c => bare.push(c),
        }
    }
    let bare = clean(&bare);
    let stopped = tones.is_empty() || matches!(tones.as_slice(), ['\u{301}' | '\u{323}']);
    let ends = |rest: &str| {
        CODAS.iter().any(|coda| {
            let stop = matches!(*coda, "c" | "ch" | "k" | "p" | "t");
            rest.strip_suffix(coda).is_some_and(|nucleus| NUCLEI.contains(&nucleus)) && (!stop || stopped)
        })
    };
    // In "gì" the vowel is part of the onset "gi".
    tones.len() <= 1 && (ONSETS.iter().any(|onset| bare.strip_prefix(onset).is_some_and(ends)) || bare == "gi")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_in_old_encodings_is_known_by_its_syllables() {
        for (text, expected) in [
            ("B¸o c¸o", Some((Legacy::Tcvn3, "Báo cáo"))),
            ("Sè liÖu n¨m 2025", Some((Legacy::Tcvn3, "Số liệu năm 2025"))),
            ("Sở Khoa học", None),
            ("Së Khoa häc vµ C«ng nghÖ tØnh Phó Thä", Some((Legacy::Tcvn3, "Sở Khoa học và Công nghệ tỉnh Phú Thọ"))),
            ("n«ng th«n", Some((Legacy::Tcvn3, "nông thôn"))),
            ("N÷", Some((Legacy::Tcvn3, "Nữ"))),
            ("®\u{AD}êng truyÒn", Some((Legacy::Tcvn3, "đường truyền"))),
            ("§¾k L¾k", Some((Legacy::Tcvn3, "Đắk Lắk"))),
            ("Baùo caùo", Some((Legacy::Vni, "Báo cáo"))),
            ("Soá lieäu naêm 2025", Some((Legacy::Vni, "Số liệu năm 2025"))),
            ("Sôû Khoa hoïc vaø Coâng ngheä", Some((Legacy::Vni, "Sở Khoa học và Công nghệ"))),
            ("ÑAÉK LAÉK", Some((Legacy::Vni, "ĐẮK LẮK"))),
            ("ñöôøng truyeàn", Some((Legacy::Vni, "đường truyền"))),
        ] {
            let expected = expected.map(|(legacy, text)| (legacy, text.to_owned()));
            assert_eq!(Legacy::of(text), expected, "{text}");
        }
    }

    #[test]
    fn what_may_be_unicode_is_left_alone() {
        for text in [
            "Báo cáo",
            "Hà Nam",
            "Hoà Bình",
            "Hòa",
            "São Paulo",
            "Müller & Söhne",
            "Zürich",
            "André",
            "café",
            "naïve",
            "Côte d'Ivoire",
            "Nestlé",
            "José",
            "Köln",
            "Malmö",
            "Perú",
            "5 µm",
            "µm",
            "µg/m³",
            "m²",
            "12 °C",
            "© 2025",
            "Windows®",
            "«Báo cáo»",
            "A · B",
            "½",
            "§ 5",
            "£5",
            "Tôi là ai",
            "thuê bao",
            "à la carte",
            "ÐÑ",
            "Ø 5",
            "số",
            "Ngày",
            "Cà Mau",
            "không",
            "nông thôn",
            "Español señor",
            "Øresund",
            "Düsseldorf",
            "",
        ] {
            assert_eq!(Legacy::of(text), None, "{text}");
        }
    }
}
