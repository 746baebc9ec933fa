//! Formulas over integers as values: read from text, evaluated, edited, and written so that they can be read again.

mod read;

pub use read::Misread;

use std::fmt;

/// A letter of a formula, possibly with a word below it, such as `s` or `p_begin`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Letter {
    /// The letter itself.
    pub sign: char,
    /// The word below it, one of [`LABELS`](Letter::LABELS); empty if there is none.
    pub label: &'static str,
}

impl Letter {
    /// The words that can stand below a letter.
    pub const LABELS: [&'static str; 4] = ["begin", "end", "in", "group"];
}

/// Whether a term is added or taken away.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Sign {
    /// `+`
    Plus,
    /// `-`
    Minus,
}

/// How two formulas make one, where it is neither a sum nor a product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pairing {
    /// A quotient that leaves no remainder.
    Quotient,
    /// A quotient rounded down.
    Floor,
    /// A quotient rounded up.
    Ceiling,
    /// What a division rounded down leaves.
    Remainder,
    /// The larger of the two.
    Larger,
    /// The smaller of the two.
    Smaller,
}

/// A formula over integers, as it is written: `(4 - 1) s` and `3 s` are different formulas of equal value.
///
/// Reading and editing put parentheses wherever they are needed, and keep those that are not.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub enum Formula {
    /// A number.
    Number(i128),
    /// A letter.
    Letter(Letter),
    /// Terms with their signs, at least two.
    Sum(Vec<(Sign, Formula)>),
    /// Factors, at least two.
    Product(Vec<Formula>),
    /// In parentheses.
    Group(Box<Formula>),
    /// Of two formulas; those of a quotient or remainder are dividend and divisor.
    Pair(Pairing, Box<Formula>, Box<Formula>),
}

impl Formula {
    /// Reads a formula that the program itself spells.
    ///
    /// # Panics
    /// When the text is no formula; [`str::parse`] returns an error instead.
    pub fn of(text: &str) -> Self {
        text.parse().unwrap_or_else(|misread| panic!("`{text}` is a formula: {misread}"))
    }

    /// Its value where letters have these values; none where a letter has none, a division is by 0 or leaves a
    /// remainder that it must not leave, or a number does not fit.
    pub fn value(&self, letters: &impl Fn(Letter) -> Option<i128>) -> Option<i128> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Letter(letter) => letters(*letter),
            Self::Sum(terms) => terms.iter().try_fold(0_i128, |sum, (sign, term)| match sign {
                Sign::Plus => sum.checked_add(term.value(letters)?),
                Sign::Minus => sum.checked_sub(term.value(letters)?),
            }),
            Self::Product(factors) => {
                factors.iter().try_fold(1_i128, |product, factor| product.checked_mul(factor.value(letters)?))
            }
            Self::Group(inner) => inner.value(letters),
            Self::Pair(pairing, left, right) => pairing.of(left.value(letters)?, right.value(letters)?),
        }
    }

    /// The formula with a change made wherever it applies, outermost parts first.
    pub fn edited(&self, change: &impl Fn(&Self) -> Option<Self>) -> Self {
        if let Some(changed) = change(self) {
            return changed;
        }
        match self {
            Self::Number(_) | Self::Letter(_) => self.clone(),
            Self::Sum(terms) => Self::sum(terms.iter().map(|(sign, term)| (*sign, term.edited(change)))),
            Self::Product(factors) => Self::product(factors.iter().map(|factor| factor.edited(change))),
            Self::Group(inner) => inner.edited(change).grouped(),
            Self::Pair(pairing, left, right) => Self::pair(*pairing, left.edited(change), right.edited(change)),
        }
    }

    /// Puts numbers for letters and keeps the shape: `(m - 1) s` becomes `(4 - 1) 2`; letters without a value stay.
    pub fn with(&self, letters: &impl Fn(Letter) -> Option<i128>) -> Self {
        self.edited(&|part| match part {
            Self::Letter(letter) => letters(*letter).map(Self::Number),
            _ => None,
        })
    }

    /// Replaces a part wherever it stands. A sum that takes the place of a term is added or taken away term by term,
    /// unless it is given in parentheses.
    ///
    /// # Panics
    /// When one of the texts is no formula.
    pub fn replacing(&self, part: &str, by: &str) -> Self {
        let (part, by) = (Self::of(part), Self::of(by));
        self.edited(&|candidate| (*candidate == part).then(|| by.clone()))
    }

    /// Drops a term of a sum: of the outermost sums that have it.
    ///
    /// # Panics
    /// When the text is no formula.
    pub fn without(&self, term: &str) -> Self {
        let dropped = Self::of(term);
        self.edited(&|part| match part {
            Self::Sum(terms) if terms.iter().any(|(_, term)| *term == dropped) => {
                Some(Self::sum(terms.iter().filter(|(_, term)| *term != dropped).cloned()))
            }
            _ => None,
        })
    }

    /// What is divided, if it is a quotient, rounded or not, or a remainder; else the formula itself.
    pub fn dividend(&self) -> &Self {
        match self {
            Self::Pair(Pairing::Larger | Pairing::Smaller, ..) => self,
            Self::Pair(_, dividend, _) => dividend,
            _ => self,
        }
    }

    /// Whether there is a letter in it.
    #[must_use]
    pub fn has_letters(&self) -> bool {
        match self {
            Self::Number(_) => false,
            Self::Letter(_) => true,
            Self::Sum(terms) => terms.iter().any(|(_, term)| term.has_letters()),
            Self::Product(factors) => factors.iter().any(Self::has_letters),
            Self::Group(inner) => inner.has_letters(),
            Self::Pair(_, left, right) => left.has_letters() || right.has_letters(),
        }
    }

    /// A sum, in which no term is a sum or a negative number without parentheses; 0 without terms.
    fn sum(terms: impl IntoIterator<Item = (Sign, Self)>) -> Self {
        let mut terms: Vec<(Sign, Self)> = terms.into_iter().collect();
        if let [(Sign::Plus, _)] = terms[..] {
            return terms.remove(0).1;
        }
        let mut flat = Vec::new();
        for (sign, term) in terms {
            match term {
                Self::Sum(inner) => {
                    flat.extend(
                        inner.into_iter().map(|(of, term)| (if sign == of { Sign::Plus } else { Sign::Minus }, term)),
                    );
                }
                Self::Number(..0) => flat.push((sign, term.grouped())),
                _ => flat.push((sign, term)),
            }
        }
        // What begins with a minus is taken away from nothing.
        match &flat[..] {
            [] => Self::Number(0),
            [(Sign::Minus, _), ..] => Self::Sum(std::iter::once((Sign::Plus, Self::Number(0))).chain(flat).collect()),
            _ => Self::Sum(flat),
        }
    }

    /// A product, in which no factor needs parentheses; 1 without factors.
    fn product(factors: impl IntoIterator<Item = Self>) -> Self {
        let mut factors: Vec<Self> = factors.into_iter().collect();
        if factors.len() == 1 {
            return factors.remove(0);
        }
        let mut flat = Vec::new();
        for factor in factors {
            match factor {
                Self::Product(inner) => flat.extend(inner),
                Self::Sum(_) | Self::Number(..0) | Self::Pair(Pairing::Quotient | Pairing::Remainder, ..) => {
                    flat.push(factor.grouped());
                }
                _ => flat.push(factor),
            }
        }
        if flat.is_empty() { Self::Number(1) } else { Self::Product(flat) }
    }

    /// A pair. What is divided and what divides need no parentheses of their own: the bar sets them apart.
    fn pair(pairing: Pairing, left: Self, right: Self) -> Self {
        let bare = |formula: Self| match (pairing, formula) {
            (Pairing::Larger | Pairing::Smaller, formula) => Box::new(formula),
            (_, Self::Group(inner)) => inner,
            (_, formula) => Box::new(formula),
        };
        Self::Pair(pairing, bare(left), bare(right))
    }

    /// In parentheses, once.
    fn grouped(self) -> Self {
        match self {
            Self::Group(_) => self,
            _ => Self::Group(Box::new(self)),
        }
    }
}

