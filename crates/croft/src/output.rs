//! What commands print: data on standard output, as text or JSON, everything else on standard
//! error. Nothing of others reaches a terminal unescaped.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use croft_sdk::page::Page;
use serde::Serialize;
use time::{OffsetDateTime, format_description::well_known::Rfc3339};

use crate::{
    escape,
    failure::{Exit, Failure},
};

/// What data looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Text,
    /// For programs.
    Json,
}

/// Something that can be a row of a table, or a page of its own.
pub(crate) trait Columns: Serialize {
    /// What its values are called.
    const HEAD: &'static [&'static str];

    /// Its values, as many as there are in [`Columns::HEAD`].
    fn cells(&self) -> Vec<String>;
}

/// Where output goes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Out(pub(crate) Format);

#[expect(clippy::unused_self, reason = "one way to print, whatever the format needs")]
impl Out {
    /// Whether data is for programs.
    pub(crate) fn is_json(self) -> bool {
        self.0 == Format::Json
    }

    /// One thing.
    pub(crate) fn one<T: Columns>(self, item: &T) -> Result<(), Failure> {
        match self.0 {
            Format::Json => self.json(item),
            Format::Text => {
                let width = T::HEAD.iter().map(|h| h.len()).max().unwrap_or(0);
                let pairs = T::HEAD.iter().zip(item.cells());
                let lines = pairs.map(|(h, v)| format!("{h:width$}  {}\n", escape::line(&v)));
                print(&lines.collect::<String>())
            }
        }
    }

    /// A page of a list. That there is more is said on standard error.
    pub(crate) fn list<T: Columns>(self, page: &Page<T>) -> Result<(), Failure> {
        match self.0 {
            Format::Json => self.json(page),
            Format::Text => {
                let rows = page.items.iter().map(Columns::cells).collect();
                if page.items.is_empty() {
                    self.say("(nothing)");
                } else {
                    print(&table(T::HEAD, rows))?;
                }
                if let Some(next) = &page.next {
                    self.say(&format!("There is more: --after {next}"));
                }
                Ok(())
            }
        }
    }

    /// A value as pretty JSON.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value).map_err(anyhow::Error::from)?;
        print(&(escape::json(&text) + "\n"))
    }

    /// One of a stream: a JSON object on a line, or the cells.
    pub(crate) fn row<T: Columns>(self, item: &T) -> Result<(), Failure> {
        let line = match self.0 {
            Format::Json => {
                escape::json(&serde_json::to_string(item).map_err(anyhow::Error::from)?)
            }
            Format::Text => {
                item.cells().iter().map(|c| escape::line(c)).collect::<Vec<_>>().join("  ")
            }
        };
        print(&(line + "\n"))
    }

    /// Text of several lines, as data.
    pub(crate) fn text(self, text: &str) -> Result<(), Failure> {
        print(&escape::lines(text))
    }

    /// Progress, and what to do next, for people.
    pub(crate) fn say(self, text: &str) {
        // Nobody to hear it is no failure.
        let _ = writeln!(io::stderr(), "{}", escape::lines(text));
    }

    /// A failure, on standard error.
    pub(crate) fn failure(self, failure: &Failure) {
        let text = match self.0 {
            Format::Json => escape::json(&format!("{:#}", failure.json())),
            Format::Text => failure.text(),
        };
        let _ = writeln!(io::stderr(), "{text}");
    }
}

/// Writes data. Whoever reads may have had enough: `croft ... | head` is no failure, and the
/// process ends as if there had been nothing more to say.
fn print(text: &str) -> Result<(), Failure> {
    bytes(text.as_bytes())
}

/// The same with bytes as they are, for what is no terminal.
pub(crate) fn bytes(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(e) if e.kind() == io::ErrorKind::BrokenPipe => std::process::exit(0),
        Err(e) => {
            Err(Failure::new(Exit::Failed, "output", format!("cannot write the output: {e}")))
        }
        Ok(()) => Ok(()),
    }
}

/// Columns as wide as their widest value; the last is not padded.
fn table(head: &[&str], rows: Vec<Vec<String>>) -> String {
    let head: Vec<String> = head.iter().map(|h| h.to_uppercase()).collect();
    let escaped = |row: Vec<String>| row.iter().map(|cell| escape::line(cell)).collect::<Vec<_>>();
    let rows: Vec<Vec<String>> =
        std::iter::once(head).chain(rows.into_iter().map(escaped)).collect();
    let width = |column: usize| {
        rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..rows[0].len()).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let cells = row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}"));
        text.push_str(cells.collect::<Vec<_>>().join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// A time for people and programs: RFC 3339 in UTC, to the second.
pub(crate) fn time(at: OffsetDateTime) -> String {
    at.replace_nanosecond(0).unwrap_or(at).format(&Rfc3339).unwrap_or_default()
}

/// A value that may be absent.
pub(crate) fn maybe(value: Option<impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), |v| v.to_string())
}

/// Whether a person is there to answer questions.
pub(crate) fn is_interactive() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_and_nothing_acts() {
        let rows = vec![
            vec!["a\x1b[2J".to_owned(), "1".to_owned()],
            vec!["ünïts".to_owned(), "a\nb".to_owned()],
        ];
        assert_eq!(
            table(&["name", "n"], rows),
            "NAME        N\na\\u{1b}[2J  1\nünïts       a\\nb\n"
        );
    }

    #[test]
    fn times_are_short() {
        let at = OffsetDateTime::from_unix_timestamp_nanos(1_767_323_045_123_456_789).unwrap();
        assert_eq!(time(at), "2026-01-02T03:04:05Z");
    }
}
