//! Committed generated files: written anew from their sources, or compared with them.

mod postgres;
mod sqlx;
mod printed;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

type Generator = fn(&Path) -> Result<Vec<Produced>>;

/// A generator and its name on the command line. A later one may read what an earlier one wrote.
const GENERATORS: &[(&str, Generator)] = &[("sqlx", sqlx::produce), ("printed", printed::produce)];

/// Generated files of one folder.
pub(crate) struct Produced {
    folder: PathBuf,
    /// Contents by file name.
    files: BTreeMap<String, Vec<u8>>,
    /// Whether nothing else may be in the folder.
    whole: bool,
}

/// Runs the named generators, or all; with `check`, changes nothing and fails when something would
/// change.
pub(crate) fn run(root: &Path, names: &[String], check: bool) -> Result<()> {
    let known = |name: &&String| GENERATORS.iter().any(|(known, _)| known == name);
    if let Some(unknown) = names.iter().find(|name| !known(name)) {
        let all: Vec<_> = GENERATORS.iter().map(|(name, _)| *name).collect();
        bail!("no generator {unknown}: there are {}", all.join(", "));
    }
    let mut changes = Vec::new();
    for (name, produce) in GENERATORS {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            for produced in produce(root).with_context(|| format!("generator {name}"))? {
                changes.extend(sync(&produced, check)?);
            }
        }
    }
    for change in &changes {
        println!("{change}");
    }
    if check && !changes.is_empty() {
        bail!("{} generated files are stale: run `cargo xtask gen` and commit", changes.len());
    }
    println!("generated files: {} changed", changes.len());
    Ok(())
}

/// Makes the files equal to what was produced (or, with `check`, only tells how they differ).
fn sync(produced: &Produced, check: bool) -> Result<Vec<String>> {
    let Produced { folder, files, whole } = produced;
    let mut changes = Vec::new();
    for (name, content) in files {
        let path = folder.join(name);
        if fs::read(&path).ok().as_ref() != Some(content) {
            changes.push(format!("write  {}", path.display()));
            if !check {
                fs::create_dir_all(folder)?;
                fs::write(path, content)?;
            }
        }
    }
    let present = if *whole && folder.is_dir() { Some(fs::read_dir(folder)?) } else { None };
    for entry in present.into_iter().flatten() {
        let entry = entry?;
        if !files.contains_key(&*entry.file_name().to_string_lossy()) {
            changes.push(format!("remove {}", entry.path().display()));
            if !check {
                fs::remove_file(entry.path())?;
            }
        }
    }
    Ok(changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_reports_and_a_run_repairs() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("old.json"), "1").unwrap();
        fs::write(folder.path().join("changed.json"), "1").unwrap();
        fs::write(folder.path().join("same.json"), "1").unwrap();
        let file = |name: &str, content: &str| (name.to_owned(), content.as_bytes().to_vec());
        let produced = Produced {
            folder: folder.path().to_owned(),
            files: [file("changed.json", "2"), file("same.json", "1"), file("new.json", "1")]
                .into(),
            whole: true,
        };

        assert_eq!(sync(&produced, true).unwrap().len(), 3);
        assert!(folder.path().join("old.json").exists(), "a check changes nothing");
        assert_eq!(sync(&produced, false).unwrap().len(), 3);
        assert_eq!(sync(&produced, true).unwrap(), Vec::<String>::new());
        assert!(!folder.path().join("old.json").exists());
    }

    #[test]
    fn neighbours_of_a_single_generated_file_stay() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("by-hand.md"), "1").unwrap();
        let files = [("made.md".to_owned(), b"1".to_vec())].into();
        let produced = Produced { folder: folder.path().to_owned(), files, whole: false };
        assert_eq!(sync(&produced, false).unwrap().len(), 1);
        assert_eq!(sync(&produced, true).unwrap(), Vec::<String>::new());
        assert!(folder.path().join("by-hand.md").exists());
    }
}
