//! The inverse question: which parameters, or which input sizes, lead to a given size? All solutions are wanted.

use crate::algebra::Dice;
use crate::doc::{Inline, Math, Prose, Relation, Step, prose, row};
use crate::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use crate::worksheet::formula::{covered, less_one, transposed_size};
use crate::worksheet::{Answer, Exercise, Kind, Level, Scope, Unconfirmed};
use Relation::{Equals, Minus, Plus};

/// The kind.
pub(super) const KIND: Kind = Kind { id: "inverse", title: "Back from the size", has_choice: false, draw };

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    /// The output padding of a transposed layer.
    OutputPadding,
    /// Padding and output padding of a transposed layer.
    Paddings,
    /// The lengths that a convolution maps onto the given one.
    Inputs,
}

#[derive(Debug)]
struct Inverse {
    /// Every axis, with the parameters that are looked for as one solution has them.
    axis: AxisSettings,
    dimensions: usize,
    wanted: Wanted,
}

fn draw(dice: &mut Dice, scope: Scope) -> Option<Box<dyn Exercise>> {
    let dimensions = scope.dimensions(dice);
    let wanted = match scope.level {
        Level::One => *dice.pick(&[Wanted::OutputPadding, Wanted::Inputs]),
        Level::Two | Level::Three => *dice.pick(&[Wanted::OutputPadding, Wanted::Paddings, Wanted::Inputs]),
    };
    let kernel = dice.size(2..=5);
    let stride = dice.size(2..=if scope.level == Level::One { 3 } else { 4 });
    let dilation = if scope.level == Level::Three { dice.size(2..=3) } else { 1 };
    let padding = if scope.level == Level::One { 0 } else { dice.size(1..=2).min(dilation * (kernel - 1)) };
    let plain = AxisSettings { stride, dilation, padding: Padding::both(padding), ..AxisSettings::new(1, kernel) };
    let axis = match wanted {
        Wanted::Inputs => AxisSettings { input: dice.size(6..=16), ..plain },
        _ => AxisSettings { input: dice.size(3..=9), output_padding: dice.below(stride), ..plain },
    };
    let exercise = Inverse { axis, dimensions, wanted };
    exercise.possible(axis)?;
    Some(Box::new(exercise))
}

impl Inverse {
    fn operation(&self) -> Operation {
        if self.wanted == Wanted::Inputs { Operation::Convolution } else { Operation::Transposed }
    }

    /// The layer with these numbers on every axis, if it is possible.
    fn possible(&self, axis: AxisSettings) -> Option<Layer> {
        Layer::new(self.operation(), vec![axis; self.dimensions], ChannelSettings::default()).ok()
    }

    /// The length of the output that is asked for.
    fn target(&self) -> usize {
        self.possible(self.axis).expect("it was drawn possible").output_shape()[1]
    }

    /// The call, with letters for what is looked for.
    fn call_with_letters(&self) -> String {
        let AxisSettings { kernel, stride, padding, dilation, .. } = self.axis;
        let (name, dimensions) = match self.operation() {
            Operation::Transposed => ("ConvTranspose", self.dimensions),
            Operation::Convolution => ("Conv", self.dimensions),
        };
        let mut call = format!("{name}{dimensions}d(1, 1, {kernel}, stride={stride}");
        match self.wanted {
            Wanted::Paddings => call.push_str(", padding=p, output_padding=o"),
            Wanted::OutputPadding if padding.begin == 0 => call.push_str(", output_padding=o"),
            Wanted::OutputPadding => call.push_str(&format!(", padding={}, output_padding=o", padding.begin)),
            Wanted::Inputs if padding.begin == 0 => {}
            Wanted::Inputs => call.push_str(&format!(", padding={}", padding.begin)),
        }
        if dilation > 1 {
            call.push_str(&format!(", dilation={dilation}"));
        }
        call.push(')');
        call
    }

    /// `n`, or `n x n`.
    fn square(&self, length: usize) -> String {
        if self.dimensions == 1 { format!("length {length}") } else { format!("size {length} × {length}") }
    }

