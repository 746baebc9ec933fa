//! Many sheets into a folder, drawn and written by several threads: all of them, or none.
//!
//! They are written into a scratch folder. Where there is no folder yet, that takes its name. Where there is one, the
//! files move into it in one go, in place of those that its manifest lists; other files stay, and sheets that nobody
//! lists are a reason to refuse, because they would lie among the new ones.

use super::manifest::Manifest;
use super::stems::stems;
use super::{Course, extension};
use crate::cli::args::WorksheetArgs;
use crate::cli::error::CliError;
use crate::cli::interrupt;
use crate::cli::output::{cannot_hold, file_of, folder_of, followed, refuse_protected};
use crate::cli::progress::Progress;
use crate::cli::scratch::ScratchFolder;
use crate::cli::texts::Texts;
use convt_matrix::parallel::share;
use convt_matrix::render::worksheet::{SheetFormat, SheetWriter};
use convt_matrix::wording::{counted, excerpt, printable_path};
use std::collections::{BTreeSet, HashSet};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

/// The name of the manifest.
const MANIFEST: &str = "manifest.json";
/// How the names of sheets begin, and how they end.
const PREFIXES: [&str; 2] = ["sheet-", "key-"];
const EXTENSIONS: [&str; 4] = ["tex", "md", "txt", "json"];

/// Writes every sheet in every edition, such as `sheet-001.tex` and `key-001.tex`, and the manifest.
pub(super) fn write(
    course: &Course,
    editions: &[(&'static str, SheetWriter<'_>)],
    format: SheetFormat,
    args: &WorksheetArgs,
    texts: &Texts,
) -> Result<(), CliError> {
    let stems = stems(course)?;
    let manifest = Manifest::of(course, &stems)?;
    let file = |prefix: &str, stem: &String| format!("{prefix}-{stem}.{}", extension(format));
    let mut names: Vec<String> =
        stems.iter().flat_map(|stem| editions.iter().map(move |(prefix, _)| file(prefix, stem))).collect();
    let target = Target::of(args.path.as_deref(), &manifest, &names)?;
    let scratch = target.scratch()?;
    let write_one = |place: usize| -> Result<(), CliError> {
        let drawn = course.sheet(&course.recipients[place])?;
        let told = texts.checked(drawn.told(texts))?;
        for (prefix, writer) in editions {
            let name = file(prefix, &stems[place]);
            let text = texts.checked(writer.write(&told))?;
            scratch.write(&name, text.as_bytes()).map_err(|error| target.cannot_write(&name, &error))?;
        }
        Ok(())
    };
    for_each_in_parallel(course.recipients.len(), write_one)?;
    let text = manifest.written();
    scratch.write(MANIFEST, text.as_bytes()).map_err(|error| target.cannot_write(MANIFEST, &error))?;
    // Last, so that it never lists what is not there.
    names.push(MANIFEST.to_owned());
    target.fill(scratch, &names)
}

/// The folder that is asked for.
enum Target {
    /// There is none yet.
    New(PathBuf),
    There {
        path: PathBuf,
        /// The old manifest, and what it lists if that is another course.
        outdated: Vec<PathBuf>,
        /// How many of these are replaced by nothing.
        removed: usize,
    },
}

impl Target {
    /// The folder, if the sheets can go there.
    fn of(path: Option<&Path>, manifest: &Manifest, names: &[String]) -> Result<Self, CliError> {
        let Some(path) = file_of(path) else {
            return Err(CliError::usage("many sheets need a folder", "name one with --output, such as -o sheets/"));
        };
        if path.is_dir() {
            return Self::there(path.to_owned(), manifest, names);
        }
        if path.exists() {
            return Err(refusal(path, "many sheets need a folder, and this is a file", "name a folder"));
        }
        Ok(Self::New(followed(path)))
    }

