//! Inside a crate: `lib.rs` (or `main.rs`) lists modules lowest first, and a module uses only those
//! listed above it, so there are no cycles and a crate can be read from top to bottom.
//!
//! What the root re-exports counts as the module it comes from. Test code may look anywhere.

use std::collections::BTreeMap;

use anyhow::Result;

use crate::tokens::{self, Token};
use crate::tree::File;
use crate::violation::Violation;

/// Checks the modules of every crate and of xtask.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for root in files.iter().filter(|file| file.path.ends_with("/src/lib.rs")) {
        violations.extend(check_crate(root, files)?);
    }
    for root in files.iter().filter(|file| file.path.ends_with("/src/main.rs")) {
        let library = root.path.replace("/main.rs", "/lib.rs");
        if files.iter().all(|file| file.path != library) {
            violations.extend(check_crate(root, files)?);
        }
    }
    Ok(violations)
}

fn check_crate(root: &File, files: &[File]) -> Result<Vec<Violation>> {
    let top = Top::read(&tokens::of(root)?);
    let source = root.path.rsplit_once('/').map_or("", |(folder, _)| folder);
    let mut violations = Vec::new();
    for (at, module) in top.modules.iter().enumerate() {
        let place = format!("{source}/{module}");
        for file in files.iter().filter(|file| file.has_extension("rs") && file.is_in(&place)) {
            let tokens = tokens::of(file)?;
            let depth = depth(file, source);
            violations.extend(references(&tokens, depth).into_iter().filter_map(|(line, name)| {
                let message = top.complaint(at, &name, &root.path)?;
                Some(Violation { file: file.path.clone(), line, message })
            }));
        }
    }
    Ok(violations)
}

/// What a crate's root declares.
struct Top {
    /// Lowest first.
    modules: Vec<String>,
    /// A re-exported name and the module, or the other crate, it comes from.
    exports: BTreeMap<String, String>,
}

impl Top {
    fn read(tokens: &[Token]) -> Self {
        let shipped: Vec<&Token> = tokens.iter().filter(|token| !token.test).collect();
        let mut modules = Vec::new();
        for window in shipped.windows(3) {
            let [keyword, name, end] = window else { continue };
            if keyword.depth == 0 && keyword.text == "mod" && matches!(&*end.text, ";" | "{") {
                modules.push(name.text.clone());
            }
        }
        let mut exports = BTreeMap::new();
        for (at, _) in
            shipped.iter().enumerate().filter(|(_, token)| token.depth == 0 && token.text == "use")
        {
            let statement: Vec<&str> = shipped[at + 1..]
                .iter()
                .map(|token| &*token.text)
                .take_while(|text| *text != ";")
                .collect();
            let path = statement.iter().find(|text| !matches!(**text, "crate" | "self" | "::"));
            let Some(origin) = path else { continue };
            for (name, next) in statement.iter().zip(statement[1..].iter().chain(&["}"])) {
                if matches!(*next, "," | "}") {
                    exports.insert((*name).to_owned(), (*origin).to_owned());
                }
            }
        }
        Self { modules, exports }
    }

    /// What is wrong with the module numbered `at` using the root's `name`.
    fn complaint(&self, at: usize, name: &str, root: &str) -> Option<String> {
        let module = &self.modules[at];
        let target = self.exports.get(name).map_or(name, String::as_str);
        match self.modules.iter().position(|found| found == target) {
            Some(position) if position <= at => None,
            None if self.exports.contains_key(name) => None,
            Some(_) => Some(format!(
                "{module} uses {target}, which {root} lists below it: move what both need into a \
                 lower module, or reorder the list if nothing in {target} uses {module}"
            )),
            None => Some(format!(
                "{module} uses crate::{name}, which {root} itself defines: put it in a module"
            )),
        }
    }
}

/// How many `super` lead from the file to the crate's root.
fn depth(file: &File, source: &str) -> usize {
    let path = file.path.trim_start_matches(source).trim_start_matches('/');
    path.trim_end_matches("/mod.rs").split('/').count()
}

