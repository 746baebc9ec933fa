//! What PyTorch says, this says: every layer of tests/data/pytorch.jsonl (made by scripts/pytorch_vectors.py), exactly.

mod common;

use convt_matrix::algebra::Rational;
use convt_matrix::eval::{Arithmetic, Case, Outcome, Values, evaluate, json};
use convt_matrix::geometry::Operation;
use convt_matrix::limits::Budget;
use num_bigint::BigInt;
use serde_json::{Map, Value};

struct Vector {
    line: String,
    expected: Map<String, Value>,
}

fn vectors() -> Vec<Vector> {
    let split = |line: &str| {
        let mut fields: Map<String, Value> = serde_json::from_str(line).unwrap();
        let Some(Value::Object(expected)) = fields.remove("expected") else { panic!("nothing is expected of {line}") };
        Vector { line: Value::Object(fields).to_string(), expected }
    };
    include_str!("data/pytorch.jsonl").lines().map(split).collect()
}

fn case(vector: &Vector) -> Case {
    json::read(&vector.line, &Budget::DEFAULT).1.unwrap_or_else(|error| panic!("{}: {error}", vector.line))
}

fn flat(json: &Value) -> Vec<Rational> {
    match json {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        number => vec![Rational::from_integer(number.as_i64().expect("vectors hold integers").into())],
    }
}

fn differs(values: &Values, expected: &Value) -> bool {
    values.to_rationals().unwrap().into_entries() != flat(expected)
}

/// The first thing that is not as expected.
fn difference(outcome: &Outcome, expected: &Map<String, Value>) -> Option<&'static str> {
    let shape: Vec<Rational> = outcome.output.shape().iter().map(|&n| Rational::from_integer(n.into())).collect();
    if shape != flat(&expected["shape"]) {
        return Some("shape");
    }
    if differs(&outcome.output, &expected["output"]) {
        return Some("output");
    }
    let Some(gradients) = &outcome.gradients else {
        return expected.contains_key("grad_input").then_some("gradients");
    };
    [("grad_input", &gradients.input), ("grad_weight", &gradients.weight), ("grad_bias", &gradients.bias)]
        .into_iter()
        .find_map(|(name, values)| differs(values, &expected[name]).then_some(name))
}

#[test]
fn the_library_gives_what_pytorch_gives_for_every_vector() {
    for vector in vectors() {
        let outcome = evaluate(&case(&vector), Arithmetic::Exact, &Budget::DEFAULT).unwrap();
        assert_eq!(difference(&outcome, &vector.expected), None, "{}", vector.line);
    }
}

#[test]
fn the_command_gives_what_pytorch_gives_for_every_vector() {
    let vectors = vectors();
    let lines: String = vectors.iter().map(|vector| vector.line.clone() + "\n").collect();
    for arguments in [&["eval"][..], &["eval", "--float"]] {
        let output = common::run_with_input(arguments, lines.as_bytes());
        assert!(output.status.success(), "{}", common::text(&output.stderr));
        let answers = String::from_utf8(output.stdout).unwrap();
        assert_eq!(answers.lines().count(), vectors.len());
        for (answer, vector) in answers.lines().zip(&vectors) {
            let mut answer: Map<String, Value> = serde_json::from_str(answer).unwrap();
            let asked: Map<String, Value> = serde_json::from_str(&vector.line).unwrap();
            assert_eq!(answer.remove("id"), asked.get("id").cloned());
            assert_eq!(answer.remove("agree"), Some(Value::Bool(true)));
            // Small integers are exact in floats too, but written with a point.
            if arguments.len() == 1 {
                assert_eq!(answer, vector.expected, "{}", vector.line);
            } else {
                let answer = Value::Object(answer).to_string().replace(".0", "");
                assert_eq!(answer, Value::Object(vector.expected.clone()).to_string(), "{}", vector.line);
            }
        }
    }
}

/// The tensor with every entry multiplied, as strings where the product is no integer.
fn scaled(json: &Value, factor: &Rational) -> Value {
    match json {
        Value::Array(items) => items.iter().map(|item| scaled(item, factor)).collect(),
        Value::Null => Value::Null,
        number => Value::String((Rational::from_integer(number.as_i64().unwrap().into()) * factor).to_string()),
    }
}

