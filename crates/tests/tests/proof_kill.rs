//! Killed at any instant, nothing that was acknowledged is lost and nothing is left half done
//! (decision 41).
//!
//! The real binary runs on a Postgres of its own while several people write through the API. Again
//! and again Croft is killed, in a third of the rounds its Postgres, and what is there afterwards is
//! held against the load's own file. Croft is made to stand still first and Postgres asked which
//! transactions now wait for it: so it is seen from outside, and with nothing of it in the product,
//! which kills hit inside a transaction.
//!
//! `CROFT_PROOF=full` for the promised size, `CROFT_TEST_SEED` to choose the same course again.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use croft_model::user::SignUp;
use croft_ports::{Entropy, entropy::SystemEntropy};
use croft_sdk::admin::InstallationSettings;
use croft_tests::{
    kill::{
        ledger::{Fate, Ledger},
        load::{Somebody, Writer},
        reader, tables,
    },
    postgres,
    server::{Server, processes},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use rustix::process::Signal;

/// How large the test is.
struct Size {
    acknowledged: usize,
    inside: usize,
    kills: usize,
    first_starts: u32,
}

const CI: Size = Size { acknowledged: 300, inside: 3, kills: 9, first_starts: 3 };
const FULL: Size = Size { acknowledged: 5000, inside: 10, kills: 60, first_starts: 12 };

const WRITERS: usize = 6;
const PASSWORD: &str = "four blunt mossy stones";
/// How long the load may take for one round's acknowledgements, and Croft to answer again after its
/// Postgres was killed.
const PATIENCE: Duration = Duration::from_mins(2);
const LOOK_EVERY: Duration = Duration::from_millis(1);

#[expect(clippy::disallowed_methods, reason = "the settings of a test")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn size() -> Size {
    if setting("CROFT_PROOF").is_some_and(|size| size == "full") { FULL } else { CI }
}

/// Chance that can be had again: the seed is printed.
fn random(of: &str) -> (u64, StdRng) {
    let entropy: &dyn Entropy = &SystemEntropy;
    let seed = setting("CROFT_TEST_SEED")
        .map_or_else(|| u64::from_be_bytes(entropy.bytes()), |seed| seed.parse().unwrap());
    println!("{of}: CROFT_TEST_SEED={seed}");
    (seed, StdRng::seed_from_u64(seed))
}

/// What is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Croft,
    Postgres,
    Both,
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_survives_every_kill() {
    let size = size();
    let began = Instant::now();
    let mut trial = Trial::new("kill").await;
    while trial.ledger.acknowledged() < size.acknowledged
        || trial.inside < size.inside
        || trial.kills < size.kills
    {
        let (kills, inside) = (trial.kills, trial.inside);
        assert!(kills < 3 * size.kills, "{inside} of {kills} kills hit inside a transaction");
        let victim = match kills % 6 {
            2 => Victim::Postgres,
            5 => Victim::Both,
            _ => Victim::Croft,
        };
        trial.round(victim, size.acknowledged / size.kills).await.unwrap();
    }
    trial.check(0).await.unwrap();
    trial.server.interrupt();
    let fates: Vec<Fate> = trial.ledger.entries().into_values().map(|(_, fate)| fate).collect();
    let complete = fates.iter().filter(|fate| matches!(fate, Fate::Complete(_))).count();
    let absent = fates.iter().filter(|fate| **fate == Fate::Absent).count();
    println!(
        "proof: kill: {} acknowledged writes of 8 kinds read back over {} kills, {} of them of \
         Postgres, {} inside a transaction; of {} unacknowledged {complete} were complete and \
         {absent} absent; the rows of all tables equal the file's (seed {}, {} s)",
        trial.ledger.acknowledged(),
        trial.kills,
        trial.of_postgres,
        trial.inside,
        complete + absent,
        trial.seed,
        began.elapsed().as_secs(),
    );
}

/// A planted fault: Postgres says "committed" before that is on disk.
#[tokio::test(flavor = "multi_thread")]
async fn a_promise_made_too_early_is_found_out() {
    let mut trial = Trial::new("planted").await;
    let mut db = postgres::connect(&trial.server.superuser()).await;
    sqlx::query("ALTER ROLE croft SET synchronous_commit = off").execute(&mut db).await.unwrap();
    drop(db);
    // Sessions that were open before the change go with the first kill.
    for _ in 0..6 {
        if let Err(wrong) = trial.round(Victim::Both, 60).await {
            assert!(wrong.contains("lost"), "{wrong}");
            return;
        }
    }
    panic!("commits were lost with Postgres six times, and the test did not see it");
}

