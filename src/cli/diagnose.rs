//! `diagnose`: which wrong rule leads to an answer, or what is wrong with it.

use super::args::DiagnoseArgs;
use super::document::Manner;
use super::error::CliError;
use super::output::Destination;
use convt_matrix::algebra::{Rational, SmallIntegers};
use convt_matrix::data::Literal;
use convt_matrix::doc::Subject;
use convt_matrix::doc::diagnosis::diagnosed;
use convt_matrix::doc::rules::{RuleText, Setting, plain};
use convt_matrix::geometry::Layer;
use convt_matrix::instance::Given;
use convt_matrix::limits;
use convt_matrix::misconception::NamedRule;
use convt_matrix::misconception::{Diagnosis, Observation, Reach, Verdict, WrongRule as _, diagnose};
use convt_matrix::render::TextShown;
use convt_matrix::render::{TemplateError, Templates};
use convt_matrix::tensor::Tensor;
use serde_json::{Value, json};

pub(super) fn run(args: &DiagnoseArgs) -> Result<(), CliError> {
    super::numbers::refuse_unused(&[("--grad-output", &args.subject.data.grad_output)], "diagnose")?;
    if args.subject.data.float {
        return Err(CliError::usage("--float: an answer is compared exactly", "leave it out"));
    }
    for (flag, given) in [("--input", &args.subject.data.input), ("--weight", &args.subject.data.weight)] {
        if given.is_none() {
            return Err(CliError::usage(
                format!("{flag} is missing: the answer is compared with the output, which takes all numbers"),
                format!("give the numbers of the question, such as {flag} '1 2 3'"),
            ));
        }
    }
    let answer = Literal::parse(&args.answer, SmallIntegers::stream(args.subject.data.seed, 4));
    let answer = answer.map_err(|error| error.about("--answer"))?;
    let budget = args.limits.budget();
    let (parsed, mut given) = super::numbers::read(&args.subject, &budget)?;
    let layer = &parsed.layer;
    budget.check("diagnosing an answer", limits::diagnosis(layer))?;
    if let Some(count) = answer.count() {
        Given::check_count(4 * count as u128, &budget)?;
    }
    let answer = answer.as_it_is(&layer.output_shape(), "--answer")?;
    let manner = Manner::of(&args.output)?;
    let model = super::layer::model(layer, &budget)?;
    let destination = if args.json { Destination::open(args.output.path.as_deref())? } else { manner.open()? };
    let proved = model.prove_within(&budget)?;
    super::numbers::take_missing_bias_as_0(&parsed, &mut given);
    let instance = super::numbers::instance(&args.subject.data, &parsed, given.clone(), proved.taps(), &budget)?;
    let (Some(x), Some(w)) = (&given.input, &given.weight) else { unreachable!("both were given") };
    let diagnosis = diagnose(layer, x, w, given.bias.as_ref(), &answer, &budget)?;
    let text = if args.json {
        let answer = manner.texts.checked(as_json(&diagnosis, layer, &manner.texts))?;
        let answer = serde_json::to_string_pretty(&answer).expect("plain data");
        answer + "\n"
    } else {
        let subject = Subject::new(&proved, parsed.bias, &instance, manner.extent, manner.lines);
        let document = manner.texts.checked(diagnosed(&subject, &diagnosis, &manner.texts))?;
        manner.write(&document, TextShown::All)?
    };
    destination.finish(text.as_bytes())?;
    if diagnosis.is_right() { Ok(()) } else { Err(CliError::WrongAnswer) }
}

fn as_json(diagnosis: &Diagnosis, layer: &Layer, templates: &Templates) -> Result<Value, TemplateError> {
    let numbers = |tensor: &Tensor<Rational>| tensor.entries().iter().map(ToString::to_string).collect::<Vec<_>>();
    let told = |rule: NamedRule| {
        let text = RuleText::of(rule, Setting::of(layer), templates)?;
        Ok::<_, TemplateError>(
            json!({ "name": rule.name(), "rule": plain(&text.rule), "feedback": plain(&text.feedback) }),
        )
    };
    let always = |reach: Reach| reach == Reach::AllNumbers;
    let mut said = match &diagnosis.verdict {
        Verdict::Right { undetected } => json!({
            "verdict": "right",
            "undetected": undetected
                .iter()
                .map(|rule| json!({ "name": rule.misconception.name(), "for_all_numbers": always(rule.coincides) }))
                .collect::<Vec<_>>(),
        }),
        Verdict::Followed { rules, coincide } => json!({
            "verdict": "wrong rule",
            "misconceptions": rules
                .iter()
                .map(|followed| {
                    let mut said = told(followed.misconception.into())?;
                    said["first_difference"] = followed.parting.as_ref().map_or(Value::Null, |parting| json!({
                        "index": parting.index,
                        "right": parting.right.0.to_string(),
                        "wrong": parting.wrong.as_ref().map(|(value, _)| value.to_string()),
                    }));
                    Ok(said)
                })
                .collect::<Result<Vec<_>, TemplateError>>()?,
            "coincide_for_all_numbers": always(*coincide),
        }),
        Verdict::WrongShape { sizes, outputs } => json!({
            "verdict": "wrong shape",
            "size_misconceptions": sizes
                .iter()
                .map(|&size| told(size.into()))
                .collect::<Result<Vec<_>, _>>()?,
            "misconceptions_of_this_shape": outputs.iter().map(|rule| rule.name()).collect::<Vec<_>>(),
        }),
        Verdict::WrongEntries { wrong } => json!({
            "verdict": "wrong entries",
            "wrong": wrong.iter().map(|&flat| diagnosis.right.index_of(flat)).collect::<Vec<_>>(),
        }),
    };
    let seen = |observation: &Observation| match observation {
        Observation::SignsReversed => "signs reversed",
        Observation::Transposed => "transposed",
    };
    said["observations"] = json!(diagnosis.observations().iter().map(seen).collect::<Vec<_>>());
    said["shape"] = json!(diagnosis.right.shape());
    said["output"] = json!(numbers(&diagnosis.right));
    said["answer_shape"] = json!(diagnosis.answer.shape());
    said["answer"] = json!(numbers(&diagnosis.answer));
    Ok(said)
}
