//! What a document names exists: paths, links, and the commands of `script/`, xtask and `croft`.
//!
//! Looked at: text in backticks, the commands in fenced blocks, and the targets of relative links.
//! A name with a placeholder (`<noun>`, `*`, `{a,b}`, `...`) is passed over; so write what is yet
//! to come without backticks.

use std::path::Path;

use crate::tree::File;
use crate::violation::Violation;

/// Folders at the root whose mention means a path of this project.
const ROOMS: &[&str] =
    &["crates/", "xtask/", "web/", "e2e/", "bench/", "docs/", "script/", ".ci/", ".cargo/"];

/// Checks every `*.md`.
pub(super) fn check(root: &Path, files: &[File]) -> Vec<Violation> {
    let commands = Commands { files };
    let mut violations = Vec::new();
    for file in files.iter().filter(|file| file.has_extension("md")) {
        let mut fenced = false;
        for (at, line) in file.text.lines().enumerate() {
            let mut complaints = Vec::new();
            if line.trim_start().starts_with("```") {
                fenced = !fenced;
            } else if fenced {
                let command = line.trim_start().trim_start_matches("$ ");
                complaints.extend(commands.complaint(command));
                complaints.extend(
                    command.starts_with("script/").then(|| missing(root, command)).flatten(),
                );
            } else {
                for span in line.split('`').skip(1).step_by(2) {
                    complaints.extend(commands.complaint(span));
                    complaints.extend(missing(root, span));
                }
                complaints.extend(links(line).filter_map(|target| dead(root, file, target)));
            }
            violations.extend(complaints.into_iter().map(|message| Violation {
                file: file.path.clone(),
                line: at + 1,
                message,
            }));
        }
    }
    violations
}

/// The complaint about a span that looks like a path of this project and is none.
fn missing(root: &Path, span: &str) -> Option<String> {
    let path = span.split([' ', '#']).next().unwrap_or_default();
    let path = path
        .rsplit_once(':')
        .filter(|(_, line)| line.parse::<u32>().is_ok())
        .map_or(path, |(path, _)| path);
    let placeholder = path.contains(['<', '*', '{', '$', '(']) || path.contains("...");
    if placeholder {
        return None;
    }
    let capital = path.strip_suffix(".md").is_some_and(|name| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c == '_')
    });
    // `model/src/id.rs` is short for the file in `crates/`.
    let in_crate = path.split_once('/').is_some_and(|(name, rest)| {
        rest.starts_with("src/") && root.join("crates").join(name).is_dir()
    });
    let absent =
        (capital || ROOMS.iter().any(|room| path.starts_with(room))) && !root.join(path).exists();
    let absent_in_crate =
        in_crate && !root.join("crates").join(path).exists() && !root.join(path).exists();
    (absent || absent_in_crate).then(|| {
        format!("`{path}` does not exist: correct it, or drop the backticks of what is yet to come")
    })
}

/// The targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn dead(root: &Path, file: &File, target: &str) -> Option<String> {
    let path = target.split('#').next().unwrap_or_default();
    if path.is_empty() || path.contains(':') {
        return None;
    }
    let folder = root.join(&file.path).parent()?.to_owned();
    (!folder.join(path).exists()).then(|| format!("the link to {target} leads nowhere"))
}

/// The commands there are, by the source that defines them.
struct Commands<'a> {
    files: &'a [File],
}

impl Commands<'_> {
    /// The complaint about a span that is a command which nobody defines.
    fn complaint(&self, span: &str) -> Option<String> {
        let (place, words) = match span.split_once(' ')? {
            ("croft", words) => ("crates/croft/src", words),
            ("cargo", words) => ("xtask/src", words.strip_prefix("xtask ")?),
            _ => return None,
        };
        let word = |word: &&str| {
            word.starts_with(|c: char| c.is_ascii_lowercase()) && !word.contains(['.', '/'])
        };
        // Options and operands end the chain of subcommands; capitals stand for operands.
        let unknown =
            words.split(' ').take(2).take_while(word).find(|word| !self.defines(place, word));
        unknown.map(|unknown| format!("`{span}`: no command `{unknown}` in {place}: correct it"))
    }

    /// Whether some `enum` there has the variant that clap makes into `word`.
    fn defines(&self, place: &str, word: &str) -> bool {
        let variant: String = word
            .split('-')
            .filter_map(|part| part.split_at_checked(1))
            .map(|(first, rest)| first.to_uppercase() + rest)
            .collect();
        self.files
            .iter()
            .filter(|file| file.has_extension("rs") && file.is_in(place))
            .flat_map(|file| file.text.lines().map(str::trim_start))
            .filter_map(|line| line.strip_prefix(&variant))
            .any(|rest| rest.starts_with([',', '(', ' ']))
    }
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    const PROJECT: &[(&str, &str)] = &[
        ("crates/model/src/id.rs", ""),
        (
            "crates/croft/src/commands/mod.rs",
            "enum Command {\n    Serve(Serve),\n    Admin {\n        what: Admin,\n    },\n}",
        ),
        ("crates/croft/src/commands/admin.rs", "enum Admin {\n    ResetPassword {},\n}"),
        ("xtask/src/main.rs", "enum Task {\n    Arch,\n}"),
        ("script/test", ""),
        ("CONTRIBUTING.md", ""),
    ];

    fn complaints(text: &str) -> Vec<String> {
        planted(&[PROJECT, &[("docs/page.md", text)]].concat())
    }

    #[test]
    fn a_name_of_nothing_is_reported() {
        for text in [
            "see\n`crates/model/src/od.rs`",
            "see\n`model/src/od.rs`",
            "see\n`script/tset --fast`",
            "see\n`NOTICE.md`",
            "see\n[this](../crates/modle)",
            "run\n`croft sreve`",
            "run\n`croft admin rest-password --email E`",
            "run\n`cargo xtask arhc`",
            "```sh\n$ script/tset\n```",
            "```sh\ncroft sreve --port 1\n```",
        ] {
            let found = complaints(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found[0].starts_with("docs/page.md:2: "), "{text}: {found:?}");
        }
    }

    #[test]
    fn what_exists_or_is_no_path_is_fine() {
        for text in [
            "`crates/model/src/id.rs` `model/src/id.rs:12` `script/test --fast` `CONTRIBUTING.md` `crates/`",
            "`model/src/<noun>/` `crates/*/Cargo.toml` `/api/v1/teams` `text/html` `croft.toml` `and/or`",
            "[a](../crates/model/src/id.rs#L1) [b](https://example.com/a) [c](#d) [e](page.md)",
            "`croft serve` `croft admin reset-password --email E` `croft serve --config FILE` `cargo xtask arch`",
            "```sh\nscript/test\ncroft serve\nmkdir docs/x\n```",
            "what is to come: crates/gateway and croft sandbox create",
        ] {
            assert_eq!(complaints(text), [""; 0], "{text}");
        }
    }
}
