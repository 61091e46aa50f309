//! Number formats of spreadsheets (định dạng số): what a cell shows of its number, or of its text. What is recorded of a cell is
//! what it shows, in full precision; where that is not certain, the cell is rejected.
//!
//! The formats are those of ECMA-376 part 1, 18.8.30 and 18.8.31, with what LibreOffice adds. A section is chosen by the number; of
//! its tokens, those that are quoted, escaped or padding mean nothing.

pub(super) mod builtin;
mod moment;
mod number;
mod parse;
mod shown;
#[cfg(test)]
mod tests;

use self::parse::{Condition, Section, Token};
pub(super) use self::shown::{Moment, Number, Shown, Unclear};

/// A number format.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct NumberFormat {
    numbers: Vec<Section>,
    text: Option<Section>,
}

impl NumberFormat {
    /// Reads a format's code; `None` for one that is damaged.
    pub fn parse(code: &str) -> Option<Self> {
        let mut sections = parse::parse(code)?;
        let of_text = |section: &Section| section.has(|token| *token == Token::Text);
        let text = match sections.len() {
            4 => sections.pop(),
            // A single one shows numbers as well.
            1 => sections.first().filter(|section| of_text(section)).cloned(),
            _ if sections.last().is_some_and(of_text) => sections.pop(),
            _ => None,
        };
        Some(NumberFormat { numbers: sections, text })
    }
    /// Whether the section for a number shows a day or a time.
    pub fn is_moment(&self, number: f64) -> bool {
        self.choose(number).is_some_and(|(_, section)| is_moment(section))
    }
    /// What is shown of a number. Days are counted from 1900, or from 1904.
    ///
    /// # Errors
    /// Where what is shown may not be what the cell holds.
    pub fn show(&self, number: f64, since_1904: bool) -> Result<Shown, Unclear> {
        let (at, section) = self.choose(number).ok_or(Unclear::OutOfRange)?;
        if is_moment(section) {
            return moment::show(section, number, since_1904).map(Shown::Moment);
        }
        number::show(section, number, self.hides_sign(at))
    }
    /// What is shown of a text.
    pub fn show_text(&self, text: &str) -> String {
        let Some(section) = &self.text else { return text.to_owned() };
        let shown = |token: &Token| match token {
            Token::Text => text.to_owned(),
            Token::Blank => String::new(),
            other => number::literals(std::slice::from_ref(other)),
        };
        section.tokens.iter().map(shown).collect()
    }
    /// The section for a number: the first whose condition holds. Where none is stated, the first is for numbers above 0, or not
    /// below it where there are two, the second for those below, and the last for all others.
    fn choose(&self, number: f64) -> Option<(usize, &Section)> {
        let stated = |section: &Section| section.condition.is_some_and(|condition| condition.holds(number));
        let sections = || self.numbers.iter().enumerate();
        if let Some(found) = sections().find(|(_, section)| stated(section)) {
            return Some(found);
        }
        let mut free = sections().filter(|(_, section)| section.condition.is_none());
        let last = self.numbers.len().checked_sub(1)?;
        free.find(|(at, _)| match at {
            _ if *at == last => true,
            0 => number > 0.0 || (number == 0.0 && last == 1),
            _ => number < 0.0,
        })
    }
    /// Whether a section shows the numbers below 0 that it is chosen for without their sign.
    fn hides_sign(&self, at: usize) -> bool {
        let from_zero = |condition| match condition {
            None => true,
            Some(Condition::AtLeast(limit) | Condition::Greater(limit)) => limit >= 0.0,
            Some(_) => false,
        };
        let below_zero = |condition| match condition {
            None => true,
            Some(Condition::Less(limit) | Condition::AtMost(limit)) => limit <= 0.0,
            Some(_) => false,
        };
        let condition = |at: usize| self.numbers.get(at).map(|section| section.condition);
        at == 1 && condition(0).is_some_and(from_zero) && condition(1).is_some_and(below_zero)
    }
}

fn is_moment(section: &Section) -> bool {
    section.has(|token| matches!(token, Token::Date(..)))
}
