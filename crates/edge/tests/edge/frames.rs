//! HTTP/2 without TLS as its documents have it (RFC 9113), frame for frame: what a well-behaved
//! client would never send. `docs/reference/http.md` says what happens.

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};

use crate::world::{APP, DEADLINE, World, echo, settings, snapshot, until};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GO_AWAY: u8 = 7;
const CONTINUATION: u8 = 9;

const END_STREAM: u8 = 1;
const END_HEADERS: u8 = 4;
const CANCEL: [u8; 4] = [0, 0, 0, 8];

/// `:status: 200` and `:status: 400`, as the table of static fields has them.
const OK: u8 = 0x88;
const BAD_REQUEST: u8 = 0x8c;

async fn world() -> World {
    let routes = snapshot(&[(APP, 1)], &[(1, "* /")]);
    World::with(settings(), routes, |call| Box::pin(async move { echo(&call) })).await
}

fn frame(kind: u8, flags: u8, stream: u32, payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).unwrap().to_be_bytes();
    let mut bytes = length[1..].to_vec();
    bytes.extend([kind, flags]);
    bytes.extend(stream.to_be_bytes());
    bytes.extend(payload);
    bytes
}

/// A field, without compression.
fn field(name: &str, value: &str) -> Vec<u8> {
    let text = |text: &str| {
        let length = u8::try_from(text.len()).unwrap();
        assert!(length < 127, "one byte holds the length");
        [&[length], text.as_bytes()].concat()
    };
    [vec![0], text(name), text(value)].concat()
}

/// The fields that make a request a request, and more.
fn request(method: &str, more: &[(&str, &str)]) -> Vec<u8> {
    let own = [(":method", method), (":scheme", "http"), (":path", "/"), (":authority", APP)];
    own.iter().chain(more).flat_map(|(name, value)| field(name, value)).collect()
}

/// A frame that came back.
struct Got {
    kind: u8,
    stream: u32,
    payload: Vec<u8>,
}

/// A connection that speaks frames.
struct Frames(TcpStream);

impl Frames {
    async fn open(world: &World) -> Self {
        let mut stream = TcpStream::connect(world.address).await.unwrap();
        stream.write_all(PREFACE).await.unwrap();
        stream.write_all(&frame(SETTINGS, 0, 0, &[])).await.unwrap();
        Self(stream)
    }

    /// Sends; whether the server still took it.
    async fn send(&mut self, bytes: &[u8]) -> bool {
        timeout(DEADLINE, self.0.write_all(bytes)).await.expect("the server reads on").is_ok()
    }

    /// The next frame; `None` when the server has closed.
    async fn next(&mut self) -> Option<Got> {
        let read = async {
            let mut head = [0; 9];
            self.0.read_exact(&mut head).await.ok()?;
            let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
            let stream = u32::from_be_bytes([head[5], head[6], head[7], head[8]]);
            let mut payload = vec![0; length as usize];
            self.0.read_exact(&mut payload).await.ok()?;
            Some(Got { kind: head[3], stream, payload })
        };
        timeout(DEADLINE, read).await.expect("a frame, or the end, in time")
    }

    /// The first frame of that kind on that stream; `None` when the server closed before.
    async fn until_frame(&mut self, kind: u8, stream: u32) -> Option<Got> {
        loop {
            let got = self.next().await?;
            if (got.kind, got.stream) == (kind, stream) {
                return Some(got);
            }
        }
    }

    /// Whether the first stream is refused: with 400, its end, or the connection's.
    async fn refuses(&mut self) -> bool {
        loop {
            match self.next().await {
                None => return true,
                Some(got) if got.stream != 1 => {}
                Some(got) if got.kind == RST_STREAM => return true,
                Some(got) if got.kind == HEADERS => return got.payload[0] == BAD_REQUEST,
                Some(_) => {}
            }
        }
    }

    /// The code of the GOAWAY that a server says before it closes.
    async fn farewell(&mut self) -> Option<u32> {
        let got = self.until_frame(GO_AWAY, 0).await?;
        Some(u32::from_be_bytes(got.payload[4..8].try_into().unwrap()))
    }
}

