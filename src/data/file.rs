//! Files of numbers, told apart by their extension.

use super::content::Content;
use super::error::{DataError, Place};
use super::npy::unreadable;
use super::{json, npy};
#[cfg(feature = "files")]
use super::{npz, table};
use crate::bounded::{self, Unread};
use crate::wording::excerpt;
use std::fmt;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

/// The longest text read: enough for the most values with their digits.
const LONGEST_TEXT: u64 = 1 << 28;

/// A file that was named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Named<'a> {
    path: &'a str,
    format: Format<'a>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format<'a> {
    Json,
    Csv,
    Npy,
    /// With the name of the array, if one was given.
    Npz(Option<&'a str>),
}

/// The file that a text names, if it ends as files do.
pub(super) fn named(given: &str) -> Option<Named<'_>> {
    // ASCII letters keep their place when they are made small.
    let small = given.to_ascii_lowercase();
    for (extension, format) in
        [(".json", Format::Json), (".csv", Format::Csv), (".npy", Format::Npy), (".npz", Format::Npz(None))]
    {
        // An array in an archive may be called w.npy.
        if small.ends_with(extension) && !small.contains(".npz:") {
            return Some(Named { path: given, format });
        }
    }
    let colon = small.find(".npz:")? + ".npz".len();
    Some(Named { path: &given[..colon], format: Format::Npz(Some(&given[colon + 1..])) })
}

impl Named<'_> {
    pub(super) fn read(&self) -> Result<Content, DataError> {
        let file = bounded::open(Path::new(self.path)).map_err(unread)?;
        match self.format {
            Format::Json => json::parse(&text(file)?),
            #[cfg(feature = "files")]
            Format::Csv => table::parse(&text(file)?),
            Format::Npy => npy::read(BufReader::new(file)).map(Content::Array),
            #[cfg(feature = "files")]
            Format::Npz(name) => npz::read(BufReader::new(file), name).map(Content::Array),
            #[cfg(not(feature = "files"))]
            Format::Csv | Format::Npz(None | Some(_)) => {
                Err(DataError::new("this build reads no .csv and .npz", "build with the feature files, or use .npy"))
            }
        }
    }
}

impl fmt::Display for Named<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The end of a path says more than its beginning.
        let skipped = self.path.chars().count().saturating_sub(40);
        let end: String = self.path.chars().skip(skipped).collect();
        write!(f, "{}{}", if skipped > 0 { "..." } else { "" }, excerpt(&end))
    }
}

/// The whole text of a file, without the mark that some editors put before it.
fn text(file: File) -> Result<String, DataError> {
    let bytes = bounded::rest(file, LONGEST_TEXT).map_err(unread)?;
    let text = String::from_utf8(bytes).map_err(|error| {
        DataError::new("this is no text", "save it as UTF-8").at(Place::Byte(error.utf8_error().valid_up_to() as u64))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}

fn unread(why: Unread) -> DataError {
    match why {
        Unread::Failed(error) => unreadable(error),
        Unread::NamedPipe => DataError::new("this is a named pipe, whose writer may never come", "name a file"),
        Unread::TooLong(most) => {
            DataError::new(format!("the file has more than {most} bytes"), "use a smaller tensor, or .npy")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(given: &str) -> Option<(String, Format<'_>)> {
        named(given).map(|named| (named.path.to_owned(), named.format))
    }

    #[test]
    fn a_file_is_known_by_its_extension() {
        assert_eq!(format("a/w.json"), Some(("a/w.json".into(), Format::Json)));
        assert_eq!(format("W.CSV"), Some(("W.CSV".into(), Format::Csv)));
        assert_eq!(format("../w.npy"), Some(("../w.npy".into(), Format::Npy)));
        assert_eq!(format("w.npz"), Some(("w.npz".into(), Format::Npz(None))));
        assert_eq!(format("C:\\w.npz:conv1.weight"), Some(("C:\\w.npz".into(), Format::Npz(Some("conv1.weight")))));
        assert_eq!(format("w.npz:conv1.npy"), Some(("w.npz".into(), Format::Npz(Some("conv1.npy")))));
    }

    #[test]
    fn what_ends_otherwise_is_no_file() {
        for given in ["3 1; 1 5", "[[1]]", "iota", "w.txt", "npy", "", "é.npz\u{130}:"] {
            assert_eq!(named(given), None, "{given}");
        }
    }

    #[test]
    fn a_long_path_is_shown_by_its_end() {
        let path = format!("{}/w.npy", "é".repeat(100));
        let shown = named(&path).unwrap().to_string();
        assert!(shown.starts_with("...") && shown.ends_with("/w.npy") && shown.chars().count() < 50, "{shown}");
    }
}
