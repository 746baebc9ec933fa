//! Every chain `a = b = c` that is printed is true: in derivations, explanations, gradients, diagnoses, and in every kind
//! of exercise at every level.

mod reader;

use convt_matrix::algebra::{Dice, Number, Rational};
use convt_matrix::data::ExactNumber;
use convt_matrix::doc::backward::{GRADIENTS, GradientEvidence};
use convt_matrix::doc::derivation::DERIVATION;
use convt_matrix::doc::diagnosis::diagnosed;
use convt_matrix::doc::explanation::{BUFFERS, ENTRY, OUTPUT};
use convt_matrix::doc::{BlockLines, Document, Extent, Inline, Math, Notation, Prose, Relation, Step, Subject};
use convt_matrix::geometry::{AxisSettings, Bias, ChannelSettings, Layer, Operation, Padding};
use convt_matrix::instance::{Given, Instance};
use convt_matrix::limits::Budget;
use convt_matrix::misconception::{Misconception, SizeMisconception, WrongRule as _, diagnose};
use convt_matrix::proof::{Model, Proved};
use convt_matrix::render::Templates;
use convt_matrix::tensor::{Tensor, unravel};
use convt_matrix::worksheet::{
    About, Answer, Asking, Datum, ExerciseText, Level, Posed, Recipient, Settings, kinds, sheet,
};
use reader::{Axes, Checker, Known, behind, integer, text_of};
use std::sync::LazyLock;

static TEMPLATES: LazyLock<Templates> = LazyLock::new(Templates::built_in);

/// A layer with numbers, and everything that its letters and entries stand for.
struct Told {
    proved: Proved,
    bias: Bias,
    given: Given,
    instance: Instance,
    known: Known,
    axes: Axes,
}

fn names(dimensions: usize) -> &'static [&'static str] {
    match dimensions {
        1 => &["length"],
        2 => &["height", "width"],
        _ => &["depth", "height", "width"],
    }
}

/// What the letters of an axis stand for; where both sides have one, the output's is what is computed.
fn of_axis(operation: Operation, axis: &AxisSettings, known: &mut Known) {
    let input = if operation == Operation::Transposed { 'm' } else { 'n' };
    for (letter, number) in
        [(input, axis.input), ('k', axis.kernel), ('s', axis.stride), ('d', axis.dilation), ('o', axis.output_padding)]
    {
        known.letter(letter, number);
    }
    let Padding { begin, end } = axis.padding;
    if begin == end {
        known.letter('p', begin);
    }
    known.set(&Math::Labelled('p', "begin"), integer(begin as i64));
    known.set(&Math::Labelled('p', "end"), integer(end as i64));
}

/// The letters that all axes share, and those of each.
fn letters(layer: &Layer) -> (Known, Axes) {
    let (mut shared, mut axes) = (Known::default(), Axes::new());
    let settings = layer.settings();
    for (name, axis) in names(settings.len()).iter().zip(settings) {
        let mut of = Known::default();
        of_axis(layer.operation(), axis, &mut of);
        axes.push((name, of));
    }
    if settings.iter().all(|axis| *axis == settings[0]) {
        of_axis(layer.operation(), &settings[0], &mut shared);
        axes.push(("every axis", shared.clone()));
    }
    (shared, axes)
}

fn enter(known: &mut Known, numbers: Option<&Tensor<Number>>, symbol: impl Fn(usize) -> Math) {
    for (flat, number) in numbers.iter().flat_map(|tensor| tensor.entries()).enumerate() {
        let Number::Exact(number) = number else { panic!("an exact number") };
        known.set(&symbol(flat), number.clone());
    }
}

