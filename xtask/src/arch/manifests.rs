//! Which crate depends on what, by the manifests.
//!
//! `[dependencies]` and `[build-dependencies]` follow the table. A crate's `[dev-dependencies]` may
//! name any crate of ours that does not itself depend on it (so that the store's tests can start a
//! real Postgres through providers), and any library.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use super::table::{ARROWS, LIBRARIES};
use crate::tree::File;
use crate::violation::Violation;

/// Checks `crates/*/Cargo.toml`.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    let renamed = renamed(files)?;
    let manifests = files.iter().filter_map(|file| {
        let name = file.path.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        (!name.contains('/')).then_some((name, file))
    });
    for (name, file) in manifests {
        let manifest: Table = file.text.parse().with_context(|| file.path.clone())?;
        let Some(arrows) = arrows(name) else {
            violations.push(violation(file, "[package]", format!(
                "crate {name} is in no row of the table: add it to ARROWS in xtask/src/arch/table.rs, \
                 or open no crate"
            )));
            continue;
        };
        for (section, dependency) in dependencies(&manifest, &renamed) {
            let own =
                dependency.strip_prefix("croft-").or((dependency == "croft").then_some("croft"));
            let complaint = match own {
                Some(own) if section == Section::Dev => (own == "tests" || depends(own, name))
                    .then(|| format!("{own} depends on {name}: move the test to crates/tests")),
                Some(own) => (!arrows.contains(&own)).then(|| {
                    format!(
                        "{name} may not know {own}: it knows only {arrows:?}; take a port instead"
                    )
                }),
                None if section == Section::Dev || name == "tests" => None,
                None => foreign(name, &dependency),
            };
            violations.extend(complaint.map(|message| violation(file, &dependency, message)));
        }
    }
    Ok(violations)
}

fn arrows(name: &str) -> Option<&'static [&'static str]> {
    ARROWS.iter().find(|(found, _)| *found == name).map(|(_, arrows)| *arrows)
}

/// Whether `from` depends on `to`, directly or not. The table has no cycle (see the test).
fn depends(from: &str, to: &str) -> bool {
    let arrows = arrows(from).unwrap_or_default();
    from == to || arrows.iter().any(|next| depends(next, to))
}

/// The complaint about a library that belongs to others.
fn foreign(name: &str, library: &str) -> Option<String> {
    let (_, owners) = LIBRARIES.iter().find(|(names, _)| names.contains(&library))?;
    let folder = format!("crates/{name}");
    let owns = |owner: &&str| **owner == folder || owner.starts_with(&format!("{folder}/"));
    (!owners.iter().any(owns)).then(|| {
        format!("{library} belongs to {}: call that crate, or take a port", owners.join(", "))
    })
}

#[derive(Clone, Copy, PartialEq)]
enum Section {
    Shipped,
    Dev,
}

/// All dependencies of a manifest, those for one target too, by the names of their packages.
fn dependencies(manifest: &Table, renamed: &BTreeMap<String, String>) -> Vec<(Section, String)> {
    let targets = manifest.get("target").and_then(Value::as_table);
    let tables = targets.into_iter().flat_map(Table::values).filter_map(Value::as_table);
    let mut found = Vec::new();
    for table in tables.chain([manifest]) {
        for (key, section) in [
            ("dependencies", Section::Shipped),
            ("build-dependencies", Section::Shipped),
            ("dev-dependencies", Section::Dev),
        ] {
            let entries = table.get(key).and_then(Value::as_table);
            found.extend(entries.into_iter().flatten().map(|(name, value)| {
                let here = value.get("package").and_then(Value::as_str).map(str::to_owned);
                let package = here.or_else(|| renamed.get(name).cloned());
                (section, package.unwrap_or_else(|| name.clone()))
            }));
        }
    }
    found
}

/// The packages that the workspace calls by another name.
fn renamed(files: &[File]) -> Result<BTreeMap<String, String>> {
    let Some(root) = files.iter().find(|file| file.path == "Cargo.toml") else {
        return Ok(BTreeMap::new());
    };
    let manifest: Table = root.text.parse().context("Cargo.toml")?;
    let shared = manifest.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let entries = shared.and_then(Value::as_table).into_iter().flatten();
    Ok(entries
        .filter_map(|(name, value)| {
            Some((name.clone(), value.get("package")?.as_str()?.to_owned()))
        })
        .collect())
}

fn violation(file: &File, needle: &str, message: String) -> Violation {
    let line = file.text.lines().position(|line| line.contains(needle)).unwrap_or_default() + 1;
    Violation { file: file.path.clone(), line, message }
}

#[cfg(test)]
mod tests {
    use super::super::planted;
    use super::*;

    fn complaints(name: &str, manifest: &str) -> Vec<String> {
        planted(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\ndb = { package = \"sqlx\", version = \"0.9\" }\n",
            ),
            (&format!("crates/{name}/Cargo.toml"), &format!("[package]\nname = \"x\"\n{manifest}")),
        ])
    }

    #[test]
    fn the_table_has_no_cycle() {
        for (at, (name, arrows)) in ARROWS.iter().enumerate() {
            for arrow in *arrows {
                assert!(ARROWS[..at].iter().any(|(above, _)| above == arrow), "{name} -> {arrow}");
            }
        }
    }

    #[test]
    fn a_forbidden_arrow_is_reported_where_it_is_written() {
        let found = complaints(
            "edge",
            "[dependencies]\ncroft-model.workspace = true\ncroft-store.workspace = true\n",
        );
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(
            found[0].starts_with("crates/edge/Cargo.toml:5: edge may not know store"),
            "{found:?}"
        );
    }

    #[test]
    fn a_target_or_build_section_is_no_way_around() {
        let found = complaints(
            "api",
            "[target.'cfg(unix)'.dependencies]\ncroft-providers.workspace = true\n\
             [build-dependencies]\ncroft-store.workspace = true\n",
        );
        assert_eq!(found.len(), 2, "{found:?}");
    }

    #[test]
    fn tests_may_know_more_but_not_in_a_circle() {
        assert_eq!(
            complaints("store", "[dev-dependencies]\ncroft-providers.workspace = true\n"),
            [""; 0]
        );
        let found = complaints("store", "[dev-dependencies]\ncroft-api.workspace = true\n");
        assert!(found[0].contains("api depends on store"), "{found:?}");
        let found = complaints("api", "[dev-dependencies]\ncroft-tests.workspace = true\n");
        assert!(found[0].contains("move the test to crates/tests"), "{found:?}");
    }

    #[test]
    fn a_library_of_others_is_reported_by_whatever_name() {
        for manifest in [
            "[dependencies]\nsqlx.workspace = true\n",
            "[dependencies]\ndb.workspace = true\n",
            "[dependencies]\nmy = { package = \"sqlx\", version = \"0.9\" }\n",
        ] {
            let found = complaints("app", manifest);
            assert!(found[0].contains("sqlx belongs to crates/store"), "{found:?}");
        }
        assert_eq!(complaints("store", "[dependencies]\nsqlx.workspace = true\n"), [""; 0]);
        assert_eq!(complaints("reconciler", "[dependencies]\nreqwest.workspace = true\n"), [""; 0]);
    }

    #[test]
    fn a_crate_that_nobody_planned_is_reported() {
        let found = complaints("utils", "");
        assert!(
            found[0].starts_with("crates/utils/Cargo.toml:1: crate utils is in no row"),
            "{found:?}"
        );
    }
}
