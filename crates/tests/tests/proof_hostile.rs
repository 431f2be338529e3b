//! Hostile functions hurt nobody (decision 4): each ends within its deadline and 100 ms, Croft's own
//! memory stays as it is, and another team's calls in the same seconds are all answered, about as
//! quickly as without.
//!
//! `CROFT_PROOF=full` for the promised numbers. The small size asserts what holds on any busy
//! machine, multiples of them, and prints the rest.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests are tests")]

#[path = "../../functions/tests/pool/scripts.rs"]
mod scripts;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::Ipv4Addr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use croft_model::{function::OutcomeKind, id::ProjectId, route::RoutePattern};
use croft_sdk::{
    admin::SetLimits,
    client::{Client, CountList, InvocationFilter, InvocationList, List, ProjectRef},
    functions::{DeployFunction, NewRoute},
    invocations::{CountStep, Invocation},
    projects::CreateProject,
    teams::CreateTeam,
};
use croft_tests::{
    kill::load::Somebody,
    server::{
        Server,
        calls::{ECHO, ROUTE, ask, echoed},
        keys, processes, web,
    },
    world::PASSWORD,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    task::JoinHandle,
    time::timeout,
};

/// How large the test is, and what it asserts.
struct Size {
    /// Of a script, how long it is called again and again, and as long before that nobody is.
    window: Duration,
    rounds: u32,
    /// Beyond the deadline, by the log of calls and by the clock of who waits.
    late: Duration,
    late_outside: Duration,
    /// By which Croft's memory may move.
    memory_bytes: u64,
    /// Whether the neighbour's median is held against its bound.
    is_timed: bool,
}

const CI: Size = Size {
    window: Duration::from_millis(200),
    rounds: 1,
    late: Duration::from_secs(5),
    late_outside: Duration::from_secs(20),
    memory_bytes: 40_000_000,
    is_timed: false,
};
const FULL: Size = Size {
    window: Duration::from_secs(1),
    rounds: 2,
    late: Duration::from_millis(100),
    late_outside: Duration::from_millis(100),
    memory_bytes: 10_000_000,
    is_timed: true,
};

/// What a hostile call may take.
const DEADLINE: Duration = Duration::from_millis(500);
/// By how much a neighbour's median may grow.
const MOST_RATIO: f64 = 1.5;
/// Calls at one time of the script that sleeps.
const SLEEPERS: usize = 1000;
/// How long a neighbour rests between two calls.
const PAUSE: Duration = Duration::from_millis(2);
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(10);
const OPERATOR: &str = "operator@example.com";

#[expect(clippy::disallowed_methods, reason = "the settings of a test")]
fn size() -> Size {
    if std::env::var("CROFT_PROOF").is_ok_and(|size| size == "full") { FULL } else { CI }
}

/// Two teams with a project each on a running Croft.
struct Scene {
    server: Server,
    client: Client,
    attacker: Project,
    neighbour: Project,
}

struct Project {
    id: ProjectId,
    /// `HOST:PORT`.
    host: String,
}

impl Scene {
    async fn new() -> Self {
        let mut server = Server::new();
        // Connections of one client are bounded, and here it is one that stands for many.
        server.set("CROFT_TRUSTED_PROXIES", "127.0.0.0/8");
        server.start();
        server.croft(&["admin", "setup", "--email", OPERATOR, "--password-stdin"], PASSWORD);
        let client = server.client();
        let operator = Somebody::sign_in(&client, OPERATOR.into(), PASSWORD).await.unwrap();
        let client = client.with_token(&operator.token).with_keys(keys());
        let deadline = u64::try_from(DEADLINE.as_millis()).unwrap();
        let limits = [("call_time_ms", deadline)];
        let attacker = project(&server, &client, "Attacker", &limits).await;
        let neighbour = project(&server, &client, "Neighbour", &[]).await;
        let scene = Self { server, client, attacker, neighbour };
        scene.deploy(&scene.neighbour, "echo", ECHO, ROUTE).await;
        scene.deploy(&scene.attacker, "fine", "\"fine\"", "GET /fine").await;
        scene
    }

    /// Deploys a function, and waits until the edge knows its route.
    async fn deploy(&self, to: &Project, name: &str, source: &str, route: &str) {
        let RoutePattern { method, path, .. } = route.parse().unwrap();
        let url = format!("http://{}{path}", to.host);
        let routes = Some(vec![NewRoute { method, host: None, path }]);
        let new = DeployFunction { source: source.into(), routes };
        let name = name.parse().unwrap();
        self.client.deploy_function(&ProjectRef::from(to.id), &name, &new).await.unwrap();
        let deadline = Instant::now() + PATIENCE;
        // Another method tells without a call.
        while web::send("PUT", &url, &[], None).status != 405 {
            assert!(Instant::now() < deadline, "the route is not there");
            by_chance(LOOK_EVERY).await;
        }
    }

