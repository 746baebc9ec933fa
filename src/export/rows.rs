//! A sweep as comma-separated values: one row for every configuration.

use crate::geometry::{AxisSettings, ChannelSettings};
use crate::sweep::report::operation_name;
use crate::sweep::{Check, Checks, Configuration, Examined, Outcome};
use crate::wording::per_axis;
use csv::Writer;

/// The columns before those of the checks.
const COLUMNS: &str = "operation,in,kernel_size,stride,padding,dilation,output_padding,in_channels,out_channels,groups,\
                       status,reason,taps,outputs";

/// The names of the columns, with the end of the line. Those of the checks begin with `check_`: `taps` is a count, too.
#[must_use]
pub fn header(checks: Checks) -> String {
    let checks = checks.iter().map(|check| format!("check_{}", check.name()));
    written(|writer| writer.write_record(COLUMNS.split(',').map(str::to_owned).chain(checks)))
}

/// Configurations, each with the end of its line. Numbers of several axes have an `x` between; the status is `holds`,
/// `fails`, `interrupted` or `impossible` (then the reason is the rule that is broken); each check `holds`, `fails` or is
/// empty.
#[must_use]
pub fn rows(run: &[(Configuration, Outcome)], checks: Checks) -> String {
    written(|writer| run.iter().try_for_each(|(layer, outcome)| row(writer, layer, outcome, checks)))
}

fn written(write: impl FnOnce(&mut Writer<Vec<u8>>) -> csv::Result<()>) -> String {
    let mut writer = Writer::from_writer(Vec::new());
    write(&mut writer).expect("every row has its columns, and memory takes everything");
    let bytes = writer.into_inner().expect("memory takes everything");
    String::from_utf8(bytes).expect("text is written")
}

fn row(
    writer: &mut Writer<Vec<u8>>,
    configuration: &Configuration,
    outcome: &Outcome,
    checks: Checks,
) -> csv::Result<()> {
    let Configuration { operation, axes, channels: ChannelSettings { input, output, groups } } = configuration;
    let each = |number: fn(&AxisSettings) -> usize| per_axis(&axes.iter().map(number).collect::<Vec<_>>());
    writer.write_field(operation_name(*operation))?;
    for cell in [
        each(|axis| axis.input),
        each(|axis| axis.kernel),
        each(|axis| axis.stride),
        per_axis(&axes.iter().map(|axis| axis.padding).collect::<Vec<_>>()),
        each(|axis| axis.dilation),
        each(|axis| axis.output_padding),
    ] {
        writer.write_field(cell)?;
    }
    for number in [input, output, groups] {
        writer.write_field(number.to_string())?;
    }
    let (status, reason, [taps, outputs]) = match outcome {
        Outcome::Illegal(rule) => ("impossible", rule.broken(), [const { String::new() }; 2]),
        Outcome::Examined(examined) => {
            (status(examined), "", [examined.taps.to_string(), examined.outputs.to_string()])
        }
    };
    for cell in [status, reason, &taps, &outputs] {
        writer.write_field(cell)?;
    }
    for check in checks.iter() {
        writer.write_field(match outcome {
            Outcome::Illegal(_) => "",
            Outcome::Examined(examined) => verdict(examined, check),
        })?;
    }
    writer.write_record(None::<&[u8]>)
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
