//! Settings as the built binary reads them.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on stops")]

mod support;

use support::{Done, Person, until};

#[test]
fn all_problems_are_told_at_once_and_end_with_code_2() {
    let person = Person::new();
    std::fs::write(person.folder().join("s.toml"), "listne = 1\ndomain = \"a_b\"").unwrap();
    let env = [("CROFT_LISTEN", "8080"), ("CROFT_DOMIAN", "x")];
    let check = ["config", "check", "--config", "s.toml", "--mode", "prod"];
    let done = person.croft_with(&check, &env, "");
    assert_eq!(done.code, 2);
    assert_eq!(done.out, "");
    assert_eq!(
        done.err,
        "croft: 5 settings to put right:
  s.toml: listne: there is no such setting; did you mean listen?
  CROFT_DOMIAN: there is no such setting; did you mean CROFT_DOMAIN?
  --mode: `prod` is not one of: development, production
  CROFT_LISTEN: `8080` is not an address with a port, like 127.0.0.1:8080 or [::1]:8080
  s.toml: domain: `a_b` is not a host name: `a_b` may hold only a-z, 0-9 and inner -
"
    );
    let done = person.croft_with(&[&check[..], &["--output", "json"]].concat(), &env, "");
    let problem: serde_json::Value = serde_json::from_str(&done.err).unwrap();
    assert_eq!(problem["code"], "settings");
    assert_eq!(problem["problems"].as_array().unwrap().len(), 5);
}

#[test]
fn the_server_does_not_start_on_bad_settings() {
    let person = Person::new();
    let env = [("CROFT_MODE", "production"), ("CROFT_TRUSTED_PROXIES", "::/0")];
    let key = ["--master-key-file", "/nonexistent/key"];
    let serve = [&["serve", "--listen", "127.0.0.1:0"][..], &key].concat();
    let done = person.croft_with(&serve, &env, "");
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    for words in ["domain: production needs", "/nonexistent/key: there is none", "everybody"] {
        assert!(done.err.contains(words), "{words}: {}", done.err);
    }
}

#[test]
fn a_file_in_the_current_folder_is_not_the_servers() {
    let person = Person::new();
    std::fs::write(person.folder().join("croft.toml"), "project = \"blog\"").unwrap();
    std::fs::write(person.folder().join("server.toml"), "nonsense = 1").unwrap();
    let done = person.croft(&["config", "check", "--output", "json"]);
    assert_eq!(done.code, 0, "{}", done.err);
    assert_eq!(done.json()["file"], serde_json::Value::Null);
    assert_eq!(done.json()["settings"]["control_host"]["value"], "croft.localhost");
}

#[test]
fn the_master_key_comes_by_standard_input_and_is_never_shown() {
    let key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let person = Person::new();
    let done = person.croft_with(&["config", "check"], &[("CROFT_MASTER_KEY", "-")], key);
    assert_eq!(done.code, 0, "{}", done.err);
    assert!(done.out.contains("master_key       ***  (CROFT_MASTER_KEY)"), "{}", done.out);
    assert!(!done.out.contains("AAEC"));
}

#[test]
fn the_servers_environment_does_not_hold_the_master_key() {
    let person = Person::new();
    // Opening this waits for a writer, so the server stands still while it reads its settings.
    let fifo = person.folder().join("settings.toml");
    let mode = rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR;
    rustix::fs::mknodat(rustix::fs::CWD, &fifo, rustix::fs::FileType::Fifo, mode, 0).unwrap();
    let mut serve = person.command(&["serve", "--config", fifo.to_str().unwrap()]);
    let child = serve.env("CROFT_MASTER_KEY", "this is no key").spawn().unwrap();
    let environment = format!("/proc/{}/environ", child.id());
    let hidden = until(|| {
        let environment = std::fs::read(&environment).unwrap();
        let mut variables = environment.split(|b| *b == 0);
        variables.any(|v| v == b"CROFT_MASTER_KEY=-").then_some(())
    });
    std::fs::write(&fifo, "").unwrap();
    // What was handed over is what was in the environment.
    let done = Done::of(&child.wait_with_output().unwrap());
    assert_eq!(hidden, Some(()), "the key is still in the environment");
    assert_eq!(done.code, 2, "{done:?}");
    assert!(done.err.contains("CROFT_MASTER_KEY: expected 32 bytes in base64"), "{}", done.err);
}
