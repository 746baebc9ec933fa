//! Many sheets into a folder, drawn and written by several threads; each file whole or absent, the manifest last.

use super::manifest::Manifest;
use super::{Course, extension, written};
use crate::cli::args::WorksheetArgs;
use crate::cli::error::CliError;
use crate::cli::output::{Destination, file_of};
use crate::cli::progress::Progress;
use crate::render::worksheet::{SheetFormat, SheetWriter};
use crate::worksheet::{Recipient, sheet};
use std::collections::HashMap;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Writes every sheet in every edition, such as `sheet-001.tex` and `key-001.tex`.
pub(super) fn write(
    course: &Course,
    editions: &[(&'static str, SheetWriter)],
    format: SheetFormat,
    args: &WorksheetArgs,
) -> Result<(), CliError> {
    let folder = open(args.path.as_deref())?;
    let stems = stems(&course.recipients)?;
    let write_one = |place: usize| -> Result<(), CliError> {
        let drawn = sheet(&course.settings, course.seed, &course.recipients[place])?;
        for (prefix, writer) in editions {
            let file = folder.join(format!("{prefix}-{}.{}", stems[place], extension(format)));
            Destination::open(Some(&file))?.finish(written(writer, &drawn, args)?.as_bytes())?;
        }
        Ok(())
    };
    for_each_in_parallel(course.recipients.len(), write_one)?;
    let manifest = Manifest::of(course, &stems).written();
    Destination::open(Some(&folder.join("manifest.json")))?.finish(manifest.as_bytes())
}

/// The folder, made if it is not there yet.
fn open(path: Option<&Path>) -> Result<&Path, CliError> {
    let Some(path) = file_of(path) else {
        return Err(CliError::usage("many sheets need a folder", "name one with --output, such as -o sheets/"));
    };
    let refused =
        |problem: String, remedy: &str| Err(CliError::usage(format!("--output {}: {problem}", path.display()), remedy));
    if path.is_dir() {
        return Ok(path);
    }
    if path.exists() {
        return refused("many sheets need a folder, and this is a file".into(), "name a folder");
    }
    match std::fs::create_dir(path) {
        Ok(()) => Ok(path),
        Err(error) => refused(format!("the folder cannot be made: {error}"), "name a folder in one that is there"),
    }
}

/// What tells the files of the recipients apart: the number of a variant, with zeros so that they sort, or the id of a student as far as it can
/// stand in the name of a file.
fn stems(recipients: &[Recipient]) -> Result<Vec<String>, CliError> {
    let largest = |recipient: &Recipient| if let Recipient::Variant(number) = recipient { *number } else { 0 };
    let width = recipients.iter().map(largest).max().unwrap_or(0).to_string().len().max(3);
    let stem = |recipient: &Recipient| match recipient {
        Recipient::Student { id, .. } => {
            id.chars().map(|c| if c.is_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' }).collect()
        }
        Recipient::Variant(number) => format!("{number:0width$}"),
        Recipient::Anybody => "000".to_owned(),
    };
    let stems: Vec<String> = recipients.iter().map(stem).collect();
    // Some file systems do not tell capitals from small letters.
    let mut owners: HashMap<String, usize> = HashMap::new();
    for (place, stem) in stems.iter().enumerate() {
        if let Some(other) = owners.insert(stem.to_lowercase(), place) {
            let (first, second) = (recipients[other].key(), recipients[place].key());
            return Err(CliError::usage(
                format!("--roster: the sheets of {first} and {second} would have the same name, {stem}"),
                "use ids that differ in letters and digits",
            ));
        }
    }
    Ok(stems)
}

/// Does all the work, until it is interrupted, on as many threads as there are processors; of several failures the first by number is told.
fn for_each_in_parallel(count: usize, work: impl Fn(usize) -> Result<(), CliError> + Sync) -> Result<(), CliError> {
    let (next, failed) = (AtomicUsize::new(0), AtomicBool::new(false));
    let first_failure: Mutex<Option<(usize, CliError)>> = Mutex::new(None);
    let progress = Progress::start(count as u64, "recipients")?;
    let worker = || {
        while !failed.load(Ordering::Relaxed) && !progress.is_stopped() {
            let place = next.fetch_add(1, Ordering::Relaxed);
            if place >= count {
                return;
            }
            match work(place) {
                Ok(()) => progress.advance(1),
                Err(error) => {
                    failed.store(true, Ordering::Relaxed);
                    let mut first = first_failure.lock().expect("no worker panics");
                    if first.as_ref().is_none_or(|(earlier, _)| place < *earlier) {
                        *first = Some((place, error));
                    }
                }
            }
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(count);
    std::thread::scope(|scope| {
        // This thread is one of them, so that the work is done even where no other can be started.
        for _ in 1..threads {
            let _ = std::thread::Builder::new().spawn_scoped(scope, worker);
        }
        worker();
    });
    progress.finish();
    match first_failure.into_inner().expect("no worker panics") {
        Some((_, error)) => Err(error),
        None if progress.is_stopped() => Err(CliError::Interrupted("the files that are there are whole")),
        None => Ok(()),
    }
}
