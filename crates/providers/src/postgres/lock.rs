//! One Croft per data directory.

use std::{
    fs::{DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

/// Proof that this process alone works in a data directory. The kernel takes the lock back when
/// the process ends, however it ends; nothing that Croft starts inherits it.
#[derive(Debug)]
pub struct DataDirLock {
    dir: PathBuf,
    // Held for life: closing it unlocks.
    _file: File,
}

impl DataDirLock {
    /// Makes the directory when missing (mode 0711: others may pass to what is theirs below it,
    /// not look) and takes the lock `<dir>/lock`, an flock(2) on a file that holds the pid. Does
    /// not wait.
    pub fn acquire(dir: &Path) -> Result<Self, LockError> {
        let failed = |source| LockError::Io { dir: dir.to_owned(), source };
        DirBuilder::new().recursive(true).mode(0o711).create(dir).map_err(failed)?;
        let dir = dir.canonicalize().map_err(failed)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(dir.join("lock"))
            .map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut pid = String::new();
                // The holder may not have written it yet.
                let read = (&file).take(16).read_to_string(&mut pid);
                let pid = read.ok().and_then(|_| pid.trim().parse().ok());
                return Err(LockError::Held { dir, holder: Holder(pid) });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        writeln!(file, "{}", std::process::id()).map_err(failed)?;
        Ok(Self { dir, _file: file })
    }

    /// The data directory, absolute.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// The lock was not taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another Croft has it.
    #[error(
        "{dir} is in use by another Croft ({holder}). Stop that one first, or give this one a \
         CROFT_DATA_DIR of its own"
    )]
    Held {
        /// The data directory.
        dir: PathBuf,
        /// Who has it.
        holder: Holder,
    },
    /// The directory or the lock file cannot be made or opened.
    #[error("cannot use the data directory {dir}; give a CROFT_DATA_DIR that Croft may write")]
    Io {
        /// The data directory.
        dir: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

/// The pid of who holds a lock, if it is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Holder(pub Option<u32>);

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            Some(pid) => write!(f, "pid {pid}"),
            None => f.write_str("pid not known"),
        }
    }
}