/// A server under load, killed round by round.
struct Trial {
    seed: u64,
    random: StdRng,
    began: Instant,
    server: Server,
    ledger: Arc<Ledger>,
    people: Arc<Vec<Somebody>>,
    writers: Vec<Writer>,
    before: tables::Counts,
    kills: usize,
    of_postgres: usize,
    inside: usize,
}

impl Trial {
    async fn new(of: &str) -> Self {
        let (seed, mut random) = random(of);
        // Kept after the run, beside the test binaries: who reads a failure needs it.
        fs::create_dir_all(postgres::folder()).unwrap();
        let ledger = Ledger::create(&postgres::folder().join(format!("{of}-ledger.jsonl")));
        let mut server = Server::new();
        server.start();
        let people = Arc::new(people(&server).await);
        let mut db = postgres::connect(&server.superuser()).await;
        let before = tables::count(&mut db).await;
        let writers = (0..people.len())
            .map(|n| Writer::new(n, Arc::clone(&people), StdRng::seed_from_u64(random.random())))
            .collect();
        Self {
            seed,
            random,
            began: Instant::now(),
            server,
            ledger: Arc::new(ledger),
            people,
            writers,
            before,
            kills: 0,
            of_postgres: 0,
            inside: 0,
        }
    }

    /// Load, a kill at about so many acknowledgements, the way back, and the judgement.
    async fn round(&mut self, victim: Victim, acknowledged: usize) -> Result<(), String> {
        self.kills += 1;
        self.of_postgres += usize::from(victim != Victim::Croft);
        let from = self.ledger.entries().len();
        let more = self.random.random_range(1..=2 * acknowledged + 1);
        let killed = Arc::new(AtomicBool::new(false));
        let load = self.start_load(&killed);
        until_acknowledged(&self.ledger, self.ledger.acknowledged() + more).await;
        // The instant itself is left to chance.
        by_chance(Duration::from_micros(self.random.random_range(0..30_000))).await;
        self.inside += usize::from(self.kill(victim, &killed).await);
        for writer in load {
            let (mut writer, done) = writer.await.unwrap();
            done?;
            writer.begin_anew();
            self.writers.push(writer);
        }
        self.wait_for_return(victim).await;
        self.check(from).await
    }

    fn start_load(&mut self, killed: &Arc<AtomicBool>) -> Load {
        let client = self.server.client();
        let start = |mut writer: Writer| {
            let (client, ledger) = (client.clone(), Arc::clone(&self.ledger));
            let killed = Arc::clone(killed);
            tokio::spawn(async move {
                let done = writer.run(client, &ledger, &killed).await;
                (writer, done)
            })
        };
        self.writers.drain(..).map(start).collect()
    }

    /// Stops Croft where it is, looks whether that is inside a transaction that has written, and
    /// kills.
    async fn kill(&mut self, victim: Victim, killed: &AtomicBool) -> bool {
        let mut db = postgres::connect(&self.server.superuser()).await;
        let croft = self.server.pid();
        processes::signal(croft, Signal::STOP);
        killed.store(true, Ordering::SeqCst);
        let at = self.began.elapsed();
        let in_flight = self.ledger.in_flight();
        let open = tables::wait_for_open_transactions(&mut db).await;
        match victim {
            Victim::Croft => self.server.kill(),
            Victim::Postgres => {
                processes::kill(&self.server.postgres());
                processes::signal(croft, Signal::CONT);
            }
            Victim::Both => {
                processes::kill(&self.server.postgres());
                self.server.kill();
            }
        }
        println!("kill {} of {victim:?} at {:.6} s", self.kills, at.as_secs_f64());
        for write in &in_flight {
            println!("  in flight: {:?} {} {}", write.kind, write.within, write.name);
        }
        for statement in &open {
            let words: Vec<_> = statement.split_whitespace().take(4).collect();
            println!("  inside a transaction, after: {}", words.join(" "));
        }
        !open.is_empty()
    }

