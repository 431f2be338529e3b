//! Where values come from: defaults, then the file, then the environment, then flags.

use std::{
    collections::BTreeMap,
    fmt,
    fs::File,
    io::Read,
    path::{Path, PathBuf},
};

use super::value::{Mode, Value};

/// One setting, as documentation and flags see it.
#[derive(Debug)]
pub struct Row {
    /// Its name in the file.
    pub key: &'static str,
    /// What it is for.
    pub doc: &'static str,
    /// Its default, in words where it depends on others.
    pub default: &'static str,
    /// Whether its value is never printed, and has no flag: other users see command lines.
    pub secret: bool,
}

impl Row {
    /// Its name in the environment.
    pub fn variable(&self) -> String {
        format!("CROFT_{}", self.key.to_ascii_uppercase())
    }

    /// Its name on the command line, without dashes; none for secrets.
    pub fn flag(&self) -> Option<String> {
        (!self.secret).then(|| self.key.replace('_', "-"))
    }
}

/// The variables of the environment that Croft looks at, read once at start.
#[derive(Debug, Clone, Default)]
pub struct Env(BTreeMap<String, String>);

impl Env {
    /// Keeps what is ours: `CROFT_*`, where files of this user go, and where programs are.
    pub fn new(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        let ours = |k: &str| {
            k.starts_with("CROFT_") || k.starts_with("XDG_") || matches!(k, "HOME" | "PATH")
        };
        Self(variables.into_iter().filter(|(k, v)| ours(k) && !v.is_empty()).collect())
    }

    /// The value of a variable; empty counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Sets a variable for this run.
    pub fn set(&mut self, name: &str, value: String) {
        self.0.insert(name.to_owned(), value);
    }

    /// A folder for this user by the XDG base directory specification: `variable`, else `fallback`
    /// below the home directory. Relative values are ignored, as it says.
    pub fn folder(&self, variable: &str, fallback: &str) -> Option<PathBuf> {
        let absolute = |name: &str| self.get(name).map(PathBuf::from).filter(|p| p.is_absolute());
        absolute(variable).or_else(|| Some(absolute("HOME")?.join(fallback)))
    }

    /// The default of `data_dir`.
    pub(super) fn data_dir(&self, mode: Mode) -> String {
        let own = self.folder("XDG_DATA_HOME", ".local/share").map(|p| p.join("croft"));
        own.filter(|_| mode == Mode::Development)
            .unwrap_or_else(|| PathBuf::from("/var/lib/croft"))
            .display()
            .to_string()
    }

    /// Variables named like settings that are none. A cluster's own `CROFT_SERVICE_*` and
    /// `CROFT_PORT*` (Kubernetes service links) and what tests are told are left alone.
    fn unknown(&self, rows: &[Row]) -> impl Iterator<Item = &str> {
        const CLIENT: [&str; 2] = ["CROFT_URL", "CROFT_TOKEN"];
        const OTHERS: [&str; 3] = ["CROFT_SERVICE_", "CROFT_PORT", "CROFT_TEST_"];
        self.0.keys().map(String::as_str).filter(|name| {
            name.starts_with("CROFT_")
                && !CLIENT.contains(name)
                && !OTHERS.iter().any(|prefix| name.starts_with(prefix))
                && !rows.iter().any(|row| row.variable() == **name)
        })
    }
}

/// What the command line said of settings.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`: the file to read.
    pub config: Option<PathBuf>,
    /// Values by key.
    pub values: BTreeMap<&'static str, String>,
}

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Nobody set it.
    Default,
    /// The file.
    File(PathBuf),
    /// The environment, by the variable's name.
    Env(String),
    /// The command line, by the flag.
    Flag(String),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Env(name) | Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A setting as it is, for people.
#[derive(Debug, Clone)]
pub struct Effective {
    /// Its name in the file.
    pub key: &'static str,
    /// Its value; of a secret, `***`.
    pub value: String,
    /// Where it came from.
    pub source: Source,
}

/// The layers while they are read.
pub(super) struct Layers<'a> {
    rows: &'static [Row],
    env: &'a Env,
    flags: &'a Flags,
    pub(super) file: Option<PathBuf>,
    table: BTreeMap<String, String>,
    pub(super) effective: Vec<Effective>,
    pub(super) problems: Vec<String>,
}

/// The most a settings file may hold, in bytes.
const FILE_MAX: u64 = 1024 * 1024;

