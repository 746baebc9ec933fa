//! Results that are not complete yet: hidden files and folders beside their place, removed on every way out.
//!
//! They are listed for the whole process, and nothing is begun, kept or dropped without that list: so whoever ends the
//! process removes them all, and a file has its name either with all that belongs into it or not at all.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError, TryLockError};

/// How the names of all of them begin.
const PREFIX: &str = ".convt-matrix-";

/// What there is, and what became of the result so far.
#[derive(Debug)]
struct Unfinished {
    paths: Vec<PathBuf>,
    result: Result,
}

/// What became of the result of the process so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Result {
    /// Nobody sees anything of it.
    Nothing,
    /// Some of it went where it cannot be taken back: to stdout, or into a pipe.
    Begun,
    /// A file or a folder has it, whole.
    Kept,
}

static UNFINISHED: Mutex<Unfinished> = Mutex::new(Unfinished { paths: Vec::new(), result: Result::Nothing });

fn lock() -> MutexGuard<'static, Unfinished> {
    UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Unfinished {
    fn forget(&mut self, path: &Path) -> bool {
        let before = self.paths.len();
        self.paths.retain(|known| known != path);
        self.paths.len() < before
    }

    fn remove_all(&mut self) {
        self.paths.drain(..).for_each(|path| remove(&path));
    }
}

/// Removes everything that is not complete, for the end of the process: from now on nothing is begun or kept.
pub(super) fn abandon() -> Result {
    let mut unfinished = lock();
    unfinished.remove_all();
    let result = unfinished.result;
    // Whoever waits for the list waits until the process has ended.
    std::mem::forget(unfinished);
    result
}

/// The same for a thread that panics, which may be in the middle of a change of the list.
pub(super) fn remove_in_panic() {
    match UNFINISHED.try_lock() {
        Ok(mut unfinished) => unfinished.remove_all(),
        Err(TryLockError::Poisoned(error)) => error.into_inner().remove_all(),
        Err(TryLockError::WouldBlock) => {}
    }
}

/// Some of the result leaves for where it cannot be taken back from.
pub(super) fn begin_to_show() {
    lock().result = Result::Begun;
}

fn builder() -> tempfile::Builder<'static, 'static> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(PREFIX);
    builder
}

/// Something beside the result that is being written; removed unless it is kept.
#[derive(Debug)]
struct Scratch(PathBuf);

impl Scratch {
    /// Makes it, known from its first moment on.
    fn made<T>(make: impl FnOnce() -> io::Result<(T, PathBuf)>) -> io::Result<(T, Self)> {
        let mut unfinished = lock();
        let (made, path) = make()?;
        unfinished.paths.push(path.clone());
        Ok((made, Self(path)))
    }

    /// It is complete: it takes its name, in place of a file that had it before.
    fn keep_as(self, path: &Path) -> io::Result<()> {
        let mut unfinished = lock();
        fs::rename(&self.0, path)?;
        unfinished.forget(&self.0);
        unfinished.result = Result::Kept;
        Ok(())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let mut unfinished = lock();
        if unfinished.forget(&self.0) {
            remove(&self.0);
        }
    }
}

/// Nothing can be done about what cannot be removed.
fn remove(path: &Path) {
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}

/// A file that is being written.
#[derive(Debug)]
pub(super) struct ScratchFile {
    file: File,
    scratch: Scratch,
}

impl ScratchFile {
    /// Makes an empty one in a folder.
    pub(super) fn inside(folder: &Path) -> io::Result<Self> {
        let mut builder = builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
        let make = || builder.tempfile_in(folder)?.keep().map_err(|error| error.error);
        let (file, scratch) = Scratch::made(make)?;
        Ok(Self { file, scratch })
    }

    /// The file; its errors do not name it, since its name helps nobody.
    pub(super) fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// It is complete: it takes its name, in place of what had it before.
    pub(super) fn keep_as(self, path: &Path) -> io::Result<()> {
        self.scratch.keep_as(path)
    }
}

/// A folder of files that are being written.
#[derive(Debug)]
pub(super) struct ScratchFolder(Scratch);

impl ScratchFolder {
    /// Makes an empty one in a folder.
    pub(super) fn inside(folder: &Path) -> io::Result<Self> {
        let mut builder = builder();
        #[cfg(unix)]
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o777));
        let ((), scratch) = Scratch::made(|| Ok(((), builder.tempdir_in(folder)?.keep())))?;
        Ok(Self(scratch))
    }

    /// Writes a whole file into it.
    pub(super) fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut file = {
            // What is removed at the end of the process gets no new files meanwhile.
            let _unfinished = lock();
            File::create_new(self.0.0.join(name))?
        };
        file.write_all(bytes)
    }

    /// It is complete: it takes its name, which nothing had before.
    pub(super) fn keep_as(self, path: &Path) -> io::Result<()> {
        self.0.keep_as(path)
    }

    /// It is complete: after the outdated files are gone its files move into a folder, in this order, in place of those
    /// that had their names. No signal comes between.
    pub(super) fn move_into(self, folder: &Path, outdated: &[PathBuf], names: &[String]) -> io::Result<()> {
        let mut unfinished = lock();
        for path in outdated {
            fs::remove_file(path)?;
        }
        for name in names {
            fs::rename(self.0.0.join(name), folder.join(name))?;
        }
        unfinished.result = Result::Kept;
        Ok(())
    }
}