#[test]
fn the_vectors_hold_over_long_integers_and_fractions_too() {
    let power = |exponent: u32| BigInt::from(10).pow(exponent);
    let factors = [
        (Rational::from_integer(power(17)), Rational::from_integer(power(25)), Rational::from_integer(power(9))),
        (Rational::new(1.into(), 3.into()), Rational::from_integer(7.into()), Rational::new(5.into(), 14.into())),
        (Rational::new(power(30), 7.into()), Rational::new(2.into(), power(30)), Rational::new(1.into(), power(12))),
    ];
    for vector in vectors() {
        for (x, w, g) in &factors {
            let mut fields: Map<String, Value> = serde_json::from_str(&vector.line).unwrap();
            let factor = [("input", x.clone()), ("weight", w.clone()), ("bias", x * w), ("grad_output", g.clone())];
            for (name, factor) in factor {
                if let Some(json) = fields.get_mut(name) {
                    *json = scaled(json, &factor);
                }
            }
            let line = Value::Object(fields).to_string();
            let outcome =
                evaluate(&json::read(&line, &Budget::DEFAULT).1.unwrap(), Arithmetic::Exact, &Budget::DEFAULT).unwrap();
            let same = |values: &Values, expected: &str, factor: Rational| {
                let expected: Vec<_> = flat(&vector.expected[expected]).iter().map(|entry| entry * &factor).collect();
                assert_eq!(values.to_rationals().unwrap().entries(), expected, "{line}");
            };
            same(&outcome.output, "output", x * w);
            if let Some(gradients) = &outcome.gradients {
                same(&gradients.input, "grad_input", w * g);
                same(&gradients.weight, "grad_weight", x * g);
                same(&gradients.bias, "grad_bias", g.clone());
            }
        }
    }
}

#[test]
fn one_wrong_digit_would_be_noticed() {
    let mut spoilt = 0;
    for vector in vectors() {
        let outcome = evaluate(&case(&vector), Arithmetic::Exact, &Budget::DEFAULT).unwrap();
        for name in ["output", "grad_input", "grad_weight", "grad_bias"] {
            let mut expected = vector.expected.clone();
            let Some(mut entry) = expected.get_mut(name) else { continue };
            while entry.is_array() {
                entry = entry.as_array_mut().unwrap().last_mut().unwrap();
            }
            *entry = (entry.as_i64().unwrap() + 1).into();
            assert_eq!(difference(&outcome, &expected), Some(name));
            spoilt += 1;
        }
    }
    assert!(spoilt > 2_000, "only {spoilt}");
}

#[test]
fn the_vectors_cover_what_is_easily_got_wrong() {
    let cases: Vec<Case> = vectors().iter().map(case).collect();
    assert!(cases.len() >= 500);
    let count = |kind: &str, enough: usize, holds: &dyn Fn(&Case) -> bool| {
        let found = cases.iter().filter(|case| holds(case)).count();
        assert!(found >= enough, "{kind}: only {found}");
    };
    let transposed = |case: &Case| case.layer().operation() == Operation::Transposed;
    for dimensions in 1..=3 {
        count("transposed", 100, &|case| transposed(case) && case.layer().dimensions() == dimensions);
        count("convolution", 100, &|case| !transposed(case) && case.layer().dimensions() == dimensions);
        count("with gradients", 100, &|case| {
            case.layer().dimensions() == dimensions && case.operands().grad_output.is_some()
        });
    }
    let any_axis = |case: &Case, holds: &dyn Fn(&convt_matrix::geometry::AxisSettings) -> bool| {
        case.layer().settings().iter().any(holds)
    };
    count("groups", 90, &|case| case.layer().geometry().channels().groups() > 1);
    count("bias", 200, &|case| case.operands().bias.is_some());
    count("batch", 200, &|case| case.operands().input.shape().len() > case.layer().dimensions() + 1);
    count("anisotropic", 200, &|case| case.layer().settings().windows(2).any(|axes| axes[0].stride != axes[1].stride));
    count("output padding and dilation", 60, &|case| any_axis(case, &|a| a.output_padding > 0 && a.dilation > 1));
    count("output padding beyond the stride", 40, &|case| any_axis(case, &|a| a.output_padding >= a.stride));
    count("padding beyond the kernel", 60, &|case| {
        transposed(case) && any_axis(case, &|a| a.padding.begin > a.dilation * (a.kernel - 1))
    });
    count("stride beyond the kernel", 60, &|case| any_axis(case, &|a| a.stride > a.kernel));
    count("different paddings", 60, &|case| any_axis(case, &|a| a.padding.begin != a.padding.end));
    count("unread cells", 20, &|case| {
        !transposed(case) && case.layer().geometry().axes().iter().any(|axis| axis.crop_end() < 0)
    });
}
