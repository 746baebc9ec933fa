//! Reading a formula: sums of products, where neighbours without a sign between are multiplied.

use super::{Formula, Letter, Pairing, Sign};
use std::str::FromStr;

/// Parentheses within parentheses may go so deep.
const DEEPEST: usize = 64;

/// Why a text is no formula.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("at character {at}: {wanted} is wanted")]
pub struct Misread {
    /// Where, in characters from 0.
    pub at: usize,
    /// What is wanted there.
    pub wanted: &'static str,
}

impl FromStr for Formula {
    type Err = Misread;

    /// Reads `(m - 1) s - 2 p`, `floor((n - 1) / s) + 1`, `(n + 2 p) mod s`, `max(s, d)`.
    fn from_str(text: &str) -> Result<Self, Misread> {
        let mut reader = Reader { characters: text.chars().collect(), at: 0, depth: 0 };
        let formula = reader.sum()?;
        if reader.next().is_some() { Err(reader.misread("a sign or the end")) } else { Ok(formula) }
    }
}

struct Reader {
    characters: Vec<char>,
    at: usize,
    depth: usize,
}

impl Reader {
    fn misread(&self, wanted: &'static str) -> Misread {
        Misread { at: self.at, wanted }
    }

    /// The next character that is no space; it is not passed.
    fn next(&mut self) -> Option<char> {
        while self.characters.get(self.at) == Some(&' ') {
            self.at += 1;
        }
        self.characters.get(self.at).copied()
    }

    /// Passes a character if it comes next.
    fn passes(&mut self, character: char) -> bool {
        let is_next = self.next() == Some(character);
        self.at += usize::from(is_next);
        is_next
    }

    fn expect(&mut self, character: char, wanted: &'static str) -> Result<(), Misread> {
        if self.passes(character) { Ok(()) } else { Err(self.misread(wanted)) }
    }

    /// Passes what comes next as long as it has a property.
    fn run(&mut self, belongs: fn(&char) -> bool) -> String {
        let run: String = self.characters[self.at..].iter().take_while(|character| belongs(character)).collect();
        self.at += run.chars().count();
        run
    }

    fn sum(&mut self) -> Result<Formula, Misread> {
        let mut terms = vec![(Sign::Plus, self.product()?)];
        loop {
            let sign = match self.next() {
                Some('+') => Sign::Plus,
                Some('-') => Sign::Minus,
                _ => return Ok(Formula::sum(terms)),
            };
            self.at += 1;
            terms.push((sign, self.product()?));
        }
    }

    fn product(&mut self) -> Result<Formula, Misread> {
        let mut factors = vec![self.factor()?];
        loop {
            match self.next() {
                Some('*') => {
                    self.at += 1;
                    factors.push(self.factor()?);
                }
                Some('/') => {
                    self.at += 1;
                    factors = vec![self.divided(Pairing::Quotient, factors)?];
                }
                Some('m') if self.characters[self.at..].starts_with(&['m', 'o', 'd', ' ']) => {
                    self.at += "mod".len();
                    factors = vec![self.divided(Pairing::Remainder, factors)?];
                }
                Some('(' | '0'..='9' | 'a'..='z' | 'A'..='Z') => factors.push(self.factor()?),
                _ => return Ok(Formula::product(factors)),
            }
        }
    }

    fn divided(&mut self, pairing: Pairing, dividend: Vec<Formula>) -> Result<Formula, Misread> {
        Ok(Formula::pair(pairing, Formula::product(dividend), self.factor()?))
    }

    fn factor(&mut self) -> Result<Formula, Misread> {
        match self.next() {
            Some('(') => self.nested(|reader| Ok(reader.sum()?.grouped())),
            Some('-') => {
                self.at += 1;
                Ok(Formula::Number(-self.number()?))
            }
            Some('0'..='9') => self.number().map(Formula::Number),
            Some('a'..='z' | 'A'..='Z') => self.named(),
            _ => Err(self.misread("a number, a letter or a parenthesis")),
        }
    }

    /// What stands between parentheses.
    fn nested(&mut self, inner: impl Fn(&mut Self) -> Result<Formula, Misread>) -> Result<Formula, Misread> {
        self.expect('(', "an opening parenthesis")?;
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(self.misread("a formula that is nested less deeply"));
        }
        let formula = inner(self)?;
        self.depth -= 1;
        self.expect(')', "a closing parenthesis")?;
        Ok(formula)
    }

    fn number(&mut self) -> Result<i128, Misread> {
        let begin = self.at;
        let digits = self.run(char::is_ascii_digit);
        digits.parse().map_err(|_| Misread { at: begin, wanted: "a number of at most 38 digits" })
    }

    /// A letter, or a function of what follows in parentheses.
    fn named(&mut self) -> Result<Formula, Misread> {
        let begin = self.at;
        let word = self.run(char::is_ascii_alphabetic);
        let rounded = |reader: &mut Self, pairing: Pairing| match reader.sum()? {
            Formula::Pair(Pairing::Quotient, above, below) => Ok(Formula::Pair(pairing, above, below)),
            _ => Err(reader.misread("a quotient, which alone can be rounded,")),
        };
        let chosen = |reader: &mut Self, pairing: Pairing| {
            let left = reader.sum()?;
            reader.expect(',', "a comma")?;
            Ok(Formula::pair(pairing, left, reader.sum()?))
        };
        let mut characters = word.chars();
        match (word.as_str(), characters.next(), characters.next()) {
            ("floor", ..) => self.nested(|reader| rounded(reader, Pairing::Floor)),
            ("ceil", ..) => self.nested(|reader| rounded(reader, Pairing::Ceiling)),
            ("max", ..) => self.nested(|reader| chosen(reader, Pairing::Larger)),
            ("min", ..) => self.nested(|reader| chosen(reader, Pairing::Smaller)),
            (_, Some(sign), None) => Ok(Formula::Letter(Letter { sign, label: self.label()? })),
            _ => Err(Misread { at: begin, wanted: "a single letter, floor, ceil, max or min" }),
        }
    }

    /// The word below a letter, behind an underscore.
    fn label(&mut self) -> Result<&'static str, Misread> {
        if self.characters.get(self.at) != Some(&'_') {
            return Ok("");
        }
        self.at += 1;
        let begin = self.at;
        let word = self.run(char::is_ascii_alphabetic);
        let known = Letter::LABELS.into_iter().find(|label| *label == word);
        known.ok_or(Misread { at: begin, wanted: "one of the words begin, end, in and group" })
    }
}