    /// Bytes of Croft's own process that are in memory.
    fn memory(&self) -> u64 {
        processes::resident_bytes(self.server.pid())
    }

    /// Until so many calls of the attacker's are counted, then those of a function that are listed.
    async fn until_listed(&self, sent: u64, names: usize) -> Vec<Vec<Invocation>> {
        let project = ProjectRef::from(self.attacker.id);
        let query = CountList { step: CountStep::Hour, ..CountList::default() };
        let deadline = Instant::now() + PATIENCE;
        loop {
            let counts = self.client.invocation_counts(&project, &query).await.unwrap();
            let counted: u64 = counts.items.iter().map(|step| step.calls).sum();
            if counted == sent {
                break;
            }
            assert!(Instant::now() < deadline, "{counted} of {sent} calls are counted");
            by_chance(LOOK_EVERY).await;
        }
        let mut listed = Vec::new();
        for number in 0..names {
            let function = Some(named(number).parse().unwrap());
            let filter = InvocationFilter { function, ..InvocationFilter::default() };
            let query = InvocationList { list: List { limit: Some(100), after: None }, filter };
            listed.push(self.client.invocations(&project, &query).await.unwrap().items);
        }
        listed
    }
}

/// A new project of a new team with these limits.
async fn project(server: &Server, client: &Client, name: &str, limits: &[(&str, u64)]) -> Project {
    let team = client.create_team(&CreateTeam { name: name.parse().unwrap() }).await.unwrap();
    let limits: BTreeMap<_, _> =
        limits.iter().map(|(name, value)| ((*name).to_owned(), Some(*value))).collect();
    client.set_limits(team.id, &SetLimits { limits }).await.unwrap();
    let new = CreateProject { team_id: Some(team.id), name: name.parse().unwrap(), slug: None };
    let made = client.create_project(&new).await.unwrap();
    let host = made.url.strip_prefix("http://").unwrap().split(':').next().unwrap();
    let host = server.url(host, "").strip_prefix("http://").unwrap().to_owned();
    Project { id: made.id, host }
}

/// What the function of a script is called.
fn named(number: usize) -> String {
    format!("hostile-{number}")
}

/// One call on a connection of its own: its status, and how long it took.
async fn call(host: &str, path: &str) -> (u16, Duration) {
    let port: u16 = host.rsplit_once(':').unwrap().1.parse().unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    let answer = async {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        let began = Instant::now();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        (answer, began.elapsed())
    };
    let (answer, took) = timeout(PATIENCE, answer).await.expect("an answer in time");
    let answer = String::from_utf8_lossy(&answer);
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok());
    (status.unwrap_or_else(|| panic!("no answer: {answer:?}")), took)
}

/// What as many connections at one time as any script here has cost Croft, while nothing is called:
/// that is not a function's. Bytes by which memory grew at most.
async fn connections_alone(scene: &Scene) -> u64 {
    let (before, mut grew) = (scene.memory(), 0);
    let port: u16 = scene.attacker.host.rsplit_once(':').unwrap().1.parse().unwrap();
    let mut open = Vec::new();
    for _ in 0..SLEEPERS {
        let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
        stream.write_all(b"GET /nothing HTTP/1.0\r\nhost: nobody.test\r\n").await.unwrap();
        open.push(stream);
    }
    for mut stream in open {
        // One after another: by the last the server has long heard them all.
        let _ = stream.write_all(b"\r\n").await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
        grew = grew.max(scene.memory().saturating_sub(before));
    }
    grew
}

/// Somebody of another team who calls all the time.
struct Neighbour {
    stop: Arc<AtomicBool>,
    lost: Arc<AtomicU64>,
    /// When calls were sent, and how long they took.
    samples: Arc<Mutex<Vec<(Instant, Duration)>>>,
    task: JoinHandle<()>,
}

impl Neighbour {
    fn begin(host: String) -> Self {
        let (stop, lost) = (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default());
        let samples = Arc::<Mutex<Vec<_>>>::default();
        let (end, missed, noted) = (Arc::clone(&stop), Arc::clone(&lost), Arc::clone(&samples));
        let task = tokio::spawn(async move {
            let port: u16 = host.rsplit_once(':').unwrap().1.parse().unwrap();
            let stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let mut stream = BufReader::new(stream);
            let mut number = 0;
            while !end.load(SeqCst) {
                number += 1;
                let began = Instant::now();
                match timeout(PATIENCE, ask(&mut stream, &host, number, false)).await {
                    Ok(Ok((200, body))) if body == echoed(number) => {
                        noted.lock().unwrap().push((began, began.elapsed()));
                    }
                    other => {
                        println!("hostile: the neighbour's call {number} was lost: {other:?}");
                        missed.fetch_add(1, SeqCst);
                        // Without its connection there is nothing more to measure.
                        if !matches!(other, Ok(Ok(_))) {
                            return;
                        }
                    }
                }
                by_chance(PAUSE).await;
            }
        });
        Self { stop, lost, samples, task }
    }