impl Pairing {
    fn of(self, left: i128, right: i128) -> Option<i128> {
        // `div_euclid` rounds down for a positive divisor; both signs are turned for a negative one.
        let floor = |left: i128| {
            if right < 0 {
                left.checked_neg()?.checked_div_euclid(right.checked_neg()?)
            } else {
                left.checked_div_euclid(right)
            }
        };
        match self {
            Self::Quotient => (left.checked_rem(right)? == 0).then(|| floor(left))?,
            Self::Floor => floor(left),
            Self::Ceiling => floor(left.checked_neg()?)?.checked_neg(),
            Self::Remainder => left.checked_sub(right.checked_mul(floor(left)?)?),
            Self::Larger => Some(left.max(right)),
            Self::Smaller => Some(left.min(right)),
        }
    }
}

impl fmt::Display for Letter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.label {
            "" => write!(f, "{}", self.sign),
            label => write!(f, "{}_{label}", self.sign),
        }
    }
}

/// In a form that calculators read, too: `(m - 1)*s - 2*p`, `floor((n - 1)/s) + 1`.
impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Letter(letter) => write!(f, "{letter}"),
            Self::Sum(terms) => terms.iter().enumerate().try_for_each(|(place, (sign, term))| match (place, sign) {
                (0, _) => write!(f, "{term}"),
                (_, Sign::Plus) => write!(f, " + {term}"),
                (_, Sign::Minus) => write!(f, " - {term}"),
            }),
            Self::Product(factors) => factors.iter().enumerate().try_for_each(|(place, factor)| match place {
                0 => write!(f, "{factor}"),
                _ => write!(f, "*{factor}"),
            }),
            Self::Group(inner) => write!(f, "({inner})"),
            Self::Pair(pairing, left, right) => {
                let operand = |formula: &Self| match formula {
                    Self::Number(0..) => formula.to_string(),
                    _ => format!("({formula})"),
                };
                // A divisor that is a single letter needs no parentheses, a dividend is easier to see with them.
                let divisor = match &**right {
                    Self::Letter(letter) => letter.to_string(),
                    other => operand(other),
                };
                match pairing {
                    Pairing::Quotient => write!(f, "{}/{divisor}", operand(left)),
                    Pairing::Remainder => write!(f, "{} mod {divisor}", operand(left)),
                    Pairing::Floor => write!(f, "floor({}/{divisor})", operand(left)),
                    Pairing::Ceiling => write!(f, "ceil({}/{divisor})", operand(left)),
                    Pairing::Larger => write!(f, "max({left}, {right})"),
                    Pairing::Smaller => write!(f, "min({left}, {right})"),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