    /// The size of the output without padding and output padding.
    fn whole(&self) -> i64 {
        let AxisSettings { input, kernel, stride, dilation, .. } = self.axis;
        ((input - 1) * stride + dilation * (kernel - 1) + 1) as i64
    }

    /// PyTorch's bound: output padding stays below it.
    fn bound(&self) -> i64 {
        self.axis.stride.max(self.axis.dilation) as i64
    }

    /// All solutions, by solving the size formula.
    fn solutions(&self) -> Vec<Vec<i64>> {
        let padding = self.axis.padding.begin as i64;
        let target = self.target() as i64;
        let allowed = |o: &i64| (0..self.bound()).contains(o);
        match self.wanted {
            Wanted::OutputPadding => {
                std::iter::once(target - self.whole() + 2 * padding).filter(allowed).map(|o| vec![o]).collect()
            }
            Wanted::Paddings => {
                let mut solutions: Vec<Vec<i64>> = (0..self.bound())
                    .filter_map(|o| {
                        let twice = self.whole() + o - target;
                        (twice >= 0 && twice % 2 == 0).then(|| vec![twice / 2, o])
                    })
                    .collect();
                solutions.sort();
                solutions
            }
            Wanted::Inputs => {
                let shortest = self.shortest();
                (shortest.max(1)..shortest + self.axis.stride as i64).map(|n| vec![n]).collect()
            }
        }
    }

    /// The shortest input of the convolution, were there no bound below.
    fn shortest(&self) -> i64 {
        let AxisSettings { kernel, stride, dilation, padding, .. } = self.axis;
        let covered = (self.target() - 1) * stride + dilation * (kernel - 1) + 1;
        covered as i64 - 2 * padding.begin as i64
    }

    fn unknowns(&self) -> Vec<Math> {
        match self.wanted {
            Wanted::OutputPadding => vec!['o'.into()],
            Wanted::Paddings => vec!['p'.into(), 'o'.into()],
            Wanted::Inputs => vec!['n'.into()],
        }
    }
}

impl Exercise for Inverse {
    fn layer(&self) -> String {
        let layer = self.possible(self.axis).expect("it was drawn possible");
        layer.pytorch_call(Bias::Present).expect("the padding is the same at both ends")
    }

    fn question(&self) -> Vec<Step> {
        let code = Inline::Code(self.call_with_letters());
        let question = match self.wanted {
            Wanted::OutputPadding => prose![
                "Which output padding ",
                Math::from('o'),
                " makes ",
                code,
                format!(
                    " turn an input of {} into an output of {}?",
                    self.square(self.axis.input),
                    self.square(self.target())
                )
            ],
            Wanted::Paddings => prose![
                "Find all pairs ",
                Math::Parenthesised(Box::new(row!['p', ", ", 'o'])),
                " of padding and output padding for which ",
                code,
                format!(
                    " turns an input of {} into an output of {}. PyTorch allows ",
                    self.square(self.axis.input),
                    self.square(self.target())
                ),
                Math::from('o'),
                " only below the larger of stride and dilation."
            ],
            Wanted::Inputs => prose![
                "Which inputs does ",
                code,
                format!(" turn into an output of {}? Give all ", self.square(self.target())),
                if self.dimensions == 1 { "lengths " } else { "heights " },
                Math::from('n'),
                if self.dimensions == 1 { "." } else { " (those of the widths are the same)." }
            ],
        };
        vec![Step::text(question)]
    }

    fn answer(&self) -> Answer {
        Answer::Solutions { unknowns: self.unknowns(), all: self.solutions() }
    }

