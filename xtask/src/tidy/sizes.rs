//! No file that cannot be read in one sitting, no function that does not fit a screen.

use anyhow::Result;

use crate::tokens;
use crate::tree::File;
use crate::violation::Violation;

const FILE_LINES: usize = 500;
const FUNCTION_LINES: usize = 70;

/// Files that a program writes (`npm run --prefix web generate`).
const GENERATED: &[&str] = &["web/src/lib/api/schema.d.ts"];

/// Checks Rust, TypeScript and Svelte.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for file in files {
        let source = ["rs", "ts", "svelte"].iter().any(|extension| file.has_extension(extension));
        if !source || GENERATED.contains(&file.path.as_str()) {
            continue;
        }
        let lines = file.text.lines().count();
        if lines > FILE_LINES {
            violations.push(Violation {
                file: file.path.clone(),
                line: FILE_LINES + 1,
                message: format!(
                    "{lines} lines, at most {FILE_LINES}: split by what changes together"
                ),
            });
        }
        if file.has_extension("rs") {
            violations.extend(long_functions(file)?);
        }
    }
    Ok(violations)
}

fn long_functions(file: &File) -> Result<Vec<Violation>> {
    let tokens = tokens::of(file)?;
    let mut violations = Vec::new();
    for (at, keyword) in tokens.iter().enumerate().filter(|(_, token)| token.text == "fn") {
        let body = tokens[at..]
            .iter()
            .take_while(|token| token.depth >= keyword.depth)
            .find(|token| token.depth == keyword.depth && matches!(&*token.text, "{" | ";"));
        let lines = body.map_or(0, |body| body.end_line - keyword.line + 1);
        if lines > FUNCTION_LINES {
            violations.push(Violation {
                file: file.path.clone(),
                line: keyword.line,
                message: format!(
                    "fn {} has {lines} lines, at most {FUNCTION_LINES}: push loops and details down",
                    tokens.get(at + 1).map_or("", |name| &name.text)
                ),
            });
        }
    }
    Ok(violations)
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    #[test]
    fn a_long_file_is_reported_and_a_generated_one_is_not() {
        let text = "//\n".repeat(501);
        for path in ["crates/a/src/lib.rs", "web/src/a.ts", "web/src/A.svelte"] {
            let found = planted(&[(path, &text)]);
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(
                found[0].starts_with(&format!("{path}:501: 501 lines, at most 500")),
                "{found:?}"
            );
        }
        assert_eq!(planted(&[("web/src/lib/api/schema.d.ts", &text), ("a.md", &text)]), [""; 0]);
        assert_eq!(planted(&[("crates/a/src/lib.rs", &"//\n".repeat(500))]), [""; 0]);
    }

    #[test]
    fn a_long_function_is_reported_where_it_begins() {
        let function = |lines: usize| {
            format!(
                "struct A;\nimpl A {{\n fn long(a: [u8; {{ 1 }}]) {{\n{} }}\n}}",
                "a();\n".repeat(lines - 2)
            )
        };
        let found = planted(&[("crates/a/src/lib.rs", &function(71))]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("crates/a/src/lib.rs:3: fn long has 71 lines"), "{found:?}");
        assert_eq!(planted(&[("crates/a/src/lib.rs", &function(70))]), [""; 0]);
    }
}
