//! Sweeps as a library: what is counted, in which order, and what a sweep that is stopped has counted.

use convt_matrix::geometry::{Layer, Operation, Parameter, Rule};
use convt_matrix::proof::Fault;
use convt_matrix::sweep::report::{Report, Spelling};
use convt_matrix::sweep::{
    Check, Checks, Choice, Configuration, Coverage, Failure, Grid, Outcome, Question, Sweep, SweepError, Tally,
    Unwatched, Values, Watch,
};
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

fn question() -> Question {
    Question { checks: Checks::all(), plant: None, seed: 0 }
}

/// Values that make layers and many kinds of impossible combinations.
fn mixed(operation: Operation) -> Grid {
    let values = |range: std::ops::RangeInclusive<usize>| Choice::Shared(Values::from(range));
    Grid {
        kernel: values(0..=3),
        stride: values(0..=2),
        padding: Choice::Shared(Values::from(0..=2).into()),
        dilation: values(1..=2),
        output_padding: values(0..=2),
        in_channels: (1..=2).into(),
        out_channels: Values::one(2),
        groups: (0..=2).into(),
        ..Grid::small(operation, 1)
    }
}

fn exhaustive(grids: Vec<Grid>, question: Question) -> Sweep {
    Sweep::new(grids, Coverage::Exhaustive, question).expect("it is small")
}

fn both() -> Vec<Grid> {
    vec![mixed(Operation::Transposed), mixed(Operation::Convolution)]
}

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).expect("some")
}

/// Takes down every row, and stops when so many combinations are done.
#[derive(Default)]
struct Clerk {
    rows: Mutex<Vec<(Configuration, Outcome)>>,
    done: AtomicU64,
    stop_after: Option<u64>,
}

