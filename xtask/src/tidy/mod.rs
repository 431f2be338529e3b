//! `cargo xtask tidy`: sizes, forbidden words, and documents that tell the truth.
//!
//! That public items are documented is the compiler's to say (`missing_docs`).

mod sizes;
mod words;
mod documents;
mod libraries;

use std::path::Path;

use anyhow::Result;

use crate::tree;
use crate::violation::Violation;

/// Everything untidy in the project at `root`.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let files = tree::read(root)?;
    let mut violations = sizes::check(&files)?;
    violations.extend(words::check(&files)?);
    violations.extend(documents::check(root, &files));
    violations.extend(libraries::check(&files)?);
    Ok(violations)
}

/// Checks a planted tree and returns what is untidy as text.
#[cfg(test)]
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let root = tree::planted(files);
    check(root.path()).unwrap().iter().map(ToString::to_string).collect()
}