#[tokio::test]
async fn a_plain_request_is_answered() {
    let world = world().await;
    let mut wire = Frames::open(&world).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &request("GET", &[]))).await;
    assert!(wire.until_frame(HEADERS, 1).await.is_some());
    let body = wire.until_frame(DATA, 1).await.unwrap().payload;
    assert!(String::from_utf8(body).unwrap().starts_with("* / GET "));
}

#[tokio::test]
async fn what_is_no_preface_is_no_http2() {
    let world = world().await;
    for start in [
        "PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n",
        "PRI * HTTP/2.0\r\nHost: a\r\n\r\n",
        "PRI / HTTP/1.1\r\n\r\n",
    ] {
        let mut wire = world.connect().await;
        wire.send(start).await;
        // Who answers and closes first makes this fail.
        let _ = wire.0.shutdown().await;
        let answer = wire.rest().await;
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{start:?}: {answer}");
    }
    let mut wire = Frames(TcpStream::connect(world.address).await.unwrap());
    wire.send(PREFACE).await;
    wire.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await;
    assert!(wire.farewell().await.is_none_or(|code| code != 0), "closed with an error");
    assert!(world.seen.lock().unwrap().is_empty());
}

/// What HTTP/1.1 would read as something else, were it passed on, ends the stream (RFC 9113, 8.2).
#[tokio::test]
async fn fields_of_connections_and_broken_fields_end_the_stream() {
    let world = world().await;
    let bad: [&[(&str, &str)]; 13] = [
        &[("connection", "close")],
        &[("transfer-encoding", "chunked")],
        &[("upgrade", "h2c")],
        &[("keep-alive", "1")],
        &[("proxy-connection", "close")],
        &[("te", "gzip")],
        &[("X-Upper", "1")],
        &[("x y", "1")],
        &[("x", "a\r\nhost: other.test")],
        &[("x", "a\0b")],
        &[(":path", "/again")],
        &[("x", "1"), (":late", "1")],
        &[("content-length", "5")],
    ];
    for more in bad {
        let mut wire = Frames::open(&world).await;
        let fields = request("GET", more);
        wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &fields)).await;
        assert!(wire.refuses().await, "{more:?} was answered");
    }
    assert!(world.seen.lock().unwrap().is_empty(), "{:?}", world.seen.lock().unwrap());
}

