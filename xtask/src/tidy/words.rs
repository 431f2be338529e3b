//! Words that must not be in the tree: unfinished code, waiting by the clock, one machine's paths.

use anyhow::Result;

use crate::tokens::{self, Token};
use crate::tree::File;
use crate::violation::Violation;

/// Places that may break a rule, each with its reason: path, word, why.
const ALLOWED: &[(&str, &str, &str)] =
    &[("xtask/src/tidy/words.rs", "", "names the words that it looks for")];

/// Tokens that no Rust file may have: unfinished or switched off.
const UNFINISHED: &[(&[&str], &str)] = &[
    (&["todo", "!"], "finish it or leave it out"),
    (&["unimplemented", "!"], "finish it or leave it out"),
    (&["#", "[", "ignore"], "a test that does not run tells nothing: make it run or remove it"),
];

const NO_SLEEP: &str = "wait for a condition with a deadline (the pause between two looks stands in a fn until.. or wait_for..)";

/// In browser and unit tests of the dashboard.
const SCRIPTED: &[(&str, &str)] = &[
    (".skip(", "a test that does not run tells nothing: make it run or remove it"),
    (".only(", "the other tests would not run"),
    (".fixme(", "a test that does not run tells nothing: make it run or remove it"),
    ("waitForTimeout(", NO_SLEEP),
];

/// In any text. A path counts where one begins, not as the tail of another.
const PATHS: &[&str] = &["/work/", "/root/", "/home/"];
const HOME_EXAMPLES: &[&str] = &["/home/croft/", "/home/you/"];
const NO_PATH: &str = "names one machine's folder: use a relative path, a setting, or /home/you/";

const REGISTRIES: &[&str] = &[
    "registry.npmjs.org",
    "registry.yarnpkg.com",
    "index.crates.io",
    "static.crates.io",
    "pypi.org",
    "files.pythonhosted.org",
    "deb.debian.org",
    "proxy.golang.org",
    "registry-1.docker.io",
];
const NO_REGISTRY: &str =
    "names a registry: the machine's own settings say where packages come from";
const LOCK_FILES: &[&str] = &["Cargo.lock", "package-lock.json"];

/// Checks every text file.
pub(super) fn check(files: &[File]) -> Result<Vec<Violation>> {
    let mut violations = Vec::new();
    for file in files {
        let mut found = in_text(file);
        if file.has_extension("rs") {
            found.extend(in_rust(&tokens::of(file)?));
        }
        violations.extend(found.into_iter().filter(|(_, word, _)| !allowed(file, word)).map(
            |(line, word, advice)| Violation {
                file: file.path.clone(),
                line,
                message: format!("`{word}`: {advice}"),
            },
        ));
    }
    Ok(violations)
}

