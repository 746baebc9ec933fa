//! The format of a result, for every command: the one that a flag names, else the file's extension, else the usual one.

use super::args::{FormatArgs, ReportFormatArgs, SheetFormatArgs};
use super::error::CliError;
use super::output::{file_of, refuse_folder};
use convt_matrix::wording::printable_path;
use std::path::Path;

/// A format as it is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FormatName {
    Latex,
    Article,
    Standalone,
    Markdown,
    Text,
    Json,
    Csv,
}

use FormatName::*;

impl FormatName {
    fn flag(self) -> &'static str {
        match self {
            Latex => "--latex",
            Article => "--article",
            Standalone => "--standalone",
            Markdown => "--markdown",
            Text => "--text",
            Json => "--json",
            Csv => "--csv",
        }
    }

    /// The extensions that mean the format, the one to recommend first.
    fn extensions(self) -> &'static [&'static str] {
        match self {
            Latex => &["tex"],
            Markdown => &["md", "markdown"],
            Text => &["txt"],
            Json => &["json"],
            Csv => &["csv"],
            Article | Standalone => &[],
        }
    }
}

/// The format flags of a command.
pub(super) trait FormatFlags {
    /// The formats of the command that a message names, and for each whether its flag is there.
    fn flags(&self) -> Vec<(FormatName, bool)>;

    /// The format that is asked for; where neither a flag nor a file says it, the usual one.
    fn format_of(&self, output: Option<&Path>, usual: FormatName) -> Result<FormatName, CliError> {
        let flags = self.flags();
        if let Some((format, _)) = flags.iter().find(|(_, is_there)| *is_there) {
            return Ok(*format);
        }
        let formats = || flags.iter().map(|(format, _)| *format);
        let extensions = formats().filter_map(|format| format.extensions().first().map(|name| format!(".{name}")));
        // A file that compiles is a wish of its own.
        let flags = formats().filter(|&format| format != Standalone).map(|format| format.flag().to_owned());
        let remedy = format!("use {}, or say {}", either(extensions), either(flags));
        let names = formats().flat_map(|format| format.extensions().iter().map(move |&name| (name, format)));
        Ok(named_by_extension(output, names, &remedy)?.unwrap_or(usual))
    }
}

/// The format that the extension of the file names, in capitals or not; none if the result goes to stdout.
pub(super) fn named_by_extension<F>(
    path: Option<&Path>,
    formats: impl IntoIterator<Item = (&'static str, F)>,
    remedy: &str,
) -> Result<Option<F>, CliError> {
    let Some(path) = file_of(path) else { return Ok(None) };
    refuse_folder(path)?;
    let extension = path.extension().and_then(|extension| extension.to_str()).map(str::to_lowercase);
    match formats.into_iter().find(|(name, _)| Some(*name) == extension.as_deref()) {
        Some((_, format)) => Ok(Some(format)),
        None => {
            Err(CliError::usage(format!("--output {}: the extension names no format", printable_path(path)), remedy))
        }
    }
}

/// `a, b or c`.
fn either(names: impl Iterator<Item = String>) -> String {
    let names: Vec<String> = names.collect();
    let (last, others) = names.split_last().expect("every command has a format");
    format!("{} or {last}", others.join(", "))
}

impl FormatFlags for FormatArgs {
    fn flags(&self) -> Vec<(FormatName, bool)> {
        vec![(Latex, self.latex), (Standalone, self.standalone), (Markdown, self.markdown), (Text, self.text)]
    }
}

impl FormatFlags for ReportFormatArgs {
    fn flags(&self) -> Vec<(FormatName, bool)> {
        let Self { latex, markdown, json, csv, text } = *self;
        vec![(Latex, latex), (Markdown, markdown), (Text, text), (Json, json), (Csv, csv)]
    }
}

impl FormatFlags for SheetFormatArgs {
    fn flags(&self) -> Vec<(FormatName, bool)> {
        let Self { latex, article, markdown, text, json } = *self;
        vec![(Latex, latex), (Article, article), (Markdown, markdown), (Text, text), (Json, json)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn flags() -> ReportFormatArgs {
        ReportFormatArgs { latex: false, markdown: false, json: false, csv: false, text: false }
    }

    #[test]
    fn a_flag_goes_before_the_extension_and_the_extension_before_the_usual() {
        let of = |flags: &ReportFormatArgs, path: &str| flags.format_of(Some(Path::new(path)), Text).ok();
        assert_eq!(of(&ReportFormatArgs { csv: true, ..flags() }, "report.json"), Some(Csv));
        assert_eq!(of(&flags(), "report.JSON"), Some(Json));
        assert_eq!(of(&flags(), "-"), Some(Text));
        assert_eq!(flags().format_of(None, Markdown).ok(), Some(Markdown));
    }

    #[test]
    fn an_extension_that_means_nothing_is_refused_with_those_that_do() {
        let refused = flags().format_of(Some(Path::new("report.pdf")), Text).unwrap_err().to_string();
        assert!(refused.contains("report.pdf: the extension names no format"), "{refused}");
        let remedy = "use .tex, .md, .txt, .json or .csv, or say --latex, --markdown, --text, --json or --csv";
        assert!(refused.contains(remedy), "{refused}");
        assert!(flags().format_of(Some(Path::new("report")), Text).is_err());
        // What another command writes is none here.
        let documents = FormatArgs { latex: false, standalone: false, markdown: false, text: false };
        assert!(documents.format_of(Some(Path::new("a.json")), Text).is_err());
    }
}
