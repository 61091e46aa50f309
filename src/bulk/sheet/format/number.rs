//! Numbers as a section of a format shows them: scaled by per cent signs and commas, beside the section's own text.

use super::{
    super::numbers::as_displayed,
    parse::{Section, Token},
    shown::{Number, Shown, Unclear},
};
use crate::kernel::text::clean;

/// Words that multiply what stands before them.
const MAGNITUDES: [&str; 16] = [
    "nghìn", "nghin", "ngàn", "vạn", "triệu", "trieu", "tỷ", "tỉ", "k", "thousand", "million", "millions", "mn",
    "billion", "billions", "bn",
];

/// Letters that do so where the format scales the number; else they are metres, bits.
const SCALED: [&str; 3] = ["m", "mm", "b"];

/// The most decimals and digits of a denominator that are worked out.
const MOST_DIGITS: usize = 15;

/// What a section shows of a number. `hides_sign` says that the section shows numbers below 0 without a sign of its own accord.
pub(super) fn show(section: &Section, number: f64, hides_sign: bool) -> Result<Shown, Unclear> {
    let is_number = |token: &Token| matches!(token, Token::Digit(_) | Token::General | Token::Text);
    let tokens = section.tokens.as_slice();
    let (Some(first), Some(last)) = (tokens.iter().position(is_number), tokens.iter().rposition(is_number)) else {
        return Ok(Shown::Text(literals(tokens).trim().to_owned()));
    };
    // A point or commas may end the number: `0.`, `0,`.
    let begins = first - usize::from(first > 0 && tokens.get(first - 1) == Some(&Token::Point));
    let ends = last + 1 + tokens.iter().skip(last + 1).take_while(|t| matches!(t, Token::Point | Token::Comma)).count();
    let (before, rest) = tokens.split_at(begins);
    let (digits, after) = rest.split_at(ends - begins);
    let (digits, after) = with_denominator(digits, after);
    let pattern = Pattern::read(&digits)?;
    let percents = tokens.iter().filter(|token| **token == Token::Percent).count();
    let scale = 100f64.powi(percents as i32) / 1000f64.powi(pattern.thousands as i32);
    let value = as_displayed(number * scale);
    if !value.is_finite() {
        return Err(Unclear::OutOfRange);
    }
    let (before, after) = (literals(before), literals(&after));
    if pattern.is_empty(value.abs()) {
        return Ok(Shown::Text(format!("{before}{after}").trim().to_owned()));
    }
    check_text(&before, &after, pattern.thousands > 0)?;
    let marked = signed(&before, &after);
    // A sign of its own shows what a hidden one would; one beside the number's own would be two.
    if (value < 0.0 && hides_sign != marked) || (value > 0.0 && marked) {
        return Err(Unclear::Sign);
    }
    let sign = if value < 0.0 && !marked { "-" } else { "" };
    let digits = format!("{sign}{}", pattern.digits(value.abs()));
    let converted = scale != 1.0 || !matches!(pattern.kind, Kind::Decimals | Kind::General);
    Ok(Shown::Number(Number { value, before, digits, after, converted }))
}

/// The text of tokens that are no number.
pub(super) fn literals(tokens: &[Token]) -> String {
    let text = |token: &Token| match token {
        Token::Literal(text) => text.clone(),
        Token::Percent => "%".to_owned(),
        Token::Slash => "/".to_owned(),
        Token::Comma => ",".to_owned(),
        Token::Point => ".".to_owned(),
        _ => " ".to_owned(),
    };
    tokens.iter().map(text).collect()
}

/// A fraction may have its denominator as a text: `# ?/16`.
fn with_denominator(digits: &[Token], after: &[Token]) -> (Vec<Token>, Vec<Token>) {
    let (mut digits, mut after) = (digits.to_vec(), after.to_vec());
    if let [Token::Slash, Token::Literal(text), ..] = after.as_mut_slice() {
        let length = text.bytes().take_while(u8::is_ascii_digit).count();
        if length > 0 {
            let rest = text.split_off(length);
            digits.extend([Token::Slash, Token::Literal(std::mem::replace(text, rest))]);
            after.remove(0);
        }
    }
    (digits, after)
}

