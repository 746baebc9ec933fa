//! Running text as it is written in the source: `"input $i$ and cell $k - 1 - t$ of *its* kernel"`.
//!
//! Between dollars stand names, signs and numbers without arithmetic of their own; between asterisks what is emphasised;
//! between backticks code. Numbers and words of the source may be put in by their names, as in [`format!`].

use super::{Inline, Math, Name, Prose};
use crate::formula::Formula;
use crate::laws::Law;
use std::fmt;

/// What running text is put together from. Only what stands in the source is read as markup: a `&'static str`, and a
/// literal of [`prose`] with what is named in it.
pub(crate) trait Said {
    /// Adds itself to the text.
    fn say(self, prose: &mut Prose);
}

impl Said for &'static str {
    fn say(self, prose: &mut Prose) {
        read(self, prose);
    }
}

impl Said for fmt::Arguments<'_> {
    fn say(self, prose: &mut Prose) {
        match self.as_str() {
            Some(text) => read(text, prose),
            None => read(&self.to_string(), prose),
        }
    }
}

/// Formulas are the odd pieces between dollars; outside them code and emphasis are.
fn read(text: &str, prose: &mut Prose) {
    for (place, piece) in text.split('$').enumerate() {
        if place % 2 == 1 {
            prose.push(Inline::Math(formula(piece)));
            continue;
        }
        for (place, piece) in piece.split('`').enumerate() {
            if place % 2 == 1 {
                prose.push(Inline::Code(piece.into()));
                continue;
            }
            for (place, text) in piece.split('*').enumerate().filter(|(_, text)| !text.is_empty()) {
                prose.push(if place % 2 == 1 { Inline::Emphasis(text.into()) } else { Inline::Text(text.into()) });
            }
        }
    }
}

/// What is a piece of text by itself.
macro_rules! said_as_it_is {
    ($($piece:ty),*) => {
        $(impl Said for $piece {
            fn say(self, prose: &mut Prose) {
                prose.push(self.into());
            }
        })*
    };
}

said_as_it_is!(String, usize, Inline, Math, Name, Law, Formula, &Formula);

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
    (@say $prose:ident, $text:literal) => { $crate::doc::Said::say(format_args!($text), &mut $prose) };
    (@say $prose:ident, $piece:expr) => { $crate::doc::Said::say($piece, &mut $prose) };
    ($($piece:expr),* $(,)?) => {{
        #[allow(unused_mut, reason = "text may have no pieces")]
        let mut prose = $crate::doc::Prose::new();
        $($crate::doc::prose!(@say prose, $piece);)*
        prose
    }};
}
pub(crate) use prose;

/// Reads a formula of names and signs: `y~ = W~^T x~`, `k - 1 - t`, `X' * W'`.
///
/// # Panics
/// When something else stands in it; formulas stand in the source.
pub(crate) fn formula(text: &str) -> Math {
    super::text::formula::formula(text, &[]).expect("a formula of the source is one")
}

/// As it is written in running text.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Var(letter) => write!(f, "{letter}"),
            Self::Primed(letter) => write!(f, "{letter}'"),
            Self::Tilde(letter) => write!(f, "{letter}~"),
            Self::TildeTransposed(letter) => write!(f, "{letter}~^T"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doc::Relation::{Equals, Minus, Star, Times};
    use crate::doc::row;

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
    fn what_is_named_in_a_literal_is_put_in_before_it_is_read() {
        let (stride, begin, call) = (12_usize, -3_i64, "Conv1d(1, 1, 3)");
        let (product, difference) = (row![2_usize, Times, stride], row!['p', Minus, 1_usize, Equals, begin]);
        let read = prose!["`{call}` has {stride}: $2 × {stride}$, $p - 1 = {begin}$"];
        let code = Inline::Code(call.into());
        assert_eq!(read, [code, " has 12: ".into(), product.into(), ", ".into(), difference.into()] as [Inline; 5]);
    }

    #[test]
    fn a_name_is_read_as_it_is_written() {
        for name in [Name::Var('W'), Name::Primed('W'), Name::Tilde('W'), Name::TildeTransposed('W')] {
            assert_eq!(prose!["${name}$"], [Inline::from(name)]);
        }
    }

    #[test]
    fn what_is_made_or_typed_is_never_read_as_markup() {
        let typed = "5 $ and *7*".to_owned();
        assert_eq!(prose![typed.clone()], [Inline::Text(typed)]);
    }
}
