//! A sweep as comma-separated values: one row for every configuration.

use crate::geometry::{AxisSettings, ChannelSettings};
use crate::sweep::report::{operation_name, per_axis};
use crate::sweep::{Check, Checks, Configuration, Examined, Outcome};

/// The names of the columns, with the end of the line. Those of the checks begin with `check_`: `taps` is a count, too.
#[must_use]
pub fn header(checks: Checks) -> String {
    let fixed = "operation,in,kernel_size,stride,padding,dilation,output_padding,in_channels,out_channels,groups,\
                 status,reason,taps,outputs";
    let names: String = checks.iter().map(|check| format!(",check_{}", check.name())).collect();
    format!("{fixed}{names}\n")
}

/// One configuration, with the end of the line. Numbers of several axes have an `x` between; the status is `holds`,
/// `fails` or `impossible` (then the reason is the rule that is broken); each check `holds`, `fails` or is empty.
#[must_use]
pub fn row(configuration: &Configuration, outcome: &Outcome, checks: Checks) -> String {
    let Configuration { operation, axes, channels: ChannelSettings { input, output, groups } } = configuration;
    let each = |number: fn(&AxisSettings) -> usize| per_axis(&axes.iter().map(number).collect::<Vec<_>>());
    let mut cells = vec![
        operation_name(*operation).to_owned(),
        each(|axis| axis.input),
        each(|axis| axis.kernel),
        each(|axis| axis.stride),
        per_axis(&axes.iter().map(|axis| axis.padding).collect::<Vec<_>>()),
        each(|axis| axis.dilation),
        each(|axis| axis.output_padding),
    ];
    cells.extend([input, output, groups].map(ToString::to_string));
    match outcome {
        Outcome::Illegal(rule) => {
            cells.extend(["impossible".to_owned(), quoted(rule.broken()), String::new(), String::new()]);
            cells.extend(checks.iter().map(|_| String::new()));
        }
        Outcome::Examined(examined) => {
            cells.push(status(examined).to_owned());
            cells.extend([String::new(), examined.taps.to_string(), examined.outputs.to_string()]);
            cells.extend(checks.iter().map(|check| verdict(examined, check).to_owned()));
        }
    }
    cells.join(",") + "\n"
}

/// Commas are part of what is in quotes.
fn quoted(words: &str) -> String {
    if words.contains(',') { format!("\"{words}\"") } else { words.to_owned() }
}

fn status(examined: &Examined) -> &'static str {
    match (examined.failed.is_empty(), examined.is_interrupted) {
        (false, _) => "fails",
        (true, true) => "interrupted",
        (true, false) => "holds",
    }
}

fn verdict(examined: &Examined, check: Check) -> &'static str {
    match (examined.held.contains(check), examined.failed.contains(check)) {
        (true, _) => "holds",
        (_, true) => "fails",
        _ => "",
    }
}