    /// Until Croft answers again: started by us, or by itself when only its Postgres was killed.
    async fn wait_for_return(&mut self, victim: Victim) {
        if victim != Victim::Postgres {
            self.server.start();
        }
        let client = self.server.client().with_token(&self.people[0].token);
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = client.me().await {
            assert!(Instant::now() < deadline, "{error}\n{}", self.server.last_words());
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Reads back all there is wherever something was written from a number on, counts all rows,
    /// and tells what is wrong.
    async fn check(&self, from: usize) -> Result<(), String> {
        let scopes = self.ledger.scopes(from);
        let found = reader::read(&self.server.client(), &self.people, &self.ledger, &scopes).await;
        let mut wrong = match found {
            Ok(found) => self.ledger.judge(&scopes, found),
            Err(error) => vec![format!("lost, or not to be read: {error}")],
        };
        let mut db = postgres::connect(&self.server.superuser()).await;
        wrong.extend(tables::halves(&mut db).await);
        if wrong.is_empty() {
            let expected = tables::expected(&self.ledger, &self.before);
            for (table, rows) in tables::count(&mut db).await {
                if rows != expected[table] {
                    wrong.push(format!("{rows} {table} are there, not {}", expected[table]));
                }
            }
        }
        if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n")) }
    }
}

type Load = Vec<tokio::task::JoinHandle<(Writer, Result<(), String>)>>;

/// Lets an instant be left to chance.
async fn by_chance(after: Duration) {
    tokio::time::sleep(after).await;
}

async fn until_acknowledged(ledger: &Ledger, goal: usize) {
    let deadline = Instant::now() + PATIENCE;
    while ledger.acknowledged() < goal {
        assert!(Instant::now() < deadline, "the load does not come forward: is it refused?");
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// The operator opens sign-up, and the writers make their accounts.
async fn people(server: &Server) -> Vec<Somebody> {
    let client = server.client();
    let operator = operator(server).await;
    let open = InstallationSettings { sign_up: SignUp::Open };
    client.clone().with_token(operator.token).set_installation_settings(&open).await.unwrap();
    let mut people = Vec::new();
    for number in 0..WRITERS {
        people.push(Somebody::join(&client, number).await.unwrap());
    }
    people
}

/// Makes the first account, on the machine itself.
async fn operator(server: &Server) -> Somebody {
    let email = "operator@example.com";
    let setup = ["admin", "setup", "--email", email, "--password-stdin"];
    server.croft(&setup, &format!("{PASSWORD}\n"));
    Somebody::sign_in(&server.client(), email.into(), PASSWORD).await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_start_that_was_killed_is_taken_up_by_the_next() {
    let (seed, mut random) = random("first start");
    let size = size();
    let mut server = Server::new();
    let began = Instant::now();
    server.start();
    let whole = began.elapsed();
    drop(server);
    for number in 0..size.first_starts {
        let mut server = Server::new();
        server.spawn();
        let part = f64::from(number) + random.random::<f64>();
        let instant = whole.mul_f64(part / f64::from(size.first_starts));
        by_chance(instant).await;
        server.kill();
        println!("killed after {instant:?}, with {}", contents(&server).join(" "));
        server.start();
        operator(&server).await;
        server.interrupt();
    }
    println!(
        "proof: first start: killed at {} instants of its {whole:?}, each time the next start \
         worked (seed {seed})",
        size.first_starts
    );
}

fn contents(server: &Server) -> Vec<String> {
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let below = |folder| fs::read_dir(folder).into_iter().flatten().flatten().map(name);
    let mut names: Vec<_> = below(server.folder().to_owned()).collect();
    names.extend(below(server.folder().join("postgres")).map(|name| format!("postgres/{name}")));
    names.sort();
    names
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_of_processes_that_are_gone_stop_no_start() {
    let mut server = Server::new();
    server.start();
    let postgres = server.postgres();
    server.kill();
    processes::kill(&postgres);
    // Their numbers have come to mean another process, which is alive and not to be touched.
    let other = std::process::id();
    for note in [server.postmaster_note(), server.socket_lock()] {
        let text = fs::read_to_string(&note).unwrap();
        let (_, rest) = text.split_once('\n').unwrap();
        fs::write(&note, format!("{other}\n{rest}")).unwrap();
    }
    fs::write(server.folder().join("lock"), format!("{other}\n")).unwrap();
    server.start();
    operator(&server).await;
    server.interrupt();
}
