//! Committed generated files: written anew from their sources, or compared with them.

mod postgres;
mod sqlx;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

/// All files of one folder that is generated as a whole.
pub(crate) struct Produced {
    folder: PathBuf,
    /// Contents by file name.
    files: BTreeMap<String, Vec<u8>>,
}

/// Runs every generator; with `check`, changes nothing and fails when something would change.
pub(crate) fn run(root: &Path, check: bool) -> Result<()> {
    let changes = sync(&sqlx::produce(root)?, check)?;
    for change in &changes {
        println!("{change}");
    }
    if check && !changes.is_empty() {
        bail!("{} generated files are stale: run `cargo xtask gen` and commit", changes.len());
    }
    println!("generated files: {} changed", changes.len());
    Ok(())
}

/// Makes the folder equal to what was produced (or, with `check`, only tells how it differs).
fn sync(produced: &Produced, check: bool) -> Result<Vec<String>> {
    let mut present = BTreeMap::new();
    if produced.folder.is_dir() {
        for entry in fs::read_dir(&produced.folder)? {
            let entry = entry?;
            present
                .insert(entry.file_name().to_string_lossy().into_owned(), fs::read(entry.path())?);
        }
    }
    let mut changes = Vec::new();
    for (name, content) in &produced.files {
        if present.remove(name).as_ref() != Some(content) {
            changes.push(format!("write  {}", produced.folder.join(name).display()));
            if !check {
                fs::create_dir_all(&produced.folder)?;
                fs::write(produced.folder.join(name), content)?;
            }
        }
    }
    for name in present.into_keys() {
        changes.push(format!("remove {}", produced.folder.join(&name).display()));
        if !check {
            fs::remove_file(produced.folder.join(&name))?;
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
        };

        assert_eq!(sync(&produced, true).unwrap().len(), 3);
        assert!(folder.path().join("old.json").exists(), "a check changes nothing");
        assert_eq!(sync(&produced, false).unwrap().len(), 3);
        assert_eq!(sync(&produced, true).unwrap(), Vec::<String>::new());
        assert!(!folder.path().join("old.json").exists());
    }
}
