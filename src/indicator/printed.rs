//! Numbers as Vietnamese text prints them: 1.207.233 is 1,207,233; 93,66 is 93.66; 1,55 triệu is 1,550,000. And whether a value
//! fits the text that it was read from.

use entity::kinds::Qualifier;

use crate::kernel::{error::FieldFault, locale::Message, text::without_invisible};

/// A number in a text, with the word before it.
#[derive(Clone, Debug, PartialEq)]
struct Printed {
    value: f64,
    qualifier: Option<Qualifier>,
}

/// What is wrong with a value or a qualifier, when a text is what they were read from.
pub fn faults(text: &str, value: Option<f64>, qualifier: Qualifier) -> Vec<FieldFault> {
    let Some(value) = value else { return vec![] };
    let numbers = numbers(&without_invisible(text));
    let same = |n: &&Printed| (n.value - value).abs() <= f64::EPSILON * 8.0 * value.abs().max(1.0);
    let Some(found) = numbers.iter().find(same) else {
        return vec![FieldFault {
            path: "value".to_owned(),
            code: "TEXT_MISMATCH",
            message: Message::new(
                format!("Giá trị {value} không có trong nguyên văn \"{text}\"."),
                format!("The value {value} does not stand in the text \"{text}\"."),
            ),
        }];
    };
    match found.qualifier {
        Some(printed) if printed != qualifier => vec![FieldFault {
            path: "qualifier".to_owned(),
            code: "TEXT_MISMATCH",
            message: Message::new(
                format!("Nguyên văn \"{text}\" nói {}, không phải {}.", printed.word(), qualifier.word()),
                format!("The text \"{text}\" says {}, not {}.", printed.word(), qualifier.word()),
            ),
        }],
        _ => vec![],
    }
}

fn numbers(text: &str) -> Vec<Printed> {
    let lower = text.to_lowercase();
    let mut found = vec![];
    if ["tất cả", "toàn bộ"].iter().any(|all| lower.contains(all)) {
        found.push(Printed { value: 100.0, qualifier: None });
    }
    let mut before = "";
    let mut rest = lower.as_str();
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let (head, tail) = rest.split_at(start);
        let end = tail.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(tail.len());
        let (number, after) = tail.split_at(end);
        let word = head.split_whitespace().next_back().unwrap_or(if head.trim().is_empty() { before } else { "" });
        if let Some(value) = read(number) {
            found.push(Printed { value: value * scale(after), qualifier: qualifier(word) });
        }
        before = word;
        rest = after;
    }
    found
}

/// A number in Vietnamese notation: full stops between thousands, a comma before decimals. A full stop that does not stand
/// before three digits is a decimal point.
fn read(number: &str) -> Option<f64> {
    let number = number.trim_end_matches(['.', ',']);
    let (whole, decimals) = number.split_once(',').map_or((number, None), |(w, d)| (w, Some(d)));
    let groups: Vec<&str> = whole.split('.').collect();
    let thousands = groups.iter().skip(1).all(|group| group.len() == 3);
    let plain = if thousands { groups.concat() } else { whole.to_owned() };
    match decimals {
        Some(decimals) => format!("{plain}.{decimals}").parse().ok(),
        None => plain.parse().ok(),
    }
}

fn scale(after: &str) -> f64 {
    match after.split_whitespace().next().unwrap_or_default() {
        "nghìn" | "ngàn" => 1e3,
        "triệu" => 1e6,
        "tỷ" | "tỉ" => 1e9,
        _ => 1.0,
    }
}

fn qualifier(word: &str) -> Option<Qualifier> {
    match word {
        "khoảng" => Some(Qualifier::About),
        "gần" => Some(Qualifier::Under),
        "trên" | "hơn" => Some(Qualifier::Over),
        "tốp" | "top" => Some(Qualifier::TopN),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_printed() {
        for (text, value) in [
            ("1.207.233/1.311.388 thuê bao điện thoại", 1_207_233.0),
            ("93,66 Mbps", 93.66),
            ("khoảng 1,55 triệu", 1_550_000.0),
            ("34.202 tỷ đồng", 34_202_000_000_000.0),
            ("hơn 4 nghìn km", 4_000.0),
            ("tất cả", 100.0),
            ("2.512/2.526 thôn, bản (99,5%)", 99.5),
            ("70,4Mb/s.", 70.4),
        ] {
            assert!(numbers(text).iter().any(|n| n.value == value), "{text}: {:?}", numbers(text));
        }
    }

    #[test]
    fn a_value_fits_its_text_or_is_named() {
        assert_eq!(faults("gần 85 thuê bao/100 dân", Some(85.0), Qualifier::Under), vec![]);
        let wrong = |text, value, qualifier| faults(text, Some(value), qualifier).first().map(|f| f.path.clone());
        assert_eq!(wrong("gần 85 thuê bao/100 dân", 85.0, Qualifier::Exact).as_deref(), Some("qualifier"));
        assert_eq!(wrong("93,66 Mbps", 9366.0, Qualifier::Exact).as_deref(), Some("value"));
        assert_eq!(faults("93,\u{200b}66 Mbps", Some(93.66), Qualifier::Exact), vec![]);
        assert_eq!(faults("nằm trong tốp 10 tỉnh", Some(10.0), Qualifier::TopN), vec![]);
        assert_eq!(faults("đạt trên địa bàn 85%", Some(85.0), Qualifier::Exact), vec![]);
    }
}
