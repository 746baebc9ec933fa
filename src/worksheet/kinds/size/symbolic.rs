//! Output size in symbols: what becomes of `c x h x w`.

use crate::formula::Formula;
use crate::geometry::ChannelSettings;
use crate::laws::{input_letter, numbers, values};
use crate::worksheet::Expression;
use crate::worksheet::drawn::{call, layer_facts, measured_shape};
use crate::worksheet::kinds::prelude::*;

/// A layer whose input has letters for its sizes; the sizes it was drawn with play no part.
#[derive(Debug)]
pub(super) struct SymbolicSize {
    pub(super) layer: Layer,
}

/// `factor letter + constant`
fn linear(factor: i128, letter: char, constant: i128) -> Formula {
    let factor = if factor == 1 { String::new() } else { format!("{factor} ") };
    Formula::of(&format!("{factor}{letter}{}", plus(constant)))
}

/// `floor((letter + constant) / divisor) + 1`
fn floored(letter: char, constant: i128, divisor: i128) -> Formula {
    Formula::of(&format!("floor(({letter}{}) / {divisor}) + 1", plus(constant)))
}

fn plus(constant: i128) -> String {
    match constant {
        0 => String::new(),
        1.. => format!(" + {constant}"),
        _ => format!(" - {}", -constant),
    }
}

/// The size of an output axis, simplified.
fn simplified(operation: Operation, axis: &AxisSettings, letter: char) -> Formula {
    let at_zero = |law: Law| law.value(operation, &AxisSettings { input: 0, ..*axis }).expect("small numbers");
    let stride = axis.stride as i128;
    match (operation, stride) {
        (Operation::Transposed, _) | (_, 1) => linear(stride, letter, at_zero(Law::size(operation))),
        (Operation::Convolution, _) => floored(letter, at_zero(Law::Room), stride),
    }
}

/// The rule of one of these forms that the outputs of the textbook loops follow, for inputs through two periods of the
/// stride; none if no such rule does.
fn measured(operation: Operation, axis: &AxisSettings, letter: char) -> Option<Formula> {
    let length = |input: usize| {
        let layer = Layer::new(operation, vec![AxisSettings { input, ..*axis }], ChannelSettings::default()).ok()?;
        Some((input as i128, measured_shape(&layer)[1] as i128))
    };
    let shortest = axis.dilation * (axis.kernel - 1) + 1;
    let found: Vec<(i128, i128)> = (shortest..=shortest + 2 * axis.stride).map(length).collect::<Option<_>>()?;
    // The inputs whose outputs are longer than those of the inputs before them.
    let longer: Vec<_> = found.windows(2).filter(|pair| pair[0].1 < pair[1].1).map(|pair| pair[1]).collect();
    let [(input, output), (next, next_output), ..] = longer[..] else { return None };
    let (period, growth) = (next - input, next_output - output);
    let formula = match period {
        1 => linear(growth, letter, output - growth * input),
        _ => floored(letter, (output - 1) * period - input, period),
    };
    let follows = |&(input, output): &(i128, i128)| formula.value(&values([(letter, input)])) == Some(output);
    found.iter().all(follows).then_some(formula)
}

impl SymbolicSize {
    fn call(&self) -> String {
        call(&self.layer, Bias::Present)
    }

    fn letters(&self) -> &'static [char] {
        if self.layer.dimensions() == 1 { &['a'] } else { &['h', 'w'] }
    }

    /// The letters and formulas of the axes.
    fn axes(&self) -> impl Iterator<Item = (char, Formula)> + '_ {
        let formula = |(&letter, axis)| (letter, simplified(self.layer.operation(), axis, letter));
        self.letters().iter().zip(self.layer.settings()).map(formula)
    }

    /// What the axes are called.
    fn names(&self) -> &'static [&'static str] {
        if self.layer.dimensions() == 1 { &["length"] } else { &["height", "width"] }
    }

    fn answer_of(&self, formulas: impl Iterator<Item = Formula>) -> Answer {
        let channels = Answer::Integer(self.layer.channel_settings().output as i64);
        let sizes = self.names().iter().zip(formulas).map(|(name, formula)| {
            let expression = Expression { shown: Math::from(&formula), text: formula.to_string() };
            AnswerPart::named(name, Answer::Expression(expression))
        });
        Answer::Parts(std::iter::once(AnswerPart::named("channels", channels)).chain(sizes).collect())
    }

    /// Whether a size changes: otherwise there is nothing to compute.
    pub(super) fn is_telling(&self) -> bool {
        self.axes().all(|(_, formula)| !matches!(formula, Formula::Letter(_)))
    }
}

impl Exercise for SymbolicSize {
    fn about(&self) -> About {
        let call = self.call();
        About { identity: format!("symbolic {call}"), layer: call, points: 3, data: Vec::new() }
    }

    fn passage(&self) -> Passage {
        let operation = self.layer.operation();
        let law = Law::size(operation);
        let read = input_letter(operation);
        let line = |((axis, name), (letter, simplified)): ((&AxisSettings, &&'static str), (char, Formula))| {
            let formula = law.formula().replacing(&read.to_string(), &letter.to_string());
            facts! {
                /// What the axis is called, as `words.md` has it.
                name: *name,
                /// The size formula with the letter and the numbers of the axis, and simplified.
                formula: formula.with(&numbers(operation, axis)),
                simplified: simplified,
            }
        };
        let facts = facts! {
            /// The layer as a call in PyTorch.
            call: Fact::code(self.call()),
            /// The channels on both sides.
            input_channels: self.layer.channel_settings().input,
            output_channels: self.layer.channel_settings().output,
            /// The size formula, and the letter that the size of the input has there.
            size_formula: law.equation(),
            input_letter: Math::from(read),
            /// How many cells the dilated kernel covers.
            covered: Law::Covered,
            /// The axes with their sizes.
            axes: self.layer.settings().iter().zip(self.names()).zip(self.axes()).map(line).collect::<Fact>(),
        };
        Passage::new("exercise/size-in-letters", layer_facts(&self.layer).and(facts))
    }

    fn setting(&self) -> Setting {
        Setting::of(&self.layer)
    }

    fn answer(&self) -> Answer {
        self.answer_of(self.axes().map(|(_, formula)| formula))
    }

    /// What the textbook loops make of inputs of so many lengths that a rule can be read off.
    fn by_another_road(&self) -> Option<Answer> {
        let axes = self.letters().iter().zip(self.layer.settings());
        let read_off = |(&letter, axis)| measured(self.layer.operation(), axis, letter);
        let formulas: Vec<Formula> = axes.map(read_off).collect::<Option<_>>()?;
        Some(self.answer_of(formulas.into_iter()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    #[test]
    fn formulas_are_simplified() {
        let text = |operation, axis| simplified(operation, &axis, 'h').to_string();
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(9, 4) };
        assert_eq!(text(Operation::Transposed, axis), "2*h");
        assert_eq!(text(Operation::Transposed, AxisSettings { output_padding: 1, ..axis }), "2*h + 1");
        assert_eq!(text(Operation::Convolution, axis), "floor((h - 2)/2) + 1");
        assert_eq!(text(Operation::Convolution, AxisSettings { stride: 1, ..axis }), "h - 1");
    }
}
