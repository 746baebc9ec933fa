//! Where results go: stdout, or a file that appears whole or not at all.

use super::error::CliError;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes to stdout; a reader that went away is no error.
pub(super) fn to_stdout(bytes: &[u8]) -> Result<(), CliError> {
    Writing::Stdout { is_open: true }.write(bytes)
}

/// A place for a result, opened before the work so that a wrong path is told at once.
pub(super) enum Destination {
    Stdout,
    /// A regular file, or none yet: written beside it, then renamed over it.
    File {
        scratch: NamedTempFile,
        path: PathBuf,
    },
    /// A pipe or a device, which must not be replaced by a file.
    Special(PathBuf),
}

impl Destination {
    /// Stdout for no path or `-`; else a scratch file beside the path, or beside what it links to.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = file_of(path) else { return Ok(Self::Stdout) };
        refuse_folder(path)?;
        let path = followed(path);
        if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Self::Special(path));
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".convt-matrix-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let scratch = builder.tempfile_in(folder).map_err(|error| {
            // The error's own text names the scratch file, which helps nobody.
            let problem = match error.kind() {
                ErrorKind::NotFound => format!("there is no folder {}", folder.display()),
                kind => format!("the folder {} cannot be written to: {kind}", folder.display()),
            };
            CliError::usage(
                format!("--output {}: {problem}", path.display()),
                "make the folder, or name a file elsewhere",
            )
        })?;
        // A file that is there keeps its mode.
        if let Ok(metadata) = std::fs::metadata(&path) {
            let kept = scratch.as_file().set_permissions(metadata.permissions());
            kept.map_err(|error| CliError::output(path.display(), &error))?;
        }
        Ok(Self::File { scratch, path })
    }

    /// Writes the whole result; a file only now takes its name.
    pub(super) fn finish(self, bytes: &[u8]) -> Result<(), CliError> {
        let mut writing = self.begin()?;
        writing.write(bytes)?;
        writing.keep()
    }

    /// Begins to write a result that comes in pieces.
    pub(super) fn begin(self) -> Result<Writing, CliError> {
        Ok(match self {
            Self::Stdout => Writing::Stdout { is_open: true },
            Self::File { scratch, path } => Writing::File { scratch, path },
            Self::Special(path) => {
                let opened = std::fs::OpenOptions::new().write(true).open(&path);
                let file = opened.map_err(|error| CliError::output(path.display(), &error))?;
                Writing::Special { file, path }
            }
        })
    }
}

/// A result that is being written in pieces. What is dropped without [`Writing::keep`] leaves no file behind.
pub(super) enum Writing {
    /// Open as long as somebody reads.
    Stdout {
        is_open: bool,
    },
    File {
        scratch: NamedTempFile,
        path: PathBuf,
    },
    Special {
        file: std::fs::File,
        path: PathBuf,
    },
}

impl Writing {
    /// Writes one more piece.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        match self {
            Self::Stdout { is_open: false } => Ok(()),
            Self::Stdout { is_open } => {
                let mut stdout = std::io::stdout().lock();
                match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
                    Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                        *is_open = false;
                        Ok(())
                    }
                    Err(error) => Err(CliError::output("to stdout", &error)),
                    Ok(()) => Ok(()),
                }
            }
            Self::File { scratch, path } => {
                scratch.write_all(bytes).map_err(|error| CliError::output(path.display(), &error))
            }
            Self::Special { file, path } => {
                file.write_all(bytes).map_err(|error| CliError::output(path.display(), &error))
            }
        }
    }

    /// Whether anybody will read what is written.
    pub(super) fn is_read(&self) -> bool {
        !matches!(self, Self::Stdout { is_open: false })
    }

    /// Whether it goes to a file, which is there only when it is complete.
    pub(super) fn is_file(&self) -> bool {
        matches!(self, Self::File { .. })
    }

    /// The result is complete: a file takes its name.
    pub(super) fn keep(self) -> Result<(), CliError> {
        if let Self::File { scratch, path } = self {
            scratch.persist(&path).map_err(|error| CliError::output(path.display(), &error.error))?;
        }
        Ok(())
    }
}

/// The file, folder or device that a path names; none if it is stdout, by no name, `-` or its name among the files.
pub(super) fn file_of(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !["-", "/dev/stdout", "/dev/fd/1"].iter().any(|stdout| *path == Path::new(stdout)))
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
        None => Err(CliError::usage(format!("--output {}: the extension names no format", path.display()), remedy)),
    }
}

/// What the path links to, also if that is not there yet.
fn followed(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| match std::fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    })
}

/// A folder cannot take a result, whatever format is asked for.
fn refuse_folder(path: &Path) -> Result<(), CliError> {
    if path.is_dir() {
        return Err(CliError::usage(
            format!("--output {}: this is a folder", path.display()),
            "name a file in it, such as derivation.tex",
        ));
    }
    Ok(())
}
