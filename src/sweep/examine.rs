//! One configuration, examined by every check that is asked for; buffers and facts are kept for the next one.

use super::check::{Check, Checks};
use super::facts::{Fact, Facts, taps_of};
use super::grid::Configuration;
use super::ledger::{Ledger, TABLE_CELLS};
use crate::algebra::{Family, Polynomial, SmallIntegers};
use crate::geometry::{Layer, Operation, Rule};
use crate::matrix::{for_each_slab, weight_matrix};
use crate::proof::{Fault, roads_agree, symbols, taps_identity_of};
use crate::roads::kronecker::Placed;
use crate::roads::rewritten::StrideOne;
use crate::roads::terms::{self, Term};
use crate::roads::unrolled::PanelSize;
use crate::roads::{adjoint_shape, kronecker, rewriting, textbook_shape, unrolled};
use crate::taps::Taps;
use crate::tensor::Tensor;
use std::ops::ControlFlow::{self, Break, Continue};
use std::rc::Rc;

/// What is asked of every configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question {
    /// The checks.
    pub checks: Checks,
    /// A mistake made on purpose in the rewriting of transposed layers.
    pub plant: Option<Fault>,
    /// Seed of the numbers of [`Check::Sample`].
    pub seed: u64,
}

/// What became of a configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It is no layer.
    Illegal(Rule),
    /// It was examined.
    Examined(Examined),
}

/// A layer that was examined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Examined {
    /// Its taps.
    pub taps: u64,
    /// The entries of its output.
    pub outputs: u64,
    /// The checks that held.
    pub held: Checks,
    /// The checks that failed.
    pub failed: Checks,
    /// Whether the work was broken off, so that some checks are neither.
    pub is_interrupted: bool,
}

impl Outcome {
    /// A configuration of which no check is made yet: interrupted, until it is settled.
    pub(super) fn begun(configuration: &Configuration) -> Self {
        match configuration.layer() {
            Ok(layer) => Self::Examined(Examined::begun(&layer)),
            Err(error) => Self::Illegal(error.rule()),
        }
    }

    /// Not interrupted after all if each of the checks has been made.
    pub(super) fn settle(&mut self, checks: Checks) {
        if let Self::Examined(examined) = self {
            let is_made = |check| examined.held.contains(check) || examined.failed.contains(check);
            examined.is_interrupted = !checks.iter().all(is_made);
        }
    }

    /// Whether the work was broken off.
    pub(super) fn is_interrupted(&self) -> bool {
        matches!(self, Self::Examined(Examined { is_interrupted: true, .. }))
    }

    /// Whether some check failed.
    pub(super) fn fails(&self) -> bool {
        matches!(self, Self::Examined(examined) if !examined.failed.is_empty())
    }

    /// Joins what other checks say of the same configuration.
    pub(super) fn join(&mut self, other: Self) {
        if let (Self::Examined(ours), Self::Examined(theirs)) = (self, other) {
            theirs.held.iter().for_each(|check| ours.held.insert(check));
            theirs.failed.iter().for_each(|check| ours.failed.insert(check));
            ours.is_interrupted |= theirs.is_interrupted;
        }
    }
}

impl Examined {
    fn begun(layer: &Layer) -> Self {
        Self {
            taps: layer.geometry().tap_count() as u64,
            outputs: layer.output_shape().iter().product::<usize>() as u64,
            held: Checks::NONE,
            failed: Checks::NONE,
            is_interrupted: true,
        }
    }
}

/// Examines configurations one after the other.
pub(super) struct Examiner<'a> {
    question: Question,
    /// Told now and then how many more terms were compared; says whether to go on.
    goes_on: &'a dyn Fn(u64) -> bool,
    facts: Facts,
    ledger: Ledger,
}

/// Why a road was left before its end.
enum Halt {
    /// A term that is none of the matrix'.
    Mismatch,
    Stopped,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(question: Question, goes_on: &'a dyn Fn(u64) -> bool) -> Self {
        Self { question, goes_on, facts: Facts::default(), ledger: Ledger::default() }
    }

