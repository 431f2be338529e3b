//! `cargo xtask arch`: the fences of ARCHITECTURE.md that the compiler cannot hold by itself.

mod table;
mod manifests;
mod modules;
mod only;

use std::path::Path;

use anyhow::Result;

use crate::tree;
use crate::violation::Violation;

/// Every broken fence of the project at `root`.
pub(crate) fn check(root: &Path) -> Result<Vec<Violation>> {
    let files = tree::read(root)?;
    let mut violations = manifests::check(&files)?;
    violations.extend(modules::check(&files)?);
    violations.extend(only::check(&files)?);
    Ok(violations)
}

/// Checks a planted tree and returns its violations as text.
#[cfg(test)]
fn planted(files: &[(&str, &str)]) -> Vec<String> {
    let root = tree::planted(files);
    check(root.path()).unwrap().iter().map(ToString::to_string).collect()
}
