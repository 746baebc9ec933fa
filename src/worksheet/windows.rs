//! The windows that a kernel sees while it slides, with their products: an output computed as somebody collects it.

use super::answer::{CellGrid, CellValue, Expression, Filling};
use super::drawn::Drawn;
use crate::doc::{Grid, Math, Name, Prose, Relation, Shown, Step, Subject, Written, factor, prose, row};
use crate::geometry::Operation;
use crate::places::{self, Cell, Window};
use crate::tensor::{Tensor, unravel};
use Relation::{Equals, Times};

/// A kernel and what it slides over, with the numbers of an exercise.
pub(super) struct Windows<'a> {
    drawn: &'a Drawn,
    places: places::Windows,
    /// What lies in each cell of the operand.
    operand: Tensor<Cell>,
}

impl<'a> Windows<'a> {
    pub(super) fn of(drawn: &'a Drawn) -> Self {
        let places = places::Windows::of(&drawn.layer);
        let shape = places.operand().shape();
        let operand = Tensor::from_fn(&shape, |flat| places.operand().cell(&unravel(&shape, flat)));
        Self { drawn, places, operand }
    }

    /// Whether it slides over something other than the input itself.
    fn is_changed(&self) -> bool {
        self.drawn.layer.operation() == Operation::Transposed || self.operand.shape() != self.drawn.x.shape()
    }

    fn operand_name(&self) -> Name {
        if self.is_changed() { Name::Primed('X') } else { Name::Var('X') }
    }

    fn operand_displays(&self, subject: &Subject<'_>, written: Written) -> Vec<Math> {
        let shown = self.operand.map(|cell| cell.entry().map_or(Math::Zero, |input| subject.input(input, written)));
        displays(Name::Primed('X'), &shown, 1)
    }

    fn kernel_displays(&self, subject: &Subject<'_>, written: Written) -> Vec<Math> {
        let weight = |flat: usize| subject.weight(self.places.weight(flat), written);
        displays(Name::Primed('W'), &Tensor::from_fn(self.places.kernel_shape(), weight), 2)
    }

    /// What the kernel slides over, and the flipped kernel; nothing for a plain convolution without padding.
    pub(super) fn operands(&self, subject: &Subject<'_>, written: Written) -> Option<Step> {
        let mut shown = self.operand_displays(subject, written);
        let claim = match self.drawn.layer.operation() {
            Operation::Transposed => {
                shown.extend(self.kernel_displays(subject, written));
                prose!["With the numbers:"]
            }
            Operation::Convolution => {
                prose!["Put the zeros of the padding around the input:"]
            }
        };
        self.is_changed().then_some(Step::displayed(claim, shown))
    }

    /// Where the kernel lies when it computes an output.
    fn at(&self, flat: usize) -> Window {
        self.places.window(&unravel(&self.drawn.layer.output_shape(), flat))
    }

    /// The window of an output and the kernel over it, one input channel after the other.
    pub(super) fn window(&self, subject: &Subject<'_>, flat: usize, written: Written) -> Step {
        let Window { first, shape, cells } = self.at(flat);
        let mut claim: Prose = prose![
            "To compute ",
            subject.notation().output(flat),
            ", the kernel lies over the window of ",
            self.operand_name(),
            " that begins at cell ",
            Math::Tuple(first.iter().map(|&at| at as i64).collect())
        ];
        if self.drawn.is_dilated() {
            claim.push("; the cells that it looks at lie as far apart as the dilation says".into());
        }
        claim.push(":".into());
        let channels = shape[0];
        let columns = *shape.last().expect("a kernel has axes");
        let per_channel = cells.len() / channels;
        let display = |channel: usize| {
            let cell = |row: usize, column: usize| cells[channel * per_channel + row * columns + column];
            let grid = |shown: &dyn Fn((usize, Cell)) -> Math| {
                let rows = Shown::all(per_channel / columns);
                Grid::from_fn(rows, Shown::all(columns), |row, column| shown(cell(row, column)))
            };
            let input = |cell: Cell| cell.entry().map_or(Math::Zero, |input| subject.input(input, written));
            let window = grid(&|(_, cell)| input(cell));
            let kernel = grid(&|(weight, _)| subject.weight(weight, written));
            let label = if channels == 1 { "window".to_owned() } else { format!("input channel {channel}: window") };
            row![label.as_str(), Equals, window, Math::Space, "kernel", Equals, kernel]
        };
        Step::displayed(claim, (0..channels).map(display).collect())
    }

