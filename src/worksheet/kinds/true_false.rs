//! True or false? With a counterexample, or a reason. What is true is computed, never written down.

mod statements;

use super::prelude::*;
use crate::worksheet::{ChoiceOption, MultipleChoice};
use statements::{STATEMENTS, Statement};

/// The kind.
pub(super) const KIND: ExerciseKind =
    ExerciseKind { id: "true-false", title: "True or false", has_choice: false, draw };

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
    /// The answer if the statement holds, or if it does not.
    fn decided(&self, holds: bool) -> Answer {
        let option = |said: &'static str, is_said: bool| ChoiceOption {
            shown: Answer::said(prose![said]),
            misconception: (is_said != holds).then_some(self.statement.belief),
            feedback: if is_said == holds { prose!["Right."] } else { self.statement.why.clone() },
        };
        let options = vec![option("true", true), option("false", false)];
        let right = usize::from(!holds);
        let asked = if self.statement.counts.is_some() { "counterexample or reason" } else { "reason" };
        Answer::Parts(vec![
            AnswerPart::of("true or false", Answer::Choice(MultipleChoice { options, right })),
            AnswerPart { name: "", label: prose![asked], answer: Answer::said(self.statement.why.clone()) },
        ])
    }
}

impl Exercise for TrueFalse {
    fn about(&self) -> About {
        let Statement { layer, identity, .. } = &self.statement;
        About { layer: layer.clone(), identity: identity.clone(), points: 2, data: Vec::new() }
    }

    fn question(&self) -> Vec<Step> {
        let Statement { said, displays, counts, .. } = &self.statement;
        let task = match counts {
            Some(_) => "True or false? If it is false, give a counterexample; if it is true, give the reason.",
            None => "True or false? Give the reason.",
        };
        vec![Step::displayed(said.clone(), displays.clone()), Step::text(prose![task])]
    }

    fn answer(&self) -> Answer {
        self.decided(self.statement.holds)
    }

    /// The same decision by another computation.
    fn by_another_road(&self) -> Option<Answer> {
        Some(self.decided(self.statement.holds_again))
    }

    fn solution(&self) -> Vec<Step> {
        let holds = if self.statement.holds { "The statement is true. " } else { "The statement is false. " };
        let said = [prose![holds], self.statement.lesson.clone()].concat();
        let counts = match self.statement.counts {
            Some(counts) if !self.statement.holds => counts,
            Some(_) => "A reason counts if it covers every case of the statement.",
            None => "A reason counts if it says what is right, with the numbers.",
        };
        vec![Step::text(said), Step::text(prose![counts])]
    }

    fn hints(&self) -> Vec<Prose> {
        vec![prose!["Try the smallest example you can compute by hand."], self.statement.hint.clone()]
    }
}