#[tokio::test]
async fn a_request_without_what_it_needs_is_refused() {
    let world = world().await;
    let without = |name: &str| -> Vec<u8> {
        let own = [(":method", "GET"), (":scheme", "http"), (":path", "/"), (":authority", APP)];
        own.iter().filter(|(own, _)| *own != name).flat_map(|(n, v)| field(n, v)).collect()
    };
    let connect: Vec<u8> = [(":method", "CONNECT"), (":authority", "other.test:443")]
        .iter()
        .flat_map(|(n, v)| field(n, v))
        .collect();
    let star = [(":method", "OPTIONS"), (":scheme", "http"), (":path", "*"), (":authority", APP)];
    let star: Vec<u8> = star.iter().flat_map(|(n, v)| field(n, v)).collect();
    let cases = [
        without(":method"),
        without(":scheme"),
        without(":path"),
        without(":authority"),
        connect,
        star,
    ];
    for (case, fields) in cases.iter().enumerate() {
        let mut wire = Frames::open(&world).await;
        wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, fields)).await;
        let refused = wire.refuses().await;
        assert!(refused, "case {case}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_body_of_another_length_than_it_said_calls_nothing() {
    let world = world().await;
    for body in ["hello, and more", "he"] {
        let mut wire = Frames::open(&world).await;
        let fields = request("POST", &[("content-length", "5")]);
        wire.send(&frame(HEADERS, END_HEADERS, 1, &fields)).await;
        wire.send(&frame(DATA, END_STREAM, 1, body.as_bytes())).await;
        let refused = wire.refuses().await;
        assert!(refused, "{body}");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

/// A client that begins requests and takes them back (CVE-2023-44487) is told to go long before it
/// has made as many calls as it wanted.
#[tokio::test]
async fn a_flood_of_resets_is_ended() {
    const WANTED: u32 = 20_000;
    let world = world().await;
    let mut wire = Frames::open(&world).await;
    let fields = request("GET", &[]);
    let mut sent = 0;
    // Many at once, as an attacker would: what is read at once is judged before it is answered.
    while sent < WANTED {
        let mut bytes = Vec::new();
        for _ in 0..100 {
            let stream = 1 + 2 * sent;
            bytes.extend(frame(HEADERS, END_HEADERS | END_STREAM, stream, &fields));
            bytes.extend(frame(RST_STREAM, 0, stream, &CANCEL));
            sent += 1;
        }
        if !wire.send(&bytes).await {
            break;
        }
    }
    let code = wire.farewell().await;
    assert!(code.is_none_or(|code| code == 11), "ENHANCE_YOUR_CALM, not {code:?}");
    let called = world.seen.lock().unwrap().len();
    assert!(called < WANTED as usize / 10, "{called} calls were made of {sent}");
}

/// A head that never ends (CVE-2024-27316) does not grow for ever.
#[tokio::test]
async fn a_flood_of_continuations_is_ended() {
    let world = world().await;
    let mut wire = Frames::open(&world).await;
    wire.send(&frame(HEADERS, END_STREAM, 1, &request("GET", &[]))).await;
    let more: Vec<u8> = (0..100).flat_map(|_| field("x-more", &"x".repeat(100))).collect();
    let mut sent = 0;
    while wire.send(&frame(CONTINUATION, 0, 1, &more)).await {
        sent += more.len();
        assert!(sent < 16 * 1024 * 1024, "taken without end");
    }
    assert!(world.seen.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused_and_the_connection_goes_on() {
    let world = world().await;
    let mut wire = Frames::open(&world).await;
    let mut fields = request("GET", &[]);
    fields.extend((0..300).flat_map(|_| field("x-more", &"x".repeat(100))));
    wire.send(&frame(HEADERS, END_STREAM, 1, &fields[..16_000])).await;
    wire.send(&frame(CONTINUATION, 0, 1, &fields[16_000..32_000])).await;
    wire.send(&frame(CONTINUATION, END_HEADERS, 1, &fields[32_000..])).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 3, &request("GET", &[]))).await;
    let head = wire.until_frame(HEADERS, 1).await.expect("an answer").payload;
    assert_ne!(head[0], OK);
    let head = wire.until_frame(HEADERS, 3).await.expect("an answer").payload;
    assert_eq!(head[0], OK);
    assert_eq!(world.log.all().len(), 1);
}

#[tokio::test]
async fn frames_that_cannot_be_end_the_connection() {
    let world = world().await;
    let get = || request("GET", &[]);
    let on = END_HEADERS | END_STREAM;
    for (what, bytes) in [
        ("an even stream", frame(HEADERS, on, 2, &get())),
        ("stream zero", frame(HEADERS, on, 0, &get())),
        ("data of no stream", frame(DATA, 0, 1, b"x")),
        ("a frame too long", frame(DATA, 0, 1, &vec![0; 16 * 1024 + 1])),
        ("settings of a wrong length", frame(SETTINGS, 0, 0, &[1])),
        ("a ping of a wrong length", frame(PING, 0, 0, &[1])),
        ("a broken table", frame(HEADERS, on, 1, &[0xff, 0xff, 0xff, 0xff, 0xff, 0x0f])),
        (
            "something else within a head",
            [frame(HEADERS, END_STREAM, 1, &get()), frame(PING, 0, 0, &[0; 8])].concat(),
        ),
        (
            "a stream before the last",
            [frame(HEADERS, on, 5, &get()), frame(HEADERS, on, 3, &get())].concat(),
        ),
    ] {
        let mut wire = Frames::open(&world).await;
        wire.send(&bytes).await;
        let code = wire.farewell().await;
        assert!(code.is_none_or(|code| code != 0), "{what}: {code:?}");
    }
}

#[tokio::test]
async fn a_client_that_goes_away_takes_its_calls_with_it() {
    let routes = snapshot(&[(APP, 1)], &[(1, "* /")]);
    let world = World::with(settings(), routes, |_| Box::pin(std::future::pending())).await;
    let mut wire = Frames::open(&world).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 1, &request("GET", &[]))).await;
    wire.send(&frame(HEADERS, END_HEADERS | END_STREAM, 3, &request("GET", &[]))).await;
    until("both are called", || world.seen.lock().unwrap().len() == 2).await;
    wire.send(&frame(RST_STREAM, 0, 1, &CANCEL)).await;
    assert_eq!(world.logged(1).await[0].status, 499);
    drop(wire);
    assert_eq!(world.logged(2).await[1].status, 499);
}
