//! The codes of number formats (định dạng số), taken apart: sections, and the tokens of each, as ECMA-376 part 1, 18.8.31 has them
//! and as Excel and LibreOffice write them. A character that is quoted, escaped or padding is never a token.

/// What a run of letters stands for in a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `yy`, `yyyy`.
    Year,
    /// A year of another calendar, or with its era: `bbbb`, `gge`.
    ForeignYear,
    /// `e`: the year, in programs that have no eras.
    EraYear,
    /// `Q`, `QQ`, of LibreOffice.
    Quarter,
    /// `m`: a minute beside hours and seconds.
    Month,
    /// `WW`, of LibreOffice.
    Week,
    /// `ddd`, `NN`, `aaa`.
    Weekday,
    /// `d`, `dd`.
    Day,
    /// `h`.
    Hour,
    /// `m` beside hours and seconds.
    Minute,
    /// `s`.
    Second,
    /// `AM/PM`.
    HalfDay,
    /// `[h]`, `[m]`, `[s]`: all of them since 0.
    ElapsedHours,
    /// `[m]`.
    ElapsedMinutes,
    /// `[s]`.
    ElapsedSeconds,
}

/// A token of a format.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// Shown as it is.
    Literal(String),
    /// `_x` or `*x`: room, and nothing that means anything.
    Blank,
    /// `0`, `#` or `?`.
    Digit(char),
    /// `.`
    Point,
    /// `,`
    Comma,
    /// `%`
    Percent,
    /// `/`
    Slash,
    /// `E+` or `E-`; whether a plus sign is shown.
    Exponent(bool),
    /// `General`, or the `@` of a text where a number stands.
    General,
    /// `@`
    Text,
    /// A part of a date, and how many letters it has.
    Date(Part, usize),
}

/// Which numbers a section is for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Condition {
    /// `<`
    Less(f64),
    /// `<=`
    AtMost(f64),
    /// `=`
    Equal(f64),
    /// `<>`
    Other(f64),
    /// `>=`
    AtLeast(f64),
    /// `>`
    Greater(f64),
}

impl Condition {
    /// Whether it holds.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Condition::Less(limit) => value < limit,
            Condition::AtMost(limit) => value <= limit,
            Condition::Equal(limit) => value == limit,
            Condition::Other(limit) => value != limit,
            Condition::AtLeast(limit) => value >= limit,
            Condition::Greater(limit) => value > limit,
        }
    }
    fn read(text: &str) -> Option<Self> {
        type Make = fn(f64) -> Condition;
        const SIGNS: [(&str, Make); 6] = [
            ("<=", Condition::AtMost),
            (">=", Condition::AtLeast),
            ("<>", Condition::Other),
            ("<", Condition::Less),
            (">", Condition::Greater),
            ("=", Condition::Equal),
        ];
        SIGNS.into_iter().find_map(|(sign, make)| Some(make(text.strip_prefix(sign)?.trim().parse().ok()?)))
    }
}

/// A section of a format.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Section {
    /// Which numbers it is for, where it says so.
    pub condition: Option<Condition>,
    /// Its tokens.
    pub tokens: Vec<Token>,
    /// Whether names of months and days are Vietnamese.
    pub vietnamese: bool,
    /// Whether its years are of another calendar.
    pub foreign_calendar: bool,
}

impl Section {
    /// Whether it has a token that a test accepts.
    pub fn has(&self, test: impl Fn(&Token) -> bool) -> bool {
        self.tokens.iter().any(test)
    }
}

/// Takes a format apart; `None` for one that is damaged.
pub(super) fn parse(code: &str) -> Option<Vec<Section>> {
    let mut lexer = Lexer { rest: code, sections: vec![], section: Section::default() };
    while !lexer.rest.is_empty() {
        lexer.next()?;
    }
    lexer.sections.push(lexer.section);
    (lexer.sections.len() <= 4).then_some(lexer.sections)
}

