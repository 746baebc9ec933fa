//! Worksheets: every kind at every level over many seeds, and what a sheet promises.

mod common;

use convt_matrix::algebra::Dice;
use convt_matrix::geometry::{AxisSettings, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::with_bias;
use convt_matrix::misconception::{Misconception, SizeMisconception, WrongRule as _};
use convt_matrix::render::Templates;
use convt_matrix::render::worksheet::{Edition, Hints, SheetFormat, SheetWriter};
use convt_matrix::tensor::Tensor;
use convt_matrix::worksheet::{
    Answer, Asking, Drawn, ExerciseKind, Level, Posed, Recipient, Scope, Settings, Sheet, kinds, sheet,
};

/// Seeds of every kind and level.
const SEEDS: u64 = 1000;

fn settings(kinds: &[&'static ExerciseKind], level: Level, count: usize) -> Settings {
    Settings {
        title: "Exercises".into(),
        kinds: kinds.to_vec(),
        count,
        level,
        dimensions: None,
        points: None,
        asking: Asking::Open,
    }
}

fn drawn(settings: &Settings, seed: u64) -> Sheet {
    sheet(settings, seed, &Recipient::Anybody).unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

#[track_caller]
fn check(posed: &Posed) {
    let about = posed.exercise.exercise().about();
    let told = || format!("{} at level {}, seed {:016x}", posed.kind.id, posed.level.number(), posed.seed);
    assert!(!posed.exercise.key().is_degenerate(), "{}", told());
    let text = posed.exercise.text(&Templates::built_in()).unwrap();
    assert!(!text.question.is_empty() && !text.solution.is_empty(), "{}", told());
    assert!(!text.title.is_empty() && !text.hints.is_empty() && about.points > 0, "{}", told());
    assert!(about.layer.starts_with("Conv"), "{}", told());
}

#[test]
fn every_kind_draws_confirmed_exercises_that_differ_on_every_sheet_at_every_level() {
    for kind in kinds::ALL {
        for level in Level::ALL {
            for seed in 0..SEEDS {
                let sheet = drawn(&settings(&[kind], level, 2), seed);
                sheet.exercises().iter().for_each(check);
                let identity = |posed: &Posed| posed.exercise.exercise().about().identity;
                let mut identities: Vec<String> = sheet.exercises().iter().map(identity).collect();
                identities.sort();
                identities.dedup();
                assert_eq!(identities.len(), 2, "{} at level {}, seed {seed}", kind.id, level.number());
            }
        }
    }
}

#[test]
fn every_kind_can_be_drawn_with_one_dimension_and_with_two() {
    for kind in kinds::ALL {
        for (dimensions, level) in [1, 2].into_iter().flat_map(|d| Level::ALL.map(|level| (d, level))) {
            let settings = Settings { dimensions: Some(dimensions), ..settings(&[kind], level, 3) };
            for seed in 0..20 {
                for posed in drawn(&settings, seed).exercises() {
                    let layer = posed.exercise.exercise().about().layer;
                    assert!(layer.contains(&format!("{dimensions}d(")), "{layer}");
                }
            }
        }
    }
}

#[test]
fn every_kind_has_twenty_different_exercises_at_every_level_in_either_dimension() {
    for kind in kinds::ALL {
        for (dimensions, level) in [1, 2].into_iter().flat_map(|d| Level::ALL.map(|level| (d, level))) {
            for asking in [Asking::Open, Asking::Choice] {
                let settings = Settings { dimensions: Some(dimensions), asking, ..settings(&[kind], level, 20) };
                for seed in 0..3 {
                    assert_eq!(drawn(&settings, seed).exercises().len(), 20);
                }
            }
        }
    }
}

#[test]
fn a_choice_has_one_right_option_and_wrong_ones_that_differ_from_it_and_from_each_other() {
    for kind in kinds::ALL.iter().filter(|kind| kind.has_choice) {
        for level in Level::ALL {
            let settings = Settings { asking: Asking::Choice, ..settings(&[kind], level, 3) };
            for seed in 0..SEEDS / 20 {
                for posed in drawn(&settings, seed).exercises() {
                    let Answer::Choice(choice) = posed.exercise.answer() else { panic!("{} is a choice", kind.id) };
                    assert!((3..=5).contains(&choice.options.len()));
                    let key = posed.exercise.exercise().offered(posed.exercise.key());
                    for (place, option) in choice.options.iter().enumerate() {
                        assert_eq!(option.shown == key, place == choice.right);
                        assert_eq!(option.misconception.is_none(), place == choice.right);
                        assert!(!choice.options[..place].iter().any(|other| other.shown == option.shown));
                    }
                }
            }
        }
    }
}

#[test]
fn kinds_are_taken_in_turn_and_points_can_be_set() {
    let all = settings(kinds::ALL, Level::Two, kinds::ALL.len() + 1);
    let sheet = drawn(&Settings { points: Some(7), ..all }, 5);
    let taken: Vec<&str> = sheet.exercises().iter().map(|posed| posed.kind.id).collect();
    let mut expected: Vec<&str> = kinds::ALL.iter().map(|kind| kind.id).collect();
    expected.push(expected[0]);
    assert_eq!(taken, expected);
    assert!(sheet.exercises().iter().all(|posed| posed.points == 7));
}

#[test]
fn kinds_have_names_of_their_own_and_are_found_by_them() {
    for kind in kinds::ALL {
        assert_eq!(kinds::named(kind.id), Some(*kind));
        assert!(kind.id.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", kind.id);
    }
    assert_eq!(kinds::named("nothing"), None);
}

#[test]
fn a_seed_stands_for_one_sheet_and_another_seed_or_recipient_for_another() {
    let templates = Templates::built_in();
    let writer = SheetWriter::new(SheetFormat::Json, Edition::Student, Hints::Hidden, &templates);
    let writer = writer.expect("built in");
    let settings = settings(kinds::ALL, Level::Two, 10);
    let written = |seed: u64, recipient: &Recipient| {
        let sheet = sheet(&settings, seed, recipient).expect("it can be drawn");
        let text = writer.write(&sheet.told(&templates).expect("built in")).expect("JSON");
        text[text.find("\"exercises\"").expect("there are some")..].to_owned()
    };
    let ann = Recipient::Student { id: "ann".into(), name: None };
    let named = Recipient::Student { id: "ann".into(), name: Some("Ann Lee".into()) };
    assert_eq!(written(1, &ann), written(1, &ann));
    assert_eq!(written(1, &ann), written(1, &named), "a name changes nothing");
    let others = [written(2, &ann), written(1, &Recipient::Anybody), written(1, &Recipient::Variant(1))];
    assert!(others.iter().all(|other| *other != written(1, &ann)));
}

#[test]
fn more_exercises_than_there_are_is_an_error_with_the_number() {
    let many = Settings {
        dimensions: Some(1),
        ..settings(&[kinds::named("inverse").unwrap_or(kinds::ALL[0])], Level::One, 100_000)
    };
    let error = sheet(&many, 0, &Recipient::Anybody).expect_err("there are not so many small layers");
    assert!(error.to_string().contains("further draws brought no other"), "{error}");
}

#[test]
fn every_misconception_spoils_some_small_layer() {
    let mut dice = Dice::new(1);
    let mut drawn: Vec<Drawn> = Vec::new();
    while drawn.len() < 2000 {
        let scope = Scope { level: *dice.pick(&Level::ALL), dimensions: None };
        let operation = *dice.pick(&[Operation::Convolution, Operation::Transposed]);
        drawn.extend(Drawn::draw(&mut dice, scope, operation));
    }
    // No exercise has a padding that reaches beyond the kernel; a diagnosis may.
    for input in 3..10 {
        let axis = AxisSettings { stride: 3, padding: Padding::both(2), ..AxisSettings::new(input, 2) };
        let layer = Layer::new(Operation::Transposed, vec![axis], ChannelSettings::default()).expect("possible");
        let (x, w) = (Tensor::from_fn(&[1, input], |_| 1), Tensor::from_fn(&[1, 1, 2], |at| at as i64 + 1));
        drawn.push(Drawn { layer, x, w });
    }
    for wrong in Misconception::all() {
        let spoilt = drawn.iter().filter(|drawn| {
            let bias = Tensor::from_fn(&drawn.layer.output_shape()[..1], |_| 1);
            let output = wrong.output_with_bias(&drawn.layer, &drawn.x, &drawn.w, Some(&bias));
            output.is_some_and(|output| output != with_bias(drawn.output(), Some(&bias)))
        });
        assert!(spoilt.count() > 5, "{wrong:?}");
    }
    for wrong in SizeMisconception::all() {
        let right = |drawn: &Drawn| drawn.layer.output_shape()[1..].iter().map(|&size| size as i64).collect::<Vec<_>>();
        let spoilt = drawn.iter().filter(|drawn| wrong.size(&drawn.layer).is_some_and(|size| size != right(drawn)));
        assert!(spoilt.count() > 5, "{wrong:?}");
    }
}