    /// Examines one configuration by some of the checks that are asked for.
    pub(super) fn examine(&mut self, configuration: &Configuration, checks: Checks) -> Outcome {
        let operation = configuration.operation;
        let channels = self.facts.of_channels(operation, configuration.channels);
        let axes = configuration.axes.iter().map(|axis| self.facts.of_axis(operation, *axis));
        let facts: Result<Vec<Rc<Fact>>, Rule> = std::iter::once(channels).chain(axes).collect();
        // The message of an error costs more than most layers, so the facts are asked first; nothing is listed yet.
        let facts = match facts {
            Ok(facts) => facts,
            Err(rule) => return Outcome::Illegal(rule),
        };
        let layer = match configuration.layer() {
            Ok(layer) => layer,
            Err(error) => return Outcome::Illegal(error.rule()),
        };
        let mut examined = Examined { is_interrupted: false, ..Examined::begun(&layer) };
        let subject = Subject::of(&layer, &facts, self.question.plant);
        if checks.iter().any(|check| check.roads() > 0) {
            self.open_ledger(&subject);
        }
        for check in checks.iter() {
            match self.holds(check, &subject) {
                Continue(()) => examined.held.insert(check),
                Break(Halt::Mismatch) => examined.failed.insert(check),
                Break(Halt::Stopped) => {
                    examined.is_interrupted = true;
                    break;
                }
            }
        }
        Outcome::Examined(examined)
    }

    fn holds(&mut self, check: Check, subject: &Subject<'_>) -> ControlFlow<Halt> {
        let layer = subject.layer;
        match check {
            Check::Taps => agreed(match self.question.plant {
                Some(_) => taps_identity_of(layer, &subject.rewriting).is_ok(),
                None => subject.facts.iter().all(|fact| fact.taps_agree()),
            }),
            Check::Sizes => agreed(subject.facts.iter().all(|fact| fact.sizes_agree())),
            Check::Matrix => {
                if subject.is_large() {
                    self.slabs(&subject.taps(), Operation::Convolution)?;
                }
                agreed(textbook_shape(layer) == layer.output_shape())?;
                self.settled(layer.operation(), |tick| terms::by_textbook(layer, tick))
            }
            Check::ZeroInsertion => {
                let shape = subject.rewriting.output_shape(&layer.input_shape(), &layer.weight_shape());
                agreed(shape.is_some_and(|shape| shape == layer.output_shape()))?;
                self.settled(layer.operation(), |tick| terms::by_rewriting(layer, &subject.rewriting, tick))
            }
            Check::Adjoint => {
                self.transpose(subject)?;
                agreed(textbook_shape(layer) == layer.output_shape())?;
                agreed(adjoint_shape(layer) == layer.input_shape())?;
                self.settled(layer.operation(), |tick| terms::by_textbook(layer, tick))?;
                self.settled(layer.operation().adjoint(), |tick| terms::by_textbook_of_adjoint(layer, tick))
            }
            Check::Im2col => {
                let (x, w) = symbols(layer);
                self.settled(layer.operation(), |mut tick| {
                    unrolled::for_each_contribution(layer, &x, &w, PANEL, |output, sum| {
                        each_term(output, sum, &mut tick)
                    })
                })
            }
            Check::Kronecker => self.settled(Operation::Convolution, |tick| {
                kronecker::for_each_entry(layer.geometry(), |Placed { weight, row, column }| {
                    tick(Term { output: row as u32, weight: weight as u32, input: column as u32 })
                })
            }),
            Check::Sample => {
                let mut integers = SmallIntegers::new(self.question.seed);
                let mut draw = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| integers.draw());
                let (x, w) = (draw(layer.input_shape()), draw(layer.weight_shape()));
                let agreement = roads_agree(layer, &subject.taps(), &subject.rewriting, &x, &w, i64::to_string);
                agreed(agreement.is_ok_and(|output| {
                    output == unrolled::by_unrolling(layer, &x, &w)
                        && output == kronecker::by_kronecker_sum(layer, &x, &w)
                }))
            }
        }
    }

    /// Builds W~ (of a large layer only its factors) and makes it the yardstick.
    fn open_ledger(&mut self, subject: &Subject<'_>) {
        let taps = subject.taps();
        if subject.is_large() {
            return self.ledger.of_taps(taps);
        }
        self.ledger.of_matrix(&weight_matrix(&taps));
    }

    /// W~^T, built directly, has the entries of W~.
    fn transpose(&mut self, subject: &Subject<'_>) -> ControlFlow<Halt> {
        let transposed = taps_of(subject.facts, |fact| fact.transposed());
        if subject.is_large() {
            return self.slabs(&transposed, Operation::Transposed);
        }
        let transpose = weight_matrix(&transposed);
        self.settled(Operation::Transposed, |tick| {
            transpose.iter().try_for_each(|(weight, (output, input))| tick(Term { output, weight: weight.0, input }))
        })
    }

    /// Ticks off the entries of a matrix, built slab by slab; its rows are what the operation writes.
    fn slabs(&mut self, taps: &Taps, operation: Operation) -> ControlFlow<Halt> {
        self.settled(operation, |tick| {
            for_each_slab(taps, SLAB, |rows, slab| {
                slab.iter().try_for_each(|(weight, (row, input))| {
                    tick(Term { output: rows.start as u32 + row, weight: weight.0, input })
                })
            })
        })
    }

    /// Lets a road name its terms and looks whether they are the entries of W~, each once. The operation tells which
    /// side of W~ the road writes.
    fn settled(
        &mut self,
        operation: Operation,
        road: impl FnOnce(&mut dyn FnMut(Term) -> ControlFlow<Halt>) -> ControlFlow<Halt>,
    ) -> ControlFlow<Halt> {
        /// Terms between two looks at whether to stop; a power of two.
        const PATIENCE: usize = 1 << 16;
        let Self { ledger, goes_on, .. } = self;
        ledger.start();
        let mut named = 0_usize;
        let mut tick = |term: Term| {
            let (row, column) = match operation {
                Operation::Convolution => (term.output, term.input),
                Operation::Transposed => (term.input, term.output),
            };
            named += 1;
            if named.is_multiple_of(PATIENCE) && !goes_on(PATIENCE as u64) {
                return Break(Halt::Stopped);
            }
            agreed(ledger.tick(row as usize, column as usize, term.weight))
        };
        road(&mut tick)?;
        agreed(ledger.is_settled())
    }
}