impl Watch for Clerk {
    fn advance(&self, combinations: u64) {
        self.done.fetch_add(combinations, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.stop_after.is_some_and(|most| self.done.load(Ordering::SeqCst) >= most)
    }

    fn rows(&self, rows: &[(Configuration, Outcome)]) {
        self.rows.lock().expect("nobody panicked").extend_from_slice(rows);
    }

    fn wants_rows(&self) -> bool {
        true
    }
}

fn run(sweep: &Sweep, count: usize, stop_after: Option<u64>) -> (Tally, Vec<(Configuration, Outcome)>) {
    let clerk = Clerk { stop_after, ..Clerk::default() };
    let tally = sweep.run(threads(count), &clerk);
    (tally, clerk.rows.into_inner().expect("nobody panicked"))
}

/// The counts that follow from rows: layers, taps, outputs and, for each rule, the impossible.
fn counts(rows: &[(Configuration, Outcome)]) -> (u64, u128, u128, Vec<u64>) {
    let (mut layers, mut taps, mut outputs, mut illegal) = (0, 0, 0, vec![0; Rule::ALL.len()]);
    for (_, outcome) in rows {
        match outcome {
            Outcome::Illegal(rule) => illegal[Rule::ALL.iter().position(|one| one == rule).expect("a rule")] += 1,
            Outcome::Examined(examined) => {
                layers += 1;
                taps += u128::from(examined.taps);
                outputs += u128::from(examined.outputs);
            }
        }
    }
    (layers, taps, outputs, illegal)
}

fn counts_of(tally: &Tally) -> (u64, u128, u128, Vec<u64>) {
    (tally.layers, tally.taps, tally.outputs, Rule::ALL.map(|rule| tally.illegal(rule)).to_vec())
}

#[test]
fn a_combination_is_impossible_by_the_rule_that_its_layer_breaks_first() {
    let sweep = exhaustive(both(), question());
    let (_, rows) = run(&sweep, 2, None);
    let mut broken = std::collections::BTreeSet::new();
    for (configuration, outcome) in &rows {
        match (configuration.layer(), outcome) {
            (Err(error), Outcome::Illegal(rule)) => {
                assert_eq!(error.rule(), *rule, "{configuration:?}");
                broken.insert(*rule);
            }
            (Ok(layer), Outcome::Examined(examined)) => {
                assert_eq!(u128::from(examined.taps), layer.geometry().tap_count());
                assert_eq!(examined.outputs as usize, layer.output_shape().iter().product::<usize>());
                assert_eq!((examined.held, examined.failed), (Checks::all(), Checks::NONE), "{configuration:?}");
            }
            other => panic!("{configuration:?}: {other:?}"),
        }
    }
    let expected = [
        Rule::AtLeastOne,
        Rule::GroupsDivide,
        Rule::NoOutputPadding,
        Rule::OutputPaddingBound,
        Rule::KernelFits,
        Rule::OutputSize,
    ];
    assert_eq!(broken.into_iter().collect::<Vec<_>>(), expected, "every rule that small numbers can break");
}

#[test]
fn nothing_is_dropped_and_the_rows_come_in_the_order_of_their_numbers() {
    let sweep = exhaustive(both(), question());
    let numbered: Vec<Configuration> = (0..sweep.size()).map(|number| sweep.configuration(number)).collect();
    for count in [1, 2, 3, 7] {
        let (tally, rows) = run(&sweep, count, None);
        assert_eq!(
            rows.iter().map(|(configuration, _)| configuration).collect::<Vec<_>>(),
            numbered.iter().collect::<Vec<_>>()
        );
        assert_eq!(counts_of(&tally), counts(&rows));
        assert_eq!(tally.combinations, sweep.size());
        assert_eq!(tally.layers + Rule::ALL.iter().map(|&rule| tally.illegal(rule)).sum::<u64>(), sweep.size());
    }
}

#[test]
fn the_tally_does_not_depend_on_the_number_of_threads_nor_on_whether_rows_are_wanted() {
    for plant in [None, Some(Fault::NoFlip), Some(Fault::OffByOneLead)] {
        let sweep = exhaustive(vec![mixed(Operation::Transposed)], Question { plant, ..question() });
        let expected = sweep.run(threads(1), &Unwatched);
        assert_eq!(expected.holds(), plant.is_none());
        for count in [2, 3, 7] {
            assert_eq!(sweep.run(threads(count), &Unwatched), expected, "{count} threads");
            assert_eq!(run(&sweep, count, None).0, expected, "{count} threads with rows");
        }
    }
}

#[test]
fn the_smallest_failure_is_the_first_of_the_smallest_weight_among_all_that_fail() {
    for fault in Fault::ALL {
        let grids = vec![
            mixed(Operation::Transposed),
            Grid { stride: Choice::Shared((1..=2).into()), ..Grid::small(Operation::Transposed, 2) }.anisotropic(),
        ];
        let sweep = exhaustive(grids, Question { plant: Some(fault), checks: Checks::all(), seed: 0 });
        let (tally, rows) = run(&sweep, 2, None);
        let failing = rows
            .iter()
            .filter(|(_, outcome)| matches!(outcome, Outcome::Examined(examined) if !examined.failed.is_empty()));
        let smallest = failing.min_by_key(|(configuration, _)| configuration.weight());
        let found = sweep.failure(&tally).map(|failure| failure.found);
        assert_eq!(found.as_ref(), smallest.map(|(configuration, _)| configuration), "{fault:?}");
        assert!(found.is_some(), "{fault:?}");
    }
}

/// The report as a program without a command line spells it.
fn report(sweep: &Sweep, tally: &Tally) -> Report {
    struct Names;
    impl Spelling for Names {
        type Error = Infallible;

        fn statement(&self, check: Check) -> Result<String, Infallible> {
            Ok(check.name().to_owned())
        }

        fn rule(&self, fault: Fault) -> Result<String, Infallible> {
            Ok(fault.name().to_owned())
        }

        fn parameter(&self, parameter: Parameter) -> &'static str {
            parameter.name()
        }

        fn layer(&self, layer: &Configuration) -> String {
            format!("{layer:?}")
        }

        fn again(&self, failure: &Failure, question: Question) -> String {
            format!("{:?} {question:?}", failure.shrunk)
        }
    }
    let Ok(report) = Report::new(sweep, tally, sweep.failure(tally).as_ref(), &Names);
    report
}