/// The text beside a number is no part of it: no digits that would be read with it, no word that multiplies it.
fn check_text(before: &str, after: &str, scaled: bool) -> Result<(), Unclear> {
    let near = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || matches!(c, '.' | ','));
    let marked = |text: &str| text.starts_with(['.', ',']) && text.chars().nth(1).is_some_and(|c| c.is_ascii_digit());
    let follows = after.trim_start();
    let digits = follows.starts_with(|c: char| c.is_ascii_digit()) || marked(follows);
    if digits || near(before.trim_end().chars().next_back()) {
        return Err(Unclear::Digits);
    }
    let text = clean(&format!("{before} {after}")).to_lowercase();
    let multiplies = |word: &str| MAGNITUDES.contains(&word) || (scaled && SCALED.contains(&word));
    match text.split(|c: char| !c.is_alphanumeric()).any(multiplies) {
        true => Err(Unclear::Magnitude),
        false => Ok(()),
    }
}

/// Whether the text beside a number makes it one below 0: `-5`, `(5)`.
fn signed(before: &str, after: &str) -> bool {
    let (before, after) = (before.trim(), after.trim());
    let minus = ['-', '\u{2212}', '–'];
    before.starts_with(minus)
        || before.ends_with(minus)
        || (before.contains('(') && after.starts_with(')'))
        || (after.len() == 1 && after.starts_with(minus))
}

enum Kind {
    General,
    Decimals,
    Power { plus: bool },
    Fraction { fixed: Option<u64> },
}

/// The digits of a section.
struct Pattern {
    kind: Kind,
    /// The least digits before the point.
    whole: usize,
    /// The least and the most digits after it.
    decimals: (usize, usize),
    grouped: bool,
    /// How often commas divide the number by 1,000.
    thousands: usize,
    /// The digits of a denominator.
    denominator: usize,
}

