//! Formulas as they are set: letters side by side, a dot before what has no letters.

use super::{Math, Relation, row};
use crate::algebra::{Number, Rational};
use crate::formula::{Formula, Letter, Pairing, Sign};
use crate::laws::Law;

impl From<&Formula> for Math {
    fn from(formula: &Formula) -> Self {
        let mut pieces = pieces(formula);
        if pieces.len() == 1 { pieces.remove(0) } else { Self::Row(pieces) }
    }
}

stands_for! { Math:
    Formula: |formula| Self::from(&formula);
    Law: |law| Self::from(law.formula());
}

/// What stands side by side in a formula.
fn pieces(formula: &Formula) -> Vec<Math> {
    let boxed = |formula: &Formula| Box::new(Math::from(formula));
    vec![match formula {
        Formula::Number(number) => Number::Exact(Rational::from_integer((*number).into())).into(),
        Formula::Letter(Letter { sign, label: "" }) => (*sign).into(),
        Formula::Letter(Letter { sign, label }) => Math::Labelled(*sign, label),
        Formula::Sum(terms) => return terms.iter().enumerate().flat_map(term).collect(),
        Formula::Product(factors) => return factors.iter().enumerate().flat_map(factor).collect(),
        Formula::Group(inner) => Math::Parenthesised(boxed(inner)),
        Formula::Pair(pairing, left, right) => match pairing {
            Pairing::Quotient => Math::Quotient(boxed(left), boxed(right)),
            Pairing::Floor => Math::FloorQuotient(boxed(left), boxed(right)),
            Pairing::Ceiling => Math::CeilingQuotient(boxed(left), boxed(right)),
            Pairing::Remainder => row![Math::Parenthesised(boxed(left)), " mod ", Math::from(&**right)],
            Pairing::Larger | Pairing::Smaller => {
                let name = if *pairing == Pairing::Larger { "max" } else { "min" };
                row![name, Math::Parenthesised(Box::new(row![&**left, ", ", &**right]))]
            }
        },
    }]
}

fn term((place, (sign, term)): (usize, &(Sign, Formula))) -> Vec<Math> {
    let sign = if *sign == Sign::Plus { Relation::Plus } else { Relation::Minus };
    (place > 0).then(|| sign.into()).into_iter().chain(pieces(term)).collect()
}

fn factor((place, factor): (usize, &Formula)) -> Vec<Math> {
    let has_dot = place > 0 && !factor.has_letters();
    has_dot.then(|| Relation::Times.into()).into_iter().chain(pieces(factor)).collect()
}

impl Law {
    /// The formula with what it is for: `n = ...`, if that has a letter.
    pub(crate) fn equation(self) -> Math {
        match self.left() {
            Some(left) => row![left, Relation::Equals, self],
            None => self.into(),
        }
    }
}