#[test]
fn a_sweep_that_is_stopped_has_counted_the_combinations_up_to_there() {
    let sweep = exhaustive(both(), question());
    for (count, stop_after) in [(1, 0), (1, 1), (1, 500), (2, 300), (3, 700), (7, 100)] {
        let (tally, rows) = run(&sweep, count, Some(stop_after));
        assert!(tally.combinations >= stop_after && tally.combinations < sweep.size(), "{}", tally.combinations);
        assert_eq!(tally.combinations, rows.len() as u64);
        for (number, (configuration, _)) in (0..).zip(&rows) {
            assert_eq!(*configuration, sweep.configuration(number), "a prefix");
        }
        assert_eq!(counts_of(&tally), counts(&rows));
        let report = report(&sweep, &tally);
        assert!(report.interrupted && report.examined == tally.combinations && report.planned == sweep.size());
    }
}

#[test]
fn a_large_layer_that_is_stopped_within_a_check_has_the_checks_made_before_and_no_others() {
    struct Impatient;
    impl Watch for Impatient {
        fn advance(&self, _combinations: u64) {}

        fn is_stopped(&self) -> bool {
            // The first question is whether to begin at all.
            static ASKED: AtomicU64 = AtomicU64::new(0);
            ASKED.fetch_add(1, Ordering::SeqCst) > 0
        }
    }
    let grid = Grid {
        input: Choice::PerAxis(vec![Values::one(40_000)]),
        kernel: Choice::Shared(Values::one(3)),
        ..Grid::small(Operation::Transposed, 1)
    };
    let sweep = exhaustive(vec![grid], question());
    let tally = sweep.run(threads(1), &Impatient);
    assert!(tally.is_interrupted);
    assert_eq!((tally.combinations, tally.layers), (1, 1));
    let made: Vec<Check> =
        Check::ALL.into_iter().filter(|&check| tally.verdicts(check).held + tally.verdicts(check).failed > 0).collect();
    assert_eq!(made, [Check::Taps, Check::Sizes]);
    assert!(report(&sweep, &tally).interrupted);
}

