//! The log of calls tells the truth (decision 12): counts equal what was sent, failures are listed up
//! to their cap, rows stay within their budget; and when Croft, its executors or its Postgres are
//! killed at random under load, every answered call was whole, and the counts lose at most what was
//! not yet written when Croft was killed, and say so.
//!
//! `CROFT_PROOF=full` for the promised size, `CROFT_TEST_SEED` to choose the same course again.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    collections::BTreeMap,
    fs,
    time::{Duration, Instant},
};

use croft_model::{function::OutcomeKind, route::RoutePattern};
use croft_ports::{Clock, Entropy, clock::SystemClock, entropy::SystemEntropy};
use croft_sdk::{
    admin::SetLimits,
    client::{Client, CountList, InvocationFilter, InvocationList, List, ProjectRef},
    functions::{DeployFunction, NewRoute},
    invocations::{CountStep, InvocationCounts, InvocationGap},
    projects::CreateProject,
};
use croft_tests::{
    kill::load::Somebody,
    postgres,
    server::{
        Server, Terminal,
        calls::{ECHO, Load, ROUTE, Shape, Tally},
        keys, processes, web,
    },
    world::PASSWORD,
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rustix::process::Pid;
use sqlx::{AssertSqlSafe, PgConnection};
use time::OffsetDateTime;

/// How large the test is.
struct Size {
    /// Of each part with load alone.
    load: Duration,
    kills: usize,
    clients: usize,
}

const CI: Size = Size { load: Duration::from_secs(6), kills: 8, clients: 8 };
const FULL: Size = Size { load: Duration::from_secs(90), kills: 60, clients: 24 };

const OPERATOR: &str = "operator@example.com";

/// Rows a second of a function's failures, and those at once before that counts.
const CAP: u64 = 20;
/// Calls a second of which one in a hundred fails and stays below the cap.
const BELOW_CAP: u32 = 1500;
const UNBOUNDED: u32 = 1_000_000;
/// How long all that was counted may take to be written, and Croft to answer again.
const PATIENCE: Duration = Duration::from_mins(1);
const LOOK_EVERY: Duration = Duration::from_millis(50);

#[expect(clippy::disallowed_methods, reason = "the settings of a test")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn size() -> Size {
    if setting("CROFT_PROOF").is_some_and(|size| size == "full") { FULL } else { CI }
}

/// Chance that can be had again: the seed is printed.
fn random() -> (u64, StdRng) {
    let entropy: &dyn Entropy = &SystemEntropy;
    let seed = setting("CROFT_TEST_SEED")
        .map_or_else(|| u64::from_be_bytes(entropy.bytes()), |seed| seed.parse().unwrap());
    println!("calls: CROFT_TEST_SEED={seed}");
    (seed, StdRng::seed_from_u64(seed))
}

/// A project on a running Croft, and its operator.
struct Scene {
    server: Server,
    operator: Somebody,
    project: ProjectRef,
    host: String,
}

/// What is in the tables, past every wall.
#[derive(Debug, Default, PartialEq, Eq)]
struct Seen {
    rows: u64,
    failures: u64,
    /// By the rows' own account.
    bytes: u64,
    /// With indexes and all, as on disk.
    on_disk: u64,
}

impl Scene {
    async fn new() -> Self {
        let mut server = Server::new();
        server.start();
        server.croft(&["admin", "setup", "--email", OPERATOR, "--password-stdin"], PASSWORD);
        let client = server.client();
        let operator = Somebody::sign_in(&client, OPERATOR.into(), PASSWORD).await.unwrap();
        let client = client.with_token(&operator.token).with_keys(keys());
        let new = CreateProject { team_id: None, name: "Shop".parse().unwrap(), slug: None };
        let project = client.create_project(&new).await.unwrap();
        let host = project.url.strip_prefix("http://").unwrap();
        let host = host.split(':').next().unwrap().to_owned();
        let scene = Self { server, operator, project: project.id.into(), host };
        let RoutePattern { method, path, .. } = ROUTE.parse().unwrap();
        let routes = Some(vec![NewRoute { method, host: None, path }]);
        let new = DeployFunction { source: ECHO.into(), routes };
        let name = "echo".parse().unwrap();
        scene.client().deploy_function(&scene.project, &name, &new).await.unwrap();
        scene.until_routed().await;
        scene
    }

