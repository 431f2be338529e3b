//! The page `docs/reference/cli.md`, made from the command line itself.

use clap::{Arg, Command};

use crate::failure::Exit;

const HEAD: &str = "# The command line

Made from the program itself by `croft reference`; change the texts in `crates/croft/src`.

`croft` is the server and its client. Data goes to standard output, as text or, with
`--output json`, as JSON; progress and what to do next go to standard error, and so do errors: a
sentence, or with `--output json` a problem (RFC 9457). A wrong command line is always told in
words. Characters that could act on a terminal are shown escaped.

A list shows one page; in JSON it has `items` and `next`, which goes into `--after`. Streams
(`--follow`) print one JSON object on a line, take up where a connection broke, and end with code 0
on Ctrl-C.

## Which server, which credentials, which project

The server is `--server`, else `CROFT_URL`, else the `server` of `croft.toml`, else the one last
signed in to. Names ending in `.localhost` are this machine, whatever the resolver says.

`croft login` keeps the session in `$XDG_CONFIG_HOME/croft/credentials.toml` (`~/.config` without
it), readable by you alone, by server: it is never sent to another. Scripts give `--token` or
`CROFT_TOKEN` instead, always together with `--server` or `CROFT_URL`.

Passwords and secret values are typed when asked or read from standard input, never given on the
command line.

The project is `--project`, a slug or an id, else the `project` of the nearest `croft.toml` in this
folder or above it, which `croft link` writes.

## Exit codes

| code | meaning |
|---|---|
| 0 | it worked |
";

/// The whole page.
pub(crate) fn markdown(mut command: Command) -> String {
    command.build();
    let codes = Exit::ALL.map(|(exit, meaning)| format!("| {} | {meaning} |\n", exit as u8));
    let global = command.get_arguments().filter(|arg| arg.is_global_set()).map(argument);
    let mut parts = vec![HEAD.to_owned(), codes.concat(), "\n## Everywhere\n\n".to_owned()];
    parts.extend(global);
    parts.push("\n## Commands\n".to_owned());
    command.get_subcommands().for_each(|sub| section(&mut parts, "croft", sub));
    parts.concat()
}

fn section(parts: &mut Vec<String>, above: &str, command: &Command) {
    if command.is_hide_set() || command.get_name() == "help" {
        return;
    }
    let path = format!("{above} {}", command.get_name());
    if command.has_subcommands() {
        command.get_subcommands().for_each(|sub| section(parts, &path, sub));
        return;
    }
    let about = command.get_about().map(ToString::to_string).unwrap_or_default();
    parts.push(format!("\n### `{path}`\n\n{about}.\n"));
    let of_settings = |arg: &&Arg| arg.get_help_heading() == Some("Settings");
    let own = |arg: &&Arg| !arg.is_global_set() && arg.get_id() != "help" && !of_settings(arg);
    let arguments: Vec<_> = command.get_arguments().filter(own).map(argument).collect();
    if !arguments.is_empty() {
        parts.push(format!("\n{}", arguments.concat()));
    }
    if command.get_arguments().any(|arg| of_settings(&arg)) {
        parts.push(
            "\nTakes the settings of [configuration](configuration.md) as flags.\n".to_owned(),
        );
    }
}

/// One line of a list.
fn argument(arg: &Arg) -> String {
    let values = arg.get_value_names().unwrap_or_default();
    let value = values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let takes_value = arg.get_action().takes_values();
    let name = match arg.get_long() {
        Some(long) if takes_value => format!("--{long} {value}"),
        Some(long) => format!("--{long}"),
        None => value,
    };
    let positional = arg.get_long().is_none();
    let required = if positional && !arg.is_required_set() { ", optional" } else { "" };
    let help = arg.get_help().map(ToString::to_string).unwrap_or_default();
    let words = arg.get_possible_values();
    let words: Vec<_> = words.iter().map(|w| w.get_name().to_owned()).collect();
    let words = if words.is_empty() || !takes_value {
        String::new()
    } else {
        format!(" ({})", words.join(", "))
    };
    format!("- `{name}`{required}: {help}{words}\n")
}
