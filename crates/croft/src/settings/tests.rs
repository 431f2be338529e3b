use std::os::unix::fs::PermissionsExt;

use super::*;

const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

struct World {
    dir: tempfile::TempDir,
    env: Env,
    flags: Flags,
}

impl World {
    /// A machine of its own, with `HOME` in a fresh folder.
    fn new(env: &[(&str, &str)]) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let home = ("HOME".to_owned(), dir.path().display().to_string());
        let given = env.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned()));
        Self { env: Env::new(given.chain([home])), dir, flags: Flags::default() }
    }

    fn flag(mut self, key: &'static str, value: &str) -> Self {
        self.flags.values.insert(key, value.to_owned());
        self
    }

    fn file(mut self, text: &str) -> Self {
        let path = self.dir.path().join("given.toml");
        std::fs::write(&path, text).unwrap();
        self.flags.config = Some(path);
        self
    }

    fn load(&self) -> Result<Loaded, Problems> {
        Settings::load_from(&self.env, &self.flags, &self.dir.path().join("etc.toml"))
    }

    #[track_caller]
    fn settings(&self) -> Settings {
        self.load().unwrap().settings
    }

    #[track_caller]
    fn problems(&self) -> Vec<String> {
        self.load().map(|l| l.settings).unwrap_err().0
    }
}

#[test]
fn defaults_are_good_for_one_machine() {
    let world = World::new(&[]);
    let settings = world.settings();
    assert_eq!(settings.control_host.as_str(), "croft.localhost");
    assert_eq!(settings.apps_domain.as_str(), "apps.localhost");
    assert_eq!(settings.data_dir, world.dir.path().join(".local/share/croft"));
    assert_eq!(settings.master_key_file, settings.data_dir.join("keys/master.key"));
    assert_eq!(settings.listen_if_possible(), ["[::1]:8080".parse().unwrap()]);
    assert_eq!(settings.outside(8080).url("croft.localhost"), "http://croft.localhost:8080");
    assert_eq!(settings.limit_sign_in.get(), 5);
}

#[test]
fn flags_stand_above_environment_above_file_above_defaults() {
    let file = "domain = \"file.test\"\nlisten = [\"127.0.0.1:1\", \"127.0.0.1:2\"]\nlimit_api = 7";
    let env =
        [("CROFT_DOMAIN", "env.test"), ("CROFT_LISTEN", "127.0.0.1:3,[::1]:3"), ("CROFT_MODE", "")];
    let world = World::new(&env).file(file).flag("domain", "flag.test");
    let loaded = world.load().unwrap();
    assert_eq!(loaded.settings.domain.as_str(), "flag.test");
    assert_eq!(loaded.settings.apps_domain.as_str(), "apps.flag.test");
    assert_eq!(loaded.settings.listen.len(), 2);
    assert!(loaded.settings.listen_if_possible().is_empty());
    assert_eq!(loaded.settings.limit_api.get(), 7);
    let source = |key| loaded.effective.iter().find(|e| e.key == key).unwrap().source.to_string();
    assert_eq!((source("domain"), source("listen")), ("--domain".into(), "CROFT_LISTEN".into()));
    assert_eq!(source("mode"), "default");
    assert!(source("limit_api").ends_with("given.toml"));
}

#[test]
fn all_problems_come_at_once_each_with_its_place() {
    let env = [("CROFT_LISTEN", "8080"), ("CROFT_TRUSTED_PROXY", "10.0.0.1")];
    let problems = World::new(&env)
        .file("listne = \"x\"\nlimit_api = 0\nlog_format = true\ndomain = \"a b\"")
        .flag("mode", "prod")
        .problems();
    for words in [
        "listne: there is no such setting; did you mean listen?",
        "CROFT_TRUSTED_PROXY: there is no such setting; did you mean CROFT_TRUSTED_PROXIES?",
        "CROFT_LISTEN: `8080` is not an address with a port",
        "given.toml: limit_api: `0` is not a number from 1",
        "log_format: expected a text",
        "given.toml: domain: `a b` is not a host name",
        "--mode: `prod` is not one of: development, production",
    ] {
        assert!(problems.iter().any(|p| p.contains(words)), "{words}: {problems:#?}");
    }
    assert_eq!(problems.len(), 7, "{problems:#?}");
}

#[test]
fn what_others_put_into_the_environment_is_left_alone() {
    let env =
        [("CROFT_PORT", "tcp://10.0.0.1:80"), ("CROFT_SERVICE_HOST", "x"), ("CROFT_URL", "x")];
    World::new(&env).settings();
}

#[test]
fn a_file_is_found_beside_the_data_but_never_needed() {
    let world = World::new(&[]);
    let data = world.dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("server.toml"), "domain = \"beside.test\"").unwrap();
    let world = world.flag("data_dir", data.to_str().unwrap());
    assert_eq!(world.settings().domain.as_str(), "beside.test");
    std::fs::write(world.dir.path().join("etc.toml"), "domain = \"etc.test\"").unwrap();
    assert_eq!(world.settings().domain.as_str(), "etc.test");
    let mut world = world;
    world.flags.config = Some("/nonexistent/croft.toml".into());
    assert!(world.problems()[0].contains("/nonexistent/croft.toml: cannot be opened"));
}

