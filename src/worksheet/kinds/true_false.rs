//! True or false? With a counterexample, or a reason. What is true is computed, never written down.

mod statements;

use super::prelude::*;
use crate::worksheet::{ChoiceOption, MultipleChoice};
use statements::{STATEMENTS, Statement};

/// The kind.
pub(super) const KIND: ExerciseKind = ExerciseKind { id: "true-false", has_choice: false, draw };

/// A statement with numbers in it, decided in two ways.
#[derive(Debug)]
struct TrueFalse {
    statement: Statement,
}

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let scope = Scope { dimensions: Some(scope.dimensions(dice)), ..scope };
    // As many are true as are false, and none is drawn oftener because it is easier to draw.
    let is_true = dice.once_in(2);
    let draw_one = *dice.pick(STATEMENTS);
    for _ in 0..20 {
        if let Some(statement) = draw_one(dice, scope).filter(|statement| statement.holds == is_true) {
            return Some(Box::new(TrueFalse { statement }));
        }
    }
    None
}

impl TrueFalse {
    /// The answer if the statement holds, or if it does not. The reason is what is said to somebody who is wrong.
    fn decided(&self, holds: bool) -> Answer {
        let belief = self.statement.belief;
        let option = |verdict: bool| {
            let facts = facts! {
                /// Whether the statement is said to hold.
                holds: verdict,
            };
            ChoiceOption {
                shown: Answer::FreeText(Passage::new("exercise/verdict", facts)),
                misconception: (verdict != holds).then_some(belief),
            }
        };
        let verdict = MultipleChoice { options: [true, false].map(option).into(), right: usize::from(!holds) };
        let reason = self.passage().under(format!("feedback {}", belief.name()));
        Answer::Parts(vec![
            AnswerPart::named("verdict", Answer::Choice(verdict)),
            AnswerPart::named("reason", Answer::FreeText(reason)),
        ])
    }
}

impl Exercise for TrueFalse {
    fn about(&self) -> About {
        let Statement { layer, identity, .. } = &self.statement;
        About { layer: layer.clone(), identity: identity.clone(), points: 2, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let Statement { text, facts, holds, belief, is_general, .. } = &self.statement;
        let shared = facts! {
            /// Whether the statement holds.
            holds: *holds,
            /// Whether it is about many cases, so that one of them may refute it.
            is_general: *is_general,
            /// The name of the wrong rule that somebody follows who is wrong about it.
            belief: belief.name(),
        };
        Passage::new(format!("exercise/true-false/{text}"), shared.and(facts.clone()))
    }

    fn answer(&self) -> Answer {
        self.decided(self.statement.holds)
    }

    /// The same decision by another computation.
    fn by_another_road(&self) -> Option<Answer> {
        Some(self.decided(self.statement.holds_again))
    }
}
