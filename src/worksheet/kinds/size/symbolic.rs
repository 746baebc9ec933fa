//! Output size in symbols: what becomes of `c x h x w`.

use crate::doc::{Inline, Math, Prose, Relation, Step, prose, row};
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation};
use crate::roads::by_textbook;
use crate::tensor::Tensor;
use crate::worksheet::drawn::call;
use crate::worksheet::formula::{convolution_size, covered, less_one, transposed_size};
use crate::worksheet::{Answer, Exercise, Expression, Part, Unconfirmed};
use Relation::{Equals, Minus, Plus, Times};

/// A layer whose input has letters for its sizes; the sizes it was drawn with play no part.
#[derive(Debug)]
pub(super) struct SymbolicSize {
    pub(super) layer: Layer,
}

/// The size of an output axis: `factor * letter + constant`, or `floor((letter + constant) / divisor) + 1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum SizeFormula {
    Linear { factor: i64, constant: i64 },
    Floor { constant: i64, divisor: i64 },
}

impl SizeFormula {
    fn of(operation: Operation, axis: &AxisSettings) -> Self {
        let AxisSettings { kernel, stride, padding, dilation, output_padding, .. } = *axis;
        let (stride, reach) = (stride as i64, (dilation * (kernel - 1)) as i64);
        let paddings = (padding.begin + padding.end) as i64;
        match operation {
            Operation::Transposed => {
                Self::Linear { factor: stride, constant: reach + 1 + output_padding as i64 - paddings - stride }
            }
            Operation::Convolution if stride == 1 => Self::Linear { factor: 1, constant: paddings - reach },
            Operation::Convolution => Self::Floor { constant: paddings - reach - 1, divisor: stride },
        }
    }

    fn value(self, letter: i64) -> i64 {
        match self {
            Self::Linear { factor, constant } => factor * letter + constant,
            Self::Floor { constant, divisor } => (letter + constant).div_euclid(divisor) + 1,
        }
    }

    fn expression(self, letter: char) -> Expression {
        let plus = |first: Math, constant: i64| match constant {
            0 => first,
            1.. => row![first, Plus, constant],
            _ => row![first, Minus, -constant],
        };
        let spelled = |constant: i64| match constant {
            0 => String::new(),
            1.. => format!(" + {constant}"),
            _ => format!(" - {}", -constant),
        };
        match self {
            Self::Linear { factor: 1, constant } => {
                Expression { shown: plus(letter.into(), constant), text: format!("{letter}{}", spelled(constant)) }
            }
            Self::Linear { factor, constant } => Expression {
                shown: plus(row![factor, letter], constant),
                text: format!("{factor}*{letter}{}", spelled(constant)),
            },
            Self::Floor { constant, divisor } => Expression {
                shown: row![
                    Math::FloorQuotient(Box::new(plus(letter.into(), constant)), Box::new(divisor.into())),
                    Plus,
                    1_usize
                ],
                text: format!("floor(({letter}{})/{divisor}) + 1", spelled(constant)),
            },
        }
    }
}