type Found = (usize, String, &'static str);

fn allowed(file: &File, word: &str) -> bool {
    ALLOWED
        .iter()
        .any(|(path, words, _)| file.path == *path && (words.is_empty() || *words == word))
}

/// What the functions are called in which a test may sleep: between two looks at a condition, and to
/// let an instant be left to chance.
fn may_sleep(name: &str) -> bool {
    name.starts_with("until") || name.starts_with("wait_for") || name == "by_chance"
}

fn in_rust(tokens: &[Token]) -> Vec<Found> {
    let mut found = Vec::new();
    for (texts, advice) in UNFINISHED {
        found
            .extend(tokens::find(tokens, texts).map(|token| (token.line, texts.concat(), *advice)));
    }
    let waiting: Vec<_> = tokens
        .windows(2)
        .enumerate()
        .filter(|(_, window)| window[0].text == "fn" && may_sleep(&window[1].text))
        .filter_map(|(at, window)| {
            let body = |token: &&Token| token.depth == window[0].depth && token.text == "{";
            let body = tokens[at..].iter().find(body)?;
            Some(body.line..=body.end_line)
        })
        .collect();
    let sleeps = tokens.windows(3).filter(|window| {
        let [before, name, after] = window else { return false };
        // A method `sleep` is a clock that was passed in, which a test can move.
        let called = name.text == "sleep" && after.text == "(" && before.text != ".";
        name.test && called && !waiting.iter().any(|lines| lines.contains(&name.line))
    });
    found.extend(sleeps.map(|window| (window[1].line, "sleep".to_owned(), NO_SLEEP)));
    found
}

fn in_text(file: &File) -> Vec<Found> {
    let locked = LOCK_FILES.iter().any(|name| file.path.ends_with(name));
    let scripted = [".test.ts", ".spec.ts"].iter().any(|end| file.path.ends_with(end))
        || (file.path.starts_with("e2e/") && file.has_extension("ts"));
    let mut found = Vec::new();
    for (at, line) in file.text.lines().enumerate() {
        let mut add =
            |word: &str, advice: &'static str| found.push((at + 1, word.to_owned(), advice));
        for (word, advice) in SCRIPTED {
            if scripted && line.contains(word) {
                add(word, advice);
            }
        }
        for host in REGISTRIES {
            if !locked && line.contains(host) {
                add(host, NO_REGISTRY);
            }
        }
        for path in PATHS {
            if !locked && has_path(line, path) {
                add(path, NO_PATH);
            }
        }
    }
    found
}

fn has_path(line: &str, path: &str) -> bool {
    line.match_indices(path).any(|(at, _)| {
        let tail = line[..at].chars().next_back();
        let begins = tail.is_none_or(|c| !c.is_alphanumeric() && !"/._-})>*$~".contains(c));
        begins && !HOME_EXAMPLES.iter().any(|example| line[at..].starts_with(example))
    })
}

#[cfg(test)]
mod tests {
    use super::super::planted;

    fn one(path: &str, text: &str, expected: &str) {
        let found = planted(&[(path, text)]);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with(&format!("{path}:{expected}")), "{text}: {found:?}");
    }

    #[test]
    fn unfinished_code_is_reported() {
        one("crates/a/src/lib.rs", "fn a() {\n todo!() }", "2: `todo!`");
        one("crates/a/src/lib.rs", "fn a() { unimplemented!() }", "1: `unimplemented!`");
        one("crates/a/src/lib.rs", "#[test]\n#[ignore = \"slow\"]\nfn a() {}", "2: `#[ignore`");
        one("e2e/a.ts", "\ntest.skip('a')", "2: `.skip(`");
        one("web/src/a.test.ts", "test.only('a')", "1: `.only(`");
        assert_eq!(
            planted(&[("crates/a/src/lib.rs", "// todo!()\nfn a(b: I) { b.skip(1); }")]),
            [""; 0]
        );
        assert_eq!(planted(&[("web/src/a.ts", "a.skip(1)")]), [""; 0]);
    }

    #[test]
    fn a_test_that_sleeps_is_reported() {
        for text in [
            "#[tokio::test] async fn a() { tokio::time::sleep(b).await }",
            "#[cfg(test)] mod tests { fn a() { std::thread::sleep(b) } }",
            "use std::thread::sleep; #[test] fn a() { sleep(b) }",
        ] {
            one("crates/a/src/lib.rs", text, "1: `sleep`");
        }
        one(
            "crates/tests/tests/a.rs",
            "async fn a() { tokio::time::sleep(b).await }",
            "1: `sleep`",
        );
        one("e2e/a.ts", "await page.waitForTimeout(1)", "1: `waitForTimeout(`");
        let until = "async fn until<T>(a: impl AsyncFnMut() -> T) {\n loop { sleep(b).await }\n}";
        assert_eq!(planted(&[("crates/tests/src/lib.rs", until)]), [""; 0]);
        one("crates/tests/src/lib.rs", &format!("{until}\nfn a() {{ sleep(b) }}"), "4: `sleep`");
        let shipped =
            "async fn a() { tokio::time::sleep(b).await } #[test] fn b() { clock.sleep(c); }";
        assert_eq!(planted(&[("crates/a/src/lib.rs", shipped)]), [""; 0]);
    }

    #[test]
    fn a_machines_path_is_reported_anywhere() {
        one("docs/a.md", concat!("see `/wor", "k/a`"), concat!("1: `/wor", "k/`"));
        one("script/a", "cd /root/a", "1: `/root/`");
        one("crates/a/src/lib.rs", "const A: &str = \"/home/me/a\";", "1: `/home/`");
        let fine = concat!(
            "/home/you/a /home/croft/a web/wor",
            "k/a ~/wor",
            "k/ {team}/root/ https://a.example/home/"
        );
        assert_eq!(planted(&[("docs/a.md", fine)]), [""; 0]);
    }

    #[test]
    fn a_registry_is_reported_outside_lock_files() {
        one("web/.npmrc", "registry=https://registry.npmjs.org/", "1: `registry.npmjs.org`");
        assert_eq!(planted(&[("web/package-lock.json", "https://registry.npmjs.org/")]), [""; 0]);
    }
}