    fn there(path: PathBuf, manifest: &Manifest, names: &[String]) -> Result<Self, CliError> {
        let found = sheets_in(&path)
            .map_err(|error| refusal(&path, &format!("the folder cannot be read: {error}"), "name another folder"))?;
        let old = if found.contains(MANIFEST) { Some(Manifest::of_folder(&path.join(MANIFEST))) } else { None };
        let old = match old {
            Some(None) => {
                let problem = "the manifest.json in it is none of a worksheet";
                return Err(refusal(&path, problem, "name another folder"));
            }
            Some(Some(manifest)) => Some(manifest),
            None => None,
        };
        let listed: HashSet<String> = old.iter().flat_map(Manifest::stems).flat_map(files_of).collect();
        let mut unlisted = found.iter().filter(|name| *name != MANIFEST && !listed.contains(*name));
        if let Some(first) = unlisted.next() {
            let others = unlisted.count();
            let more = if others > 0 { format!(" and {others} more") } else { String::new() };
            let but = if old.is_some() { "its manifest does not list" } else { "no manifest lists" };
            return Err(refusal(
                &path,
                &format!("there are sheets in it that {but}: {}{more}", excerpt(first)),
                "name another folder, or remove them",
            ));
        }
        // The sheets of the same course stay right, such as those in other formats.
        let is_same = old.is_none_or(|old| old.describes_the_same_as(manifest));
        let outdated: Vec<&String> = found.iter().filter(|name| *name == MANIFEST || !is_same).collect();
        let new: HashSet<&String> = names.iter().collect();
        for name in found.iter().filter(|name| new.contains(name) || outdated.contains(name)) {
            refuse_protected(&path.join(name))?;
        }
        let removed = outdated.iter().filter(|name| **name != MANIFEST && !new.contains(*name)).count();
        let outdated = outdated.into_iter().map(|name| path.join(name)).collect();
        Ok(Self::There { path, outdated, removed })
    }

    /// A scratch folder on the same disk.
    fn scratch(&self) -> Result<ScratchFolder, CliError> {
        interrupt::listen();
        match self {
            Self::New(path) => {
                // Its own error says more than that of the scratch folder, which names that.
                std::fs::metadata(folder_of(path)).map_err(|error| {
                    let problem = format!("the folder cannot be made: {error}");
                    refusal(path, &problem, "name a folder in one that is there")
                })?;
                ScratchFolder::inside(folder_of(path)).map_err(|error| cannot_hold(path, &error))
            }
            Self::There { path, .. } => ScratchFolder::inside(path).map_err(|error| {
                let problem = format!("the folder cannot be written to: {}", error.kind());
                refusal(path, &problem, "name another folder")
            }),
        }
    }

    /// The files of the scratch folder get their places.
    fn fill(&self, scratch: ScratchFolder, names: &[String]) -> Result<(), CliError> {
        match self {
            Self::New(path) => scratch.keep_as(path).map_err(|error| CliError::output(printable_path(path), &error)),
            Self::There { path, outdated, removed } => {
                scratch.move_into(path, outdated, names).map_err(|error| {
                    CliError::File(format!(
                        "cannot replace the sheets in {}: {error}; some are old, some are new, and none is listed",
                        printable_path(path)
                    ))
                })?;
                if *removed > 0 {
                    CliError::say(format_args!(
                        "note: {}: removed {} of the sheets that were there, which its manifest listed",
                        printable_path(path),
                        counted(*removed, "file", "files")
                    ));
                }
                Ok(())
            }
        }
    }

    fn cannot_write(&self, name: &str, error: &std::io::Error) -> CliError {
        let (Self::New(path) | Self::There { path, .. }) = self;
        CliError::output(printable_path(&path.join(name)), error)
    }
}

fn refusal(path: &Path, problem: &str, remedy: &str) -> CliError {
    CliError::usage(format!("--output {}: {problem}", printable_path(path)), remedy)
}

/// The files in a folder that could be sheets, keys or their manifest.
fn sheets_in(folder: &Path) -> std::io::Result<BTreeSet<String>> {
    let is_sheet = |name: &str| {
        let (stem, extension) = name.rsplit_once('.').unwrap_or((name, ""));
        name == MANIFEST || (PREFIXES.iter().any(|prefix| stem.starts_with(prefix)) && EXTENSIONS.contains(&extension))
    };
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder)? {
        found.extend(entry?.file_name().into_string().ok().filter(|name| is_sheet(name)));
    }
    Ok(found)
}

/// Whatever files a sheet may have.
fn files_of(stem: &str) -> impl Iterator<Item = String> {
    PREFIXES.iter().flat_map(move |prefix| EXTENSIONS.map(|extension| format!("{prefix}{stem}.{extension}")))
}

/// Does all the work on as many threads as there are processors; of several failures the first by number is told.
fn for_each_in_parallel(count: usize, work: impl Fn(usize) -> Result<(), CliError> + Sync) -> Result<(), CliError> {
    let progress = Progress::start(count as u64, "recipients");
    let first_failure: Mutex<Option<(usize, CliError)>> = Mutex::new(None);
    let failure = || first_failure.lock().expect("no worker panics");
    share(std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN), 0..count, |mut places| {
        // Whoever takes a place does it, so that no earlier failure is missed.
        while failure().is_none()
            && let Some(place) = places.next()
        {
            match work(place) {
                Ok(()) => progress.advance(1),
                Err(error) => {
                    let mut first = failure();
                    if first.as_ref().is_none_or(|(earlier, _)| place < *earlier) {
                        *first = Some((place, error));
                    }
                }
            }
        }
    });
    progress.finish();
    match first_failure.into_inner().expect("no worker panics") {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}