impl Told {
    fn new(layer: Layer, dice: &mut Dice) -> Self {
        let bias = if dice.once_in(2) { Bias::Present } else { Bias::Absent };
        let mut numbers = |shape: &[usize]| {
            Tensor::from_fn(shape, |_| {
                let below = if dice.once_in(3) { dice.integer(1..=4) } else { 1 };
                ExactNumber::from(Rational::new(dice.integer(-9..=9).into(), below.into()))
            })
        };
        let given = Given {
            weight: Some(numbers(&layer.weight_shape())),
            input: Some(numbers(&layer.input_shape())),
            bias: (bias == Bias::Present).then(|| numbers(&[layer.output_shape()[0]])),
            output_gradient: Some(numbers(&layer.output_shape())),
        };
        let (mut known, axes) = letters(&layer);
        let notation = Notation::of(&layer);
        let proved = Model::of(layer).expect("a small layer").prove().expect("the roads agree");
        let instance =
            Instance::exact(proved.layer(), proved.taps(), &given, &Budget::DEFAULT).expect("within the budget");
        enter(&mut known, instance.input.as_ref(), |flat| notation.input(flat));
        enter(&mut known, instance.weight.as_ref(), |flat| notation.weight(flat));
        enter(&mut known, instance.bias.as_ref(), |flat| notation.bias(flat));
        enter(&mut known, instance.output.as_ref(), |flat| notation.output(flat));
        enter(&mut known, instance.output_gradient.as_ref(), |flat| notation.output_gradient(flat));
        let gradients = instance.gradients.as_ref().expect("its own gradient was given");
        let partial = |of: Math| Math::Partial(Box::new(of));
        enter(&mut known, Some(&gradients.input), |flat| partial(notation.input(flat)));
        enter(&mut known, Some(&gradients.weight), |flat| partial(notation.weight(flat)));
        enter(&mut known, Some(&gradients.bias), |flat| partial(notation.bias(flat)));
        Self { proved, bias, given, instance, known, axes }
    }

    fn layer(&self) -> &Layer {
        self.proved.layer()
    }

    fn subject(&self) -> Subject<'_> {
        Subject::new(&self.proved, self.bias, &self.instance, Extent::Full, BlockLines::Drawn)
    }
}

impl Checker {
    fn document(&mut self, document: &Document, told: &Told) {
        self.prose(&document.introduction.concat(), &mut told.known.clone());
        for section in &document.sections {
            self.steps(&section.steps, &told.known, &told.axes);
        }
    }
}

/// Small layers of either operation, in 1 to 3 dimensions, with all that a layer can have.
fn drawn(count: usize, seed: u64) -> impl Iterator<Item = (Layer, Dice)> {
    let mut dice = Dice::new(seed);
    let layer = move || loop {
        let operation = *dice.pick(&[Operation::Transposed, Operation::Transposed, Operation::Convolution]);
        let dimensions = dice.size(1..=3);
        let (longest, largest) = [(6, 4), (4, 3), (3, 2)][dimensions - 1];
        let axis = |dice: &mut Dice| {
            let (stride, dilation) = (dice.size(1..=3), dice.size(1..=2));
            let begin = dice.below(3);
            let end = if dice.once_in(3) { dice.below(3) } else { begin };
            let output_padding = if operation == Operation::Transposed { dice.below(stride.max(dilation)) } else { 0 };
            let plain = AxisSettings::new(dice.size(1..=longest), dice.size(1..=largest));
            AxisSettings { stride, dilation, padding: Padding { begin, end }, output_padding, ..plain }
        };
        let axes = if dice.once_in(2) {
            vec![axis(&mut dice); dimensions]
        } else {
            (0..dimensions).map(|_| axis(&mut dice)).collect()
        };
        let groups = dice.size(1..=2);
        let most = 3 - dimensions.min(2);
        let channels =
            ChannelSettings { input: groups * dice.size(1..=most), output: groups * dice.size(1..=most), groups };
        let channels = if dice.once_in(2) { channels } else { ChannelSettings::default() };
        if let Ok(layer) = Layer::new(operation, axes, channels)
            && layer.output_shape().iter().product::<usize>() <= 80
        {
            return (layer, Dice::new(dice.below(1 << 30) as u64));
        }
    };
    std::iter::repeat_with(layer).take(count)
}

