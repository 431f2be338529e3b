//! Traces as a collector gets them from the built binary.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod support;

use std::{
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Stdio},
    sync::mpsc,
    time::Duration,
};

use serde_json::Value;
use support::{Person, answer, read_request, until};

const TRACE: &str = "0af7651916cd43dd8448eb211c80319c";
const PARENT: &str = "b7ad6b7169203331";
const TAKEN: &str = "200 OK";
const BUSY: &str = "503 Service Unavailable";

/// A server with its collector at that address.
struct Croft {
    person: Person,
    child: Child,
    address: String,
}

impl Croft {
    fn sending_to(collector: &str) -> Self {
        let person = Person::new();
        let log = File::create(person.folder().join("log")).unwrap();
        let mut command = person.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("CROFT_OTLP_ENDPOINT", collector).env("CROFT_LOG_FORMAT", "json");
        command.env("CROFT_DATA_DIR", person.folder().join("data"));
        let mut child = command.stderr(log).stdout(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines.map_while(Result::ok).find_map(|line| {
            let api = line.trim().strip_prefix("API")?.trim().strip_prefix("http://")?;
            Some(api.split('/').next()?.to_owned())
        });
        let mut croft = Self { person, child, address: String::new() };
        croft.address = address.unwrap_or_else(|| panic!("does not start:\n{}", croft.log()));
        croft
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.person.folder().join("log")).unwrap()
    }

    /// The log's lines of that message.
    fn said(&self, message: &str) -> Vec<Value> {
        let lines: Vec<Value> =
            self.log().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        lines.into_iter().filter(|line| line["message"] == message).collect()
    }

    fn get(&self, path: &str, header: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
        let host = &self.address;
        let request =
            format!("GET {path} HTTP/1.1\r\nhost: {host}\r\n{header}connection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }
}

impl Drop for Croft {
    fn drop(&mut self) {
        // By this signal it takes its Postgres with it.
        self.signal(rustix::process::Signal::INT);
        let _ = self.child.wait();
    }
}

/// A collector that gives its nth request that answer; the requests it took come as they arrive.
fn collector(status: fn(usize) -> &'static str) -> (String, mpsc::Receiver<(String, Value)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, received) = mpsc::channel();
    // Lives as long as the test's process.
    std::thread::spawn(move || {
        for (nth, stream) in listener.incoming().enumerate() {
            let mut stream = stream.unwrap();
            let request = read_request(&mut stream);
            stream.write_all(answer(status(nth), "{}").as_bytes()).unwrap();
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let told = (head.to_owned(), serde_json::from_str(body).unwrap());
            if status(nth) == TAKEN && send.send(told).is_err() {
                return;
            }
        }
    });
    (url, received)
}

/// The next span of that route, and the head of the request that brought it.
fn span_of(received: &mpsc::Receiver<(String, Value)>, name: &str) -> (String, Value) {
    loop {
        let (head, body) = received.recv_timeout(Duration::from_secs(10)).unwrap();
        let spans = body["resourceSpans"][0]["scopeSpans"][0]["spans"].as_array().unwrap();
        if let Some(span) = spans.iter().find(|span| span["name"] == name) {
            return (head, span.clone());
        }
    }
}

fn attribute<'v>(span: &'v Value, key: &str) -> &'v Value {
    let attributes = span["attributes"].as_array().unwrap();
    let found = attributes.iter().find(|attribute| attribute["key"] == key);
    &found.unwrap_or_else(|| panic!("no {key} in {span}"))["value"]
}

#[test]
fn a_requests_span_has_the_ids_of_its_log_line() {
    // Busy at first: what it did not take is sent again.
    let (url, received) = collector(|nth| if nth == 0 { BUSY } else { TAKEN });
    let croft = Croft::sending_to(&url);
    let name = "GET /api/v1/installation";

    let answered = croft.get("/api/v1/installation", "");
    assert!(answered.starts_with("HTTP/1.1 200"), "{answered}");
    let (head, span) = span_of(&received, name);
    assert!(head.starts_with("POST /v1/traces HTTP/1.1\r\n"), "{head}");
    assert!(head.contains("content-type: application/json"), "{head}");
    let lines = croft.said("answered");
    let line = lines.iter().map(|l| &l["span"]).find(|l| l["http.route"] == "/api/v1/installation");
    let line = line.unwrap();
    assert_eq!((&span["traceId"], &span["spanId"]), (&line["trace_id"], &line["span_id"]));
    assert_eq!((&span["parentSpanId"], &span["kind"]), (&"".into(), &2.into()));
    assert_eq!(span["status"], serde_json::json!({}));
    assert_eq!(attribute(&span, "http.response.status_code")["intValue"], "200");
    assert_eq!(attribute(&span, "http.request.method")["stringValue"], "GET");
    assert_eq!(attribute(&span, "request.id")["stringValue"], line["request.id"]);
    let nanos = |key: &str| span[key].as_str().unwrap().parse::<u64>().unwrap();
    assert!(nanos("startTimeUnixNano") < nanos("endTimeUnixNano"), "{span}");

    // In the client's trace; that it is marked as not sampled there is the client's affair.
    croft.get("/api/v1/installation", &format!("traceparent: 00-{TRACE}-{PARENT}-00\r\n"));
    // What was not sent yet is sent at the end.
    croft.signal(rustix::process::Signal::TERM);
    let (_, span) = span_of(&received, name);
    assert_eq!((&span["traceId"], &span["parentSpanId"]), (&TRACE.into(), &PARENT.into()));
    assert_eq!(croft.said("answered").last().unwrap()["span"]["span_id"], span["spanId"]);
}

#[test]
fn a_collector_that_is_away_is_told_of_once_and_holds_nobody_up() {
    let (url, _received) = collector(|_| BUSY);
    let croft = Croft::sending_to(&url);
    let warning = "traces do not arrive: look after the collector at otlp_endpoint, or unset it";
    // More than may wait: the rest is dropped and counted. Most of these are over the rate limit,
    // which makes no less of a span.
    let dropped = until(|| {
        for _ in 0..10 {
            croft.get("/api/v1/installation", "");
        }
        let metrics = croft.get("/metrics", "");
        let line =
            metrics.lines().find(|l| l.contains("spans_dropped_total{why=\"queue full\"}"))?;
        line.split(' ').next_back()?.parse::<u64>().ok().filter(|dropped| *dropped > 0)
    });
    assert!(dropped.is_some(), "{}", croft.get("/metrics", ""));
    assert!(until(|| (!croft.said(warning).is_empty()).then_some(())).is_some());
    assert_eq!(croft.said(warning).len(), 1);
}
