//! One configuration, examined by every check that is asked for; buffers and facts are kept for the next one.

use super::check::{Check, Checks, List};
use super::evidence::{Evidence, Halt, Real};
use super::examinee::Examinee;
use super::facts::{Fact, Facts};
use super::grid::Configuration;
use super::ledger::Ledger;
use crate::algebra::SmallIntegers;
use crate::geometry::{Layer, Operation, Rule};
use crate::matrix::weight_matrix;
use crate::proof::{Fault, Operands};
use crate::roads::Road;
use crate::roads::terms::Term;
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
            taps: u64::try_from(layer.geometry().tap_count()).unwrap_or(u64::MAX),
            outputs: layer.output_shape().iter().product::<usize>() as u64,
            held: Checks::NONE,
            failed: Checks::NONE,
            is_interrupted: true,
        }
    }
}

/// Examines configurations one after the other.
pub(super) struct Examiner<'a, E = Real> {
    question: Question,
    evidence: E,
    /// Told now and then how many more terms were compared; says whether to go on.
    goes_on: &'a dyn Fn(u64) -> bool,
    facts: Facts,
    ledger: Ledger,
}

impl<'a> Examiner<'a> {
    pub(super) fn new(question: Question, goes_on: &'a dyn Fn(u64) -> bool) -> Self {
        Self::by(Real, question, goes_on)
    }
}

