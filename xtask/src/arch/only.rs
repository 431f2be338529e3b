//! What may be written only in named places: owned libraries inside a crate, `unsafe`, processes.

use anyhow::Result;

use super::table::{LIBRARIES, ONLY, Only};
use crate::tokens::{self, Token};
use crate::tree::File;
use crate::violation::Violation;

/// Checks the Rust sources of the crates and of xtask.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("rs")) {
        let tokens = tokens::of(file)?;
        for rule in ONLY {
            violations.extend(broken(rule, file, &tokens));
        }
        for (names, owners) in LIBRARIES {
            for name in *names {
                violations.extend(misplaced(name, owners, file, &tokens));
            }
        }
    }
    Ok(violations)
}

fn broken(rule: &Only, file: &File, tokens: &[Token]) -> Vec<Violation> {
    let holds_here = rule.inside.iter().any(|place| file.is_in(place));
    if !holds_here || rule.owners.iter().any(|owner| file.is_in(owner)) {
        return Vec::new();
    }
    tokens::find(tokens, rule.tokens)
        .filter(|token| rule.in_tests || !token.test)
        .map(|token| Violation {
            file: file.path.clone(),
            line: token.line,
            message: format!("`{}` has no place here: {}", rule.tokens.concat(), rule.instead),
        })
        .collect()
}

/// Uses of a library in a crate that may have it, outside the part of the crate that owns it.
fn misplaced(name: &str, owners: &[&str], file: &File, tokens: &[Token]) -> Vec<Violation> {
    let mut parts = file.path.splitn(3, '/');
    let folder = [parts.next(), parts.next()].map(Option::unwrap_or_default).join("/");
    let inside = |owner: &&&str| owner.starts_with(&format!("{folder}/"));
    if owners.iter().all(|owner| !inside(&owner)) || owners.iter().any(|owner| file.is_in(owner)) {
        return Vec::new();
    }
    let identifier = name.replace('-', "_");
    tokens
        .windows(2)
        .filter(|pair| {
            pair[0].text == identifier && matches!(&*pair[1].text, "::" | "as") && !pair[0].test
        })
        .map(|pair| Violation {
            file: file.path.clone(),
            line: pair[0].line,
            message: format!("{name} is used only in {}: move this there", owners.join(", ")),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    fn one(path: &str, text: &str, expected: &str) {
        let found = planted(&[(path, text)]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with(expected), "{found:?}");
    }

    #[test]
    fn unsafe_stands_in_three_files() {
        let text = "\nfn a() { unsafe { b() } }";
        one("crates/edge/src/a.rs", text, "crates/edge/src/a.rs:2: `unsafe` has no place here");
        one("crates/functions/src/pool.rs", text, "crates/functions/src/pool.rs:2:");
        one("crates/tests/src/lib.rs", text, "crates/tests/src/lib.rs:2:");
        for file in super::super::table::UNSAFE_FILES {
            assert_eq!(planted(&[(file, text)]), [""; 0]);
        }
    }

    #[test]
    fn processes_are_spawned_by_their_owners() {
        let text = "\nfn a() {\n std::process::Command::new(\"ls\"); }";
        one("crates/app/src/a.rs", text, "crates/app/src/a.rs:3: `Command::new` has no place here");
        one("crates/functions/src/engine.rs", text, "crates/functions/src/engine.rs:3:");
        for owner in ["functions/src/pool.rs", "functions/src/pool/a.rs", "providers/src/a.rs"] {
            assert_eq!(planted(&[(&format!("crates/{owner}"), text)]), [""; 0]);
        }
    }

    #[test]
    fn a_library_stays_in_its_part_of_the_crate() {
        let text = "use tokio_postgres::Client;";
        one(
            "crates/providers/src/git/mod.rs",
            text,
            "crates/providers/src/git/mod.rs:1: tokio-postgres",
        );
        one(
            "crates/sdk/src/page.rs",
            "fn a(b: reqwest::Client) {}",
            "crates/sdk/src/page.rs:1: reqwest",
        );
        for owner in ["providers/src/postgres/admin.rs", "sdk/src/client.rs"] {
            let text = format!("{text}\nfn a(b: reqwest::Client) {{}}");
            assert_eq!(planted(&[(&format!("crates/{owner}"), &text)]), [""; 0]);
        }
    }

    #[test]
    fn raw_bodies_leave_through_one_file() {
        let text = "fn a() -> Body { Body::from(vec![1]) }";
        one(
            "crates/api/src/routes/a.rs",
            text,
            "crates/api/src/routes/a.rs:1: `Body::from` has no place",
        );
        assert_eq!(planted(&[("crates/api/src/tenant_body.rs", text)]), [""; 0]);
        let tested = format!("#[cfg(test)] mod tests {{ {text} }}");
        assert_eq!(planted(&[("crates/api/src/routes/a.rs", &tested)]), [""; 0]);
    }
}
