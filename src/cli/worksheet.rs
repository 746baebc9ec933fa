//! `worksheet`: exercises with proved keys, one sheet or one for every student.

mod folder;
mod manifest;
mod roster;
mod stems;

use super::args::WorksheetArgs;
use super::error::CliError;
use super::format::{FormatFlags as _, FormatName};
use super::notes::note;
use super::output::Destination;
use super::texts::Texts;
use convt_matrix::render::pdflatex_sets;
use convt_matrix::render::worksheet::{Edition, Hints, SheetFormat, SheetWriter};
use convt_matrix::worksheet::{Asking, Level, Recipient, Settings, Sheet, SheetError, kinds, sheet};
use manifest::Manifest;

/// The flag of a manifest.
const FROM_MANIFEST: &str = "--from-manifest";
/// Of the names that pdflatex cannot set, so many are told.
const NAMES_TOLD: usize = 20;

/// What is drawn: the settings, the seed of the course, and for whom.
struct Course {
    settings: Settings,
    seed: u64,
    recipients: Vec<Recipient>,
    /// The flag that says for whom.
    told_by: &'static str,
}

impl Course {
    /// The sheet of a recipient. The settings of a manifest cannot be changed by flags.
    fn sheet(&self, recipient: &Recipient) -> Result<Sheet, CliError> {
        sheet(&self.settings, self.seed, recipient).map_err(|error| match error {
            SheetError::NothingNew { .. } if self.told_by == FROM_MANIFEST => {
                CliError::usage(format!("{FROM_MANIFEST}: {error}"), "take the manifest as it was written")
            }
            error => error.into(),
        })
    }
}

pub(super) fn run(args: &WorksheetArgs) -> Result<(), CliError> {
    let texts = Texts::of(&args.texts)?;
    let course = match &args.from_manifest {
        Some(path) => Manifest::read(path)?.course(path)?,
        None => course(args, &texts)?,
    };
    let many = !matches!(course.recipients[..], [Recipient::Anybody]);
    let usual = if many { FormatName::Latex } else { FormatName::Text };
    let format = match args.format.format_of(args.path.as_deref().filter(|_| !many), usual)? {
        FormatName::Latex => SheetFormat::Exam,
        FormatName::Article => SheetFormat::Article,
        FormatName::Markdown => SheetFormat::Markdown,
        FormatName::Json => SheetFormat::Json,
        _ => SheetFormat::Text,
    };
    if format == SheetFormat::Json && (args.key || args.solutions || args.hints) {
        return Err(CliError::usage(
            "--json has the answers, the solutions and the hints in any case",
            "leave --key, --solutions and --hints out",
        ));
    }
    let writer = |edition: Edition| {
        let hints = if args.hints { Hints::Shown } else { Hints::Hidden };
        texts.checked(SheetWriter::new(format, edition, hints, &texts))
    };
    let edition = match (args.key, args.solutions) {
        (true, _) => Some(Edition::Key),
        (_, true) => Some(Edition::Solutions),
        _ => None,
    };
    if matches!(format, SheetFormat::Exam | SheetFormat::Article) {
        tell_what_pdflatex_cannot_set(&course);
    }
    if many {
        let editions = match (edition, format) {
            (_, SheetFormat::Json) => vec![("sheet", writer(Edition::Student)?)],
            (Some(edition), _) => vec![("key", writer(edition)?)],
            (None, _) => vec![("sheet", writer(Edition::Student)?), ("key", writer(Edition::Solutions)?)],
        };
        return folder::write(&course, &editions, format, args, &texts);
    }
    let writer = writer(edition.unwrap_or(Edition::Student))?;
    let destination = Destination::open(args.path.as_deref())?;
    let sheet = course.sheet(&Recipient::Anybody)?;
    let told = texts.checked(sheet.told(&texts))?;
    destination.finish(texts.checked(writer.write(&told))?.as_bytes())
}

/// Names are asked of nobody in Latin letters, but pdflatex sets no others.
fn tell_what_pdflatex_cannot_set(course: &Course) {
    let printed = |recipient: &'_ Recipient| match recipient {
        Recipient::Student { id, name } => [Some(id.clone()), name.clone()],
        Recipient::Variant(_) | Recipient::Anybody => [None, None],
    };
    let texts = course.recipients.iter().flat_map(printed).chain([Some(course.settings.title.clone())]).flatten();
    let others: Vec<String> = texts.filter(|text| !pdflatex_sets(text)).collect();
    if others.is_empty() {
        return;
    }
    let more = others.len().saturating_sub(NAMES_TOLD);
    let and_more = if more > 0 { format!(" and {more} more") } else { String::new() };
    note(format!(
        "pdflatex cannot set {}{and_more}; use lualatex or xelatex with a font that has the letters \
         (\\setmainfont in the preamble)",
        others[..others.len() - more].join(", "),
    ));
}

/// The meaning of the flags that say what is drawn.
fn course(args: &WorksheetArgs, texts: &Texts) -> Result<Course, CliError> {
    let kinds: Vec<_> = if args.kinds.is_empty() {
        kinds::ALL.to_vec()
    } else {
        args.kinds.iter().filter_map(|id| kinds::named(id)).collect()
    };
    if args.count.is_none() && kinds.len() > Settings::MOST_EXERCISES {
        return Err(CliError::usage(
            format!(
                "--kinds: one exercise of each of {} kinds; a sheet has at most {}",
                kinds.len(),
                Settings::MOST_EXERCISES
            ),
            "name fewer, or say with --count how many exercises there are",
        ));
    }
    let settings = Settings {
        title: args.title.clone().map_or_else(|| texts.checked(texts.word("worksheet title")), Ok)?,
        count: args.count.map_or(kinds.len(), usize::from),
        kinds,
        level: Level::ALL[usize::from(args.level) - 1],
        dimensions: args.dims.map(usize::from),
        points: args.points,
        asking: if args.choice { Asking::Choice } else { Asking::Open },
    };
    let (recipients, told_by) = match (&args.roster, args.variants) {
        (Some(path), _) => (roster::read(path)?, "--roster"),
        (None, Some(count)) => ((1..=count).map(Recipient::Variant).collect(), "--variants"),
        (None, None) => (vec![Recipient::Anybody], ""),
    };
    if args.seed.is_none() {
        note("--seed was not given; it is 0");
    }
    Ok(Course { settings, seed: args.seed.unwrap_or(0), recipients, told_by })
}

fn extension(format: SheetFormat) -> &'static str {
    match format {
        SheetFormat::Exam | SheetFormat::Article => "tex",
        SheetFormat::Markdown => "md",
        SheetFormat::Text => "txt",
        SheetFormat::Json => "json",
    }
}