/// The names directly below the crate's root that shipped code refers to, with their lines.
fn references(tokens: &[Token], depth: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let start = &tokens[at];
        let mut supers = 0;
        let mut next = at;
        while tokens.get(next).is_some_and(|token| matches!(&*token.text, "super" | "crate"))
            && tokens.get(next + 1).is_some_and(|token| token.text == "::")
        {
            supers += 1;
            next += 2;
        }
        let to_root = start.text == "crate" || supers == depth + start.inline_modules;
        if next > at && to_root && !start.test {
            found.extend(names(&tokens[next..]));
        }
        at = next.max(at + 1);
    }
    found
}

/// The first name of the path, or of each path in the braces, that `tokens` begin with.
fn names(tokens: &[Token]) -> Vec<(usize, String)> {
    let Some(first) = tokens.first() else { return Vec::new() };
    // A macro is found by text, not by path; what it expands to is checked where it is written.
    if tokens.get(1).is_some_and(|token| token.text == "!") {
        return Vec::new();
    }
    if first.text != "{" {
        return vec![(first.line, first.text.clone())];
    }
    let inside = tokens[1..].iter().take_while(|token| token.depth > first.depth);
    let mut expected = true;
    let mut found = Vec::new();
    for token in inside.filter(|token| token.depth == first.depth + 1) {
        if expected && token.text != "self" {
            found.push((token.line, token.text.clone()));
        }
        expected = token.text == ",";
    }
    found
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    const ROOT: &str = "pub mod low;\nmod middle;\npub mod high;\n#[cfg(test)]\nmod tests;\npub use high::{Top, deep::Deeper};\npub use low::Low;\npub use uuid::Uuid;\n";

    fn complaints(path: &str, text: &str) -> Vec<String> {
        planted(&[("crates/model/src/lib.rs", ROOT), (path, text)])
    }

    #[test]
    fn every_way_of_looking_up_is_reported() {
        for text in [
            "\nuse crate::high::Top;",
            "\nuse crate::{low::Low, high};",
            "\nuse super::high;",
            "\nuse crate::Top;",
            "\nuse crate::Deeper;",
            "\nfn a() -> crate::high::Top { todo() }",
            "\nfn a() { vec![crate::high::Top]; }",
            "\nmod inner { use super::super::high; }",
            "\nmacro_rules! a { () => { $crate::high::a() } }",
        ] {
            let found = complaints("crates/model/src/middle.rs", text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(
                found[0].starts_with("crates/model/src/middle.rs:2: middle uses high"),
                "{found:?}"
            );
        }
        let found = complaints("crates/model/src/middle/part.rs", "use super::super::high::Top;");
        assert!(
            found[0].starts_with("crates/model/src/middle/part.rs:1: middle uses high"),
            "{found:?}"
        );
    }

    #[test]
    fn looking_down_or_to_oneself_is_fine() {
        for text in [
            "use crate::low::Low; use crate::Low as Other; use crate::Uuid; use crate::middle::part; use super::low;",
            "mod inner { use super::high; } fn high() {}",
            "#[cfg(test)] mod tests { use crate::high::Top; use super::*; }",
            "pub(crate) fn a() {} // crate::high\nconst A: &str = \"crate::high\";",
        ] {
            assert_eq!(complaints("crates/model/src/middle.rs", text), [""; 0], "{text}");
        }
        assert_eq!(complaints("crates/model/src/middle/part.rs", "use super::high;"), [""; 0]);
        assert_eq!(complaints("crates/model/src/tests.rs", "use crate::high::Top;"), [""; 0]);
    }

    #[test]
    fn what_only_the_root_has_is_out_of_reach() {
        for text in ["use crate::helper;", "use crate::*;"] {
            let found = complaints("crates/model/src/high.rs", text);
            assert!(found[0].contains("put it in a module"), "{found:?}");
        }
    }

    #[test]
    fn a_binary_is_checked_by_its_main() {
        let found = planted(&[
            ("crates/croft/src/main.rs", "mod a;\nmod b;\nfn main() {}"),
            ("crates/croft/src/a.rs", "use crate::b;"),
        ]);
        assert!(found[0].starts_with("crates/croft/src/a.rs:1: a uses b"), "{found:?}");
    }
}