impl<'a, E: Evidence> Examiner<'a, E> {
    fn by(evidence: E, question: Question, goes_on: &'a dyn Fn(u64) -> bool) -> Self {
        Self { question, evidence, goes_on, facts: Facts::default(), ledger: Ledger::default() }
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
        let examinee = Examinee::of(&layer, &facts, self.question.plant);
        if checks.iter().any(|check| !check.lists().is_empty()) {
            self.open_ledger(&examinee);
        }
        for check in checks.iter() {
            match self.holds(check, &examinee) {
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

    fn holds(&mut self, check: Check, examinee: &Examinee<'_>) -> ControlFlow<Halt> {
        match check {
            Check::Taps => agreed(self.evidence.taps_agree(examinee)),
            Check::Sizes => agreed(self.evidence.sizes_agree(examinee)),
            Check::Sample => agreed(self.sample_agrees(examinee)),
            Check::Matrix | Check::ZeroInsertion | Check::Im2col | Check::Kronecker | Check::Adjoint => {
                check.lists().iter().try_for_each(|&list| self.settles(list, examinee))
            }
        }
    }

    /// Whether every road gives the same output for one input and weight of small integers.
    fn sample_agrees(&self, examinee: &Examinee<'_>) -> bool {
        let layer = examinee.layer;
        let mut integers = SmallIntegers::new(self.question.seed);
        let mut draw = |shape: Vec<usize>| Tensor::from_fn(&shape, |_| integers.draw());
        let (x, w) = (draw(layer.input_shape()), draw(layer.weight_shape()));
        let over = Operands { layer, taps: &examinee.taps(), x: &x, w: &w };
        let [yardstick, others @ ..] = Road::ALL;
        let output = |road: Road| self.evidence.output(road, examinee, &over);
        output(yardstick).is_ok_and(|expected| others.into_iter().all(|road| output(road).as_ref() == Ok(&expected)))
    }

    /// Builds W~ (of a large layer only its factors) and makes it the yardstick.
    fn open_ledger(&mut self, examinee: &Examinee<'_>) {
        let taps = examinee.taps();
        if examinee.is_large() {
            return self.ledger.of_taps(taps);
        }
        self.ledger.of_matrix(&weight_matrix(&taps));
    }

    /// Looks whether the terms of a list are the entries of W~, each once.
    fn settles(&mut self, list: List, examinee: &Examinee<'_>) -> ControlFlow<Halt> {
        /// Terms between two looks at whether to stop; a power of two.
        const PATIENCE: usize = 1 << 16;
        let Self { evidence, ledger, goes_on, .. } = self;
        if list == List::Slabs && !examinee.is_large() {
            return Continue(());
        }
        agreed(evidence.shapes(list, examinee).is_none_or(|[found, expected]| found == expected))?;
        ledger.start();
        let operation = list.operation(examinee.layer.operation());
        let mut named = 0_usize;
        evidence.list(list, examinee, |term: Term| {
            let (row, column) = match operation {
                Operation::Convolution => (term.output, term.input),
                Operation::Transposed => (term.input, term.output),
            };
            named += 1;
            if named.is_multiple_of(PATIENCE) && !goes_on(PATIENCE as u64) {
                return Break(Halt::Stopped);
            }
            agreed(ledger.tick(row as usize, column as usize, term.weight))
        })?;
        agreed(ledger.is_settled())
    }
}

fn agreed(holds: bool) -> ControlFlow<Halt> {
    if holds { Continue(()) } else { Break(Halt::Mismatch) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::geometry::{AxisSettings, ChannelSettings, Padding};
    use crate::proof::Counterexample;
    use smallvec::smallvec;
    use std::cell::RefCell;

    /// How a list lies.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Lie {
        LastTermTwice,
        WithoutLastTerm,
        OtherWeight,
        OtherInput,
        OtherShape,
    }

    const LIES: [Lie; 5] =
        [Lie::LastTermTwice, Lie::WithoutLastTerm, Lie::OtherWeight, Lie::OtherInput, Lie::OtherShape];

    /// What is spoilt in the evidence.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Spoilt {
        Taps,
        Sizes,
        List(List, Lie),
        Output(Road),
        NoOutput(Road),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Asked {
        Taps,
        Sizes,
        List(List),
        Output(Road),
    }

    /// The real evidence but for what is spoilt in it; takes down what was asked.
    struct Tampered {
        spoilt: Option<Spoilt>,
        asked: RefCell<Vec<Asked>>,
    }

    impl Tampered {
        fn take_down(&self, asked: Asked) {
            self.asked.borrow_mut().push(asked);
        }
    }

    impl Evidence for &Tampered {
        fn taps_agree(&self, of: &Examinee<'_>) -> bool {
            self.take_down(Asked::Taps);
            Real.taps_agree(of) && self.spoilt != Some(Spoilt::Taps)
        }

        fn sizes_agree(&self, of: &Examinee<'_>) -> bool {
            self.take_down(Asked::Sizes);
            Real.sizes_agree(of) && self.spoilt != Some(Spoilt::Sizes)
        }

        fn shapes(&self, list: List, of: &Examinee<'_>) -> Option<[Vec<usize>; 2]> {
            let mut shapes = Real.shapes(list, of);
            if let (Some([found, _]), true) = (&mut shapes, self.spoilt == Some(Spoilt::List(list, Lie::OtherShape))) {
                found[0] += 1;
            }
            shapes
        }

        fn list(
            &self,
            list: List,
            of: &Examinee<'_>,
            mut visit: impl FnMut(Term) -> ControlFlow<Halt>,
        ) -> ControlFlow<Halt> {
            self.take_down(Asked::List(list));
            let mut terms = Vec::new();
            Real.list(list, of, |term| {
                terms.push(term);
                Continue(())
            })?;
            if let Some(Spoilt::List(lying, lie)) = self.spoilt
                && lying == list
            {
                let last = terms.pop().expect("a term");
                terms.extend(match lie {
                    Lie::LastTermTwice => vec![last, last],
                    Lie::WithoutLastTerm => vec![],
                    Lie::OtherWeight => vec![Term { weight: last.weight ^ 1, ..last }],
                    Lie::OtherInput => vec![Term { input: last.input ^ 1, ..last }],
                    Lie::OtherShape => vec![last],
                });
            }
            terms.into_iter().try_for_each(&mut visit)
        }

        fn output(
            &self,
            road: Road,
            of: &Examinee<'_>,
            over: &Operands<'_, i64>,
        ) -> Result<Tensor<i64>, Box<Counterexample>> {
            self.take_down(Asked::Output(road));
            let mut output = Real.output(road, of, over)?;
            match self.spoilt {
                Some(Spoilt::Output(lying)) if lying == road => *output.entries_mut().last_mut().expect("one") += 1,
                Some(Spoilt::NoOutput(missing)) if missing == road => {
                    output = Tensor::new(vec![1, 0], Vec::new());
                }
                _ => {}
            }
            Ok(output)
        }
    }

    /// A layer whose W~ is kept in a table, and one that is too large for that, of either operation.
    fn configurations() -> Vec<Configuration> {
        let crowded = AxisSettings { stride: 2, padding: Padding { begin: 1, end: 0 }, ..AxisSettings::new(5, 3) };
        let long = AxisSettings { padding: Padding::both(1), ..AxisSettings::new(1100, 3) };
        let channels = ChannelSettings { input: 2, output: 4, groups: 2 };
        let both = [Operation::Transposed, Operation::Convolution];
        both.iter()
            .flat_map(|&operation| {
                [
                    Configuration { operation, axes: smallvec![crowded, crowded], channels },
                    Configuration { operation, axes: smallvec![long], channels: ChannelSettings::default() },
                ]
            })
            .collect()
    }

    fn is_large(configuration: &Configuration) -> bool {
        configuration.axes.len() == 1
    }

    /// What came out for the checks, and what was asked.
    fn examined(configuration: &Configuration, checks: Checks, spoilt: Option<Spoilt>) -> (Examined, Vec<Asked>) {
        let tampered = Tampered { spoilt, asked: RefCell::default() };
        let question = Question { checks, plant: None, seed: 1 };
        let outcome = Examiner::by(&tampered, question, &|_| true).examine(configuration, checks);
        let Outcome::Examined(examined) = outcome else { panic!("it is a layer: {outcome:?}") };
        assert!(!examined.is_interrupted);
        (examined, tampered.asked.into_inner())
    }

    /// What a check must ask for, in its order.
    fn due(check: Check, is_large: bool) -> Vec<Asked> {
        let lists: &[List] = match check {
            Check::Taps => return vec![Asked::Taps],
            Check::Sizes => return vec![Asked::Sizes],
            Check::Sample => return Road::ALL.map(Asked::Output).into(),
            Check::Matrix if is_large => &[List::Slabs, List::Textbook],
            Check::Matrix => &[List::Textbook],
            Check::ZeroInsertion => &[List::Rewritten],
            Check::Im2col => &[List::Unrolled],
            Check::Kronecker => &[List::Kronecker],
            Check::Adjoint => &[List::Transpose, List::Textbook, List::Adjoint],
        };
        lists.iter().copied().map(Asked::List).collect()
    }

    #[test]
    fn every_check_that_is_asked_for_is_made_by_all_that_belongs_to_it_and_by_nothing_else() {
        for configuration in configurations() {
            let large = is_large(&configuration);
            let (all, asked) = examined(&configuration, Checks::all(), None);
            assert_eq!((all.held, all.failed), (Checks::all(), Checks::NONE));
            assert_eq!(asked, Check::ALL.into_iter().flat_map(|check| due(check, large)).collect::<Vec<_>>());
            for check in Check::ALL {
                let only = Checks::from_iter([check]);
                let (one, asked) = examined(&configuration, only, None);
                assert_eq!((one.held, one.failed), (only, Checks::NONE), "{check:?}");
                assert_eq!(asked, due(check, large), "{check:?}");
            }
        }
    }

    #[test]
    fn evidence_that_lies_fails_exactly_the_checks_that_go_by_it() {
        for configuration in configurations() {
            let large = is_large(&configuration);
            let mut lies = vec![(Asked::Taps, Spoilt::Taps), (Asked::Sizes, Spoilt::Sizes)];
            let lists: Vec<List> = Check::ALL.iter().flat_map(|check| check.lists()).copied().collect();
            for lie in LIES {
                let has_shape = |list: &List| matches!(list, List::Textbook | List::Adjoint | List::Rewritten);
                let lying = lists.iter().filter(|list| lie != Lie::OtherShape || has_shape(list));
                lies.extend(lying.map(|&list| (Asked::List(list), Spoilt::List(list, lie))));
            }
            for road in Road::ALL {
                lies.extend([Spoilt::Output(road), Spoilt::NoOutput(road)].map(|lie| (Asked::Output(road), lie)));
            }
            for (about, spoilt) in lies {
                let (examined, _) = examined(&configuration, Checks::all(), Some(spoilt));
                let goes_by_it = |check: &Check| due(*check, large).contains(&about);
                let (failing, holding): (Vec<Check>, Vec<Check>) = Check::ALL.into_iter().partition(goes_by_it);
                assert_eq!(examined.failed.iter().collect::<Vec<_>>(), failing, "{spoilt:?}, {configuration:?}");
                assert_eq!(examined.held.iter().collect::<Vec<_>>(), holding, "{spoilt:?}, {configuration:?}");
            }
        }
    }
    #[test]
    fn the_evidence_of_a_layer_is_that_of_every_one_of_its_factors() {
        let layer = |axes: usize| {
            Layer::new(Operation::Transposed, vec![AxisSettings::new(2, 3); axes], ChannelSettings::default()).unwrap()
        };
        let plane = layer(2);
        for lying in [None, Some(0), Some(1), Some(2)] {
            for (taps, sizes) in [(false, true), (true, false)] {
                let fact = |place| {
                    let is_honest = lying != Some(place);
                    Rc::new(Fact::claiming(layer(1), taps || is_honest, sizes || is_honest))
                };
                let facts: Vec<Rc<Fact>> = (0..3).map(fact).collect();
                let examinee = Examinee::of(&plane, &facts, None);
                assert_eq!(Real.taps_agree(&examinee), taps || lying.is_none());
                assert_eq!(Real.sizes_agree(&examinee), sizes || lying.is_none());
            }
        }
    }
}