impl<'a> Layers<'a> {
    /// Reads the file, if there is one, and notes what nobody knows.
    pub(super) fn open(
        rows: &'static [Row],
        env: &'a Env,
        flags: &'a Flags,
        system_file: &Path,
    ) -> Self {
        let mut layers = Self {
            rows,
            env,
            flags,
            file: None,
            table: BTreeMap::new(),
            effective: Vec::new(),
            problems: Vec::new(),
        };
        let data_dir = flags.values.get("data_dir").map(String::as_str);
        let beside_data = data_dir.or_else(|| env.get("CROFT_DATA_DIR"));
        layers.file = flags.config.clone().or_else(|| {
            let beside_data = beside_data.map(|dir| Path::new(dir).join("server.toml"));
            std::iter::once(system_file.to_owned()).chain(beside_data).find(|path| path.exists())
        });
        if let Some(path) = layers.file.clone()
            && let Err(problem) = layers.read_file(&path)
        {
            layers.problems.push(format!("{}: {problem}", path.display()));
        }
        for name in env.unknown(rows) {
            let names = rows.iter().map(Row::variable);
            layers.problems.push(format!("{name}: {}", no_such_setting(name, names)));
        }
        layers
    }

    pub(super) fn env(&self) -> &'a Env {
        self.env
    }

    /// The value of one setting from the highest layer that has it.
    pub(super) fn value<T: Value>(&mut self, key: &'static str, default: impl Fn() -> String) -> T {
        let row = self.rows.iter().find(|row| row.key == key);
        let (source, text) =
            row.and_then(|row| self.given(row)).unwrap_or_else(|| (Source::Default, default()));
        let value = T::parse(&text).or_else(|problem| {
            let at = match &source {
                Source::File(path) => format!("{}: {key}", path.display()),
                other => other.to_string(),
            };
            self.problems.push(format!("{at}: {problem}"));
            // Reading goes on with the default, to find all problems; it is never used.
            T::parse(&default())
        });
        let value = value.unwrap_or_else(|e| panic!("the default of {key} is wrong: {e}"));
        self.effective.push(Effective { key, value: value.show(), source });
        value
    }

    /// Where the setting's value came from, once it is read.
    pub(super) fn source(&self, key: &str) -> &Source {
        self.effective.iter().find(|e| e.key == key).map_or(&Source::Default, |e| &e.source)
    }

    fn given(&self, row: &Row) -> Option<(Source, String)> {
        let flag = || {
            let text = self.flags.values.get(row.key)?;
            Some((Source::Flag(format!("--{}", row.flag()?)), text.clone()))
        };
        let env = || {
            let name = row.variable();
            let text = self.env.get(&name)?.to_owned();
            Some((Source::Env(name), text))
        };
        let file = || Some((Source::File(self.file.clone()?), self.table.get(row.key)?.clone()));
        flag().or_else(env).or_else(file)
    }
}

impl Layers<'_> {
    fn read_file(&mut self, path: &Path) -> Result<(), String> {
        let mut text = String::new();
        let file = File::open(path).map_err(|e| format!("cannot be opened: {e}"))?;
        file.take(FILE_MAX)
            .read_to_string(&mut text)
            .map_err(|e| format!("cannot be read: {e}"))?;
        let table: toml::Table =
            toml::from_str(&text).map_err(|e| format!("is not TOML: {}", e.to_string().trim()))?;
        for (key, value) in table {
            let at = format!("{}: {key}", path.display());
            if self.rows.iter().all(|row| row.key != key) {
                let problem = no_such_setting(&key, self.rows.iter().map(|row| row.key.to_owned()));
                self.problems.push(format!("{at}: {problem}"));
            } else if let Some(text) = as_text(&value) {
                self.table.insert(key, text);
            } else {
                self.problems.push(format!("{at}: expected a text, a number or a list of them"));
            }
        }
        Ok(())
    }
}

/// A value of the file as the environment would have it, so that one reader does for both.
fn as_text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Array(items) => {
            Some(items.iter().map(as_text).collect::<Option<Vec<_>>>()?.join(","))
        }
        toml::Value::Float(_)
        | toml::Value::Boolean(_)
        | toml::Value::Datetime(_)
        | toml::Value::Table(_) => None,
    }
}

/// Says so, and what was perhaps meant.
fn no_such_setting(name: &str, known: impl Iterator<Item = String>) -> String {
    let near =
        known.map(|k| (strsim::jaro_winkler(name, &k), k)).max_by(|a, b| a.0.total_cmp(&b.0));
    match near {
        Some((likeness, known)) if likeness > 0.85 => {
            format!("there is no such setting; did you mean {known}?")
        }
        _ => "there is no such setting; `croft config sample` lists all".to_owned(),
    }
}
