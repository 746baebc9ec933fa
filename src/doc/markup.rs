//! Running text as it is written in the source: `"input $i$ and cell $k - 1 - t$ of *its* kernel"`.
//!
//! Between dollars stand names and signs without arithmetic of their own; between asterisks what is emphasised.

use super::{Inline, Math, Name, Prose, Relation};
use std::iter::Peekable;
use std::str::Chars;

/// What running text is put together from. Only a `&'static str`, which stands in the source, is read as markup.
pub(crate) trait Said {
    /// Adds itself to the text.
    fn say(self, prose: &mut Prose);
}

impl Said for &'static str {
    fn say(self, prose: &mut Prose) {
        // Formulas are the odd pieces; outside them, emphasis is.
        for (place, piece) in self.split('$').enumerate() {
            if place % 2 == 1 {
                prose.push(Inline::Math(formula(piece)));
                continue;
            }
            for (place, text) in piece.split('*').enumerate().filter(|(_, text)| !text.is_empty()) {
                prose.push(if place % 2 == 1 { Inline::Emphasis(text.into()) } else { Inline::Text(text.into()) });
            }
        }
    }
}

impl Said for String {
    fn say(self, prose: &mut Prose) {
        prose.push(Inline::Text(self));
    }
}

impl Said for Inline {
    fn say(self, prose: &mut Prose) {
        prose.push(self);
    }
}

impl Said for Math {
    fn say(self, prose: &mut Prose) {
        prose.push(Inline::Math(self));
    }
}

impl Said for Name {
    fn say(self, prose: &mut Prose) {
        Math::Name(self).say(prose);
    }
}

impl Said for Prose {
    fn say(self, prose: &mut Prose) {
        prose.extend(self);
    }
}

impl<T: Said> Said for Option<T> {
    fn say(self, prose: &mut Prose) {
        if let Some(said) = self {
            said.say(prose);
        }
    }
}

/// Joins text and formulas into [`Prose`]; see [`Said`] for what the pieces may be.
macro_rules! prose {
    ($($piece:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "text may have no pieces")]
        let mut prose = $crate::doc::Prose::new();
        $($crate::doc::Said::say($piece, &mut prose);)*
        prose
    }};
}
pub(crate) use prose;

/// Reads a formula of names and signs: `y~ = W~^T x~`, `k - 1 - t`, `X' * W'`.
///
/// # Panics
/// When something else stands in it; formulas stand in the source.
pub(crate) fn formula(text: &str) -> Math {
    let mut characters = text.chars().peekable();
    let formula = pieces(&mut characters);
    assert!(characters.next().is_none(), "{text:?} closes more than it opens");
    formula
}

/// The pieces up to the end or a closing parenthesis; a piece that is alone stands for itself.
fn pieces(text: &mut Peekable<Chars<'_>>) -> Math {
    let mut pieces = Vec::new();
    while let Some(&character) = text.peek() {
        if character == ')' {
            break;
        }
        text.next();
        pieces.push(match character {
            ' ' => continue,
            '=' => Relation::Equals.into(),
            '+' => Relation::Plus.into(),
            '-' => Relation::Minus.into(),
            '<' => Relation::Less.into(),
            '*' => Relation::Star.into(),
            '(' => {
                let inner = self::pieces(text);
                assert_eq!(text.next(), Some(')'), "a parenthesis is closed");
                Math::Parenthesised(Box::new(inner))
            }
            '0'..='9' => Math::from(character.to_digit(10).expect("a digit") as usize),
            letter => {
                assert!(letter.is_ascii_alphabetic(), "{letter:?} stands in no formula of names");
                name(letter, text).into()
            }
        });
    }
    if pieces.len() == 1 { pieces.remove(0) } else { Math::Row(pieces) }
}

/// A letter with the accent behind it.
fn name(letter: char, text: &mut Peekable<Chars<'_>>) -> Name {
    if text.next_if_eq(&'\'').is_some() {
        return Name::Primed(letter);
    }
    if text.next_if_eq(&'~').is_none() {
        return Name::Var(letter);
    }
    if text.next_if_eq(&'^').is_none() {
        return Name::Tilde(letter);
    }
    assert_eq!(text.next(), Some('T'), "only a transpose is raised");
    Name::TildeTransposed(letter)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::row;
    use Relation::{Equals, Minus, Star};

    #[test]
    fn a_literal_is_read_as_text_formulas_and_emphasis() {
        let read = prose!["Input $i$ is *not* $W~^T x~ = X' * W'$."];
        let product =
            row![Name::TildeTransposed('W'), Name::Tilde('x'), Equals, Name::Primed('X'), Star, Name::Primed('W')];
        let emphasis = Inline::Emphasis("not".into());
        assert_eq!(
            read,
            ["Input ".into(), Name::Var('i').into(), " is ".into(), emphasis, " ".into(), product.into(), ".".into()]
                as [Inline; 7]
        );
    }

    #[test]
    fn what_is_made_or_typed_is_never_read_as_markup() {
        let typed = "5 $ and *7*".to_owned();
        assert_eq!(prose![typed.clone()], [Inline::Text(typed)]);
    }

    #[test]
    fn parentheses_hold_formulas() {
        let inner = row!['k', Minus, 1_usize];
        assert_eq!(formula("d (k - 1)"), row!['d', Math::Parenthesised(Box::new(inner))]);
    }

    #[test]
    fn what_is_no_formula_of_names_is_a_mistake_in_the_source() {
        for wrong in ["k)", "(k", "x^2", "w_0", "k / s", "W~^S"] {
            assert!(std::panic::catch_unwind(|| formula(wrong)).is_err(), "{wrong}");
        }
    }
}
