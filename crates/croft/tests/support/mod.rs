//! The built binary in a home of its own, and a server that says what a test wants to hear.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Output, Stdio},
    sync::mpsc,
    thread::JoinHandle,
    time::Duration,
};

/// A person at a terminal: a home folder and a current folder.
pub(crate) struct Person {
    pub(crate) home: tempfile::TempDir,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Person {
    pub(crate) fn new() -> Self {
        Self { home: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.home.path()
    }

    /// The binary, with an empty environment and nothing on standard input.
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    pub(crate) fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_croft"));
        command.args(args).env_clear().env("HOME", self.folder()).current_dir(self.folder());
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn croft(&self, args: &[&str]) -> Done {
        self.croft_with(args, &[], "")
    }

    pub(crate) fn croft_with(&self, args: &[&str], env: &[(&str, &str)], stdin: &str) -> Done {
        let mut command = self.command(args);
        let mut child = command.envs(env.iter().copied()).stdin(Stdio::piped()).spawn().unwrap();
        // Whoever does not read it is gone before it is written.
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        Done::of(&child.wait_with_output().unwrap())
    }

    /// As after `croft login`.
    pub(crate) fn is_signed_in(&self, server: &str) {
        let folder = self.folder().join(".config/croft");
        std::fs::create_dir_all(&folder).unwrap();
        let text = format!(
            "current = \"{server}\"\n[servers.\"{server}\"]\nemail = \"ada@example.com\"\n\
             token = \"croft_ses_kept\"\n"
        );
        std::fs::write(folder.join("credentials.toml"), text).unwrap();
    }
}

impl Done {
    pub(crate) fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        let code = output.status.code().unwrap_or(-1);
        Self { code, out: text(&output.stdout), err: text(&output.stderr) }
    }

    #[track_caller]
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("{e}: {self:?}"))
    }
}

/// Answers each connection with the next of its answers, then is gone.
pub(crate) struct Server {
    pub(crate) url: String,
    asked: mpsc::Receiver<String>,
    thread: JoinHandle<()>,
}

impl Server {
    pub(crate) fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://croft.localhost:{}", listener.local_addr().unwrap().port());
        let (send, asked) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                send.send(read_request(&mut stream)).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { url, asked, thread }
    }

    /// All requests, once the last answer is given.
    pub(crate) fn requests(self) -> Vec<String> {
        self.thread.join().unwrap();
        self.asked.iter().collect()
    }
}

pub(crate) fn read_request(stream: &mut TcpStream) -> String {
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let mut text = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let read = stream.read(&mut chunk).unwrap();
        text.extend_from_slice(&chunk[..read]);
        let seen = String::from_utf8_lossy(&text).into_owned();
        if let Some((head, body)) = seen.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|l| l.strip_prefix("content-length: "));
            if read == 0 || body.len() >= length.map_or(0, |l| l.parse().unwrap()) {
                return seen;
            }
        }
    }
}

pub(crate) fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

pub(crate) fn json(body: &serde_json::Value) -> String {
    answer("200 OK\r\ncontent-type: application/json", &body.to_string())
}

pub(crate) fn nothing() -> String {
    "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n".to_owned()
}

pub(crate) fn problem(status: u16, code: &str, detail: &str) -> String {
    let body = serde_json::json!({
        "type": format!("/problems/{code}"), "title": "No", "status": status,
        "detail": detail, "code": code, "request_id": "req_1",
    });
    answer(&format!("{status} X\r\ncontent-type: application/problem+json"), &body.to_string())
}

pub(crate) const TEAM: &str = "team_aaaaaaaaaaaaaaaaaaaaaaaaaa";
pub(crate) const USER: &str = "usr_aaaaaaaaaaaaaaaaaaaaaaaaaa";

pub(crate) fn me() -> serde_json::Value {
    serde_json::json!({
        "id": USER, "email": "ada@example.com", "name": "Ada", "operator": true,
        "allowed_actions": [], "teams": [
            {"id": TEAM, "name": "Personal", "role": "owner", "personal": true, "allowed_actions": []}
        ],
    })
}

pub(crate) fn project(name: &str) -> serde_json::Value {
    serde_json::json!({
        "id": "prj_aaaaaaaaaaaaaaaaaaaaaaaaaa", "team_id": TEAM, "name": name, "slug": "blog",
        "label": "abcdefghijkl", "url": "http://proj-abcdefghijkl.apps.localhost:8080",
        "created_at": "2026-01-02T03:04:05.678Z", "allowed_actions": ["project.read"],
    })
}

/// Waits for something to be, at most ten seconds.
pub(crate) fn until<T>(look: impl FnMut() -> Option<T>) -> Option<T> {
    let pause = |seen: Option<T>| {
        if seen.is_none() {
            std::thread::sleep(Duration::from_millis(10));
        }
        seen
    };
    std::iter::repeat_with(look).take(1000).find_map(pause)
}
