//! The sample file and the reference page, made from the table.

use super::{layers::Row, table::TABLE};

/// The settings file with every setting commented out.
pub fn sample() -> String {
    let mut text = String::from(
        "# Croft's settings. Each can also be given as CROFT_<NAME> in the environment, which\n\
         # stands above this file, or as a flag, which stands above both.\n",
    );
    for row in TABLE {
        let default = row.default.trim();
        text.push('\n');
        row.doc.lines().for_each(|line| push_line(&mut text, &format!("# {}", line.trim())));
        if is_literal(default) {
            push_line(&mut text, &format!("# {} = {}", row.key, as_toml(default)));
        } else {
            push_line(&mut text, &format!("# Default: {default}"));
            push_line(&mut text, &format!("# {} = \"\"", row.key));
        }
    }
    text
}

/// The page `docs/reference/configuration.md`.
pub fn markdown() -> String {
    let mut text = String::from(HEAD);
    for row in TABLE {
        let Row { key, doc, default, secret } = row;
        let flag = row.flag().map_or_else(String::new, |flag| format!(", `--{flag}`"));
        let default =
            if is_literal(default) { format!("`{default}`") } else { default.replace('<', "\\<") };
        let secret = if *secret {
            " Never printed, and without a flag: others see command lines."
        } else {
            ""
        };
        let doc = doc.lines().map(str::trim).collect::<Vec<_>>().join(" ");
        push_line(&mut text, &format!("\n### `{key}`\n\n{doc}{secret}\n"));
        push_line(&mut text, &format!("`{}`{flag}. Default: {default}", row.variable()));
    }
    text
}

const HEAD: &str = "# Configuration

Made from `crates/croft/src/settings/table.rs` by `croft config reference`; change it there.

Values come from four layers, later ones standing above earlier ones: defaults, the file, the
environment, flags. The file is the one named by `--config`, else `/etc/croft/server.toml`, else
`server.toml` in `CROFT_DATA_DIR`; never one in the current directory (`croft.toml` there belongs to
a project). In the environment an empty value counts as unset. Lists are written between commas, or
in the file as a TOML list.

A name that is no setting is refused, in the file and among `CROFT_*` in the environment, except
`CROFT_URL` and `CROFT_TOKEN`, which are the client's, and `CROFT_SERVICE_*`, `CROFT_PORT*` and
`CROFT_TEST_*`, which others set. All problems are told at once, before anything listens, and the
exit code is 2.

`croft config check` says what holds, where each value came from, and what is wrong or could be
better. `croft config sample` prints a file with every setting.

## Production

With `mode = \"production\"` Croft refuses to start without a domain, with a public address over plain
http, with a master key that lies below `data_dir`, is missing or can be read by others, with a
settings file that holds a secret and can be read by others, and when everybody is a trusted proxy.

## Settings
";

/// Whether a default is one word that could stand in the file.
fn is_literal(default: &str) -> bool {
    !default.contains([' ', '<', '/']) && !matches!(default, "none" | "nowhere")
}

fn as_toml(default: &str) -> String {
    if default.parse::<u32>().is_ok() { default.to_owned() } else { format!("\"{default}\"") }
}

fn push_line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}