/// Every chain in the documents that are made of drawn layers.
#[track_caller]
fn holds(count: usize, floor: usize, documents: impl Fn(&Told) -> Vec<Document>) {
    let mut checker = Checker::default();
    for (layer, mut dice) in drawn(count, 7) {
        let told = Told::new(layer, &mut dice);
        documents(&told).iter().for_each(|document| checker.document(document, &told));
    }
    checker.finish("documents of drawn layers", floor);
}

#[test]
fn every_chain_of_a_derivation_holds() {
    for (section, floor) in [("sizes", 300), ("product", 100), ("conv-form", 100), ("entries", 1000)] {
        let asked = DERIVATION.only(&[section]).expect("a section");
        holds(150, floor, |told| vec![asked.document(&told.subject(), &(), &TEMPLATES).unwrap()]);
    }
    holds(50, 1000, |told| vec![DERIVATION.whole().document(&told.subject(), &(), &TEMPLATES).unwrap()]);
}

#[test]
fn every_chain_of_an_explanation_holds_in_every_view() {
    for (section, floor) in [("answer", 500), ("distribution", 500), ("collection", 500), ("indices", 500)] {
        let asked = ENTRY.only(&[section]).expect("a section");
        holds(100, floor, |told| {
            let shape = told.layer().output_shape();
            let cells = shape.iter().product::<usize>();
            let entry = |flat: usize| asked.document(&told.subject(), &unravel(&shape, flat)[..], &TEMPLATES).unwrap();
            [0, cells / 2, cells - 1].map(entry).to_vec()
        });
    }
    holds(100, 1000, |told| vec![OUTPUT.whole().document(&told.subject(), &(), &TEMPLATES).unwrap()]);
    holds(100, 100, |told| match told.layer().operation() {
        Operation::Transposed => vec![BUFFERS.whole().document(&told.subject(), &(), &TEMPLATES).unwrap()],
        Operation::Convolution => Vec::new(),
    });
}

#[test]
fn every_chain_of_the_gradients_holds() {
    let whole = GRADIENTS.whole();
    holds(150, 3000, |told| {
        vec![whole.document(&told.subject(), &GradientEvidence::Differentiated, &TEMPLATES).unwrap()]
    });
}

#[test]
fn every_chain_of_a_diagnosis_holds_whatever_the_answer_is() {
    let mut checkers: [Checker; 3] = Default::default();
    for (layer, mut dice) in drawn(150, 7) {
        let told = Told::new(layer, &mut dice);
        let (x, w) = (told.given.input.as_ref().expect("given"), told.given.weight.as_ref().expect("given"));
        let right = told.instance.output.as_ref().expect("computed");
        let exact = |tensor: &Tensor<Rational>| tensor.map(|entry| ExactNumber::from(entry.clone()));
        let right = right.map(|entry| if let Number::Exact(entry) = entry { entry.clone() } else { panic!("exact") });
        // What wrong rules lead to, a tensor of every wrong size, and wrong numbers.
        let rational = |tensor: &Tensor<ExactNumber>| tensor.map(ExactNumber::to_rational);
        let outputs = Misconception::all()
            .filter_map(|wrong| wrong.output(told.layer(), &rational(x), &rational(w)))
            .map(|output| (0, output));
        let sized = SizeMisconception::all().filter_map(|wrong| wrong.size(told.layer())).map(|size| {
            let shape: Vec<usize> =
                std::iter::once(right.shape()[0]).chain(size.iter().map(|&extent| extent as usize)).collect();
            (1, Tensor::from_fn(&shape, |flat| integer(flat as i64)))
        });
        let wrong = (2, Tensor::from_fn(right.shape(), |flat| &right.entries()[flat] + integer(1)));
        for (which, answer) in outputs.chain(sized).chain([wrong]) {
            if answer.entries().len() > 200 {
                continue;
            }
            let bias = told.given.bias.as_ref();
            let found = diagnose(told.layer(), x, w, bias, &exact(&answer), &Budget::DEFAULT).expect("small");
            let document = diagnosed(&told.subject(), &found, &TEMPLATES).unwrap();
            checkers[which].document(&document, &told);
        }
    }
    let [outputs, sizes, numbers] = checkers;
    outputs.finish("answers by wrong rules", 1000);
    sizes.finish("answers of a wrong size", 500);
    numbers.finish("wrong numbers", 500);
}

