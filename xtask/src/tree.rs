//! The project's files, as they lie on disk.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// One text file.
#[derive(Debug)]
pub(crate) struct File {
    /// Path from the root, with `/`.
    pub(crate) path: String,
    pub(crate) text: String,
}

impl File {
    /// Whether the file is `prefix` itself, the module `prefix.rs`, or lies in the folder.
    pub(crate) fn is_in(&self, prefix: &str) -> bool {
        let rest = self.path.strip_prefix(prefix.trim_end_matches('/'));
        rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
    }

    /// Whether the name ends in `.extension`.
    pub(crate) fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }
}

/// All text files below `root`, but those in the folders that `.gitignore` names and in `.git`.
///
/// Files that are no UTF-8 (pictures, fonts) are left out.
pub(crate) fn read(root: &Path) -> Result<Vec<File>> {
    let ignored = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
    let ignored: Vec<&str> = ignored.lines().map(|line| line.trim_matches('/')).collect();
    let mut files = Vec::new();
    let mut folders = vec![String::new()];
    while let Some(folder) = folders.pop() {
        let listing = fs::read_dir(root.join(&folder));
        for entry in listing.with_context(|| format!("cannot list {folder}"))? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            let path = if folder.is_empty() { name } else { format!("{folder}/{name}") };
            if path == ".git" || ignored.contains(&path.as_str()) {
                continue;
            }
            let kind = entry.file_type()?;
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file()
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                files.push(File { path, text });
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(files)
}

/// A project made up for a test.
#[cfg(test)]
pub(crate) fn planted(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_folders_are_left_out() {
        let root = planted(&[
            (".gitignore", "/target\n/web/build\n"),
            ("target/a.rs", ""),
            ("web/build/a.js", ""),
            ("web/src/build/a.ts", ""),
            ("crates/model/src/build/detect.rs", ""),
        ]);
        let found: Vec<_> = read(root.path()).unwrap().into_iter().map(|file| file.path).collect();
        assert_eq!(found, [".gitignore", "crates/model/src/build/detect.rs", "web/src/build/a.ts"]);
    }

    #[test]
    fn a_module_is_its_file_or_its_folder() {
        let file = |path: &str| File { path: path.into(), text: String::new() };
        assert!(file("crates/functions/src/pool.rs").is_in("crates/functions/src/pool"));
        assert!(file("crates/functions/src/pool/lease.rs").is_in("crates/functions/src/pool"));
        assert!(!file("crates/functions/src/pooled.rs").is_in("crates/functions/src/pool"));
        assert!(file("crates/store/src/a.rs").is_in("crates/store/"));
        assert!(!file("crates/storehouse/src/a.rs").is_in("crates/store/"));
    }
}
