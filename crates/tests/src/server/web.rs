//! Requests as a browser or `curl` makes them: to loopback, whatever host they name.

use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came back.
#[derive(Debug)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The header, as it came.
    pub head: String,
    /// The body.
    pub body: String,
}

#[expect(clippy::return_self_not_must_use, reason = "the check is what is wanted")]
impl Page {
    /// A header's value.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Fails the test unless the status is this.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{self:?}");
        self
    }
}

/// GET of an URL like `http://proj-x.apps.localhost:8080/hello`, by loopback.
pub fn get(url: &str) -> Page {
    send("GET", url, &[], None)
}

/// Any request, by loopback, on a connection of its own.
pub fn send(method: &str, url: &str, headers: &[(&str, &str)], body: Option<&Value>) -> Page {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let port: u16 = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut request = format!("{method} /{path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n");
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    let body = body.map(Value::to_string).unwrap_or_default();
    if !body.is_empty() {
        request += "content-type: application/json\r\n";
    }
    write!(request, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
    let status = head.split(' ').nth(1).and_then(|s| s.parse().ok());
    let status = status.unwrap_or_else(|| panic!("{method} {url}: no answer: {answer:?}"));
    Page { status, head: head.to_owned(), body: body.to_owned() }
}