/// The layer of a call in PyTorch that reads an input of a shape; a length that is not told is taken as long, and is
/// no letter then.
fn called(call: &str, input: Option<&[usize]>) -> Option<(Layer, Known, Axes)> {
    let (name, arguments) = call.split_once('(')?;
    let dimensions = name.chars().find(char::is_ascii_digit)?.to_digit(10)? as usize;
    let operation = if name.starts_with("ConvT") { Operation::Transposed } else { Operation::Convolution };
    let arguments = arguments.trim_end_matches(')').replace("), ", ");").replace(['(', ')'], "");
    let mut positional = Vec::new();
    let mut named = std::collections::HashMap::new();
    let mut last = None;
    // A comma within a tuple goes on with the argument before it.
    for piece in arguments.split([',', ';']).map(str::trim) {
        match (piece.split_once('='), &last) {
            (Some((name, value)), _) => {
                named.insert(name.to_owned(), vec![value.to_owned()]);
                last = Some(name.to_owned());
            }
            (None, Some(name)) => named.get_mut(name)?.push(piece.to_owned()),
            (None, None) => positional.push(piece.to_owned()),
        }
    }
    let numbers = |texts: &[String]| -> Option<Vec<usize>> { texts.iter().map(|text| text.parse().ok()).collect() };
    let positional = numbers(&positional)?;
    let along = |values: Vec<usize>, axis: usize| values.get(axis).or(values.first()).copied();
    let parameter = |name: &str, default: usize, axis: usize| match named.get(name) {
        Some(texts) => along(numbers(texts)?, axis),
        None => Some(default),
    };
    let axes: Option<Vec<AxisSettings>> = (0..dimensions)
        .map(|axis| {
            Some(AxisSettings {
                input: input.map_or(60, |shape| shape[axis + 1]),
                kernel: along(positional[2..].to_vec(), axis)?,
                stride: parameter("stride", 1, axis)?,
                padding: Padding::both(parameter("padding", 0, axis)?),
                dilation: parameter("dilation", 1, axis)?,
                output_padding: parameter("output_padding", 0, axis)?,
            })
        })
        .collect();
    let channels = ChannelSettings { input: positional[0], output: positional[1], groups: parameter("groups", 1, 0)? };
    let layer = Layer::new(operation, axes?, channels).ok()?;
    let (mut known, mut axes) = letters(&layer);
    if input.is_none() {
        for letter in ['m', 'n'] {
            known.forget(letter);
            axes.iter_mut().for_each(|(_, known)| known.forget(letter));
        }
    }
    Some((layer, known, axes))
}

