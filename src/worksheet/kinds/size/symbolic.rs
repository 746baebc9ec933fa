//! Output size in symbols: what becomes of `c x h x w`.

use crate::doc::{Inline, Math, Prose, Relation, Step, prose, row};
use crate::formula::Formula;
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation};
use crate::laws::{Law, input_letter, numbers, values};
use crate::roads::by_textbook;
use crate::tensor::Tensor;
use crate::worksheet::drawn::call;
use crate::worksheet::{Answer, Exercise, Expression, Part, Unconfirmed};
use Relation::Equals;

/// A layer whose input has letters for its sizes; the sizes it was drawn with play no part.
#[derive(Debug)]
pub(super) struct SymbolicSize {
    pub(super) layer: Layer,
}

/// The size of an output axis, simplified: `factor * letter + constant`, or `floor((letter + constant) / divisor) + 1`.
fn simplified(operation: Operation, axis: &AxisSettings, letter: char) -> Formula {
    let at_zero = |law: Law| law.value(operation, &AxisSettings { input: 0, ..*axis }).expect("small numbers");
    let plus = |constant: i128| match constant {
        0 => String::new(),
        1.. => format!(" + {constant}"),
        _ => format!(" - {}", -constant),
    };
    let stride = axis.stride;
    Formula::of(&match (operation, stride) {
        (_, 1) => format!("{letter}{}", plus(at_zero(Law::size(operation)))),
        (Operation::Transposed, _) => format!("{stride} {letter}{}", plus(at_zero(Law::size(operation)))),
        (Operation::Convolution, _) => format!("floor(({letter}{}) / {stride}) + 1", plus(at_zero(Law::Room))),
    })
}

impl SymbolicSize {
    /// The letters and formulas of the axes.
    fn axes(&self) -> impl Iterator<Item = (char, Formula)> + '_ {
        let letters: &[char] = if self.layer.dimensions() == 1 { &['a'] } else { &['h', 'w'] };
        let formula = |(letter, axis)| (letter, simplified(self.layer.operation(), axis, letter));
        letters.iter().copied().zip(self.layer.settings()).map(formula)
    }

    /// Whether a size changes: otherwise there is nothing to compute.
    pub(super) fn is_telling(&self) -> bool {
        self.axes().all(|(_, formula)| !matches!(formula, Formula::Letter(_)))
    }
}

impl Exercise for SymbolicSize {
    fn layer(&self) -> String {
        call(&self.layer, Bias::Present)
    }

    fn question(&self) -> Vec<Step> {
        let channels = self.layer.channel_settings().input;
        let mut claim = prose!["The layer ", Inline::Code(self.layer()), format!(" reads {channels} ")];
        claim.push(if channels == 1 { "channel" } else { "channels" }.into());
        claim.extend(if self.layer.dimensions() == 1 {
            prose![" of length $a$, which is large enough. Give the channels and the length"]
        } else {
            prose![" of height $h$ and width $w$, both large enough. Give the channels, the height and the width"]
        });
        claim.push(" of its output.".into());
        vec![Step::text(claim)]
    }

    fn answer(&self) -> Answer {
        let names: &[&str] = if self.layer.dimensions() == 1 { &["length"] } else { &["height", "width"] };
        let channels = self.layer.channel_settings().output as i64;
        let channels = Part { label: prose!["channels"], answer: Answer::Integer(channels) };
        let sizes = names.iter().zip(self.axes()).map(|(name, (_, formula))| Part {
            label: prose![*name],
            answer: Answer::Expression(Expression { shown: Math::from(&formula), text: formula.to_string() }),
        });
        Answer::Parts(std::iter::once(channels).chain(sizes).collect())
    }

    /// The textbook loops make outputs of these sizes for a whole period of the stride, and beyond.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        for (axis, (letter, formula)) in self.layer.settings().iter().zip(self.axes()) {
            let shortest = axis.dilation * (axis.kernel - 1) + 1;
            for input in shortest..=shortest + 2 * axis.stride {
                let line = Layer::new(
                    self.layer.operation(),
                    vec![AxisSettings { input, ..*axis }],
                    ChannelSettings::default(),
                );
                let line = line.expect("the input is long enough");
                let zeros = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| 0_i64);
                let output = by_textbook(&line, &zeros(line.input_shape()), &zeros(line.weight_shape()));
                let computed = formula.value(&values([(letter, input as i128)]));
                Unconfirmed::unless_equal(&computed, &Some(output.shape()[1] as i128))?;
            }
        }
        Ok(())
    }

    fn solution(&self) -> Vec<Step> {
        let operation = self.layer.operation();
        let law = Law::size(operation);
        let read = input_letter(operation);
        let lines = self.layer.settings().iter().zip(self.axes()).map(|(axis, (letter, formula))| {
            let numbers = numbers(operation, axis);
            let of_letter = law.formula().replacing(&read.to_string(), &letter.to_string()).with(&numbers);
            let name = match letter {
                'h' => "height",
                'w' => "width",
                _ => "length",
            };
            (Math::from(name), row![Equals, of_letter, Equals, formula])
        });
        vec![
            Step::shown(prose!["The size formula, with ", Math::from(read), " the size of the input:"], law.equation()),
            Step::shown(prose!["With the letters and numbers of the layer:"], Math::Aligned(lines.collect())),
            Step::text(prose![format!(
                "The number of channels is the layer's second argument, {}.",
                self.layer.channel_settings().output
            )]),
        ]
    }

    fn hints(&self) -> Vec<Prose> {
        match self.layer.operation() {
            Operation::Transposed => vec![prose!["The size formula is ", Law::TransposedSize.equation(), "."]],
            Operation::Convolution => {
                vec![prose!["How often does the kernel, ", Law::Covered, " cells long, fit into the padded input?"]]
            }
        }
    }

    fn points(&self) -> u32 {
        3
    }

    fn identity(&self) -> String {
        format!("symbolic {}", self.layer())
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