#[test]
fn what_cannot_be_carried_out_is_refused_before_anything_is_built() {
    let begin = |grid: Grid| Sweep::new(vec![grid], Coverage::Exhaustive, question());
    let line = || Grid::small(Operation::Convolution, 1);
    let sizes = |size: usize| Choice::PerAxis(vec![Values::one(size)]);
    let all = Values::from(0..=(1 << 50));
    let absurd = Grid { kernel: Choice::Shared(all.clone()), ..line() };
    assert!(
        matches!(begin(absurd), Err(SweepError::TooMany { combinations, .. }) if combinations == 4 * ((1 << 50) + 1))
    );
    let huge = Values::from(0..=usize::MAX / 2);
    let beyond = Grid { input: Choice::PerAxis(vec![huge.clone(); 3]), ..Grid::small(Operation::Transposed, 3) };
    assert!(matches!(begin(beyond.clone()), Err(SweepError::TooMany { combinations: u128::MAX, .. })));
    let drawn = Sweep::new(vec![beyond], Coverage::Sample { draws: 5, seed: 0 }, question());
    assert!(matches!(drawn, Err(SweepError::TooMany { combinations: u128::MAX, .. })), "nothing to draw from");
    assert!(matches!(
        Sweep::new(vec![line()], Coverage::Sample { draws: u64::MAX, seed: 0 }, question()),
        Err(SweepError::TooManyDraws { .. })
    ));
    let far = Grid { input: sizes(usize::MAX / 2), kernel: Choice::Shared((1..=2).into()), ..line() };
    assert!(matches!(begin(far), Err(SweepError::Impossible(_))));
    // The taps are most where the kernel is half as long as the input, not where it is longest.
    let half = Grid {
        input: sizes(200_000),
        kernel: Choice::Shared(Values::new(vec![100_000..=100_000, 200_000..=200_000])),
        ..line()
    };
    assert!(matches!(begin(half), Err(SweepError::TooLarge(_, None))));
    let alone = Grid { input: sizes(200_000), kernel: Choice::Shared(Values::one(100_000)), ..line() };
    assert!(matches!(begin(alone), Err(SweepError::TooLarge(_, Some(_)))));
    let ends = Grid { input: sizes(200_000), kernel: Choice::Shared(Values::one(200_000)), ..line() };
    assert!(begin(ends).is_ok(), "one output and 200000 taps");
    let costly = Grid {
        input: Choice::PerAxis(vec![Values::one(1 << 15); 2]),
        kernel: Choice::Shared(Values::one(2)),
        stride: Choice::Shared(Values::one(3)),
        dilation: Choice::Shared(Values::one(1 << 7)),
        ..Grid::small(Operation::Convolution, 2)
    };
    assert!(matches!(begin(costly), Err(SweepError::TooCostly { .. })));
    let heavy = Grid {
        input: Choice::PerAxis(vec![Values::one(1 << 15); 2]),
        kernel: Choice::Shared(Values::one(1)),
        ..Grid::small(Operation::Transposed, 2)
    };
    assert!(matches!(begin(heavy), Err(SweepError::TooMuchMemory { .. })));
}

#[test]
fn a_grid_without_a_single_layer_is_swept_and_shows_nothing() {
    for grid in [
        Grid { stride: Choice::Shared(Values::one(0)), ..Grid::small(Operation::Transposed, 2) },
        Grid { padding: Choice::Shared(Values::from(9..=10).into()), ..Grid::small(Operation::Transposed, 2) },
        Grid { output_padding: Choice::Shared(Values::one(1)), ..Grid::small(Operation::Convolution, 1) },
        Grid { kernel: Choice::Shared((5..=6).into()), ..Grid::small(Operation::Convolution, 3) },
        Grid { groups: Values::one(2), ..Grid::small(Operation::Convolution, 1) },
    ] {
        let sweep = exhaustive(vec![grid], question());
        let tally = sweep.run(threads(2), &Unwatched);
        assert_eq!((tally.layers, tally.combinations), (0, sweep.size()));
        assert_eq!(Rule::ALL.iter().map(|&rule| tally.illegal(rule)).sum::<u64>(), sweep.size());
    }
}

#[test]
fn the_large_and_the_small_way_to_compare_agree_on_layers_at_the_border_between_them() {
    // 2^20 cells of W~ are a table; one row more, and the entries are found in the factors.
    let held = |layer: &Layer, plant| {
        let sweep = exhaustive(vec![Grid::of_layer(layer)], Question { plant, ..question() });
        let tally = sweep.run(threads(1), &Unwatched);
        Check::ALL.map(|check| tally.verdicts(check).held)
    };
    for operation in [Operation::Transposed, Operation::Convolution] {
        for input in [1023, 1024, 1025, 1026] {
            let axis = convt_matrix::geometry::AxisSettings::new(input, 2);
            let layer = Layer::new(operation, vec![axis], Default::default()).expect("a line");
            assert_eq!(held(&layer, None), [1; 8], "{operation:?} {input}");
            if operation == Operation::Transposed {
                let expected = Check::ALL
                    .map(|check| u64::from(!matches!(check, Check::Taps | Check::ZeroInsertion | Check::Sample)));
                assert_eq!(held(&layer, Some(Fault::NoFlip)), expected, "{input}");
            }
        }
    }
}
