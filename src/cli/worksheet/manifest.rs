//! The manifest: everything that is needed to print the sheets of a course once more.

use super::stems::is_stem;
use super::{Course, FROM_MANIFEST};
use crate::cli::error::CliError;
use convt_matrix::bounded;
use convt_matrix::wording::{excerpt, printable_path};
use convt_matrix::worksheet::{Asking, FORMAT, Level, Recipient, Settings, kinds};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The longest manifest that is written, and so that is read, in bytes.
const LONGEST: usize = 16 << 20;

/// What `manifest.json` holds.
#[derive(Serialize, Deserialize)]
pub(super) struct Manifest {
    /// How sheets are drawn from seeds.
    format: u32,
    /// The version that wrote the manifest; any with the same format prints the same sheets.
    version: String,
    seed: u64,
    title: String,
    kinds: Vec<String>,
    count: usize,
    level: u8,
    dims: Option<u8>,
    points: Option<u32>,
    choice: bool,
    sheets: Vec<SheetOf>,
}

/// Whose sheet, and the file without its prefix and extension.
#[derive(Serialize, Deserialize)]
struct SheetOf {
    file: String,
    #[serde(flatten)]
    recipient: RecipientOf,
}

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum RecipientOf {
    Student {
        student: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        name: Option<String>,
    },
    Variant {
        variant: u32,
    },
}

impl Manifest {
    /// The manifest of a course; `stems` are the names of its files.
    ///
    /// # Errors
    /// When it would be too long to be read again.
    pub(super) fn of(course: &Course, stems: &[String]) -> Result<Self, CliError> {
        let Settings { title, kinds, count, level, dimensions, points, asking } = &course.settings;
        let recipient = |recipient: &Recipient| match recipient {
            Recipient::Student { id, name } => RecipientOf::Student { student: id.clone(), name: name.clone() },
            Recipient::Variant(number) => RecipientOf::Variant { variant: *number },
            Recipient::Anybody => RecipientOf::Variant { variant: 0 },
        };
        let sheets = course.recipients.iter().zip(stems);
        let manifest = Self {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            seed: course.seed,
            title: title.clone(),
            kinds: kinds.iter().map(|kind| kind.id.to_owned()).collect(),
            count: *count,
            level: level.number(),
            dims: dimensions.map(|dimensions| dimensions as u8),
            points: *points,
            choice: *asking == Asking::Choice,
            sheets: sheets.map(|(of, stem)| SheetOf { file: stem.clone(), recipient: recipient(of) }).collect(),
        };
        let length = manifest.written().len();
        if length > LONGEST {
            return Err(CliError::usage(
                format!(
                    "{}: the manifest of the sheets would have {length} bytes; at most {LONGEST} are read again",
                    course.told_by
                ),
                "make fewer sheets at a time",
            ));
        }
        Ok(manifest)
    }

    /// The manifest that lies in a folder, whatever it says; nothing if that is none of ours.
    pub(super) fn of_folder(path: &Path) -> Option<Self> {
        let manifest: Self = serde_json::from_slice(&bounded::read(path, LONGEST as u64).ok()?).ok()?;
        manifest.sheets.iter().all(|sheet| is_stem(&sheet.file)).then_some(manifest)
    }

    /// The names of the files of each sheet, without what stands before and behind.
    pub(super) fn stems(&self) -> impl Iterator<Item = &str> {
        self.sheets.iter().map(|sheet| sheet.file.as_str())
    }

    /// Whether its sheets are those of the other, whatever version wrote it.
    pub(super) fn describes_the_same_as(self, other: &Self) -> bool {
        Self { version: other.version.clone(), ..self }.written() == other.written()
    }

    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let problem = |problem: String| {
            CliError::usage(
                format!("--from-manifest {}: {problem}", printable_path(path)),
                "name the manifest.json that lies beside the sheets",
            )
        };
        let text = bounded::read(path, LONGEST as u64).map_err(|why| problem(why.to_string()))?;
        serde_json::from_slice(&text).map_err(|error| problem(error.to_string()))
    }

    pub(super) fn written(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// What the manifest describes, if this version can draw it.
    pub(super) fn course(self, path: &Path) -> Result<Course, CliError> {
        let problem = |problem: String, remedy: &str| {
            CliError::usage(format!("--from-manifest {}: {problem}", printable_path(path)), remedy)
        };
        if self.format != FORMAT {
            return Err(problem(
                format!("its sheets have the format {}, this version draws format {FORMAT}", self.format),
                &format!("use convt-matrix {}, which wrote it", excerpt(&self.version)),
            ));
        }
        let kind = |id: &String| {
            kinds::named(id).ok_or_else(|| {
                problem(
                    format!("there is no kind '{}' of exercise", excerpt(id)),
                    &format!("use convt-matrix {}", excerpt(&self.version)),
                )
            })
        };
        let kinds = self.kinds.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        let level = Level::ALL.into_iter().find(|level| level.number() == self.level);
        let (most, most_points) = (Settings::MOST_EXERCISES, Settings::MOST_POINTS);
        let possible = (1..=most).contains(&kinds.len())
            && (1..=most).contains(&self.count)
            && self.points.is_none_or(|points| (1..=most_points).contains(&points))
            && self.dims.is_none_or(|dims| dims == 1 || dims == 2);
        let (Some(level), true, false) = (level, possible, self.sheets.is_empty()) else {
            let points = self.points.map_or("none".to_owned(), |points| points.to_string());
            let dims = self.dims.map_or("none".to_owned(), |dims| dims.to_string());
            return Err(problem(
                format!(
                    "its numbers are impossible: level {} (of 1 to 3), dims {dims} (1, 2 or none), count {} and {} kinds \
                     (of 1 to {most}), points {points} (1 to {most_points} or none), {} sheets (of at least 1)",
                    self.level,
                    self.count,
                    kinds.len(),
                    self.sheets.len()
                ),
                "take the manifest as it was written",
            ));
        };
        let texts = self.sheets.iter().flat_map(|of| match &of.recipient {
            RecipientOf::Student { student, name } => [Some(student), name.as_ref()],
            RecipientOf::Variant { .. } => [None, None],
        });
        let unfit = texts.flatten().chain([&self.title]).find(|text| text.contains(char::is_control)).cloned();
        if let Some(text) = unfit {
            return Err(problem(
                format!("there is a control character in '{}'", excerpt(&text)),
                "take the manifest as it was written",
            ));
        }
        let settings = Settings {
            title: self.title,
            kinds,
            count: self.count,
            level,
            dimensions: self.dims.map(usize::from),
            points: self.points,
            asking: if self.choice { Asking::Choice } else { Asking::Open },
        };
        let recipient = |of: SheetOf| match of.recipient {
            RecipientOf::Student { student, name } => Recipient::Student { id: student, name },
            RecipientOf::Variant { variant } => Recipient::Variant(variant),
        };
        let recipients = self.sheets.into_iter().map(recipient).collect();
        Ok(Course { settings, seed: self.seed, recipients, told_by: FROM_MANIFEST })
    }
}
