//! No wrong key comes onto a sheet, whatever the kind and whatever is wrong.

use convt_matrix::algebra::Dice;
use convt_matrix::doc::{Math, Passage};
use convt_matrix::worksheet::{
    About, Answer, AnswerPart, CellGrid, CellValue, Confirmed, Distractor, Exercise, ExerciseKind, Expression, Level,
    Scope, kinds,
};
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

/// Exercises of every kind and level.
const SEEDS: u64 = 25;

/// An exercise with another key, or with another second road.
#[derive(Debug)]
struct Spoilt {
    drawn: Arc<dyn Exercise>,
    key: Answer,
    second: Option<Answer>,
}

impl Exercise for Spoilt {
    fn about(&self) -> About {
        self.drawn.about()
    }

    fn passage(&self) -> Passage {
        self.drawn.passage()
    }

    fn answer(&self) -> Answer {
        self.key.clone()
    }

    fn by_another_road(&self) -> Option<Answer> {
        self.second.clone()
    }

    fn distractors(&self) -> Vec<Distractor> {
        self.drawn.distractors()
    }
}

fn is_refused(drawn: &Arc<dyn Exercise>, key: Answer, second: Option<Answer>) -> bool {
    Confirmed::of(Box::new(Spoilt { drawn: drawn.clone(), key, second })).is_err()
}

/// Another text for what is a formula or a symbol, other words for what is free.
const OTHER: &str = "something else";

/// The answer with one thing changed, in every way: a number, a cell, an option, a part; one left out, one too many.
fn spoilt(answer: &Answer) -> Vec<Answer> {
    match answer {
        Answer::Integer(value) => [value + 1, value - 1].map(Answer::Integer).to_vec(),
        &Answer::Fraction { numerator, denominator } => {
            [(numerator + 1, denominator), (numerator, denominator + 1), (-numerator, denominator)]
                .map(|(numerator, denominator)| Answer::Fraction { numerator, denominator })
                .to_vec()
        }
        Answer::Tuple(values) => lists(values, &|value| vec![value + 1, -value - 1]).map(Answer::Tuple).collect(),
        Answer::Grid(grid) => {
            let mut wrong = Vec::new();
            for place in 0..grid.cells.len() {
                let mut other = grid.clone();
                other.cells[place].value = match &grid.cells[place].value {
                    CellValue::Integer(value) => CellValue::Integer(value + 1),
                    CellValue::Symbol(_) => CellValue::Integer(0),
                };
                wrong.push(other);
                if let CellValue::Symbol(symbol) = &grid.cells[place].value {
                    let mut other = grid.clone();
                    let symbol = Expression { text: OTHER.into(), ..symbol.clone() };
                    other.cells[place].value = CellValue::Symbol(symbol);
                    wrong.push(other);
                }
                let mut other = grid.clone();
                other.cells[place].given ^= true;
                wrong.push(other);
            }
            let mut turned = grid.clone();
            turned.shape.insert(0, 1);
            let renamed = CellGrid { name: Math::from('?'), ..grid.clone() };
            wrong.extend([turned, renamed]);
            wrong.into_iter().map(Answer::Grid).collect()
        }
        Answer::Expression(formula) => {
            let text = format!("{} + 1", formula.text);
            vec![Answer::Expression(Expression { text, ..formula.clone() })]
        }
        Answer::Choice(choice) => {
            let mut moved = choice.clone();
            moved.right = (choice.right + 1) % choice.options.len();
            let mut exchanged = choice.clone();
            exchanged.options.reverse();
            [moved, exchanged].map(Answer::Choice).to_vec()
        }
        Answer::Solutions { unknowns, all } => lists(all, &|solution| vec![solution.iter().map(|n| n + 1).collect()])
            .map(|all| Answer::Solutions { unknowns: unknowns.clone(), all })
            .collect(),
        Answer::Listed(values) => {
            (0..values.len()).map(|place| Answer::Listed([&values[..place], &values[place + 1..]].concat())).collect()
        }
        Answer::FreeText(_) => vec![Answer::FreeText(Passage::named(OTHER))],
        Answer::Parts(parts) => lists(parts, &|part| {
            spoilt(&part.answer).into_iter().map(|answer| AnswerPart { answer, ..part.clone() }).collect()
        })
        .map(Answer::Parts)
        .collect(),
    }
}