struct Lexer<'a> {
    rest: &'a str,
    sections: Vec<Section>,
    section: Section,
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<()> {
        let c = self.take()?;
        match c {
            ';' => self.sections.push(std::mem::take(&mut self.section)),
            '"' => {
                let (quoted, rest) = self.rest.split_once('"').unwrap_or((self.rest, ""));
                self.rest = rest;
                self.literal(quoted);
            }
            '\\' => {
                let mut room = [0; 4];
                let escaped = self.take()?;
                self.literal(escaped.encode_utf8(&mut room));
            }
            '_' | '*' => {
                self.take()?;
                self.section.tokens.push(Token::Blank);
            }
            '[' => {
                let (inside, rest) = self.rest.split_once(']')?;
                self.rest = rest;
                self.bracket(inside)?;
            }
            '0' | '#' | '?' => self.section.tokens.push(Token::Digit(c)),
            '.' => self.section.tokens.push(Token::Point),
            ',' => self.section.tokens.push(Token::Comma),
            '%' => self.section.tokens.push(Token::Percent),
            '/' => self.section.tokens.push(Token::Slash),
            '@' => self.section.tokens.push(Token::Text),
            c => self.letters(c),
        }
        Some(())
    }
    fn take(&mut self) -> Option<char> {
        let mut chars = self.rest.chars();
        let c = chars.next()?;
        self.rest = chars.as_str();
        Some(c)
    }
    /// Takes a word, whatever its case.
    fn word(&mut self, word: &str) -> bool {
        match self.rest.get(..word.len()) {
            Some(begins) if begins.eq_ignore_ascii_case(word) => {
                self.rest = self.rest.get(word.len()..).unwrap_or_default();
                true
            }
            _ => false,
        }
    }
    /// How many of a letter follow each other, the one that was taken with them.
    fn run(&mut self, letter: char) -> usize {
        let more = self.rest.chars().take_while(|c| c.eq_ignore_ascii_case(&letter)).count();
        // Only ASCII letters are counted.
        self.rest = self.rest.get(more..).unwrap_or_default();
        more + 1
    }
    fn literal(&mut self, text: &str) {
        match self.section.tokens.last_mut() {
            Some(Token::Literal(before)) => before.push_str(text),
            _ => self.section.tokens.push(Token::Literal(text.to_owned())),
        }
    }
    fn letters(&mut self, c: char) {
        let lower = c.to_ascii_lowercase();
        let token = match lower {
            'g' if self.word("eneral") => Token::General,
            'a' if self.word("m/pm") || self.word("/p") => Token::Date(Part::HalfDay, 1),
            '上' if self.word("午/下午") => Token::Date(Part::HalfDay, 1),
            'e' if self.rest.starts_with(['+', '-']) => Token::Exponent(self.take() == Some('+')),
            'b' if self.rest.starts_with(['1', '2']) => {
                self.section.foreign_calendar |= self.take() == Some('2');
                return;
            }
            'y' | 'b' | 'g' | 'e' | 'q' | 'm' | 'd' | 'h' | 's' => {
                let letters = self.run(lower);
                let part = match lower {
                    'y' => Part::Year,
                    'b' | 'g' => Part::ForeignYear,
                    'e' => Part::EraYear,
                    'q' => Part::Quarter,
                    'm' => Part::Month,
                    'd' if letters > 2 => Part::Weekday,
                    'd' => Part::Day,
                    'h' => Part::Hour,
                    _ => Part::Second,
                };
                Token::Date(part, letters)
            }
            'n' | 'w' | 'a' => {
                let letters = self.run(lower);
                match (lower, letters) {
                    ('n', 2..) | ('a', 3..) => Token::Date(Part::Weekday, letters),
                    ('w', 2..) => Token::Date(Part::Week, letters),
                    _ => {
                        let text = c.to_string().repeat(letters);
                        return self.literal(&text);
                    }
                }
            }
            _ => {
                let mut room = [0; 4];
                return self.literal(c.encode_utf8(&mut room));
            }
        };
        self.section.tokens.push(token);
    }
    /// What stands in brackets: a currency and a language, a condition, time since 0; all else is a colour or a script.
    fn bracket(&mut self, inside: &str) -> Option<()> {
        let lower = inside.to_ascii_lowercase();
        if let Some(currency) = inside.strip_prefix('$') {
            let (symbol, language) = currency.split_once('-').unwrap_or((currency, ""));
            if !symbol.is_empty() {
                self.literal(symbol);
            }
            self.language(language);
        } else if lower.starts_with(['<', '>', '=']) {
            self.section.condition = Some(Condition::read(&lower)?);
        } else if let Some(calendar) = lower.strip_prefix('~') {
            self.section.foreign_calendar |= calendar != "gregorian";
        } else {
            let letter = lower.chars().next()?;
            let part = match letter {
                'h' => Part::ElapsedHours,
                'm' => Part::ElapsedMinutes,
                's' => Part::ElapsedSeconds,
                _ => return Some(()),
            };
            if lower.chars().all(|c| c == letter) {
                self.section.tokens.push(Token::Date(part, lower.len()));
            }
        }
        Some(())
    }
    /// A language, with the calendar that it asks for: `42A`, `107041E`, `vi-VN`.
    fn language(&mut self, language: &str) {
        let language = language.split(',').next().unwrap_or_default();
        let number = u32::from_str_radix(language, 16).unwrap_or_default();
        self.section.vietnamese |= number & 0x3ff == 0x2a || language.to_ascii_lowercase().starts_with("vi");
        // Gregorian calendars, in several languages.
        self.section.foreign_calendar |= !matches!((number >> 16) & 0xff, 0..=2 | 9..=12);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokens(code: &str) -> Vec<Token> {
        parse(code).expect("a format").remove(0).tokens
    }

    #[test]
    fn what_is_quoted_escaped_or_padding_is_no_token() {
        let literal = |text: &str| Token::Literal(text.to_owned());
        assert_eq!(tokens("\\n\\ă\\m\\ y"), [literal("năm "), Token::Date(Part::Year, 1)]);
        assert_eq!(
            tokens("0_%\"%;m\"*;\\;"),
            [Token::Digit('0'), Token::Blank, literal("%;m"), Token::Blank, literal(";")]
        );
        assert_eq!(tokens("0\"open"), [Token::Digit('0'), literal("open")]);
        assert_eq!(tokens("[$₫-42A]0"), [literal("₫"), Token::Digit('0')]);
        assert_eq!(tokens("[Red][Color10]0"), [Token::Digit('0')]);
    }

    #[test]
    fn letters_are_read_in_either_case() {
        for (code, expected) in [
            ("YYYY", Token::Date(Part::Year, 4)),
            ("QQ", Token::Date(Part::Quarter, 2)),
            ("DDDD", Token::Date(Part::Weekday, 4)),
            ("am/PM", Token::Date(Part::HalfDay, 1)),
            ("[HH]", Token::Date(Part::ElapsedHours, 2)),
            ("GENERAL", Token::General),
            ("e+", Token::Exponent(true)),
            ("e", Token::Date(Part::EraYear, 1)),
            ("ggg", Token::Date(Part::ForeignYear, 3)),
        ] {
            assert_eq!(tokens(code), [expected], "{code}");
        }
    }

    #[test]
    fn sections_have_conditions_and_languages() {
        let sections = parse("[<=1,5]0").is_none();
        assert!(sections, "a condition with no number");
        let sections = parse("[Red][>=1.5]0;[$-107041E]yyyy;[~buddhist]yyyy;[$-42A]mmm").expect("a format");
        assert_eq!(sections[0].condition, Some(Condition::AtLeast(1.5)));
        assert_eq!(
            sections.iter().map(|s| (s.foreign_calendar, s.vietnamese)).collect::<Vec<_>>(),
            [(false, false), (true, false), (true, false), (false, true)]
        );
        for damaged in ["0;0;0;0;0", "[Red", "0\\", "0_", "*", "[=x]0", "[]0"] {
            assert_eq!(parse(damaged), None, "{damaged}");
        }
    }
}
