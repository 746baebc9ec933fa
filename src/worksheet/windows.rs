//! The windows that a kernel sees while it slides, with their products: an output computed as somebody collects it.

use super::answer::{CellGrid, CellValue, Expression, Filling};
use super::drawn::{Drawn, layer_facts};
use crate::doc::{Fact, Facts, Grid, Math, Name, Passage, Relation, Shown, Subject, Written, factor, facts, row};
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
    fn operands(&self, subject: &Subject<'_>, written: Written) -> Option<Fact> {
        let mut shown = self.operand_displays(subject, written);
        if self.drawn.layer.operation() == Operation::Transposed {
            shown.extend(self.kernel_displays(subject, written));
        }
        self.is_changed().then(|| Fact::displays(shown))
    }

    /// Where the kernel lies when it computes an output.
    fn at(&self, flat: usize) -> Window {
        self.places.window(&unravel(&self.drawn.layer.output_shape(), flat))
    }

    /// What `exercise/window.md` is told: the window of an output and the kernel over it.
    pub(super) fn window(&self, subject: &Subject<'_>, flat: usize, written: Written) -> Facts {
        let Window { first, shape, cells } = self.at(flat);
        let columns = *shape.last().expect("a kernel has axes");
        let channel = |cells: &[(usize, Cell)]| {
            let grid = |shown: &dyn Fn((usize, Cell)) -> Math| -> Math {
                let rows = Shown::all(cells.len() / columns);
                Grid::from_fn(rows, Shown::all(columns), |row, column| shown(cells[row * columns + column])).into()
            };
            let input = |cell: Cell| cell.entry().map_or(Math::Zero, |input| subject.input(input, written));
            facts! {
                /// What lies under the kernel, and the kernel.
                window: grid(&|(_, cell)| input(cell)),
                kernel: grid(&|(weight, _)| subject.weight(weight, written)),
            }
        };
        let facts = facts! {
            /// What the kernel slides over, and of a transposed convolution the flipped kernel; nothing where it is the
            /// input as it stands.
            operands: self.operands(subject, written),
            /// What it is called that the kernel slides over: X', or X.
            operand: self.operand_name(),
            /// The entry of the output.
            entry: subject.notation().output(flat),
            /// The cell that the window begins at.
            first: Math::Tuple(first.iter().map(|&at| at as i64).collect()),
            /// Whether the cells of the kernel lie apart on some axis.
            is_dilated: self.drawn.is_dilated(),
            /// The window and the kernel, for each input channel.
            channels: cells.chunks(cells.len() / shape[0]).map(channel).collect::<Fact>(),
        };
        layer_facts(&self.drawn.layer).and(facts)
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
    pub(super) fn output(&self, subject: &Subject<'_>) -> Passage {
        let outputs: usize = self.drawn.layer.output_shape().iter().product();
        let has_products = |&flat: &usize| self.at(flat).cells.iter().any(|(_, cell)| cell.entry().is_some());
        let first = (0..outputs).find(has_products).unwrap_or(0);
        let others: Vec<_> = (0..outputs).filter(|&flat| flat != first).collect();
        let products =
            |flats: &[usize]| Math::Aligned(flats.iter().map(|&flat| self.products(subject, flat)).collect());
        let facts = facts! {
            /// Whether zeros lie among what the kernel slides over.
            has_zeros: self.operand.entries().iter().any(|cell| cell.entry().is_none()),
            /// The products of this window with their sum, and those of the others, where there are any.
            products: products(&[first]),
            other_products: (!others.is_empty()).then(|| products(&others)),
        };
        Passage::new("exercise/windows", self.window(subject, first, Written::Numbers).and(facts))
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
