//! Answers as lines of JSON.

use super::Id;
use crate::eval::{EvalError, Outcome, Values};
use crate::wording::printable_lines;
use std::fmt::Write as _;

/// The answer to a line, without a line break: the outcome, or why there is none.
#[must_use]
pub fn write(id: &Id, result: &Result<Outcome, EvalError>) -> String {
    let mut line = format!("{{\"id\":{}", id.as_json());
    match result {
        Ok(outcome) => {
            let extents: Vec<String> = outcome.output.shape().iter().map(usize::to_string).collect();
            push(&mut line, format_args!(",\"shape\":[{}],\"output\":", extents.join(",")));
            values(&mut line, &outcome.output);
            line.push_str(",\"agree\":true");
            if let Some(gradients) = &outcome.gradients {
                for (name, gradient) in
                    [("input", &gradients.input), ("weight", &gradients.weight), ("bias", &gradients.bias)]
                {
                    push(&mut line, format_args!(",\"grad_{name}\":"));
                    values(&mut line, gradient);
                }
            }
        }
        Err(error) => {
            if error.is_disagreement() {
                line.push_str(",\"agree\":false");
            }
            line.push_str(",\"error\":");
            line.push_str(&serde_json::Value::from(printable_lines(&error.to_string())).to_string());
        }
    }
    line.push('}');
    without_control_characters(line)
}

/// JSON may have control characters beyond ASCII as they are; a terminal would obey them. They stand in strings only,
/// where escapes mean the same.
fn without_control_characters(line: String) -> String {
    if !line.contains(char::is_control) {
        return line;
    }
    line.chars().fold(String::with_capacity(line.len() + 8), |mut escaped, character| {
        if character.is_control() {
            push(&mut escaped, format_args!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
        escaped
    })
}

/// Writing into a `String` cannot fail.
fn push(line: &mut String, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("a string takes what it is given");
}

fn values(line: &mut String, values: &Values) {
    match values {
        Values::Integers(tensor) => tensor.write_nested(line, ",", |line, entry| push(line, format_args!("{entry}"))),
        Values::Long(tensor) => tensor.write_nested(line, ",", |line, entry| push(line, format_args!("{entry}"))),
        Values::Fractions(tensor) => tensor.write_nested(line, ",", |line, entry| match entry.is_integer() {
            true => push(line, format_args!("{}", entry.numer())),
            false => push(line, format_args!("\"{entry}\"")),
        }),
        // The shortest digits that read back as the same float; always with a point or an exponent.
        Values::Floats(tensor) => tensor.write_nested(line, ",", |line, entry| push(line, format_args!("{entry:?}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::algebra::Rational;
    use crate::exact::ExactError;
    use crate::proof::{Counterexample, Difference, Quantity};
    use crate::tensor::Tensor;

    fn written(output: Values) -> String {
        write(&Id::null(), &Ok(Outcome { output, gradients: None }))
    }

    #[test]
    fn lists_nest_as_the_shape_says() {
        let tensor = Tensor::from_fn(&[2, 1, 3], |flat| flat as i64 - 1);
        assert_eq!(
            written(Values::Integers(tensor)),
            r#"{"id":null,"shape":[2,1,3],"output":[[[-1,0,1]],[[2,3,4]]],"agree":true}"#
        );
    }

    #[test]
    fn floats_read_back_as_themselves() {
        let floats = [0.1, 3.0, -0.0, 1e300, 5e-324, 1.0 / 3.0, 123_456_789.0];
        let line = written(Values::Floats(Tensor::new(vec![7], floats.to_vec())));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        for (found, expected) in json["output"].as_array().unwrap().iter().zip(floats) {
            assert_eq!(found.as_f64().unwrap().to_bits(), expected.to_bits());
        }
        assert!(line.contains("3.0,-0.0,1e300,5e-324"), "{line}");
    }

    #[test]
    fn fractions_are_strings_and_their_integers_are_not() {
        let fractions = [Rational::new(1.into(), 3.into()), Rational::from_integer((-4).into())];
        let line = written(Values::Fractions(Tensor::new(vec![2], fractions.to_vec())));
        assert!(line.contains(r#""output":["1/3",-4]"#), "{line}");
    }

    #[test]
    fn a_disagreement_says_so_beside_its_message() {
        let counterexample = Counterexample {
            expected_by: "one road",
            found_by: "other road",
            quantity: Quantity::WeightGradient,
            difference: Difference::Entry { index: vec![0, 1], left: "2".into(), right: "3".into() },
        };
        let error = EvalError::from(ExactError::Disagreement { sample: 4, counterexample: Box::new(counterexample) });
        let line = write(&Id::null(), &Err(error));
        let json: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(json["agree"], false);
        let message = json["error"].as_str().unwrap();
        assert!(message.contains("sample 4") && message.contains("[0, 1] of the weight gradient"), "{message}");
    }

    #[test]
    fn a_message_is_escaped() {
        let error = EvalError::Syntax("a \"quoted\"\nline".into());
        assert_eq!(write(&Id::null(), &Err(error)), r#"{"id":null,"error":"a \"quoted\"\nline"}"#);
    }
}
