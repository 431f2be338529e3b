//! `croft` as a person or a script runs it.

use std::{
    io::Write,
    path::Path,
    process::{Child, Command, Output, Stdio},
};

use serde_json::Value;

use super::Server;

/// What a command did.
#[derive(Debug)]
pub struct Done {
    /// Its exit code; -1 when a signal ended it.
    pub code: i32,
    /// What it wrote on standard output.
    pub out: String,
    /// What it wrote on standard error.
    pub err: String,
}

#[expect(clippy::return_self_not_must_use, reason = "the check is what is wanted")]
impl Done {
    /// Runs a command to its end, with something on its standard input.
    pub fn of(command: &mut Command, stdin: &str) -> Self {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // Whoever does not read it is gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Self::from(child.wait_with_output().unwrap())
    }

    /// Fails the test unless it ended with this code.
    #[track_caller]
    pub fn code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        self
    }

    /// Fails the test unless it went well.
    #[track_caller]
    pub fn ok(self) -> Self {
        self.code(0)
    }

    /// Fails the test unless standard error has all these words.
    #[track_caller]
    pub fn says(self, words: &[&str]) -> Self {
        for word in words {
            assert!(self.err.contains(word), "no `{word}`: {self:?}");
        }
        self
    }

    /// Standard output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(output.stdout), err: text(output.stderr) }
    }
}

/// A person at a terminal, with a home folder of their own.
#[derive(Debug)]
pub struct Terminal {
    home: tempfile::TempDir,
    env: Vec<(String, String)>,
}

impl Terminal {
    /// Somebody who has never run `croft`.
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap(), env: Vec::new() }
    }

    /// Somebody who has signed in.
    #[track_caller]
    pub fn signed_in(server: &Server, email: &str, password: &str) -> Self {
        let person = Self::new();
        let login = ["login", &server.client().server(), "--email", email, "--password-stdin"];
        person.croft_with(&login, password).ok();
        person
    }

    /// The same home, with a variable set.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.env.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The home, which is the current folder too.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Runs a command.
    pub fn croft(&self, args: &[&str]) -> Done {
        self.croft_with(args, "")
    }

    /// Runs a command with something on its standard input.
    pub fn croft_with(&self, args: &[&str], stdin: &str) -> Done {
        Done::of(&mut self.command(args), stdin)
    }

    /// Runs a command whose data must be JSON: all of standard output, and nothing else on it.
    #[track_caller]
    pub fn json(&self, args: &[&str]) -> Value {
        let args: Vec<_> = args.iter().copied().chain(["--output", "json"]).collect();
        self.croft(&args).ok().json()
    }

    /// Starts a command and does not wait.
    pub fn spawn(&self, args: &[&str]) -> Child {
        let mut command = self.command(args);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap()
    }

    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(super::binary());
        command.args(args).env_clear().env("HOME", self.home()).current_dir(self.home());
        command.envs(self.env.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Default for Terminal {
    fn default() -> Self {
        Self::new()
    }
}
