//! Where results go: stdout, or a file that appears whole or not at all.

use super::error::CliError;
use super::interrupt;
use super::scratch::{self, ScratchFile};
use convt_matrix::wording::printable_path;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

/// Writes to stdout; a reader that went away is no error.
pub(super) fn to_stdout(bytes: &[u8]) -> Result<(), CliError> {
    check_stdout()?;
    Destination::Stdout { is_open: true }.write(bytes)
}

/// Refuses a stdout that takes nothing, where the result would be lost without a word.
///
/// A closed stdout is hidden by the standard library, which opens /dev/null for reading and writing in its place; a shell
/// that is asked for /dev/null opens it for writing alone.
pub(super) fn check_stdout() -> Result<(), CliError> {
    if !cfg!(target_os = "linux") {
        return Ok(());
    }
    let info = std::fs::read_to_string("/proc/self/fdinfo/1").unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    let Some(flags) = flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()) else { return Ok(()) };
    let is_null = || std::fs::read_link("/proc/self/fd/1").is_ok_and(|path| path == Path::new("/dev/null"));
    /// The access modes of an open file: for reading, and for reading and writing.
    const READ: u32 = 0;
    const READ_AND_WRITE: u32 = 2;
    let problem = match flags & 3 {
        READ => "stdout is open for reading only",
        READ_AND_WRITE if is_null() => "stdout is closed",
        _ => return Ok(()),
    };
    Err(CliError::usage(
        format!("{problem}: the result would be lost"),
        "send it to a file with > FILE, or with > /dev/null to nowhere",
    ))
}

/// A place for a result, opened before the work so that a wrong path is told at once. What is dropped without
/// [`Destination::keep`] leaves no file behind.
pub(super) enum Destination {
    /// Open as long as somebody reads.
    Stdout { is_open: bool },
    /// A regular file, or none yet: written beside it, then renamed over it.
    File { scratch: ScratchFile, path: PathBuf },
    /// A pipe or a device, which must not be replaced by a file. It is opened with the first piece, because a pipe waits
    /// for its reader.
    Special { file: Option<std::fs::File>, path: PathBuf },
}

impl Destination {
    /// Stdout for no path or `-`; else a scratch file beside the path, or beside what it links to.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = file_of(path) else {
            check_stdout()?;
            return Ok(Self::Stdout { is_open: true });
        };
        refuse_folder(path)?;
        refuse_protected(path)?;
        let path = followed(path);
        if std::fs::metadata(&path).is_ok_and(|metadata| !metadata.is_file()) {
            return Ok(Self::Special { file: None, path });
        }
        interrupt::listen();
        let mut scratch = ScratchFile::inside(folder_of(&path)).map_err(|error| cannot_hold(&path, &error))?;
        // A file that is there keeps its mode.
        if let Ok(metadata) = std::fs::metadata(&path) {
            let kept = scratch.file().set_permissions(metadata.permissions());
            kept.map_err(|error| CliError::output(printable_path(&path), &error))?;
        }
        Ok(Self::File { scratch, path })
    }

    /// Writes the whole result; a file only now takes its name.
    pub(super) fn finish(mut self, bytes: &[u8]) -> Result<(), CliError> {
        self.write(bytes)?;
        self.keep()
    }

    /// Writes one more piece.
    pub(super) fn write(&mut self, bytes: &[u8]) -> Result<(), CliError> {
        match self {
            Self::Stdout { is_open: false } => Ok(()),
            Self::Stdout { is_open } => {
                scratch::begin_to_show();
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
                scratch.file().write_all(bytes).map_err(|error| CliError::output(printable_path(path), &error))
            }
            Self::Special { file, path } => {
                let failed = |error| CliError::output(printable_path(path), &error);
                let file = match file {
                    Some(file) => file,
                    None => file.insert(std::fs::OpenOptions::new().write(true).open(&*path).map_err(failed)?),
                };
                scratch::begin_to_show();
                file.write_all(bytes).map_err(failed)
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
            scratch.keep_as(&path).map_err(|error| CliError::output(printable_path(&path), &error))?;
        }
        Ok(())
    }
}

/// The file, folder or device that a path names; none if it is stdout, by no name, `-` or its name among the files.
pub(super) fn file_of(path: Option<&Path>) -> Option<&Path> {
    path.filter(|path| !["-", "/dev/stdout", "/dev/fd/1"].iter().any(|stdout| *path == Path::new(stdout)))
}

/// What the path links to, also if that is not there yet.
pub(super) fn followed(path: &Path) -> PathBuf {
    std::fs::canonicalize(path).unwrap_or_else(|_| match std::fs::read_link(path) {
        Ok(target) => path.parent().unwrap_or(Path::new("")).join(target),
        Err(_) => path.to_owned(),
    })
}

/// The folder that a path is in.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Nothing can be written beside the path. The error's own text names the scratch file, which helps nobody.
pub(super) fn cannot_hold(path: &Path, error: &std::io::Error) -> CliError {
    let folder = printable_path(folder_of(path));
    let problem = match error.kind() {
        ErrorKind::NotFound => format!("there is no folder {folder}"),
        kind => format!("the folder {folder} cannot be written to: {kind}"),
    };
    CliError::usage(
        format!("--output {}: {problem}", printable_path(path)),
        "make the folder, or name a file elsewhere",
    )
}

/// A file that may not be written to is not replaced either, though its folder would allow it.
pub(super) fn refuse_protected(path: &Path) -> Result<(), CliError> {
    let Ok(metadata) = std::fs::metadata(path) else { return Ok(()) };
    let is_refused = || {
        let opened = std::fs::OpenOptions::new().write(true).open(path);
        opened.is_err_and(|error| matches!(error.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem))
    };
    // Who may do everything can open it, but its mode says what its owner wants.
    if metadata.is_file() && (metadata.permissions().readonly() || is_refused()) {
        return Err(CliError::usage(
            format!("--output {}: the file is write-protected", printable_path(path)),
            "name another file, or take the protection off (chmod u+w)",
        ));
    }
    Ok(())
}

/// A folder cannot take a result, whatever format is asked for.
pub(super) fn refuse_folder(path: &Path) -> Result<(), CliError> {
    if path.is_dir() {
        return Err(CliError::usage(
            format!("--output {}: this is a folder", printable_path(path)),
            "name a file in it, such as derivation.tex",
        ));
    }
    Ok(())
}