/// What is known of an exercise: its layer's letters, its numbers, and one of its solutions at a time.
fn known_of(posed: &Posed) -> Vec<(Known, Axes)> {
    let About { layer: layer_called, data, .. } = posed.exercise.exercise().about();
    let shape = data.iter().find_map(|(name, datum)| match (*name, datum) {
        ("input_shape", Datum::Tuple(shape)) => Some(shape.iter().map(|&extent| extent as usize).collect()),
        ("input", Datum::Tensor(input)) => Some(input.shape().to_vec()),
        _ => None,
    });
    let Some((layer, mut known, axes)) = called(&layer_called, shape.as_deref()) else {
        panic!("{layer_called} is a call")
    };
    if posed.kind.id == "inverse" {
        // The sizes that are told, of which one may be looked for.
        let question: String =
            text_of_exercise(posed).question.iter().flat_map(|step| &step.claim).filter_map(text_of).collect();
        let (read, written) = if layer.operation() == Operation::Transposed { ('m', 'n') } else { ('n', 'm') };
        for (what, letter) in [("input of ", read), ("output of ", written)] {
            let told = ["length ", "size "].iter().find_map(|word| behind(&question, &format!("{what}{word}")));
            told.into_iter().for_each(|number| known.letter(letter, number as usize));
        }
    }
    let notation = Notation::of(&layer);
    for (name, datum) in &data {
        let Datum::Tensor(tensor) = datum else { continue };
        let numbers = tensor.map(|&entry| Number::from(entry));
        match *name {
            "input" => enter(&mut known, Some(&numbers), |flat| notation.input(flat)),
            "weight" => enter(&mut known, Some(&numbers), |flat| notation.weight(flat)),
            _ => {}
        }
    }
    let mut all = vec![(known, axes)];
    if let Answer::Solutions { unknowns, all: solutions } = posed.exercise.answer() {
        let known = all[0].0.clone();
        all = solutions
            .iter()
            .map(|solution| {
                let mut known = known.clone();
                for (unknown, value) in unknowns.iter().zip(solution) {
                    known.set(unknown, integer(*value));
                }
                (known, Axes::new())
            })
            .collect();
    }
    if posed.kind.id == "size" {
        // Sizes in letters are true for all of them; a whole period of every stride is tried.
        let of = |length: usize| {
            let (mut known, axes) = all[0].clone();
            ['a', 'h', 'w'].iter().for_each(|&letter| known.letter(letter, length));
            (known, axes)
        };
        all = (20..26).map(of).collect();
    }
    all
}

/// How the solutions are listed that are asked for.
fn solutions(text: &ExerciseText, answer: &Answer) -> Vec<Prose> {
    match answer {
        Answer::Solutions { .. } => vec![written(text, answer).claim],
        Answer::Parts(parts) => parts.iter().flat_map(|part| solutions(text, &part.answer)).collect(),
        _ => Vec::new(),
    }
}

fn text_of_exercise(posed: &Posed) -> ExerciseText {
    posed.exercise.text(&TEMPLATES).unwrap()
}

/// An answer as a step, with the labels of its own exercise.
fn written(text: &ExerciseText, answer: &Answer) -> Step {
    text.answer(answer, &TEMPLATES).unwrap()
}

fn exercise(checker: &mut Checker, posed: &Posed) {
    let text = text_of_exercise(posed);
    for (known, axes) in known_of(posed) {
        let (exercise, key) = (posed.exercise.exercise(), posed.exercise.key());
        let listed = written(&text, key);
        let mut solution = text.solution.clone();
        // All solutions are listed at the end, of which only one is known here.
        for list in solutions(&text, key) {
            let claims = solution.iter_mut().map(|step| &mut step.claim);
            claims.for_each(|claim| {
                if let Some(at) = claim.windows(list.len()).position(|pieces| *pieces == *list) {
                    claim.drain(at..at + list.len());
                }
            });
        }
        checker.steps(&text.question, &known, &axes);
        checker.steps(&solution, &known, &axes);
        checker.steps(&[listed], &Known::default(), &Axes::new());
        let wrong_answers = posed.exercise.wrong_answers();
        let said = text
            .hints
            .iter()
            .cloned()
            .chain(wrong_answers.iter().map(|wrong| text.feedback(wrong.misconception, &TEMPLATES).unwrap()));
        said.for_each(|prose| checker.prose(&prose, &mut known.clone()));
        for wrong in posed.exercise.wrong_answers() {
            checker.steps(&[written(&text, &exercise.offered(&wrong.answer))], &Known::default(), &Axes::new());
        }
    }
}