/// A list with one member changed, one left out, or one twice.
fn lists<T: Clone>(members: &[T], changed: &dyn Fn(&T) -> Vec<T>) -> impl Iterator<Item = Vec<T>> {
    let mut all = Vec::new();
    for (place, member) in members.iter().enumerate() {
        for other in changed(member) {
            let mut list = members.to_vec();
            list[place] = other;
            all.push(list);
        }
        all.push([&members[..place], &members[place + 1..]].concat());
    }
    all.push([members, &members[..1]].concat());
    all.into_iter()
}

/// The varieties of answers in an answer.
fn varieties(answer: &Answer) -> Vec<&'static str> {
    match answer {
        Answer::Integer(_) => vec!["integer"],
        Answer::Fraction { .. } => vec!["fraction"],
        Answer::Tuple(_) => vec!["tuple"],
        Answer::Grid(_) => vec!["grid"],
        Answer::Expression(_) => vec!["expression"],
        Answer::Choice(_) => vec!["choice"],
        Answer::Solutions { .. } => vec!["solutions"],
        Answer::Listed(_) => vec!["list"],
        Answer::FreeText(_) => vec!["free text"],
        Answer::Parts(parts) => parts.iter().flat_map(|part| varieties(&part.answer)).chain(["parts"]).collect(),
    }
}

fn drawn(kind: &ExerciseKind) -> impl Iterator<Item = Arc<dyn Exercise>> {
    let scopes = Level::ALL.into_iter().flat_map(|level| (0..SEEDS).map(move |seed| (level, seed)));
    scopes.map(|(level, seed)| {
        let mut dice = Dice::new(seed);
        let scope = Scope { level, dimensions: None };
        loop {
            if let Some(exercise) = (kind.draw)(&mut dice, scope) {
                return Arc::from(exercise);
            }
        }
    })
}

#[test]
fn of_every_kind_and_level_a_key_with_anything_wrong_is_refused() {
    let mut seen = BTreeSet::new();
    for kind in kinds::ALL {
        for exercise in drawn(kind) {
            let (key, second) = (exercise.answer(), exercise.by_another_road());
            assert!(!is_refused(&exercise, key.clone(), second.clone()), "{}: {exercise:?}", kind.id);
            seen.extend(varieties(&key));
            for wrong in spoilt(&key) {
                assert!(is_refused(&exercise, wrong.clone(), second.clone()), "{}: {wrong:?}", kind.id);
            }
        }
    }
    let expected = ["choice", "expression", "free text", "grid", "integer", "parts", "solutions", "tuple"];
    assert_eq!(seen.into_iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_second_road_that_goes_wrong_or_nowhere_confirms_nothing() {
    for kind in kinds::ALL {
        for exercise in drawn(kind).step_by(5) {
            let key = exercise.answer();
            assert!(is_refused(&exercise, key.clone(), None), "{}", kind.id);
            for wrong in spoilt(&key) {
                assert!(is_refused(&exercise, key.clone(), Some(wrong)), "{}", kind.id);
            }
        }
    }
}

#[test]
fn no_kind_asks_for_a_fraction_yet_and_a_wrong_one_is_refused() {
    let exercise = drawn(kinds::ALL[0]).next().expect("one is drawn");
    let half = Answer::Fraction { numerator: 1, denominator: 2 };
    assert!(!is_refused(&exercise, half.clone(), Some(half.clone())));
    for wrong in spoilt(&half) {
        assert!(is_refused(&exercise, wrong, Some(half.clone())));
    }
}

/// A second road that asks the first would confirm whatever the first says; no value shows it, so the source has to.
#[test]
fn no_second_road_asks_the_first() {
    let mut roads = 0;
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/worksheet/kinds")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).expect("the kinds have a folder") {
            let path = entry.expect("readable").path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let source = std::fs::read_to_string(&path).expect("Rust is text");
            for road in source.split("fn by_another_road(&self) -> Option<Answer> {").skip(1) {
                let body = road.split("\n    }\n").next().expect("a method ends");
                assert!(!body.contains(".answer()"), "{}: {body}", path.display());
                roads += 1;
            }
        }
    }
    assert!(roads > kinds::ALL.len(), "{roads} second roads");
}