    /// How long its calls took that were sent within that time.
    fn between(&self, from: Instant, to: Instant) -> Vec<Duration> {
        let samples = self.samples.lock().unwrap();
        samples.iter().filter(|(at, _)| (from..to).contains(at)).map(|(_, took)| *took).collect()
    }

    async fn end(self) -> (u64, usize) {
        self.stop.store(true, SeqCst);
        self.task.await.unwrap();
        (self.lost.load(SeqCst), self.samples.lock().unwrap().len())
    }
}

/// Lets time pass.
async fn by_chance(time: Duration) {
    tokio::time::sleep(time).await;
}

fn median(mut samples: Vec<Duration>) -> Duration {
    samples.sort_unstable();
    samples.get(samples.len() / 2).copied().unwrap_or_default()
}

/// A script as it is called, and what came of it.
#[derive(Default)]
struct Row {
    name: String,
    at_once: usize,
    /// Whether it may also end by an error of its own.
    may_throw: bool,
    calls: u64,
    statuses: BTreeSet<u16>,
    /// The longest, by the clock of who waited; and of as many at once that call nothing.
    outside: Duration,
    alone: Duration,
    /// By how much Croft's memory grew at most while it was called.
    grew_bytes: u64,
    quiet: Vec<Duration>,
    attacked: Vec<Duration>,
}

impl Row {
    fn ratio(&self) -> f64 {
        let (quiet, attacked) = (median(self.quiet.clone()), median(self.attacked.clone()));
        // Zero when there are too few to tell.
        if quiet.is_zero() { 0.0 } else { attacked.as_secs_f64() / quiet.as_secs_f64() }
    }

    /// Calls it for a while, after a while in which nobody does.
    async fn round(&mut self, scene: &Scene, neighbour: &Neighbour, path: &str, window: Duration) {
        let began = Instant::now();
        by_chance(window).await;
        let attacked = Instant::now();
        self.quiet.extend(neighbour.between(began, attacked));
        let before = scene.memory();
        loop {
            self.burst(scene, path, before).await;
            if attacked.elapsed() >= window {
                break;
            }
        }
        if self.at_once > 1 {
            let mut edge = Self { at_once: self.at_once, ..Self::default() };
            edge.burst(scene, "/nothing", before).await;
            self.alone = self.alone.max(edge.outside);
        }
        self.attacked.extend(neighbour.between(attacked, Instant::now()));
        self.grew_bytes = self.grew_bytes.max(scene.memory().saturating_sub(before));
    }

    /// As many calls at one time as it makes, until all are answered.
    async fn burst(&mut self, scene: &Scene, path: &str, before: u64) {
        let calls: Vec<_> = (0..self.at_once)
            .map(|_| {
                let (host, path) = (scene.attacker.host.clone(), path.to_owned());
                tokio::spawn(async move { call(&host, &path).await })
            })
            .collect();
        self.calls += calls.len() as u64;
        for call in calls {
            while !call.is_finished() {
                self.grew_bytes = self.grew_bytes.max(scene.memory().saturating_sub(before));
                by_chance(LOOK_EVERY).await;
            }
            let (status, took) = call.await.unwrap();
            self.statuses.insert(status);
            self.outside = self.outside.max(took);
        }
    }

    fn print(&self, listed: &[Invocation]) {
        let errors: BTreeSet<_> =
            listed.iter().filter_map(|c| c.error.as_ref()).map(|e| e.message.as_str()).collect();
        let shown: String =
            errors.iter().copied().collect::<Vec<_>>().join("; ").chars().take(60).collect();
        println!(
            "hostile: {:<36} {:>5} calls  took {:>4} ms, {:>4} ms outside  memory +{:>5} KB  \
             neighbour {:.2}x  {:?} {shown}",
            self.name,
            self.calls,
            longest(listed).as_millis(),
            self.outside.as_millis(),
            self.grew_bytes / 1000,
            self.ratio(),
            self.statuses,
        );
    }

    /// Holds it against what is promised.
    fn judge(&self, listed: &[Invocation], size: &Size) {
        let took = longest(listed);
        for call in listed {
            let is_fit = match call.outcome {
                OutcomeKind::Exceeded => true,
                OutcomeKind::Threw => self.may_throw,
                // One that waited for its turn until its time was over, or found no place to wait.
                OutcomeKind::Unavailable => self.at_once > 1,
                OutcomeKind::Returned | OutcomeKind::Denied => false,
            };
            assert!(is_fit, "{}: {call:?}", self.name);
        }
        assert!(took <= DEADLINE + size.late, "{} took {took:?}", self.name);
        let outside = self.outside.saturating_sub(self.alone);
        assert!(outside <= DEADLINE + size.late_outside, "{}: {outside:?} outside", self.name);
        let grew = self.grew_bytes;
        assert!(grew < size.memory_bytes, "{}: memory grew by {grew} bytes", self.name);
    }
}

