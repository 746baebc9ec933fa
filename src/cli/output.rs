//! Where results go: stdout, or a file that appears whole or not at all.

use super::error::CliError;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// Writes to stdout; a reader that went away is no error.
pub(super) fn to_stdout(bytes: &[u8]) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(bytes).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::output("to stdout", &error)),
        _ => Ok(()),
    }
}

/// A place for a result, opened before the work so that a wrong path is told at once.
pub(super) enum Destination {
    Stdout,
    File { scratch: NamedTempFile, path: PathBuf },
}

impl Destination {
    /// Stdout for no path or `-`; else a scratch file beside the path.
    pub(super) fn open(path: Option<&Path>) -> Result<Self, CliError> {
        let Some(path) = path.filter(|path| *path != Path::new("-")) else { return Ok(Self::Stdout) };
        if path.is_dir() {
            return Err(CliError::usage(
                format!("--output {}: this is a folder", path.display()),
                "name a file in it, such as derivation.tex",
            ));
        }
        let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".convt-matrix-");
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let scratch = builder.tempfile_in(folder).map_err(|error| CliError::output(path.display(), &error))?;
        Ok(Self::File { scratch, path: path.to_owned() })
    }

    /// Writes the whole result; a file only now takes its name.
    pub(super) fn finish(self, bytes: &[u8]) -> Result<(), CliError> {
        match self {
            Self::Stdout => to_stdout(bytes),
            Self::File { mut scratch, path } => {
                let failed = |error: &std::io::Error| CliError::output(path.display(), error);
                scratch.write_all(bytes).map_err(|error| failed(&error))?;
                scratch.persist(&path).map_err(|error| failed(&error.error))?;
                Ok(())
            }
        }
    }
}
