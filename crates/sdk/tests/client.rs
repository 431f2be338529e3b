//! The client against a server that says exactly what a test wants to hear.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{Arc, mpsc},
    thread::JoinHandle,
    time::Duration,
};

use croft_sdk::{
    client::{Client, Error, Followed, ProjectList},
    projects::{CreateProject, UpdateProject},
};

/// Answers each connection with the next of its answers, then is gone. Gives what it was asked.
struct Server {
    port: u16,
    asked: mpsc::Receiver<String>,
    thread: JoinHandle<()>,
}

impl Server {
    fn answering(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (send, asked) = mpsc::channel();
        let thread = std::thread::spawn(move || {
            for answer in answers {
                let (mut stream, _) = listener.accept().unwrap();
                send.send(read_request(&mut stream)).unwrap();
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        Self { port, asked, thread }
    }

    fn url(&self) -> String {
        format!("http://croft.localhost:{}", self.port)
    }

    fn client(&self) -> Client {
        Client::new(&self.url()).unwrap().with_token("croft_ses_x")
    }

    /// All requests, once the last answer is given.
    fn requests(self) -> Vec<String> {
        self.thread.join().unwrap();
        self.asked.iter().collect()
    }
}

fn read_request(stream: &mut TcpStream) -> String {
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

fn answer(head: &str, body: &str) -> String {
    format!("HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn json(body: &str) -> String {
    answer("200 OK\r\ncontent-type: application/json", body)
}

fn problem(status: u16, code: &str) -> String {
    answer(
        &format!("{status} X\r\ncontent-type: application/problem+json"),
        &format!(
            r#"{{"type":"/problems/{code}","title":"No","status":{status},"detail":"Because.",
            "code":"{code}","request_id":"req_1"}}"#
        ),
    )
}

fn installation() -> String {
    json(
        r#"{"version":"1","needs_setup":false,"sign_up":"open","control_url":"http://c",
        "api_url":"http://a","apps_domain":"apps","and_something":"new"}"#,
    )
}

/// A port where nobody listens.
fn nobody() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[tokio::test]
async fn names_below_localhost_are_dialled_on_loopback_with_their_own_host() {
    let server = Server::answering(vec![installation()]);
    let client = Client::new(&format!("{}/api/v1/", server.url())).unwrap();
    assert_eq!(client.server(), server.url());
    assert_eq!(client.installation().await.unwrap().version, "1");
    let host = format!("host: croft.localhost:{}", server.port);
    let request = server.requests().remove(0);
    assert!(request.starts_with("GET /api/v1/installation HTTP/1.1\r\n"), "{request}");
    assert!(request.contains(&host) && !request.contains("authorization"), "{request}");
}

#[tokio::test]
async fn a_problem_is_told_as_the_server_told_it() {
    let server = Server::answering(vec![problem(404, "not_found")]);
    let error = server.client().project(&"blog".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, "not_found");
    assert_eq!(error.to_string(), "No: Because.");
    let request = server.requests().remove(0);
    assert!(request.contains("authorization: Bearer croft_ses_x"), "{request}");
}

#[tokio::test]
async fn what_is_no_croft_is_named_as_such() {
    let server = Server::answering(vec![
        answer("502 Bad Gateway\r\ncontent-type: text/html", "<html>"),
        json("{\"version\": 1}"),
    ]);
    let error = server.client().installation().await.unwrap_err();
    assert!(error.to_string().contains("502") && error.to_string().contains("Croft"), "{error}");
    let error = server.client().installation().await.unwrap_err();
    assert!(error.to_string().contains("not as expected"), "{error}");
    server.requests();
}

#[tokio::test]
async fn nobody_there_says_what_to_check() {
    let client = Client::new(&format!("http://127.0.0.1:{}", nobody())).unwrap();
    let error = client.installation().await.unwrap_err().to_string();
    assert!(error.contains("refused") && error.contains("croft serve"), "{error}");
}

#[tokio::test]
async fn only_reads_follow_a_move_and_only_within_the_server() {
    let moved = |to: &str| answer(&format!("308 X\r\nlocation: {to}"), "");
    let server = Server::answering(vec![
        moved("/api/v1/projects?team=new"),
        json(r#"{"items":[]}"#),
        moved("/api/v1/projects/new"),
        moved("http://elsewhere.test/api/v1/projects"),
    ]);
    let client = server.client();
    assert!(client.projects(&ProjectList::default()).await.unwrap().items.is_empty());
    let rename = UpdateProject { name: "B".parse().unwrap() };
    let error = client.update_project(&"old".parse().unwrap(), &rename).await.unwrap_err();
    assert!(error.to_string().contains("/api/v1/projects/new"), "{error}");
    let error = client.projects(&ProjectList::default()).await.unwrap_err();
    assert!(matches!(error, Error::Moved { .. }), "{error}");
    let requests = server.requests();
    assert!(requests[1].starts_with("GET /api/v1/projects?team=new "), "{}", requests[1]);
    assert_eq!(requests.len(), 4);
}

#[tokio::test]
async fn a_create_whose_answer_was_lost_is_repeated_under_one_key() {
    let body = CreateProject { team_id: None, name: "Blog".parse().unwrap(), slug: None };
    // Without a key a second try could make a second project.
    let server = Server::answering(vec![String::new(), problem(404, "not_found")]);
    assert!(matches!(server.client().create_project(&body).await, Err(Error::Network { .. })));
    server.client().me().await.unwrap_err();
    assert!(server.requests()[1].starts_with("GET /api/v1/me "));

    let server = Server::answering(vec![String::new(), problem(409, "conflict")]);
    let client = server.client().with_keys(Arc::new(|| "key-7".to_owned()));
    let error = client.create_project(&body).await.unwrap_err();
    assert_eq!(error.problem().unwrap().status, 409);
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert!(request.contains("idempotency-key: key-7"), "{request}");
        assert!(request.ends_with(r#""name":"Blog","slug":null}"#), "{request}");
    }
}

#[tokio::test]
async fn an_endless_answer_is_cut() {
    let server = Server::answering(vec![answer("200 OK", &"x".repeat(33 * 1024 * 1024))]);
    let error = server.client().installation().await.unwrap_err();
    assert!(error.to_string().contains("32 MiB"), "{error}");
}

#[test]
fn addresses_are_servers_and_nothing_else() {
    for bad in ["croft.localhost:8080", "ftp://a", "http://u:p@a", "http://a/b", "http://a/?x", ""]
    {
        assert!(matches!(Client::new(bad), Err(Error::Address(_))), "{bad}");
    }
    let client = Client::new("https://A.Example/").unwrap().with_token("croft_ses_secret");
    assert_eq!(client.server(), "https://a.example");
    assert!(!format!("{client:?}").contains("secret"));
}

fn event(sequence: i64) -> String {
    format!(
        "id: {sequence}\nevent: project.created\ndata: {{\"sequence\":{sequence},\"kind\":\
         \"project.created\",\"team_id\":\"team_aaaaaaaaaaaaaaaaaaaaaaaaaa\",\"subject\":\"x\",\
         \"payload\":{{}},\"at\":\"2026-01-02T03:04:05Z\"}}\n\n"
    )
}

#[tokio::test]
async fn following_goes_on_where_the_connection_broke() {
    let stream = |events: &str| {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: text/event-stream";
        format!("{head}\r\n\r\n: hello\n\n{events}")
    };
    let broken = format!("{}data: {{\"sequence\":3", event(2));
    let server = Server::answering(vec![
        stream(&(event(1) + &broken)),
        answer("503 X\r\ncontent-type: text/html", "starting"),
        stream(&event(3)),
        problem(401, "signed_out"),
    ]);
    let mut stream = server.client().follow_project(&"blog".parse().unwrap(), None);
    let mut seen = Vec::new();
    let end = loop {
        match stream.next().await {
            Ok(Followed::Event(event)) => seen.push(event.sequence.to_string()),
            Ok(Followed::Reconnecting { .. }) => seen.push("again".to_owned()),
            Err(end) => break end,
        }
    };
    assert_eq!(seen, ["1", "2", "again", "again", "3", "again"]);
    assert_eq!(end.problem().unwrap().code, "signed_out");
    let requests = server.requests();
    assert!(requests[0].starts_with("GET /api/v1/projects/blog/events?follow=true "));
    assert!(requests[2].starts_with("GET /api/v1/projects/blog/events?after=2&follow=true "));
    assert!(requests[2].contains("last-event-id: 2"), "{}", requests[2]);
    assert!(requests[3].contains("last-event-id: 3"), "{}", requests[3]);
}
