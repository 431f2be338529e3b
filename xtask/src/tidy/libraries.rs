//! Every library has a reason in writing, and a user.

use anyhow::{Context as _, Result};
use toml::{Table, Value};

use crate::tree::File;
use crate::violation::Violation;

const REASONS: &str = "docs/reference/dependencies.md";

/// Compares the root manifest with the page of reasons and with the crates' manifests.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let Some(manifest) = files.iter().find(|file| file.path == "Cargo.toml") else {
        return Ok(Vec::new());
    };
    let table: Table = manifest.text.parse().context("Cargo.toml")?;
    let shared = table.get("workspace").and_then(|workspace| workspace.get("dependencies"));
    let libraries: Vec<&str> = shared
        .and_then(Value::as_table)
        .into_iter()
        .flatten()
        .filter(|(_, value)| value.get("path").is_none())
        .map(|(name, _)| name.as_str())
        .collect();

    let page = files.iter().find(|file| file.path == REASONS).map_or("", |file| &file.text);
    let reasons: Vec<(usize, &str)> = page.lines().enumerate().filter_map(reason).collect();
    let members: Vec<&File> =
        files.iter().filter(|file| file.path.ends_with("/Cargo.toml")).collect();

    let mut violations = Vec::new();
    for library in &libraries {
        let at_start = |line: &str| {
            line.strip_prefix(library).is_some_and(|rest| rest.starts_with([' ', '.']))
        };
        let line = manifest.text.lines().position(at_start).unwrap_or_default() + 1;
        let mut complain = |message| {
            violations.push(Violation { file: manifest.path.clone(), line, message });
        };
        if !reasons.iter().any(|(_, name)| name == library) {
            complain(format!("{library} has no line in {REASONS}: say why it is here"));
        }
        if !members.iter().any(|member| member.text.lines().any(at_start)) {
            complain(format!("no crate uses {library}: remove the line"));
        }
    }
    violations.extend(reasons.iter().filter(|(_, name)| !libraries.contains(name)).map(
        |(line, name)| Violation {
            file: REASONS.to_owned(),
            line: *line,
            message: format!("{name} is no library of Cargo.toml: remove the line"),
        },
    ));
    Ok(violations)
}

/// The library that a line of the page, "- `name`: why", is about.
fn reason((at, line): (usize, &str)) -> Option<(usize, &str)> {
    let (name, why) = line.strip_prefix("- `")?.split_once("`: ")?;
    (!why.is_empty()).then_some((at + 1, name))
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    #[test]
    fn a_library_without_reason_or_user_is_reported() {
        let found = planted(&[
            (
                "Cargo.toml",
                "[workspace.dependencies]\ncroft-a = { path = \"crates/a\" }\nurl = \"2\"\nuuid = \"1\"\n",
            ),
            ("crates/a/Cargo.toml", "[dependencies]\nurl.workspace = true\n"),
            ("docs/reference/dependencies.md", "- `uuid`: ids\n- `gone`: was here\n"),
        ]);
        assert_eq!(
            found,
            [
                "Cargo.toml:3: url has no line in docs/reference/dependencies.md: say why it is here",
                "Cargo.toml:4: no crate uses uuid: remove the line",
                "docs/reference/dependencies.md:2: gone is no library of Cargo.toml: remove the line",
            ]
        );
    }
}
