//! Files are read up to a bound: the size of a file is not believed, and some have no end.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

/// Why a file was not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Unread {
    /// It cannot be read.
    #[error("it cannot be read: {0}")]
    Failed(#[source] io::Error),
    /// A named pipe, for whose writer one might wait for ever.
    #[error("it is a named pipe, whose writer may never come")]
    NamedPipe,
    /// It has more than so many bytes.
    #[error("it has more than the {0} bytes that are read")]
    TooLong(u64),
}

impl Unread {
    /// Whether there is no such file.
    #[must_use]
    pub(crate) fn is_missing(&self) -> bool {
        matches!(self, Self::Failed(error) if error.kind() == io::ErrorKind::NotFound)
    }
}

/// Opens a file to be read. A pipe is welcome through a name like `/dev/stdin`: then it is open already.
///
/// # Errors
/// When it cannot be opened, or is a named pipe.
pub fn open(path: &Path) -> Result<File, Unread> {
    #[cfg(unix)]
    if std::fs::symlink_metadata(path)
        .is_ok_and(|metadata| std::os::unix::fs::FileTypeExt::is_fifo(&metadata.file_type()))
    {
        return Err(Unread::NamedPipe);
    }
    File::open(path).map_err(Unread::Failed)
}

/// The bytes of a file that has at most so many.
///
/// # Errors
/// When it cannot be read, or has more.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Unread> {
    rest(open(path)?, most)
}

/// The bytes of an open file that has at most so many.
///
/// # Errors
/// When it cannot be read, or has more.
pub fn rest(file: File, most: u64) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    file.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(Unread::Failed)?;
    if bytes.len() as u64 > most { Err(Unread::TooLong(most)) } else { Ok(bytes) }
}