impl Pattern {
    fn read(tokens: &[Token]) -> Result<Self, Unclear> {
        let mut pattern =
            Pattern { kind: Kind::Decimals, whole: 0, decimals: (0, 0), grouped: false, thousands: 0, denominator: 0 };
        let (mut point, mut slash, mut power) = (false, false, false);
        for (at, token) in tokens.iter().enumerate() {
            let whole = tokens.iter().skip(at + 1).take_while(|t| !matches!(t, Token::Point | Token::Exponent(_)));
            let digits_follow = whole.clone().any(|t| matches!(t, Token::Digit(_)));
            match token {
                Token::General | Token::Text if tokens.len() == 1 => pattern.kind = Kind::General,
                Token::Digit(_) if power => {}
                Token::Digit(_) if slash => pattern.denominator += 1,
                Token::Digit(digit) if point => {
                    pattern.decimals.1 += 1;
                    if *digit == '0' {
                        pattern.decimals.0 = pattern.decimals.1;
                    }
                }
                Token::Digit(digit) => pattern.whole += usize::from(*digit == '0' || pattern.whole > 0),
                Token::Point if !point && !slash && !power => point = true,
                Token::Comma if point && digits_follow => return Err(Unclear::Digits),
                Token::Comma if digits_follow => pattern.grouped = true,
                Token::Comma => pattern.thousands += 1,
                Token::Exponent(plus) if !slash && !power => {
                    power = true;
                    pattern.kind = Kind::Power { plus: *plus };
                }
                Token::Slash if !slash && !point && !power => {
                    slash = true;
                    pattern.kind = Kind::Fraction { fixed: None };
                }
                Token::Literal(text)
                    if slash && pattern.denominator == 0 && text.parse::<u64>().is_ok_and(|n| n > 0) =>
                {
                    let zeros = tokens.iter().skip(at + 1).filter(|t| matches!(t, Token::Digit('0'))).count();
                    let fixed = text.parse::<u64>().ok().and_then(|n| n.checked_mul(10u64.checked_pow(zeros as u32)?));
                    pattern.kind = Kind::Fraction { fixed };
                }
                // Blanks part thousands, or the whole number from its fraction.
                Token::Literal(text) if !point && !power && text.chars().all(is_blank) => {}
                Token::Blank if !point && !power => {}
                _ => return Err(Unclear::Digits),
            }
        }
        Ok(pattern)
    }
    /// Whether nothing is shown of a number: `#` of 0.
    fn is_empty(&self, value: f64) -> bool {
        matches!(self.kind, Kind::Decimals) && self.whole == 0 && self.decimals.0 == 0 && self.decimal(value) == "0"
    }
    /// The digits of a number that is not below 0.
    fn digits(&self, value: f64) -> String {
        match self.kind {
            Kind::General => value.to_string(),
            Kind::Decimals => self.decimal(value),
            Kind::Power { plus } => {
                let text = format!("{value:.*e}", self.decimals.1.min(MOST_DIGITS));
                let (number, power) = text.split_once('e').unwrap_or((&text, "0"));
                let sign = if power.starts_with('-') {
                    "-"
                } else if plus {
                    "+"
                } else {
                    ""
                };
                format!("{number}E{sign}{:0>2}", power.trim_start_matches('-'))
            }
            Kind::Fraction { fixed } => fraction(value, fixed, self.denominator.min(MOST_DIGITS) as u32),
        }
    }
    fn decimal(&self, value: f64) -> String {
        let (least, most) = self.decimals;
        let text = format!("{value:.*}", most.min(MOST_DIGITS));
        let (whole, decimals) = text.split_once('.').unwrap_or((&text, ""));
        let mut decimals = decimals.to_owned();
        while decimals.len() > least && decimals.ends_with('0') {
            decimals.pop();
        }
        let whole = format!("{whole:0>width$}", width = self.whole.min(100));
        let whole = if self.grouped { grouped(&whole) } else { whole };
        if decimals.is_empty() { whole } else { format!("{whole}.{decimals}") }
    }
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\u{2009}' | '\u{202f}')
}

fn grouped(whole: &str) -> String {
    let mut out = String::new();
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// A number as a whole number and the closest fraction whose denominator has so many digits, or is the one that is given.
fn fraction(value: f64, fixed: Option<u64>, digits: u32) -> String {
    let whole = value.trunc();
    let rest = value - whole;
    let (mut above, below) = match fixed {
        Some(below) => ((rest * below as f64).round() as u64, below),
        None => closest(rest, 10u64.saturating_pow(digits) - 1),
    };
    let mut whole = whole as u64;
    if above == below {
        (whole, above) = (whole.saturating_add(1), 0);
    }
    match (whole, above) {
        (whole, 0) => whole.to_string(),
        (0, above) => format!("{above}/{below}"),
        (whole, above) => format!("{whole} {above}/{below}"),
    }
}

/// The closest fraction to a number below 1, by its continued fraction.
fn closest(value: f64, most: u64) -> (u64, u64) {
    let (mut before, mut now) = ((0u64, 1u64), (1u64, 0u64));
    let mut rest = value;
    for _ in 0..40 {
        let part = rest.floor() as u64;
        let next = |a: u64, b: u64| part.checked_mul(b).and_then(|n| n.checked_add(a));
        let (Some(above), Some(below)) = (next(before.0, now.0), next(before.1, now.1)) else { break };
        if below > most {
            break;
        }
        (before, now) = (now, (above, below));
        let left = rest - rest.floor();
        if left < 1e-9 {
            break;
        }
        rest = 1.0 / left;
    }
    if now.1 == 0 { (0, 1) } else { now }
}
