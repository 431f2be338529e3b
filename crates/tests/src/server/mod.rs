//! The real `croft serve` on a data directory of its own, to be killed and started again.
//!
//! Dropping the guard ends all that was started in that directory, by process id, and removes it.

pub mod calls;
pub mod processes;
pub mod terminal;
pub mod web;

use std::{
    collections::BTreeMap,
    fs::{self, File, OpenOptions},
    io::{BufRead, BufReader, Write},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{Arc, mpsc},
    time::Duration,
};

use croft_ports::{Entropy, entropy::SystemEntropy};
use croft_providers::postgres::ConnectInfo;
use croft_sdk::client::{Client, Keys};
use rustix::process::{Pid, Signal};
use tempfile::TempDir;

pub use terminal::{Done, Terminal};

/// How long a start may take: initdb on a busy machine, or recovery after a crash.
const READY: Duration = Duration::from_mins(2);

/// A data directory and the Croft that may run in it.
#[derive(Debug)]
pub struct Server {
    folder: TempDir,
    env: BTreeMap<String, String>,
    running: Option<Running>,
}

#[derive(Debug)]
struct Running {
    child: Child,
    said: mpsc::Receiver<String>,
    api: Option<String>,
    setup: Option<String>,
}

impl Server {
    /// An empty data directory; nothing runs.
    pub fn new() -> Self {
        let folder = tempfile::Builder::new().prefix("croft-").tempdir().unwrap();
        Self { folder, env: BTreeMap::new(), running: None }
    }

    /// Sets a variable of the environment for all that is run from here on.
    pub fn set(&mut self, name: &str, value: &str) {
        self.env.insert(name.to_owned(), value.to_owned());
    }

    /// The data directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Starts Croft and does not wait.
    pub fn spawn(&mut self) {
        assert!(self.running.is_none(), "it runs already");
        let log = OpenOptions::new().create(true).append(true).open(self.log()).unwrap();
        let mut child = self.command(&["serve"]).stderr(log).spawn().unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let (say, said) = mpsc::channel();
        // Ends with the process, whose end of the pipe closes then.
        std::thread::spawn(move || lines.map_while(Result::ok).try_for_each(|line| say.send(line)));
        self.running = Some(Running { child, said, api: None, setup: None });
    }

    /// Waits until it answers. Panics with the end of its log when it does not.
    pub fn ready(&mut self) {
        let running = self.running.as_mut().unwrap();
        let api = loop {
            match running.said.recv_timeout(READY) {
                Ok(line) => {
                    if let Some(api) = line.trim().strip_prefix("API ") {
                        break api.trim().to_owned();
                    }
                }
                Err(error) => panic!("Croft does not start ({error}):\n{}", self.last_words()),
            }
        };
        running.api = Some(api);
        // The next line is the set-up link's, or empty.
        let next = running.said.recv_timeout(READY).unwrap();
        running.setup = next.trim().strip_prefix("Set up ").map(|link| link.trim().to_owned());
    }

    /// The set-up link it printed.
    pub fn setup_link(&self) -> Option<&str> {
        self.running.as_ref().and_then(|running| running.setup.as_deref())
    }

    /// The URL of a path on a host, as a browser would have it.
    pub fn url(&self, host: &str, path: &str) -> String {
        let server = self.client().server();
        format!("http://{host}:{}{path}", server.rsplit_once(':').unwrap().1)
    }

    /// Hands over: Croft ends, Postgres stays.
    pub fn terminate(&mut self) {
        let mut running = self.running.take().expect("it does not run");
        processes::signal(Pid::from_child(&running.child), Signal::TERM);
        let status = running.child.wait().unwrap();
        assert!(status.success(), "it ended with {status}:\n{}", self.last_words());
    }

    /// Waits for the end that somebody else gave it.
    pub fn ended(&mut self) {
        let status = self.running.take().expect("it does not run").child.wait().unwrap();
        assert!(status.success(), "it ended with {status}:\n{}", self.last_words());
    }

    /// Starts it and waits until it answers.
    pub fn start(&mut self) {
        self.spawn();
        self.ready();
    }

    /// The API, without credentials.
    pub fn client(&self) -> Client {
        let api = self.running.as_ref().and_then(|running| running.api.as_deref());
        Client::new(api.expect("it is not ready")).unwrap()
    }

    /// Croft's own process.
    pub fn pid(&self) -> Pid {
        Pid::from_child(&self.running.as_ref().expect("it does not run").child)
    }

