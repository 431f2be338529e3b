//! `.sqlx/`: what Postgres says about each checked query, so that builds need no database.
//!
//! Does what `cargo sqlx prepare` does (sqlx-macros-core 0.9, `query/mod.rs`): with a live
//! `DATABASE_URL` and `SQLX_OFFLINE_DIR`, each macro writes one `query-<hash>.json` there.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::Produced;
use super::postgres::Postgres;
use crate::process;

/// Compiles the store against a database with all migrations applied.
pub(crate) fn produce(root: &Path) -> Result<Vec<Produced>> {
    let store = root.join("crates/store");
    let postgres = Postgres::start()?;
    for migration in migrations(&store.join("migrations"))? {
        postgres.apply(&migration)?;
    }

    let written = tempfile::tempdir()?;
    // Macros run only when their crate is compiled; nothing else tells cargo that it must be.
    let crate_root = fs::File::options().append(true).open(store.join("src/lib.rs"))?;
    crate_root.set_modified(now()).context("cannot touch crates/store/src/lib.rs")?;
    process::run(
        process::cargo(root)
            .args(["check", "--quiet", "-p", "croft-store", "--all-targets", "--all-features"])
            .env("DATABASE_URL", postgres.url())
            .env("SQLX_OFFLINE", "false")
            .env("SQLX_OFFLINE_DIR", written.path()),
    )?;

    let mut files = BTreeMap::new();
    for entry in fs::read_dir(written.path())? {
        let entry = entry?;
        let name =
            entry.file_name().into_string().ok().context("a query file's name is no text")?;
        files.insert(name, fs::read(entry.path())?);
    }
    if files.is_empty() {
        bail!(
            "no query was written: croft-store has no query!, or another cargo compiled it at the \
             same moment. Run `cargo xtask gen` again"
        );
    }
    Ok(vec![Produced { folder: root.join(".sqlx"), files, whole: true }])
}

/// Migrations in the order in which they apply: by their number.
fn migrations(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in
        fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?
    {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number: u64 = name
                .split('_')
                .next()
                .and_then(|number| number.parse().ok())
                .with_context(|| format!("{name}: a migration is named NUMBER_what.sql"))?;
            files.push((number, path));
        }
    }
    files.sort();
    Ok(files.into_iter().map(|(_, path)| path).collect())
}

fn now() -> std::time::SystemTime {
    #[expect(clippy::disallowed_methods, reason = "a file's modification time is the wall clock's")]
    std::time::SystemTime::now()
}
