//! Which PostgreSQL programs this machine has.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    time::Duration,
};

use tokio::process::Command;

use super::error::ClusterError;

/// The oldest major version that Croft is written for: what it uses of SQL exists from here on.
const OLDEST: u32 = 14;

/// How long `postgres --version` may take.
const VERSION_TIMEOUT: Duration = Duration::from_secs(10);

/// A directory with `postgres` and `initdb` of one major version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    dir: PathBuf,
    major: u32,
}

/// Where to look: the places of the distributions' packages, then the entries of `path` (in the
/// form of `PATH`).
pub fn search_dirs(path: Option<&OsStr>) -> Vec<PathBuf> {
    let below = |dir: &str| fs::read_dir(dir).into_iter().flatten().flatten();
    let debian = below("/usr/lib/postgresql").map(|version| version.path());
    let fedora = below("/usr").map(|entry| entry.path()).filter(|path| {
        path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"pgsql-"))
    });
    let mut dirs: Vec<_> = debian.chain(fedora).map(|version| version.join("bin")).collect();
    dirs.extend(path.into_iter().flat_map(std::env::split_paths));
    dirs
}

impl Binaries {
    /// All that `dirs` hold, newest first, one of each major version. Never empty; the error names
    /// the package to install.
    pub async fn find(dirs: &[PathBuf]) -> Result<Vec<Self>, ClusterError> {
        let mut found: Vec<Self> = Vec::new();
        for dir in dirs.iter().filter(|dir| has_both(dir)) {
            if let Some(major) = major_of(&dir.join("postgres")).await
                && major >= OLDEST
                && found.iter().all(|other| other.major != major)
            {
                found.push(Self { dir: dir.clone(), major });
            }
        }
        if found.is_empty() {
            let looked: Vec<_> = dirs.iter().map(|dir| dir.to_string_lossy()).collect();
            let looked = looked.join(", ");
            return Err(ClusterError::MissingBinaries { oldest: OLDEST, looked });
        }
        found.sort_by_key(|binaries| std::cmp::Reverse(binaries.major));
        Ok(found)
    }

    /// The major version.
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The path of a program.
    pub(super) fn program(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }
}

fn has_both(dir: &Path) -> bool {
    dir.is_absolute() && ["postgres", "initdb"].iter().all(|name| dir.join(name).is_file())
}

async fn major_of(postgres: &Path) -> Option<u32> {
    #[expect(clippy::disallowed_methods, reason = "providers may spawn processes")]
    let mut command = Command::new(postgres);
    command.arg("--version").env_clear().kill_on_drop(true);
    let output = tokio::time::timeout(VERSION_TIMEOUT, command.output()).await.ok()?.ok()?;
    parse_major(&String::from_utf8_lossy(&output.stdout))
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, `... 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let number = version.strip_prefix("postgres (PostgreSQL) ")?;
    let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
    number[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_line_gives_the_major() {
        let debian = "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n";
        assert_eq!(parse_major(debian), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1\n"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 16"), Some(16));
        assert_eq!(parse_major("mariadb 11"), None);
    }
}
