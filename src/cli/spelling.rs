//! Layers and their parameters as flags, and the command that shows a failure again.

use convt_matrix::doc::rules::{RuleText, Setting, plain};
use convt_matrix::geometry::{AxisSettings, ChannelSettings, Operation, Padding, Parameter};
use convt_matrix::misconception::Misconception;
use convt_matrix::proof::Fault;
use convt_matrix::render::{TemplateError, Templates};
use convt_matrix::sweep::report::Spelling;
use convt_matrix::sweep::{Check, Configuration, Failure, Question};
use convt_matrix::wording::per_axis;

/// The flag of a parameter.
pub(super) fn flag(parameter: Parameter) -> &'static str {
    match parameter {
        Parameter::Input => "--in",
        Parameter::Kernel => "--kernel-size",
        Parameter::Stride => "--stride",
        Parameter::Padding => "--padding",
        Parameter::Dilation => "--dilation",
        Parameter::OutputPadding => "--output-padding",
        Parameter::InChannels => "--in-channels",
        Parameter::OutChannels => "--out-channels",
        Parameter::Groups => "--groups",
    }
}

/// A sweep in the words of the command line and of a language.
pub(super) struct Flags<'a>(pub(super) &'a Templates);

impl Spelling for Flags<'_> {
    type Error = TemplateError;

    fn statement(&self, check: Check) -> Result<String, TemplateError> {
        self.0.word(&format!("check {}", check.name()))
    }

    fn rule(&self, fault: Fault) -> Result<String, TemplateError> {
        Ok(plain(&RuleText::of(Misconception::Planted(fault), Setting::default(), self.0)?.rule))
    }

    fn parameter(&self, parameter: Parameter) -> &'static str {
        flag(parameter)
    }

    fn layer(&self, layer: &Configuration) -> String {
        let axes = &layer.axes;
        let mut flags: Vec<String> = Vec::new();
        if layer.operation == Operation::Convolution {
            flags.push("--conv".into());
        }
        for (flag, number, default) in NUMBERS {
            let values: Vec<usize> = axes.iter().map(number).collect();
            if values.iter().any(|&value| Some(value) != *default) {
                flags.push(format!("{flag} {}", per_axis(&values)));
            }
        }
        if axes.len() == 1 {
            // One size would be taken for both axes of a plane.
            flags.push("--dims 1".into());
        }
        if axes.iter().any(|axis| axis.padding != Padding::default()) {
            let paddings: Vec<Padding> = axes.iter().map(|axis| axis.padding).collect();
            flags.push(format!("--padding {}", per_axis(&paddings)));
        }
        let ChannelSettings { input, output, groups } = layer.channels;
        for (flag, number) in [("--in-channels", input), ("--out-channels", output), ("--groups", groups)] {
            if number != 1 {
                flags.push(format!("{flag} {number}"));
            }
        }
        flags.join(" ")
    }

    fn again(&self, failure: &Failure, question: Question) -> String {
        let checks: Vec<&'static str> = failure.failed.iter().map(Check::name).collect();
        let layer = self.layer(&failure.shrunk);
        let mut command = format!("convt-matrix verify {layer} --checks {}", checks.join(","));
        if let Some(fault) = question.plant {
            command += &format!(" --plant {}", fault.name());
        }
        if failure.failed.contains(Check::Sample) {
            command += &format!(" --seed {}", question.seed);
        }
        command
    }
}

/// The numbers of an axis with their flags and defaults.
type Number = (&'static str, fn(&AxisSettings) -> usize, Option<usize>);

const NUMBERS: &[Number] = &[
    ("--in", |axis| axis.input, None),
    ("--k", |axis| axis.kernel, None),
    ("--stride", |axis| axis.stride, Some(1)),
    ("--dilation", |axis| axis.dilation, Some(1)),
    ("--output-padding", |axis| axis.output_padding, Some(0)),
];
