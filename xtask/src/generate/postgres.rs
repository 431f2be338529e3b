//! A throw-away Postgres from the machine's own binaries: unix socket only, gone when dropped.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use tempfile::TempDir;

use crate::process;

const START_DEADLINE: Duration = Duration::from_mins(1);
const DATABASE: &str = "croft";
const SUPERUSER: &str = "postgres";
/// What migrations grant to; that these roles cannot do much is tested with the real ones.
const ROLES: [&str; 3] = ["croft_owner", "croft_app", "croft_system"];

/// A running server with one empty database. Stopped and deleted when dropped; when this program
/// is killed, the kernel tells the server to quit (`--pdeathsig`).
pub(crate) struct Postgres {
    binaries: PathBuf,
    directory: TempDir,
    server: Child,
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it.
    pub(crate) fn start() -> Result<Self> {
        let binaries = binaries()?;
        let directory = tempfile::Builder::new().prefix("croft-gen-").tempdir()?;
        let account = Account::find(directory.path())?;
        if let Some(account) = &account {
            chown(directory.path(), Some(account.uid), Some(account.gid))?;
        }

        let data = directory.path().join("data");
        let mut initdb = as_account(account.as_ref(), &binaries.join("initdb"));
        initdb.args(["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]);
        initdb.args(["--username", SUPERUSER, "--pgdata"]).arg(&data);
        process::output(initdb.current_dir(directory.path()))?;

        let log = fs::File::create(directory.path().join("log"))?;
        let mut server = as_account(account.as_ref(), &binaries.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(directory.path());
        server.args(["-c", "listen_addresses=", "-c", "fsync=off"]);
        server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        let server = server.spawn().context("cannot start postgres")?;

        let mut postgres = Self { binaries, directory, server };
        postgres.wait_until_ready()?;
        for role in ROLES {
            postgres.psql("postgres", &["--command", &format!("CREATE ROLE {role}")])?;
        }
        postgres.psql("postgres", &["--command", &format!("CREATE DATABASE {DATABASE}")])?;
        Ok(postgres)
    }

    /// Applies one file of SQL in one transaction, as the superuser.
    pub(crate) fn apply(&self, file: &Path) -> Result<()> {
        let path = file.to_str().context("a migration's path is not UTF-8")?;
        self.psql(DATABASE, &["--single-transaction", "--file", path])
            .with_context(|| format!("cannot apply {path}"))
    }

    /// Where sqlx's macros find the database.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://{SUPERUSER}@localhost/{DATABASE}?host={}",
            self.directory.path().display()
        )
    }

    fn psql(&self, database: &str, arguments: &[&str]) -> Result<()> {
        let mut psql = process::command(self.binaries.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]);
        psql.arg("--host").arg(self.directory.path());
        psql.args(["--username", SUPERUSER, "--dbname", database]).args(arguments);
        process::output(&mut psql).map(drop)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let deadline = Instant::now() + START_DEADLINE;
        loop {
            let mut probe = process::command(self.binaries.join("pg_isready"));
            if process::output(probe.arg("-q").arg("-h").arg(self.directory.path())).is_ok() {
                return Ok(());
            }
            if self.server.try_wait()?.is_some() || Instant::now() > deadline {
                let log = fs::read_to_string(self.directory.path().join("log"))?;
                bail!("the throw-away Postgres did not start; its log:\n{log}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = process::command("kill");
        // SIGINT is Postgres's "fast" shutdown; whoever does not obey is killed.
        let asked = process::output(stop.args(["-INT", &self.server.id().to_string()]));
        if asked.is_err() {
            drop(self.server.kill());
        }
        drop(self.server.wait());
    }
}

/// An unprivileged account for a server that refuses to run as root.
struct Account {
    uid: u32,
    gid: u32,
}

impl Account {
    /// None when this program is not root. `ours` is a folder this process just made.
    fn find(ours: &Path) -> Result<Option<Self>> {
        if fs::metadata(ours)?.uid() != 0 {
            return Ok(None);
        }
        let accounts = fs::read_to_string("/etc/passwd")?;
        let find = |wanted: &str| {
            accounts.lines().map(|line| line.split(':').collect::<Vec<_>>()).find_map(|fields| {
                let [name, _, uid, gid, ..] = fields[..] else { return None };
                (name == wanted).then_some(Self { uid: uid.parse().ok()?, gid: gid.parse().ok()? })
            })
        };
        let account = find("postgres").or_else(|| find("nobody"));
        account.map(Some).context("Postgres refuses to run as root: add an account named postgres")
    }
}

/// `setpriv` gives up root and ties the server's life to ours; both need no code of our own.
fn as_account(account: Option<&Account>, program: &Path) -> Command {
    let mut command = process::command("setpriv");
    if let Some(account) = account {
        command.arg(format!("--reuid={}", account.uid)).arg(format!("--regid={}", account.gid));
        command.arg("--clear-groups");
    }
    command.args(["--pdeathsig=QUIT", "--"]).arg(program);
    command
}

/// The newest installed server's binaries (Debian keeps them out of `PATH`), else `PATH`'s.
fn binaries() -> Result<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| {
            Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin")))
        })
        .collect();
    versions.sort();
    let debian = versions.into_iter().rev().map(|(_, path)| path);
    debian
        .chain(process::search_path())
        .find(|folder| {
            ["initdb", "postgres", "psql"].iter().all(|name| folder.join(name).is_file())
        })
        .context("no Postgres server binaries found: run script/bootstrap")
}