/// The longest of these calls, by the log.
fn longest(listed: &[Invocation]) -> Duration {
    let took = listed.iter().map(|call| Duration::from_micros(call.duration_us)).max();
    took.expect("some calls are listed")
}

fn rows() -> Vec<(Row, &'static str)> {
    let of = |name: &str, at_once, may_throw| Row {
        name: name.into(),
        at_once,
        may_throw,
        ..Row::default()
    };
    let one = scripts::all().map(|(name, source, ends)| (of(name, 1, ends.is_empty()), *source));
    let many = [
        (of("a thousand that sleep", SLEEPERS, false), "sleep(3600)"),
        (of("eight endless loops at once", 8, false), "loop {}"),
    ];
    one.chain(many).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_functions_hurt_nobody() {
    let (size, mut scene) = (size(), Scene::new().await);
    let mut rows = rows();
    for (number, (_, source)) in rows.iter().enumerate() {
        let route = format!("GET /{}", named(number));
        scene.deploy(&scene.attacker, &named(number), source, &route).await;
    }
    let connections = connections_alone(&scene).await;
    let neighbour = Neighbour::begin(scene.neighbour.host.clone());
    let mut fine = 0;
    by_chance(size.window).await;
    let mut memory = (scene.memory(), scene.memory());
    for _ in 0..size.rounds {
        for (number, (row, _)) in rows.iter_mut().enumerate() {
            let path = format!("/{}", named(number));
            row.round(&scene, &neighbour, &path, size.window).await;
            let (status, _) = call(&scene.attacker.host, "/fine").await;
            assert_eq!(status, 200, "after {}", row.name);
            fine += 1;
            memory.1 = memory.1.max(scene.memory());
        }
    }
    let (lost, heard) = neighbour.end().await;
    let sent = fine + rows.iter().map(|(row, _)| row.calls).sum::<u64>();
    let listed = scene.until_listed(sent, rows.len()).await;
    rows.iter().zip(&listed).for_each(|((row, _), listed)| row.print(listed));
    println!("hostile: {SLEEPERS} connections alone: memory +{} KB", connections / 1000);
    judge_all(&rows, &size, memory, (lost, heard));
    rows.iter().zip(&listed).for_each(|((row, _), listed)| row.judge(listed, &size));
    scene.server.interrupt();
}

/// Prints what there is to tell of all, and holds it against what is promised.
fn judge_all(rows: &[(Row, &str)], size: &Size, memory: (u64, u64), (lost, heard): (u64, usize)) {
    let quiet = rows.iter().flat_map(|(row, _)| row.quiet.clone()).collect();
    let attacked = rows.iter().flat_map(|(row, _)| row.attacked.clone()).collect();
    let (quiet, attacked) = (median(quiet), median(attacked));
    let ratio = attacked.as_secs_f64() / quiet.as_secs_f64();
    let worst = rows.iter().map(|(row, _)| row).max_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let worst = worst.unwrap();
    let late = |row: &Row| row.outside.saturating_sub(row.alone + DEADLINE);
    let late = rows.iter().map(|(row, _)| late(row)).max().unwrap();
    let grew = rows.iter().map(|(row, _)| row.grew_bytes).max().unwrap();
    println!(
        "proof: hostile: {} calls of {} hostile scripts, the latest answer {} ms after its deadline \
         of {} ms; Croft's memory grew by at most {} KB under one and by {} KB in all; of \
         {heard} calls of another team's {lost} were lost, their median {:.2}x of {} us ({:.2}x \
         under the worst, {})",
        rows.iter().map(|(row, _)| row.calls).sum::<u64>(),
        rows.len(),
        late.as_millis(),
        DEADLINE.as_millis(),
        grew / 1000,
        (memory.1 - memory.0) / 1000,
        ratio,
        quiet.as_micros(),
        worst.ratio(),
        worst.name,
    );
    assert_eq!(lost, 0, "the neighbour lost calls");
    assert!(
        memory.1 - memory.0 < size.memory_bytes,
        "memory grew from {} to {}",
        memory.0,
        memory.1
    );
    if size.is_timed {
        assert!(ratio <= MOST_RATIO, "the neighbour's median is {ratio:.2}x");
        for (row, _) in rows {
            assert!(row.ratio() <= MOST_RATIO, "{}: the neighbour {:.2}x", row.name, row.ratio());
        }
    }
}
