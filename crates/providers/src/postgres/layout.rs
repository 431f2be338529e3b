//! Where a cluster's files lie, and the directory of its socket.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt},
    path::{Path, PathBuf},
};

use data_encoding::BASE32_NOPAD;
use sha2::{Digest, Sha256};

use super::{
    error::{ClusterError, Doing},
    identity::Identity,
};

/// Longest path of a socket's directory, in bytes: `sun_path` of unix(7) takes 107.
const LONGEST_SOCKET_DIR: usize = 107 - "/.s.PGSQL.5432".len();

/// The paths of one cluster.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    data_dir: PathBuf,
    name: &'static str,
}

impl Layout {
    pub(super) fn new(data_dir: &Path, name: &'static str) -> Self {
        Self { data_dir: data_dir.to_owned(), name }
    }

    fn beside(&self, suffix: &str) -> PathBuf {
        self.data_dir.join("postgres").join(format!("{}{suffix}", self.name))
    }

    /// The cluster itself, `PGDATA`.
    pub(super) fn data(&self) -> PathBuf {
        self.beside("")
    }

    /// A cluster in the making.
    pub(super) fn unfinished(&self) -> PathBuf {
        self.beside(".new")
    }

    /// The superuser's password, for initdb only.
    pub(super) fn pwfile(&self) -> PathBuf {
        self.beside(".pwfile")
    }

    /// The superuser's password.
    pub(super) fn password(&self) -> PathBuf {
        self.beside(".password")
    }

    /// A login role's password.
    pub(super) fn password_of(&self, login: &str) -> PathBuf {
        self.beside(&format!(".{login}.password"))
    }

    /// Who may log in.
    pub(super) fn hba(&self) -> PathBuf {
        self.beside(".hba.conf")
    }

    /// What the server says.
    pub(super) fn log(&self) -> PathBuf {
        self.beside(".log")
    }

    /// What it said before that.
    pub(super) fn old_log(&self) -> PathBuf {
        self.beside(".log.1")
    }

    /// The socket's directory: beside the cluster, or, where that path is too long for a socket,
    /// under a short name made from it.
    pub(super) fn socket_dir(&self) -> PathBuf {
        let beside = self.beside(".run");
        if beside.to_str().is_some_and(|path| path.len() <= LONGEST_SOCKET_DIR) {
            return beside;
        }
        let hash = Sha256::digest(beside.as_os_str().as_encoded_bytes());
        let short = BASE32_NOPAD.encode(&hash[..10]).to_lowercase();
        let me = rustix::process::geteuid();
        if me.is_root() {
            Path::new("/run/croft").join(short)
        } else {
            format!("/tmp/croft-{me}-{short}").into()
        }
    }

    /// Makes the directory of all this and lets the server's user pass to it.
    pub(super) fn prepare(&self, identity: &Identity) -> Result<(), ClusterError> {
        let dir = self.data_dir.join("postgres");
        let made = make_dir(&dir, 0o711);
        made.doing(|| format!("make the directory {}", dir.display()))?;
        identity.open_way(&dir, &self.data_dir)
    }

    /// Makes the socket's directory, open to the server's user (and root) only.
    pub(super) fn prepare_socket_dir(&self, identity: &Identity) -> Result<PathBuf, ClusterError> {
        let path = self.socket_dir();
        let doing = || format!("make the socket's directory {}", path.display());
        let unfit =
            |why| ClusterError::SocketDir { path: path.clone(), why, longest: LONGEST_SOCKET_DIR };
        if path.parent() == Some(Path::new("/run/croft")) {
            make_dir(Path::new("/run/croft"), 0o711).doing(doing)?;
            let meta = fs::symlink_metadata("/run/croft").doing(doing)?;
            if !meta.is_dir() || meta.uid() != 0 || meta.mode() & 0o022 != 0 {
                return Err(unfit("/run/croft is not a directory that only root can write"));
            }
        }
        make_dir(&path, 0o700).doing(doing)?;
        // In /tmp another user may have been there first.
        let meta = fs::symlink_metadata(&path).doing(doing)?;
        if !meta.is_dir() {
            return Err(unfit("it is not a directory"));
        }
        if meta.uid() != identity.uid && meta.uid() != rustix::process::geteuid().as_raw() {
            return Err(unfit("it belongs to another user"));
        }
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700)).doing(doing)?;
        identity.own(&path).doing(doing)?;
        Ok(path)
    }
}

fn make_dir(path: &Path, mode: u32) -> io::Result<()> {
    match DirBuilder::new().mode(mode).create(path) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deep_data_directory_gets_a_short_socket_path() {
        let near = Layout::new(Path::new("/var/lib/croft"), "system");
        assert_eq!(near.socket_dir(), Path::new("/var/lib/croft/postgres/system.run"));
        let deep = |name| Layout::new(&Path::new("/var").join("d".repeat(100)), name).socket_dir();
        assert!(deep("system").as_os_str().len() <= LONGEST_SOCKET_DIR);
        assert_ne!(deep("system"), deep("tenants"));
    }
}