    /// Kills Croft, and sees that all it keeps to itself goes with it; Postgres stays.
    pub fn kill(&mut self) {
        let mut running = self.running.take().expect("it does not run");
        let pid = Pid::from_child(&running.child);
        let postgres = self.postgres();
        let own: Vec<_> = processes::children_of(pid);
        let own: Vec<_> = own.into_iter().filter(|pid| !postgres.contains(pid)).collect();
        running.child.kill().unwrap();
        running.child.wait().unwrap();
        processes::wait_for_end(&own);
    }

    /// Stops it as a person does who wants everything of it to end.
    pub fn interrupt(&mut self) {
        let mut running = self.running.take().expect("it does not run");
        processes::signal(Pid::from_child(&running.child), Signal::INT);
        let status = running.child.wait().unwrap();
        assert!(status.success(), "it ended with {status}:\n{}", self.last_words());
        let left = processes::at_work_in(self.folder());
        assert!(left.is_empty(), "{left:?} outlive it");
    }

    /// Runs a command of the binary with this server's environment, to see how it goes.
    pub fn attempt(&self, args: &[&str], stdin: &str) -> Done {
        Done::of(&mut self.command(args), stdin)
    }

    /// Runs a command of the binary beside the server, with something on its standard input.
    pub fn croft(&self, args: &[&str], stdin: &str) {
        let mut command = self.command(args);
        let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(stdin.as_bytes()).unwrap();
        let done = child.wait_with_output().unwrap();
        assert!(done.status.success(), "croft {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    /// All processes of its Postgres.
    pub fn postgres(&self) -> Vec<Pid> {
        processes::at_work_in(&self.folder().join("postgres"))
    }

    /// The postmaster's own note of itself.
    pub fn postmaster_note(&self) -> PathBuf {
        self.folder().join("postgres/system/postmaster.pid")
    }

    /// The same beside the socket.
    pub fn socket_lock(&self) -> PathBuf {
        self.folder().join("postgres/system.run/.s.PGSQL.5432.lock")
    }

    /// How the superuser reaches Croft's database, to look past every wall.
    pub fn superuser(&self) -> ConnectInfo {
        let postgres = self.folder().join("postgres");
        let password = fs::read_to_string(postgres.join("system.password")).unwrap();
        ConnectInfo {
            socket_dir: postgres.join("system.run"),
            port: 5432,
            user: "croft_root".into(),
            password: password.trim().to_owned().into(),
            database: "croft".into(),
        }
    }

    /// The end of its log.
    pub fn last_words(&self) -> String {
        let log = fs::read_to_string(self.log()).unwrap_or_default();
        let lines: Vec<_> = log.lines().rev().take(20).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// The file with all it has logged.
    pub fn log(&self) -> PathBuf {
        self.folder().join("croft.log")
    }

    /// A command of the binary with this server's environment.
    #[expect(clippy::disallowed_methods, reason = "the program under test")]
    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(binary());
        command.args(args).env_clear().current_dir("/");
        command.env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("CROFT_DATA_DIR", self.folder()).env("CROFT_LISTEN", "127.0.0.1:0");
        // The load is not what is tested here.
        for limit in ["API", "API_BURST", "ANONYMOUS", "SIGN_IN"] {
            command.env(format!("CROFT_LIMIT_{limit}"), "1000000");
        }
        command.envs(&self.env);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        command
    }
}

impl Default for Server {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut running) = self.running.take() {
            let _ = running.child.kill();
            let _ = running.child.wait();
        }
        // Some start others while they end.
        for _ in 0..10 {
            let left = processes::at_work_in(self.folder());
            if left.is_empty() {
                break;
            }
            processes::kill(&left);
        }
    }
}

/// A key for each creation, as the command line sends them.
pub fn keys() -> Keys {
    Arc::new(|| {
        let entropy: &dyn Entropy = &SystemEntropy;
        format!("{:032x}", u128::from_be_bytes(entropy.bytes()))
    })
}

/// The binary beside this test.
fn binary() -> PathBuf {
    let exe = std::env::current_exe().unwrap();
    let folder = exe.ancestors().find(|p| p.ends_with("debug") || p.ends_with("release"));
    let binary = folder.unwrap().join("croft");
    assert!(File::open(&binary).is_ok(), "{} is missing: cargo build -p croft", binary.display());
    binary
}