    /// The products of an output, cell by cell, their sum; those with a zero that was put there left out.
    fn products(&self, subject: &Subject<'_>, flat: usize) -> (Math, Math) {
        let number = |weight: usize, input: usize| {
            row![
                factor(subject.weight(weight, Written::Numbers)),
                Times,
                factor(subject.input(input, Written::Numbers))
            ]
        };
        let terms: Vec<Math> =
            self.at(flat).cells.into_iter().filter_map(|(weight, cell)| Some(number(weight, cell.entry()?))).collect();
        let value = subject.output(flat, Written::Numbers);
        let right = if terms.is_empty() { row![Equals, value] } else { row![Equals, Math::Sum(terms), Equals, value] };
        (subject.notation().output(flat), right)
    }

    /// The whole output: what the kernel slides over, the first window with its products, and the sums of the others.
    pub(super) fn output(&self, subject: &Subject<'_>) -> Vec<Step> {
        let outputs: usize = self.drawn.layer.output_shape().iter().product();
        let has_products = |&flat: &usize| self.at(flat).cells.iter().any(|(_, cell)| cell.entry().is_some());
        let first = (0..outputs).find(has_products).unwrap_or(0);
        let mut steps: Vec<Step> = self.operands(subject, Written::Numbers).into_iter().collect();
        steps.push(self.window(subject, first, Written::Numbers));
        let has_zeros = self.operand.entries().iter().any(|cell| cell.entry().is_none());
        let claim = if has_zeros {
            prose!["Multiply cell by cell, and add; the zeros that were put there add nothing:"]
        } else {
            prose!["Multiply cell by cell, and add:"]
        };
        steps.push(Step::shown(claim, Math::Aligned(vec![self.products(subject, first)])));
        let others: Vec<(Math, Math)> =
            (0..outputs).filter(|&flat| flat != first).map(|flat| self.products(subject, flat)).collect();
        if !others.is_empty() {
            steps.push(Step::shown(prose!["The other windows in the same way:"], Math::Aligned(others)));
        }
        steps
    }
}

/// A tensor of formulas as matrices, its first `leading` axes channels.
fn displays(name: Name, shown: &Tensor<Math>, leading: usize) -> Vec<Math> {
    let mut grid = CellGrid::of_tensor(name, &shown.map(|_| 0), leading);
    for (cell, shown) in grid.cells.iter_mut().zip(shown.entries()) {
        cell.value = CellValue::Symbol(Expression { shown: shown.clone(), text: String::new() });
    }
    grid.displays(Filling::All)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Dice;
    use crate::worksheet::{Level, Scope};

    /// What lies under the kernel, multiplied and added, is the output of the textbook loops.
    #[test]
    fn the_windows_of_every_drawn_layer_add_up_to_its_output() {
        let mut dice = Dice::new(8);
        for operation in [Operation::Convolution, Operation::Transposed] {
            for level in Level::ALL {
                for drawn in
                    (0..60).filter_map(|_| Drawn::draw(&mut dice, Scope { level, dimensions: None }, operation))
                {
                    let windows = Windows::of(&drawn);
                    let output = drawn.output();
                    let sum = |flat: usize| -> i64 {
                        let product = |(weight, cell): (usize, Cell)| {
                            Some(drawn.w.entries()[weight] * drawn.x.entries()[cell.entry()?])
                        };
                        windows.at(flat).cells.into_iter().filter_map(product).sum()
                    };
                    assert_eq!(Tensor::from_fn(output.shape(), sum), output, "{}", drawn.call());
                }
            }
        }
    }
}