    fn client(&self) -> Client {
        self.server.client().with_token(&self.operator.token).with_keys(keys())
    }

    /// Until the edge has read the route: another method tells without a call.
    async fn until_routed(&self) {
        let url = format!("http://{}/echo/say/1", self.host());
        let deadline = Instant::now() + PATIENCE;
        while web::send("PUT", &url, &[], None).status != 405 {
            assert!(Instant::now() < deadline, "the route is not there");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// `HOST:PORT` of the project on the Croft that runs now.
    fn host(&self) -> String {
        self.server.url(&self.host, "").strip_prefix("http://").unwrap().to_owned()
    }

    fn shape(&self, fail_every: u64, most_a_second: u32) -> Shape {
        Shape { host: self.host(), clients: size().clients, fail_every, most_a_second }
    }

    async fn counts(&self) -> InvocationCounts {
        let query = CountList { step: CountStep::Hour, ..CountList::default() };
        self.client().invocation_counts(&self.project, &query).await.unwrap()
    }

    /// Until so many calls are counted. More than that are never.
    async fn until_counted(&self, calls: u64) -> InvocationCounts {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let counts = self.counts().await;
            let counted = sum(&counts);
            assert!(counted <= calls, "{counted} are counted, and {calls} were sent");
            if counted == calls {
                return counts;
            }
            assert!(Instant::now() < deadline, "{counted} of {calls} calls are counted");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    async fn left_out(&self, outcome: Option<OutcomeKind>) -> u64 {
        let list = List { limit: Some(1), after: None };
        let filter = InvocationFilter { outcome, ..InvocationFilter::default() };
        let query = InvocationList { list, filter };
        self.client().invocations(&self.project, &query).await.unwrap().left_out
    }

    async fn seen(&self, db: &mut PgConnection) -> Seen {
        let mut number = async |query: &str| {
            let query = format!("SELECT coalesce(({query})::bigint, 0)");
            let n: i64 =
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(&mut *db).await.unwrap();
            u64::try_from(n).unwrap()
        };
        Seen {
            rows: number("SELECT count(*) FROM invocations").await,
            failures: number("SELECT count(*) FROM invocations WHERE outcome = 'threw'").await,
            bytes: number(
                "SELECT max(written_bytes) - min(position) FROM invocations, invocation_streams",
            )
            .await,
            on_disk: number("SELECT pg_total_relation_size('invocations')").await,
        }
    }
}

fn sum(counts: &InvocationCounts) -> u64 {
    counts.items.iter().map(|step| step.calls).sum()
}

fn of(counts: &InvocationCounts, outcome: OutcomeKind) -> u64 {
    let outcomes = counts.items.iter().flat_map(|step| &step.outcomes);
    outcomes.filter(|o| o.outcome == outcome).map(|o| o.calls).sum()
}

/// Load for a time; all of it was answered, each answer in whole.
async fn load(shape: &Shape, time: Duration) -> Tally {
    let load = Load::start(shape);
    by_chance(time).await;
    let tally = load.end().await;
    assert_eq!(tally.wrong, [""; 0]);
    assert_eq!(tally.answered.len() as u64, tally.sent, "some were not answered");
    tally
}

/// Lets time pass under load.
async fn by_chance(time: Duration) {
    tokio::time::sleep(time).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counts_are_exact_and_failures_are_listed() {
    let (size, scene) = (size(), Scene::new().await);
    let mut db = postgres::connect(&scene.server.superuser()).await;

    let below = load(&scene.shape(100, BELOW_CAP), size.load).await;
    let counts = scene.until_counted(below.sent).await;
    assert_eq!(of(&counts, OutcomeKind::Threw), below.sent_to_fail);
    assert_eq!(of(&counts, OutcomeKind::Returned), below.with_status(200));
    assert_eq!(counts.gaps, []);
    let seen = scene.seen(&mut db).await;
    assert_eq!(seen.failures, below.sent_to_fail, "failures below the cap are all there");
    assert_eq!(scene.left_out(Some(OutcomeKind::Threw)).await, 0);
    assert_eq!(scene.left_out(None).await, below.sent - seen.rows);
    println!(
        "proof: calls: {} calls in {} s, {} of them failures: all counted, all failures listed, \
         {} rows, {} left out and counted",
        below.sent,
        size.load.as_secs(),
        below.sent_to_fail,
        seen.rows,
        below.sent - seen.rows,
    );

    let began = Instant::now();
    let beyond = load(&scene.shape(2, UNBOUNDED), size.load).await;
    let sent = below.sent + beyond.sent;
    let counts = scene.until_counted(sent).await;
    let failed = below.sent_to_fail + beyond.sent_to_fail;
    assert_eq!(of(&counts, OutcomeKind::Threw), failed);
    let more = scene.seen(&mut db).await;
    let listed = more.failures - seen.failures;
    let cap = CAP * (began.elapsed().as_secs() + 2);
    assert!(listed <= cap, "{listed} failures are listed, more than {cap}");
    assert!(listed >= CAP.min(beyond.sent_to_fail), "only {listed} failures are listed");
    assert_eq!(scene.left_out(Some(OutcomeKind::Threw)).await, failed - more.failures);
    assert_eq!(scene.left_out(None).await, sent - more.rows);
    println!(
        "proof: calls: {} calls as fast as {} clients got them answered ({} a second), half of them \
         failures: all counted, {listed} failures listed, at most {CAP} a second",
        beyond.sent,
        size.clients,
        beyond.sent * 1000 / u64::try_from(size.load.as_millis()).unwrap(),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_stay_within_their_budget_under_load() {
    const BUDGET: u64 = 64 * 1024;
    let (size, mut scene) = (size(), Scene::new().await);
    let mut db = postgres::connect(&scene.server.superuser()).await;
    for team in scene.client().me().await.unwrap().teams {
        let limits = BTreeMap::from([("invocation_log_bytes".to_owned(), Some(BUDGET))]);
        scene.client().set_limits(team.id, &SetLimits { limits }).await.unwrap();
    }
    let load = Load::start(&scene.shape(2, UNBOUNDED));
    let (end, mut largest) = (Instant::now() + size.load, Seen::default());
    while Instant::now() < end {
        let seen = scene.seen(&mut db).await;
        assert!(seen.bytes <= BUDGET, "{seen:?}");
        if seen.bytes >= largest.bytes {
            largest = seen;
        }
        by_chance(LOOK_EVERY).await;
    }
    let tally = load.end().await;
    scene.until_counted(tally.sent).await;
    let written: i64 = sqlx::query_scalar("SELECT written_bytes FROM invocation_streams")
        .fetch_one(&mut db)
        .await
        .unwrap();
    assert!(u64::try_from(written).unwrap() > 2 * BUDGET, "only {written} bytes were written");
    println!(
        "proof: calls: {written} bytes of rows went through a budget of {BUDGET}; never more than \
         {} were there, {} on disk with indexes; {} calls all counted",
        largest.bytes, largest.on_disk, tally.sent,
    );
    scene.server.interrupt();
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Croft,
    Executor,
    Postgres,
}

#[tokio::test(flavor = "multi_thread")]
async fn kills_under_load_lose_no_answer_and_at_most_what_was_not_written() {
    let size = size();
    let (seed, mut random) = random();
    let mut trial = Trial { scene: Scene::new().await, counted: 0, gaps: 0, told: Told::default() };
    for kill in 0..size.kills {
        let victim = match kill % 4 {
            0 | 2 => Victim::Croft,
            1 => Victim::Executor,
            _ => Victim::Postgres,
        };
        trial.round(victim, &mut random).await;
    }
    let Told { sent, answered, lost, most_lost, longest } = trial.told;
    println!(
        "proof: calls: {} kills under load, half of Croft and a quarter each of executors and of \
         Postgres: {answered} answers of {sent} calls, each whole; kills of executors and Postgres \
         lost no count, kills of Croft {lost} of answered calls, at most {most_lost} and {longest:?} \
         before the kill, each within a gap that is named (seed {seed})",
        size.kills,
    );
    let server = &mut trial.scene.server;
    let person = Terminal::signed_in(server, OPERATOR, PASSWORD);
    let project = trial.scene.project.to_string();
    let counts = ["function", "counts", "echo", "--since", "1h", "--project", &project];
    person.croft(&counts).ok().says(&["Croft ended without warning after"]);
    server.interrupt();
}

struct Trial {
    scene: Scene,
    /// What was counted after the round before.
    counted: u64,
    gaps: usize,
    told: Told,
}

/// What there is to tell in the end.
#[derive(Debug, Default)]
struct Told {
    sent: u64,
    answered: u64,
    lost: u64,
    most_lost: u64,
    longest: Duration,
}

impl Trial {
    async fn round(&mut self, victim: Victim, random: &mut StdRng) {
        let load = Load::start(&self.scene.shape(100, UNBOUNDED));
        by_chance(Duration::from_millis(random.random_range(300..3000))).await;
        let killed = self.kill(victim, random);
        if victim != Victim::Croft {
            // What follows is met by what is left.
            by_chance(Duration::from_millis(random.random_range(300..3000))).await;
        }
        let tally = load.end().await;
        assert_eq!(tally.wrong, [""; 0], "{victim:?}");
        let answered = tally.answered.len() as u64;
        self.told.sent += tally.sent;
        self.told.answered += answered;
        if victim == Victim::Croft {
            self.back_after_croft(&tally, killed).await;
        } else {
            assert_eq!(answered, tally.sent, "{victim:?}: some were not answered");
            self.until_answering().await;
            self.counted += tally.sent;
            let counts = self.scene.until_counted(self.counted).await;
            assert_eq!(counts.gaps.len(), self.gaps, "{victim:?}: a gap where nothing is missing");
            println!("{victim:?}: {answered} answers, all counted");
        }
    }

    fn kill(&mut self, victim: Victim, random: &mut StdRng) -> OffsetDateTime {
        match victim {
            Victim::Croft => self.scene.server.kill(),
            Victim::Postgres => processes::kill(&self.scene.server.postgres()),
            Victim::Executor => {
                let executors = executors(self.scene.server.pid());
                processes::kill(&executors[random.random_range(0..executors.len())..][..1]);
            }
        }
        SystemClock.now()
    }

    /// Starts Croft anew, and looks what is counted of the calls before its end.
    async fn back_after_croft(&mut self, tally: &Tally, killed: OffsetDateTime) {
        let mut db = postgres::connect(&self.scene.server.superuser()).await;
        // What it had sent before its end may still become a fact.
        until_gone(&mut db).await;
        self.scene.server.start();
        let (counts, gaps) = self.until_named().await;
        self.gaps += 1;
        assert_eq!(gaps.len(), self.gaps);
        let gap = gaps.last().unwrap();
        assert!(gap.since <= killed && killed <= gap.until, "{gap:?} is not of {killed}");
        let counted = counts - self.counted;
        let safe = tally.answered.iter().filter(|(at, _)| *at < gap.since).count() as u64;
        let answered = tally.answered.len() as u64;
        assert!(counted >= safe, "{safe} were answered before {gap:?}, only {counted} are counted");
        assert!(counted <= tally.sent, "{counted} are counted, {} were sent", tally.sent);
        let lost = answered.saturating_sub(counted);
        println!(
            "Croft: {answered} answers, {counted} calls counted of {} sent, last written {} ms \
             before the kill",
            tally.sent,
            (killed - gap.since).whole_milliseconds()
        );
        self.counted = counts;
        self.told.lost += lost;
        self.told.most_lost = self.told.most_lost.max(lost);
        self.told.longest = self.told.longest.max((killed - gap.since).unsigned_abs());
    }

    /// Until there is a gap more; calls counted, and all gaps.
    async fn until_named(&self) -> (u64, Vec<InvocationGap>) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let counts = self.scene.counts().await;
            if counts.gaps.len() > self.gaps {
                return (sum(&counts), counts.gaps);
            }
            assert!(Instant::now() < deadline, "the gap is not named");
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Until the API answers again.
    async fn until_answering(&self) {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = self.scene.client().me().await {
            assert!(Instant::now() < deadline, "{error}\n{}", self.scene.server.last_words());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }
}

async fn until_gone(db: &mut PgConnection) {
    let deadline = Instant::now() + PATIENCE;
    let sessions = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'croft'";
    while sqlx::query_scalar::<_, i64>(sessions).fetch_one(&mut *db).await.unwrap() > 0 {
        assert!(Instant::now() < deadline, "sessions of the killed Croft do not end");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

fn executors(croft: Pid) -> Vec<Pid> {
    let is_executor = |pid: &Pid| {
        let path = format!("/proc/{}/cmdline", pid.as_raw_nonzero());
        fs::read(path).is_ok_and(|said| said.ends_with(b"\0executor\0"))
    };
    processes::children_of(croft).into_iter().filter(is_executor).collect()
}