/// Sheets of every kind and level.
const SEEDS: u64 = 300;

#[test]
fn every_chain_of_every_kind_of_exercise_holds_at_every_level() {
    let mut verdicts = Vec::new();
    for kind in kinds::ALL {
        for level in Level::ALL {
            let settings = Settings {
                title: "Exercises".into(),
                kinds: vec![kind],
                count: 1,
                level,
                dimensions: None,
                points: None,
                asking: Asking::Open,
            };
            let mut checker = Checker::default();
            for seed in 0..SEEDS {
                let sheet = sheet(&settings, seed, &Recipient::Anybody).expect("drawn and confirmed");
                sheet.exercises().iter().for_each(|posed| exercise(&mut checker, posed));
            }
            // Half of what is read today: a reader or a kind that falls silent is noticed.
            let floor = match kind.id {
                "fill" | "true-false" => 80,
                "blocks" => 150,
                "gradients" | "mistake" | "framework" | "entry" => 250,
                "coverage" => 300,
                _ => 600,
            };
            verdicts.push(checker.verdict(&format!("{} at level {}", kind.id, level.number()), floor));
        }
    }
    let false_ones: Vec<String> = verdicts.into_iter().filter_map(Result::err).collect();
    assert!(false_ones.is_empty(), "{}", false_ones.join("\n"));
}

#[test]
fn a_false_chain_and_arithmetic_in_words_are_found() {
    let complaints = |claim: Vec<Inline>| {
        let mut checker = Checker::default();
        let mut known = Known::default();
        known.letter('s', 3);
        checker.steps(&[Step::text(claim)], &known, &Axes::new());
        (checker.compared, checker.complaints.len())
    };
    let row = |pieces: Vec<Math>| Inline::Math(Math::Row(pieces));
    let (equals, plus, less) = (Math::from(Relation::Equals), Math::from(Relation::Plus), Math::from(Relation::Less));
    let n = |number: usize| Math::from(number);
    assert_eq!(complaints(vec![row(vec![n(1), plus.clone(), n(1), equals.clone(), n(2)])]), (1, 0));
    assert_eq!(complaints(vec![row(vec![n(1), plus.clone(), n(1), equals.clone(), n(3)])]), (1, 1));
    assert_eq!(complaints(vec![row(vec![n(2), 's'.into(), equals.clone(), n(6)])]), (1, 0));
    assert_eq!(complaints(vec![row(vec![n(2), 's'.into(), equals.clone(), n(5)])]), (1, 1));
    assert_eq!(complaints(vec![row(vec![n(2), less.clone(), n(3)])]), (1, 0));
    assert_eq!(complaints(vec![row(vec![n(3), less, n(3)])]), (1, 1));
    assert_eq!(complaints(vec![row(vec![n(2), 's'.into()]), " = 6 cells".to_owned().into()]), (1, 0));
    assert_eq!(complaints(vec![row(vec![n(2), 's'.into()]), " = 7 cells".to_owned().into()]), (1, 1));
    assert_eq!(complaints(vec![row(vec![n(2), 's'.into()]), " is at most 5".to_owned().into()]), (1, 1));
    // What a letter is said to be holds for the rest of the paragraph.
    let stated = |value: usize| {
        vec![
            row(vec!['m'.into(), equals.clone(), n(4)]),
            ", so ".to_owned().into(),
            row(vec![n(2), 'm'.into(), equals.clone(), n(value)]),
        ]
    };
    assert_eq!((complaints(stated(8)), complaints(stated(9))), ((1, 0), (1, 1)));
    for hidden in ["so 2 + 3 is 5", "that is 2·3", "it = that", "half of 1 / 2"] {
        assert_eq!(complaints(vec![hidden.to_owned().into()]).1, 1, "{hidden}");
    }
    assert_eq!(complaints(vec!["a 1-D layer of size 3 × 4".to_owned().into()]), (0, 0));
}
