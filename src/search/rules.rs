//! How well a record fits a text.

/// How a record fits the text that is searched for. The better fit is the smaller one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// Its code is the text.
    Code,
    /// One of its names, its acronym or its number is the text.
    Name,
    /// One of them begins with the text.
    Prefix,
    /// A word in one of them begins with the text.
    Word,
    /// Words in it begin with the words of the text, in any order.
    Words,
    /// The text stands somewhere in it.
    Part,
}

impl Fit {
    /// All of them, best first.
    pub const ALL: [Fit; 6] = [Fit::Code, Fit::Name, Fit::Prefix, Fit::Word, Fit::Words, Fit::Part];

    /// From 0 to 1.
    pub fn score(self) -> f64 {
        match self {
            Fit::Code => 1.0,
            Fit::Name => 0.9,
            Fit::Prefix => 0.7,
            Fit::Word => 0.5,
            Fit::Words => 0.4,
            Fit::Part => 0.2,
        }
    }
    /// What stands before and after the text, or each of its words, in a record that fits so. A record's texts are lines, the code
    /// first.
    pub fn around(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Fit::Code => &[("\n", "\n%")],
            Fit::Name => &[("%\n", "\n%")],
            Fit::Prefix => &[("%\n", "%")],
            Fit::Word => &[("% ", "%"), ("%/", "%")],
            Fit::Words => &[("%\n", "%"), ("% ", "%"), ("%/", "%")],
            Fit::Part => &[("%", "%")],
        }
    }
}

/// The most words of a text that are looked for; further ones would narrow nothing that they have not.
pub const MOST_WORDS: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_better_fit_scores_more() {
        assert!(Fit::ALL.is_sorted());
        assert!(Fit::ALL.is_sorted_by(|better, worse| better.score() > worse.score()));
    }
}
