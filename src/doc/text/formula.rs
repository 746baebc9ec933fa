//! Formulas as they are written in texts: `y~ = W~^T x~`, `k - 1 - t`, `X' * W'`.
//!
//! Letters with `'`, `~` or `~^T` behind them, whole numbers, `+ - = < * ×`, commas and parentheses; words between
//! double quotes; facts that are formulas or text. A semicolon is the space between formulas that share a line. There is
//! no arithmetic of its own.

use super::Shown;
use crate::doc::{Inline, Math, Name, Relation};
use crate::templates::PLACEHOLDER;
use std::iter::Peekable;
use std::str::Chars;

/// Reads a formula of names and signs; what is put aside is found by its number.
///
/// # Errors
/// When something else stands in it.
pub(in crate::doc) fn formula(text: &str, shown: &[Shown]) -> Result<Math, String> {
    let mut reader = Reader { characters: text.chars().peekable(), shown };
    let formula = reader.pieces()?;
    match reader.characters.next() {
        None => Ok(formula),
        Some(_) => Err(format!("{text:?} closes more than it opens")),
    }
}

struct Reader<'a> {
    characters: Peekable<Chars<'a>>,
    shown: &'a [Shown],
}

impl Reader<'_> {
    /// The pieces up to the end or a closing parenthesis; a piece that is alone stands for itself.
    fn pieces(&mut self) -> Result<Math, String> {
        let mut pieces = Vec::new();
        while let Some(&character) = self.characters.peek() {
            if character == ')' {
                break;
            }
            self.characters.next();
            let piece = match character {
                // What is put into Markdown comes with signs escaped.
                ' ' | '\n' | '\\' => continue,
                '=' => Relation::Equals.into(),
                '+' => Relation::Plus.into(),
                '-' if !self.characters.peek().is_some_and(char::is_ascii_digit) => Relation::Minus.into(),
                '<' => Relation::Less.into(),
                '*' => Relation::Star.into(),
                '×' => Relation::Times.into(),
                ',' => ", ".into(),
                ';' => Math::Space,
                '"' => Math::Words(self.quoted()?),
                '(' => {
                    let inner = self.pieces()?;
                    if self.characters.next() != Some(')') {
                        return Err("a parenthesis is not closed".to_owned());
                    }
                    Math::Parenthesised(Box::new(inner))
                }
                '-' | '0'..='9' => self.number(character)?,
                start if start == PLACEHOLDER[0] => self.put_in()?,
                letter if letter.is_ascii_alphabetic() => self.name(letter)?.into(),
                other => return Err(format!("{other:?} stands in no formula of names")),
            };
            match piece {
                // Lines are broken between the pieces of a formula, not within one of them.
                Math::Row(several) => pieces.extend(several),
                single => pieces.push(single),
            }
        }
        Ok(if pieces.len() == 1 { pieces.remove(0) } else { Math::Row(pieces) })
    }

    /// A whole number, behind its sign or its first digit.
    fn number(&mut self, first: char) -> Result<Math, String> {
        let mut spelled = String::from(first);
        spelled.extend(std::iter::from_fn(|| self.characters.next_if(char::is_ascii_digit)));
        spelled
            .parse::<i64>()
            .map(Math::from)
            .map_err(|_| format!("{spelled} is too large a number for a formula of names"))
    }

    /// Words up to the closing quote.
    fn quoted(&mut self) -> Result<String, String> {
        let mut words = String::new();
        loop {
            match self.characters.next() {
                Some('"') => return Ok(words),
                Some('\\') => words.extend(self.characters.next()),
                Some('\n') => words.push(' '),
                Some(start) if start == PLACEHOLDER[0] => match self.put_in()? {
                    Math::Words(more) => words.push_str(&more),
                    _ => return Err("a formula stands between quotes".to_owned()),
                },
                Some(character) => words.push(character),
                None => return Err("words in a formula are not closed by a quote".to_owned()),
            }
        }
    }

    /// A fact that is a formula, or text.
    fn put_in(&mut self) -> Result<Math, String> {
        let number: String = self.characters.by_ref().take_while(|character| *character != PLACEHOLDER[1]).collect();
        let as_math = |piece: &Inline| match piece {
            Inline::Math(math) => math.clone(),
            Inline::Text(text) | Inline::Emphasis(text) | Inline::Code(text) => Math::Words(text.clone()),
        };
        match number.parse::<usize>().ok().and_then(|number| self.shown.get(number)) {
            Some(Shown::Formula(math)) => Ok(math.clone()),
            Some(Shown::Prose(prose)) => match &prose[..] {
                [only] => Ok(as_math(only)),
                pieces => Ok(Math::Row(pieces.iter().map(as_math).collect())),
            },
            Some(_) => Err("what is displayed by itself stands in a formula".to_owned()),
            None => Err("a character of a private area stands in it".to_owned()),
        }
    }

    /// A letter with the accent behind it.
    fn name(&mut self, letter: char) -> Result<Name, String> {
        if self.characters.next_if_eq(&'\'').is_some() {
            return Ok(Name::Primed(letter));
        }
        if self.characters.next_if_eq(&'~').is_none() {
            return Ok(Name::Var(letter));
        }
        if self.characters.next_if_eq(&'^').is_none() {
            return Ok(Name::Tilde(letter));
        }
        match self.characters.next() {
            Some('T') => Ok(Name::TildeTransposed(letter)),
            _ => Err("only a transpose is raised".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::row;
    use Relation::{Equals, Minus};

    fn read(text: &str) -> Result<Math, String> {
        let row = row!['a', Equals, 'b'];
        formula(text, &[Shown::Formula('q'.into()), Shown::Prose(vec!["three".into()]), Shown::Formula(row)])
    }

    #[test]
    fn parentheses_hold_formulas() {
        let inner = row!['k', Minus, 1_usize];
        assert_eq!(read("d (k - 1)"), Ok(row!['d', Math::Parenthesised(Box::new(inner))]));
    }

    #[test]
    fn a_semicolon_leaves_space() {
        assert_eq!(read("k; d"), Ok(row!['k', Math::Space, 'd']));
    }

    #[test]
    fn words_and_facts_stand_in_formulas() {
        let [first, second, row] = [0, 1, 2].map(crate::templates::placeholder);
        assert_eq!(read(&format!("{first} = \"no \\*{second}\"")), Ok(row!['q', Equals, "no *three"]));
        assert_eq!(
            read(&format!("{row} = k")),
            Ok(row!['a', Equals, 'b', Equals, 'k']),
            "a line may end at both signs"
        );
        assert_eq!(read("\\-3"), Ok(Math::from(-3_i64)), "as an escaped text");
        assert_eq!(read("-3"), Ok(Math::from(-3_i64)));
    }

    #[test]
    fn what_is_no_formula_of_names_is_refused() {
        for wrong in ["k)", "(k", "x^2", "w_0", "k / s", "W~^S", "\"k", "\u{E000}7\u{E001}", "99999999999999999999"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
