//! Ranking of search hits. Pure: no database access.

/// How a record matches the search text. Better matches come first and compare as smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fit {
    /// The code equals the text.
    Code,
    /// A name, the acronym or the number equals the text.
    Name,
    /// A name, the acronym or the number starts with the text.
    Prefix,
    /// A word in one of them starts with the text.
    Word,
    /// Each word of the text starts a word of the record, in any order.
    Words,
    /// The text occurs anywhere in the record.
    Part,
}

impl Fit {
    /// All variants, best first.
    pub const ALL: [Fit; 6] = [Fit::Code, Fit::Name, Fit::Prefix, Fit::Word, Fit::Words, Fit::Part];

    /// The score shown to clients, from 0 to 1.
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
    /// The LIKE patterns of a match, as the parts before and after the text (for [`Fit::Words`], before and after each of
    /// its words). The searched column holds one text per line, the code first.
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

/// The maximum number of words of a search text that are used. Further words would hardly narrow the result.
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
