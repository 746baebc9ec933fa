//! The manifest: everything that is needed to print the sheets of a course once more.

use super::Course;
use crate::cli::error::CliError;
use crate::worksheet::{Asking, FORMAT, Level, Recipient, Settings, kinds};
use serde::{Deserialize, Serialize};
use std::path::Path;

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
    pub(super) fn of(course: &Course, stems: &[String]) -> Self {
        let Settings { title, kinds, count, level, dimensions, points, asking } = &course.settings;
        let recipient = |recipient: &Recipient| match recipient {
            Recipient::Student { id, name } => RecipientOf::Student { student: id.clone(), name: name.clone() },
            Recipient::Variant(number) => RecipientOf::Variant { variant: *number },
            Recipient::Anybody => RecipientOf::Variant { variant: 0 },
        };
        let sheets = course.recipients.iter().zip(stems);
        Self {
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
        }
    }

    pub(super) fn read(path: &Path) -> Result<Self, CliError> {
        let problem = |problem: String| {
            CliError::usage(
                format!("--from-manifest {}: {problem}", path.display()),
                "name the manifest.json that lies beside the sheets",
            )
        };
        let text = std::fs::read(path).map_err(|error| problem(format!("it cannot be read: {error}")))?;
        serde_json::from_slice(&text).map_err(|error| problem(error.to_string()))
    }

    pub(super) fn written(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// What the manifest describes, if this version can draw it.
    pub(super) fn course(self, path: &Path) -> Result<Course, CliError> {
        let problem = |problem: String, remedy: &str| {
            CliError::usage(format!("--from-manifest {}: {problem}", path.display()), remedy)
        };
        if self.format != FORMAT {
            return Err(problem(
                format!("its sheets have the format {}, this version draws format {FORMAT}", self.format),
                &format!("use convt-matrix {}, which wrote it", self.version),
            ));
        }
        let kind = |id: &String| {
            kinds::named(id).ok_or_else(|| {
                problem(format!("there is no kind '{id}' of exercise"), &format!("use convt-matrix {}", self.version))
            })
        };
        let kinds = self.kinds.iter().map(kind).collect::<Result<Vec<_>, _>>()?;
        let level = Level::ALL.into_iter().find(|level| level.number() == self.level);
        let possible =
            !kinds.is_empty() && (1..=200).contains(&self.count) && self.dims.is_none_or(|dims| dims == 1 || dims == 2);
        let (Some(level), true, false) = (level, possible, self.sheets.is_empty()) else {
            return Err(problem(
                "its numbers are impossible: level 1 to 3, dims 1 or 2, count 1 to 200, at least one kind and one sheet".into(),
                "take the manifest as it was written",
            ));
        };
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
        Ok(Course { settings, seed: self.seed, recipients: self.sheets.into_iter().map(recipient).collect() })
    }
}