impl SymbolicSize {
    /// The letters and formulas of the axes.
    fn axes(&self) -> impl Iterator<Item = (char, SizeFormula)> + '_ {
        let letters: &[char] = if self.layer.dimensions() == 1 { &['a'] } else { &['h', 'w'] };
        let formula = |axis| SizeFormula::of(self.layer.operation(), axis);
        letters.iter().copied().zip(self.layer.settings().iter().map(formula))
    }

    /// Whether a size changes: otherwise there is nothing to compute.
    pub(super) fn is_telling(&self) -> bool {
        self.axes().all(|(_, formula)| formula != SizeFormula::Linear { factor: 1, constant: 0 })
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
            prose![" of length ", Math::from('a'), ", which is large enough. Give the channels and the length"]
        } else {
            prose![
                " of height ",
                Math::from('h'),
                " and width ",
                Math::from('w'),
                ", both large enough. Give the channels, the height and the width"
            ]
        });
        claim.push(" of its output.".into());
        vec![Step::text(claim)]
    }

    fn answer(&self) -> Answer {
        let names: &[&str] = if self.layer.dimensions() == 1 { &["length"] } else { &["height", "width"] };
        let channels = self.layer.channel_settings().output as i64;
        let channels = Part { label: prose!["channels"], answer: Answer::Integer(channels) };
        let sizes = names.iter().zip(self.axes()).map(|(name, (letter, formula))| Part {
            label: prose![*name],
            answer: Answer::Expression(formula.expression(letter)),
        });
        Answer::Parts(std::iter::once(channels).chain(sizes).collect())
    }

    /// The textbook loops make outputs of these sizes for a whole period of the stride, and beyond.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        for (axis, (_, formula)) in self.layer.settings().iter().zip(self.axes()) {
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
                Unconfirmed::unless_equal(&formula.value(input as i64), &(output.shape()[1] as i64))?;
            }
        }
        Ok(())
    }

    fn solution(&self) -> Vec<Step> {
        let operation = self.layer.operation();
        let rule = match operation {
            Operation::Transposed => transposed_size(),
            Operation::Convolution => convolution_size(),
        };
        let letter = if operation == Operation::Transposed { 'm' } else { 'n' };
        let lines = self.layer.settings().iter().zip(self.axes()).map(|(axis, (letter, formula))| {
            let numbers = match operation {
                Operation::Transposed => transposed_numbers(letter, axis),
                Operation::Convolution => convolution_numbers(letter, axis),
            };
            let name = match letter {
                'h' => "height",
                'w' => "width",
                _ => "length",
            };
            (Math::from(name), row![Equals, numbers, Equals, formula.expression(letter).shown])
        });
        vec![
            Step::shown(prose!["The size formula, with ", Math::from(letter), " the size of the input:"], rule),
            Step::shown(prose!["With the letters and numbers of the layer:"], Math::Aligned(lines.collect())),
            Step::text(prose![format!(
                "The number of channels is the layer's second argument, {}.",
                self.layer.channel_settings().output
            )]),
        ]
    }

    fn hints(&self) -> Vec<Prose> {
        match self.layer.operation() {
            Operation::Transposed => vec![prose!["The size formula is ", transposed_size(), "."]],
            Operation::Convolution => {
                vec![prose!["How often does the kernel, ", covered(), " cells long, fit into the padded input?"]]
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

/// The size formula with the numbers of an axis.
fn transposed_numbers(letter: char, axis: &AxisSettings) -> Math {
    row![
        less_one(letter),
        Times,
        axis.stride,
        Minus,
        2_usize,
        Times,
        axis.padding.begin,
        Plus,
        axis.dilation,
        Times,
        less_one(axis.kernel),
        Plus,
        axis.output_padding,
        Plus,
        1_usize
    ]
}

/// The size formula with the numbers of an axis.
fn convolution_numbers(letter: char, axis: &AxisSettings) -> Math {
    let room = row![
        letter,
        Plus,
        2_usize,
        Times,
        axis.padding.begin,
        Minus,
        axis.dilation,
        Times,
        less_one(axis.kernel),
        Minus,
        1_usize
    ];
    row![Math::FloorQuotient(Box::new(room), Box::new(axis.stride.into())), Plus, 1_usize]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::Padding;

    #[test]
    fn formulas_are_simplified() {
        let text = |operation, axis| SizeFormula::of(operation, &axis).expression('h').text;
        let axis = AxisSettings { stride: 2, padding: Padding::both(1), ..AxisSettings::new(9, 4) };
        assert_eq!(text(Operation::Transposed, axis), "2*h");
        assert_eq!(text(Operation::Transposed, AxisSettings { output_padding: 1, ..axis }), "2*h + 1");
        assert_eq!(text(Operation::Convolution, axis), "floor((h - 2)/2) + 1");
        assert_eq!(text(Operation::Convolution, AxisSettings { stride: 1, ..axis }), "h - 1");
    }
}