#[test]
fn secrets_are_never_printed() {
    let url = "postgres://croft:hunter2@db.test/croft";
    let world = World::new(&[("CROFT_DATABASE_URL", url), ("CROFT_MASTER_KEY", KEY)]);
    let loaded = world.load().unwrap();
    let printed = format!("{loaded:?}");
    assert!(!printed.contains("hunter2") && !printed.contains("AAEC"), "{printed}");
    assert_eq!(loaded.settings.database_url.unwrap().expose(), url);
    assert_eq!(loaded.settings.master_key.unwrap().expose()[31], 31);
    let world =
        World::new(&[("CROFT_DATABASE_URL", "mysql://hunter2"), ("CROFT_MASTER_KEY", "hunter2")]);
    let problems = world.problems();
    assert_eq!(problems.len(), 2);
    assert!(!problems.concat().contains("hunter2"), "{problems:?}");
    assert!(TABLE.iter().all(|row| !row.secret || row.flag().is_none()));
}

#[test]
fn production_refuses_what_is_not_safe() {
    let world = World::new(&[
        ("CROFT_MODE", "production"),
        ("CROFT_PUBLIC_URL", "http://croft.localhost"),
        ("CROFT_TRUSTED_PROXIES", "0.0.0.0/0"),
    ]);
    let problems = world.file("").flag("master_key_file", "/nonexistent/key").problems();
    for words in ["domain: production needs", "everybody", "there is none; make it with"] {
        assert!(problems.iter().any(|p| p.contains(words)), "{words}: {problems:#?}");
    }
    let world = World::new(&[("CROFT_MODE", "production"), ("CROFT_DOMAIN", "example.com")])
        .flag("public_url", "http://croft.example.com")
        .file(&format!("database_url = \"postgres://u:p@h/d\"\nmaster_key = \"{KEY}\""));
    let problems = world.problems();
    for words in ["needs https", "holds a secret and others can read", "not in the settings file"] {
        assert!(problems.iter().any(|p| p.contains(words)), "{words}: {problems:#?}");
    }
}

#[test]
fn production_guards_the_master_key() {
    let world = World::new(&[("CROFT_MODE", "production"), ("CROFT_DOMAIN", "example.com")]);
    let data = world.dir.path().join("data");
    std::fs::create_dir(&data).unwrap();
    let key = world.dir.path().join("master.key");
    std::fs::write(&key, KEY).unwrap();
    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o644)).unwrap();
    let mut world = world
        .flag("data_dir", data.to_str().unwrap())
        .flag("master_key_file", key.to_str().unwrap());
    assert!(world.problems()[0].contains("others can read it; run: chmod 600"));

    std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).unwrap();
    let loaded = world.load().unwrap();
    assert!(loaded.warnings.iter().any(|w| w.contains("same site")), "{:?}", loaded.warnings);
    assert_eq!(loaded.settings.outside(8080).url("a.test"), "https://a.test");

    // A link from elsewhere does not hide that the key lies beside the data.
    let inside = data.join("master.key");
    std::fs::copy(&key, &inside).unwrap();
    let link = world.dir.path().join("link.key");
    std::os::unix::fs::symlink(&inside, &link).unwrap();
    world.flags.values.insert("master_key_file", link.display().to_string());
    assert!(world.problems()[0].contains("lies below data_dir"));

    std::fs::write(&inside, "short").unwrap();
    assert!(world.problems().iter().any(|p| p.contains("32 bytes in base64")));
}

#[test]
fn names_must_not_swallow_each_other() {
    let with = |control: &str, apps: &str| {
        World::new(&[("CROFT_CONTROL_HOST", control), ("CROFT_APPS_DOMAIN", apps)]).load().map(drop)
    };
    assert!(with("a.test", "apps.a.test").is_err());
    assert!(with("a.apps.test", "apps.test").is_err());
    assert!(with("localhost", "apps.localhost").is_err());
    assert!(with("a.test", "apps.test").is_ok());
}

#[test]
fn the_sample_is_read_back() {
    let world = World::new(&[]);
    let is_setting = |line: &str| TABLE.iter().any(|r| line.starts_with(&format!("{} = ", r.key)));
    let lines: Vec<_> =
        sample().lines().filter_map(|l| Some(l.strip_prefix("# ")?.to_owned())).collect();
    let settings = lines.into_iter().filter(|line| is_setting(line)).collect::<Vec<_>>();
    assert_eq!(settings.len(), TABLE.len());
    // Those without a plain default have an empty text there, for somebody to fill in.
    let uncommented = settings.iter().filter(|l| !l.ends_with("\"\"")).cloned().collect::<Vec<_>>();
    let loaded = world.file(&uncommented.join("\n")).load().unwrap();
    assert!(loaded.effective.iter().filter(|e| matches!(e.source, Source::File(_))).count() >= 9);
}

#[test]
fn the_reference_page_is_the_table() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/reference/configuration.md");
    let written = std::fs::read_to_string(page).unwrap();
    assert!(written == markdown(), "run: croft config reference > docs/reference/configuration.md");
}