    /// Every layer in reach is tried.
    fn confirm(&self) -> Result<(), Unconfirmed> {
        let reach = self.whole() as usize + self.axis.stride * self.target();
        let fits =
            |axis: AxisSettings| self.possible(axis).is_some_and(|layer| layer.output_shape()[1] == self.target());
        let tried = |p: usize, o: usize| AxisSettings { padding: Padding::both(p), output_padding: o, ..self.axis };
        let outputs = 0..=self.bound() as usize;
        let found: Vec<Vec<i64>> = match self.wanted {
            Wanted::OutputPadding => {
                outputs.filter(|&o| fits(tried(self.axis.padding.begin, o))).map(|o| vec![o as i64]).collect()
            }
            Wanted::Paddings => (0..=reach)
                .flat_map(|p| outputs.clone().map(move |o| (p, o)))
                .filter(|&(p, o)| fits(tried(p, o)))
                .map(|(p, o)| vec![p as i64, o as i64])
                .collect(),
            Wanted::Inputs => (1..=reach)
                .filter(|&input| fits(AxisSettings { input, ..self.axis }))
                .map(|input| vec![input as i64])
                .collect(),
        };
        Unconfirmed::unless_equal(&self.solutions(), &found)
    }

    fn solution(&self) -> Vec<Step> {
        let AxisSettings { input, kernel, stride, padding, dilation, .. } = self.axis;
        let target = self.target();
        let answer = self.answer().step().claim;
        match self.wanted {
            Wanted::Inputs => {
                let first = Step::text(prose![
                    "For ",
                    row!['m', Equals, target],
                    format!(" the kernel is placed {target} times, so it covers at least "),
                    row![less_one('m'), 's', Plus, covered()],
                    format!(" = {} cells of the padded input", (target - 1) * stride + dilation * (kernel - 1) + 1),
                    if padding.begin == 0 {
                        ".".to_owned()
                    } else {
                        format!(", {} of which are padding.", 2 * padding.begin)
                    },
                    format!(" The shortest input has {} cells; up to ", self.shortest()),
                    row!['s', Minus, 1_usize, Equals, stride - 1],
                    " further ones are not reached by another placement."
                ]);
                let mut last = prose!["So "];
                last.extend(answer);
                last.push(if self.shortest() < 1 { ": an input has at least one cell." } else { "." }.into());
                vec![first, Step::text(last)]
            }
            Wanted::OutputPadding | Wanted::Paddings => {
                let p: Math = if self.wanted == Wanted::Paddings { 'p'.into() } else { padding.begin.into() };
                let equation = row![
                    target,
                    Equals,
                    less_one(input),
                    Relation::Times,
                    stride,
                    Minus,
                    2_usize,
                    if self.wanted == Wanted::Paddings { row![p.clone()] } else { row![Relation::Times, p.clone()] },
                    Plus,
                    dilation,
                    Relation::Times,
                    less_one(kernel),
                    Plus,
                    'o',
                    Plus,
                    1_usize
                ];
                let first = Step::shown(prose!["The size formula is an equation for what is looked for:"], equation);
                let mut last = match self.wanted {
                    Wanted::Paddings => {
                        let difference = self.whole() - target as i64;
                        prose![
                            "It says ",
                            row![2_usize, 'p', Minus, 'o', Equals, difference],
                            format!(". As the output padding is one of 0 to {}, and ", self.bound() - 1),
                            row![2_usize, 'p'],
                            " is even and not negative, the solutions are "
                        ]
                    }
                    _ => prose!["So "],
                };
                last.extend(answer);
                last.push(".".into());
                vec![first, Step::text(last)]
            }
        }
    }

    fn hints(&self) -> Vec<Prose> {
        match self.wanted {
            Wanted::Inputs => vec![
                prose!["The size formula of a convolution rounds down, so several inputs share an output size."],
                prose!["Which is the shortest input for which the kernel is placed often enough?"],
            ],
            _ => vec![
                prose!["Put the numbers into ", transposed_size(), "."],
                prose!["Output padding is at least 0 and smaller than the larger of stride and dilation."],
            ],
        }
    }

    fn points(&self) -> u32 {
        3
    }

    fn identity(&self) -> String {
        format!("{} {} {}", self.call_with_letters(), self.axis.input, self.target())
    }
}