/// Entries of a slab of a large matrix, and products of a panel of unrolled columns, held at a time.
pub(super) const SLAB: usize = 1 << 18;
pub(super) const PANEL: PanelSize = PanelSize { products: 1 << 16, terms: 8 };

fn agreed(holds: bool) -> ControlFlow<Halt> {
    if holds { Continue(()) } else { Break(Halt::Mismatch) }
}

/// The terms of a sum of products of one weight and one input; anything else is a mismatch.
fn each_term(output: usize, sum: &Polynomial, mut tick: impl FnMut(Term) -> ControlFlow<Halt>) -> ControlFlow<Halt> {
    sum.terms().iter().try_for_each(|(monomial, coefficient)| match (monomial.symbols(), coefficient) {
        ([w, x], 1) if (w.family, x.family) == (Family::Weight, Family::Input) => {
            tick(Term { output: output as u32, weight: w.index, input: x.index })
        }
        _ => Break(Halt::Mismatch),
    })
}

/// A layer with its factors and its rewriting, spoilt if asked for.
struct Subject<'a> {
    layer: &'a Layer,
    facts: &'a [Rc<Fact>],
    rewriting: StrideOne,
}

impl<'a> Subject<'a> {
    fn of(layer: &'a Layer, facts: &'a [Rc<Fact>], plant: Option<Fault>) -> Self {
        Self { layer, facts, rewriting: spoilt_rewriting(layer, plant) }
    }

    fn taps(&self) -> Taps {
        taps_of(self.facts, |fact| fact.factor())
    }

    fn is_large(&self) -> bool {
        let side = |extent: Vec<usize>| extent.into_iter().fold(1, usize::saturating_mul);
        let geometry = self.layer.geometry();
        side(geometry.small_shape()).saturating_mul(side(geometry.big_shape())) > TABLE_CELLS
    }
}

/// The layer's rewriting, with the mistake made in it.
pub(super) fn spoilt_rewriting(layer: &Layer, plant: Option<Fault>) -> StrideOne {
    match plant {
        Some(fault) => StrideOne::ZeroInsertion(fault.planted(layer)),
        None => rewriting(layer),
    }
}
