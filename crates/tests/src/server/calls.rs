//! Calls over kept connections, as a client makes them that checks every byte of every answer.

use std::{
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use croft_ports::{Clock, clock::SystemClock};
use time::OffsetDateTime;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::timeout,
};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(30);
/// The longest answer.
const MOST: usize = 1024 * 1024;

/// A function that answers its number twice with as many letters between them as it is asked for, or
/// throws: what it must have answered is known to whoever asked.
pub const ECHO: &str = r#"if ctx.params.kind == "fail" { throw "asked to"; }
let text = ctx.params.number + ":";
text.pad(2000, "x");
text + ":" + ctx.params.number
"#;
/// The route of [`ECHO`].
pub const ROUTE: &str = "GET /echo/:kind/:number";

/// The body that [`ECHO`] answers.
pub fn echoed(number: u64) -> String {
    let mut text = format!("{number}:");
    text.extend(std::iter::repeat_n('x', 2000 - text.len()));
    format!("{text}:{number}")
}

/// What was sent and what came back.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Calls that were asked for.
    pub sent: u64,
    /// Of these, those that were asked to fail.
    pub sent_to_fail: u64,
    /// When each answer was there in whole, and its status.
    pub answered: Vec<(OffsetDateTime, u16)>,
    /// Answers that were not what they must be.
    pub wrong: Vec<String>,
}

impl Tally {
    /// Notes an answer, or why there is none; whether the connection can be used again.
    fn note(&mut self, number: u64, fails: bool, answer: io::Result<(u16, String)>) -> bool {
        let (status, body) = match answer {
            Ok(answer) => answer,
            Err(error) => {
                // A lost connection takes the answer with it.
                if error.kind() == io::ErrorKind::InvalidData {
                    self.wrong.push(format!("{number}: {error}"));
                }
                return false;
            }
        };
        let good = if status == 200 {
            !fails && body == echoed(number)
        } else {
            serde_json::from_str::<serde_json::Value>(&body)
                .is_ok_and(|problem| problem["status"] == status)
        };
        if !good {
            self.wrong.push(format!("{number} got {status}: {body:.100}"));
        }
        self.answered.push((SystemClock.now(), status));
        true
    }

    /// How many were answered with this status.
    pub fn with_status(&self, status: u16) -> u64 {
        self.answered.iter().filter(|(_, was)| *was == status).count() as u64
    }
}

/// Clients that call until they are stopped.
#[derive(Debug)]
pub struct Load {
    stop: Arc<AtomicBool>,
    tally: Arc<Mutex<Tally>>,
    clients: Vec<tokio::task::JoinHandle<()>>,
}

/// How a load is made.
#[derive(Debug, Clone)]
pub struct Shape {
    /// `HOST:PORT` to ask for, by loopback.
    pub host: String,
    /// Clients, each with a connection.
    pub clients: usize,
    /// Every how many calls one is asked to fail.
    pub fail_every: u64,
    /// Calls a second at most, by all clients together.
    pub most_a_second: u32,
}

impl Load {
    /// Starts to call.
    pub fn start(shape: &Shape) -> Self {
        let (stop, tally) = (Arc::default(), Arc::default());
        let clients = (0..shape.clients)
            .map(|_| {
                let (shape, stop, tally) = (shape.clone(), Arc::clone(&stop), Arc::clone(&tally));
                tokio::spawn(async move { client(&shape, &stop, &tally).await })
            })
            .collect();
        Self { stop, tally, clients }
    }

    /// How many answers were there so far.
    pub fn answered(&self) -> u64 {
        self.tally.lock().unwrap().answered.len() as u64
    }

    /// Waits until all clients have ended: each has its answer, or has lost its connection.
    pub async fn end(self) -> Tally {
        self.stop.store(true, Ordering::SeqCst);
        for client in self.clients {
            client.await.unwrap();
        }
        let tally = self.tally.lock().unwrap();
        tally.clone()
    }
}

/// Calls until it is stopped or its connection breaks.
async fn client(shape: &Shape, stop: &AtomicBool, tally: &Mutex<Tally>) {
    let port: u16 = shape.host.rsplit_once(':').unwrap().1.parse().unwrap();
    let began = Instant::now();
    let Ok(stream) = TcpStream::connect(("127.0.0.1", port)).await else { return };
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while !stop.load(Ordering::SeqCst) {
        let (number, fails) = {
            let mut tally = tally.lock().unwrap();
            let fails = tally.sent % shape.fail_every == shape.fail_every - 1;
            tally.sent += 1;
            tally.sent_to_fail += u64::from(fails);
            (tally.sent, fails)
        };
        let answer = timeout(PATIENCE, ask(&mut stream, &shape.host, number, fails)).await;
        let answer = answer.unwrap_or_else(|_| Err(wrong("no answer in time")));
        if !tally.lock().unwrap().note(number, fails, answer) {
            return;
        }
        let due = Duration::from_secs(number) / shape.most_a_second;
        until_due(began + due).await;
    }
}

async fn until_due(at: Instant) {
    tokio::time::sleep_until(at.into()).await;
}

/// One call of [`ECHO`]: status and body. An answer that is not whole is an error.
pub async fn ask(
    stream: &mut BufReader<TcpStream>,
    host: &str,
    number: u64,
    fails: bool,
) -> io::Result<(u16, String)> {
    let kind = if fails { "fail" } else { "say" };
    let request = format!("GET /echo/{kind}/{number} HTTP/1.1\r\nhost: {host}\r\n\r\n");
    stream.get_mut().write_all(request.as_bytes()).await?;
    let (mut status, mut length) = (None, None);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if status.is_none() {
            status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
        } else if let Some((name, value)) = line.split_once(": ")
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.parse().ok();
        }
    }
    let strange = "an answer without a length";
    let (status, length): (u16, usize) = status.zip(length).ok_or_else(|| wrong(strange))?;
    let mut body = vec![0; length.min(MOST)];
    stream.read_exact(&mut body).await?;
    Ok((status, String::from_utf8(body).map_err(|_| wrong("no text"))?))
}

fn wrong(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_owned())
}
