//! Files that a program of this project prints.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context as _, Result};

use super::Produced;
use crate::process;

/// A committed file and the arguments of `croft` that print it.
const BY_CROFT: &[(&str, &[&str])] = &[
    ("crates/api/openapi.json", &["openapi"]),
    ("docs/reference/configuration.md", &["config", "reference"]),
    ("docs/reference/cli.md", &["reference"]),
    ("docs/reference/permissions.md", &["reference", "permissions"]),
];

/// Builds croft once and lets it print.
pub(crate) fn produce(root: &Path) -> Result<Vec<Produced>> {
    let mut produced = Vec::new();
    for (path, arguments) in BY_CROFT {
        let mut croft = process::cargo(root);
        croft.args(["run", "--quiet", "-p", "croft", "--"]).args(*arguments);
        let text = process::output(&mut croft).with_context(|| format!("cannot print {path}"))?;
        let (folder, name) = path.rsplit_once('/').context("a file at the root is generated")?;
        let files = BTreeMap::from([(name.to_owned(), text.into_bytes())]);
        produced.push(Produced { folder: root.join(folder), files, whole: false });
    }
    Ok(produced)
}
