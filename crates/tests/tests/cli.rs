//! The command line against the real server, from signing in to signing out. One server and one
//! person's day: each step finds what the ones before it made.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{
    fs,
    io::{BufRead, BufReader},
    sync::mpsc,
    thread,
    time::Duration,
};

use croft_tests::{
    server::{Server, Terminal, processes},
    world::PASSWORD,
};
use rustix::process::{Pid, Signal};
use serde_json::Value;

const ADA: &str = "ada@example.com";
const BOB: &str = "bob@example.com";

#[test]
fn a_day_at_the_command_line() {
    let mut server = Server::new();
    server.start();
    server.croft(&["admin", "setup", "--email", ADA, "--password-stdin"], PASSWORD);
    let url = server.client().server();

    let ada = Terminal::new();
    signs_in(&ada, &url);
    keeps_projects(&ada);
    keeps_variables(&ada);
    let bob = invites(&ada, &url);
    changes_members(&ada, &bob);
    gives_tokens(&ada, &url);
    reads_what_happened(&ada);
    follows_events(&ada);
    signs_out(&ada, &url);
    server.interrupt();
}

fn sign_in(person: &Terminal, url: &str, email: &str, password: &str) -> croft_tests::server::Done {
    let login = ["login", url, "--email", email, "--password-stdin", "--output", "json"];
    person.croft_with(&login, password)
}

/// The values of a field, over a list.
fn each<'a>(page: &'a Value, field: &str) -> Vec<&'a str> {
    let items = page["items"].as_array().unwrap_or_else(|| panic!("no list: {page}"));
    items.iter().map(|item| item[field].as_str().unwrap()).collect()
}

fn signs_in(ada: &Terminal, url: &str) {
    ada.croft(&["whoami"]).code(2).says(&["which server?", "croft login URL"]);
    ada.croft(&["whoami", "--server", url]).code(3).says(&["not signed in", "croft login"]);
    let refused = sign_in(ada, url, ADA, "not the password").code(3);
    assert_eq!(refused.out, "", "a failure is no data");
    let problem: Value = serde_json::from_str(&refused.err).unwrap();
    assert_eq!(problem["status"], 401, "{problem}");

    let signed_in = sign_in(ada, url, ADA, PASSWORD).ok();
    assert_eq!(signed_in.json()["email"], ADA);
    assert!(signed_in.err.contains("Signed in"), "{signed_in:?}");
    assert!(!signed_in.out.contains("croft_ses_"), "the session's secret is kept, not shown");
    let me = ada.json(&["whoami"]);
    assert_eq!((&me["email"], &me["operator"]), (&ADA.into(), &true.into()));
    let status = ada.json(&["status"]);
    assert_eq!((&status["me"]["email"], &status["server"]), (&ADA.into(), &url.into()));
    assert_eq!(status["installation"]["version"], env!("CARGO_PKG_VERSION"));
    let text = ada.croft(&["whoami"]).ok();
    assert!(text.out.contains(ADA) && text.err.is_empty(), "{text:?}");
    assert_eq!(ada.json(&["sessions", "list"])["items"][0]["current"], true);
}

fn keeps_projects(ada: &Terminal) {
    let made = ada.json(&["project", "create", "Blog"]);
    assert_eq!((&made["slug"], &made["name"]), (&"blog".into(), &"Blog".into()));
    ada.croft(&["project", "create", "Other", "--slug", "blog"]).code(6).says(&["blog"]);
    ada.croft(&["project", "create", "Other", "--slug", "No Slug"]).code(2);
    ada.croft(&["project", "show", "nowhere"]).code(4).says(&["nowhere"]);
    assert!(each(&ada.json(&["project", "list"]), "slug").contains(&"blog"));
    assert_eq!(ada.json(&["project", "rename", "blog", "My Blog"])["name"], "My Blog");
    let shown = ada.json(&["project", "show", "blog"]);
    assert_eq!((&shown["name"], &shown["id"]), (&"My Blog".into(), &made["id"]));

    let deleted = ada.croft(&["project", "delete", "blog"]).ok();
    assert_eq!(deleted.out, "", "progress is no data");
    deleted.says(&["Deleted", "croft project restore blog"]);
    assert!(!each(&ada.json(&["project", "list"]), "slug").contains(&"blog"));
    assert_eq!(each(&ada.json(&["project", "list", "--deleted"]), "slug"), ["blog"]);
    assert_eq!(ada.json(&["project", "restore", "blog"])["id"], made["id"]);
    assert!(each(&ada.json(&["project", "list"]), "slug").contains(&"blog"));

    assert_eq!(ada.json(&["link", "blog"])["slug"], "blog");
    assert_eq!(ada.json(&["project", "show"])["id"], made["id"], "the folder is linked");
}

fn keeps_variables(ada: &Terminal) {
    let set = ada.json(&["env", "set", "COLOUR=green", "SIZE=9"]);
    assert_eq!(each(&set, "key"), ["COLOUR", "SIZE"]);
    let secret = "quince-and-medlar";
    ada.croft(&["env", "set", &format!("KEY={secret}"), "--secret"])
        .code(2)
        .says(&["KEY --secret"]);
    let args = ["env", "set", "KEY", "--secret", "--output", "json"];
    let set = ada.croft_with(&args, secret).ok();
    assert_eq!(set.json()["items"][0]["secret"], true);
    for args in [&["env", "list"][..], &["env", "list", "--output", "json"], &["audit"]] {
        let shown = ada.croft(args).ok();
        assert!(!format!("{shown:?}").contains(secret), "{shown:?}");
    }
    assert!(!format!("{set:?}").contains(secret), "{set:?}");
    let all = ada.json(&["env", "list"]);
    assert_eq!(each(&all, "key"), ["COLOUR", "KEY", "SIZE"]);
    assert_eq!(all["items"][0]["value"], "green");
    assert_eq!(all["items"][1]["value"], Value::Null);
    assert!(ada.croft(&["env", "list"]).ok().out.contains("***"));
    let elsewhere = ada.json(&["env", "list", "--environment", "development"]);
    assert_eq!(each(&elsewhere, "key"), [""; 0], "environments are apart");

    lists_more_variables_than_a_page(ada);

    assert_eq!(ada.croft(&["env", "unset", "COLOUR", "KEY"]).ok().out, "");
    assert_eq!(each(&ada.json(&["env", "list"]), "key"), ["SIZE"]);
    ada.croft(&["env", "unset", "COLOUR"]).code(4).says(&["COLOUR"]);
}

/// Values of more than 1 MiB, which no page carries, a project's and one's own.
fn lists_more_variables_than_a_page(ada: &Terminal) {
    let large = "x".repeat(60 * 1024);
    let keys: Vec<_> = (0..20).map(|n| format!("LARGE_{n:02}")).collect();
    let pairs: Vec<_> = keys.iter().map(|key| format!("{key}={large}")).collect();
    for whose in [&["--environment", "development"][..], &["--mine"]] {
        let with = |args: &[&str], rest: &[String]| -> Vec<String> {
            let args = args.iter().chain(whose).map(ToString::to_string);
            args.chain(rest.iter().cloned()).collect()
        };
        let json = |args: &[&str], rest: &[String]| {
            let args = with(args, rest);
            ada.json(&args.iter().map(String::as_str).collect::<Vec<_>>())
        };
        json(&["env", "set"], &pairs);
        let all = json(&["env", "list"], &[]);
        assert_eq!(each(&all, "key"), keys, "{whose:?}");
        assert_eq!(all["next"], Value::Null);
        let page = json(&["env", "list", "--limit", "2", "--after", "LARGE_03"], &[]);
        assert_eq!(each(&page, "key"), ["LARGE_04", "LARGE_05"]);
        assert_eq!(page["next"], "LARGE_05");
        assert_eq!(json(&["env", "list", "--limit", "200"], &[])["next"], "LARGE_16");
        let unset = with(&["env", "unset"], &keys);
        ada.croft(&unset.iter().map(String::as_str).collect::<Vec<_>>()).ok();
    }
}

/// Bob comes by invitation.
fn invites(ada: &Terminal, url: &str) -> Terminal {
    let invited = ada.json(&["invite", "create", "--email", BOB, "--role", "viewer"]);
    let link = invited["link"].as_str().unwrap();
    let open = ada.json(&["invite", "list"]);
    assert_eq!(each(&open, "email"), [BOB]);
    assert!(!open.to_string().contains("croft_inv_"), "the link is shown once: {open}");

    let bob = Terminal::new().with("CROFT_URL", url);
    let create = ["account", "create", "--email", BOB, "--password-stdin"];
    bob.croft_with(&create, PASSWORD).code(5).says(&["invitation"]);
    let create: Vec<_> = create.into_iter().chain(["--invitation", link]).collect();
    bob.croft_with(&create, PASSWORD).ok().says(&["croft login"]);
    sign_in(&bob, url, BOB, PASSWORD).ok();
    assert_eq!(bob.json(&["invite", "show", link])["role"], "viewer");
    bob.croft(&["project", "show", "blog"]).code(4);
    bob.json(&["invite", "accept", link]);
    bob.croft(&["invite", "accept", link]).code(4);
    assert_eq!(bob.json(&["project", "show", "blog"])["slug"], "blog");
    assert_eq!(each(&ada.json(&["invite", "list"]), "email"), [""; 0]);

    let unwanted = ada.json(&["invite", "create"]);
    ada.croft(&["invite", "revoke", unwanted["id"].as_str().unwrap()]).ok();
    bob.croft(&["invite", "show", unwanted["link"].as_str().unwrap()]).code(4);
    bob
}

fn changes_members(ada: &Terminal, bob: &Terminal) {
    let members = ada.json(&["member", "list"]);
    let mut people = each(&members, "email");
    people.sort_unstable();
    assert_eq!(people, [ADA, BOB]);
    let list = ["env", "list", "--project", "blog"];
    bob.croft(&list).code(5);
    bob.croft(&["project", "delete", "blog"]).code(5);
    assert_eq!(ada.json(&["member", "role", BOB, "developer"])["role"], "developer");
    assert_eq!(each(&bob.json(&list), "key"), ["SIZE"]);
    bob.croft(&["project", "delete", "blog"]).code(5);
    assert_eq!(ada.croft(&["member", "remove", BOB]).ok().out, "");
    bob.croft(&["project", "show", "blog"]).code(4);
    ada.croft(&["member", "remove", BOB]).code(4).says(&[BOB, "not in the team"]);
}

fn gives_tokens(ada: &Terminal, url: &str) {
    ada.croft(&["project", "create", "Shop"]).ok();
    let create = |more: &[&str]| {
        let args = [&["token", "create", "robot"], more].concat();
        let made = ada.json(&args);
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("croft_"), "scanners know it: {made}");
        let script = Terminal::new().with("CROFT_URL", url).with("CROFT_TOKEN", secret);
        (script, made["id"].as_str().unwrap().to_owned(), secret.to_owned())
    };
    let (reader, id, secret) = create(&["--scope", "read"]);
    let listed = ada.croft(&["token", "list", "--output", "json"]).ok();
    assert_eq!(each(&listed.json(), "name"), ["robot"]);
    assert!(!listed.out.contains(&secret), "a token is shown once");
    assert_eq!(reader.json(&["whoami"])["email"], ADA);
    assert_eq!(reader.json(&["project", "show", "shop"])["slug"], "shop");
    reader.croft(&["project", "create", "More"]).code(5);
    reader.croft(&["env", "set", "A=1", "--project", "shop"]).code(5);
    reader.croft(&["admin", "users"]).code(5);

    let (bound, _, _) = create(&["--project", "shop"]);
    assert_eq!(each(&bound.json(&["env", "set", "A=1", "--project", "shop"]), "key"), ["A"]);
    bound.croft(&["project", "show", "blog"]).code(4);

    let homeless = Terminal::new().with("CROFT_TOKEN", &secret);
    homeless.croft(&["whoami"]).code(2).says(&["CROFT_URL"]);
    ada.croft(&["token", "revoke", &id]).ok();
    reader.croft(&["whoami"]).code(3);
}

fn reads_what_happened(ada: &Terminal) {
    let audit = ada.json(&["audit", "--limit", "100"]);
    let actions = each(&audit, "action");
    for action in ["project.create", "project.delete", "project.restore", "token.create"] {
        assert!(actions.contains(&action), "no {action}: {actions:?}");
    }
    assert!(audit["items"].as_array().unwrap().iter().any(|entry| entry["actor"] == ADA));
    let events = ada.json(&["events", "--project", "blog"]);
    assert!(!each(&events, "kind").is_empty());
    let short = ada.croft(&["audit", "--limit", "1"]).ok().says(&["There is more: --after"]);
    assert_eq!(short.out.lines().count(), 2, "a head and a row: {short:?}");
    assert_eq!(ada.json(&["admin", "users"])["items"].as_array().unwrap().len(), 2);
    assert_eq!(ada.json(&["admin", "sign-up", "closed"])["sign_up"], "closed");
}

fn follows_events(ada: &Terminal) {
    let mut follower = ada.spawn(&["events", "--project", "blog", "--follow", "--output", "json"]);
    let lines = BufReader::new(follower.stdout.take().unwrap()).lines();
    let (say, said) = mpsc::channel();
    let reader = thread::spawn(move || {
        lines.map_while(Result::ok).for_each(|line| {
            let _ = say.send(line);
        });
    });
    // It shows what happens once it listens, and says nothing of when that is.
    let line = (0..50).find_map(|n| {
        ada.croft(&["project", "rename", "blog", &format!("Blog {n}")]).ok();
        said.recv_timeout(Duration::from_millis(200)).ok()
    });
    let event: Value = serde_json::from_str(&line.unwrap()).unwrap();
    assert_eq!((&event["kind"], &event["actor"]), (&"project.renamed".into(), &"ada".into()));

    processes::signal(Pid::from_child(&follower), Signal::INT);
    assert!(follower.wait().unwrap().success(), "Ctrl-C is its good end");
    reader.join().unwrap();
    for line in said {
        let _: Value = serde_json::from_str(&line).unwrap();
    }
}

fn signs_out(ada: &Terminal, url: &str) {
    let kept = fs::read_to_string(ada.home().join(".config/croft/credentials.toml")).unwrap();
    let (_, session) = kept.split_once("token = \"").unwrap();
    let (session, _) = session.split_once('"').unwrap();
    let thief = Terminal::new().with("CROFT_URL", url).with("CROFT_TOKEN", session);
    assert_eq!(thief.json(&["whoami"])["email"], ADA);
    ada.croft(&["logout"]).ok().says(&["Signed out"]);
    thief.croft(&["whoami"]).code(3);
    ada.croft(&["whoami", "--server", url]).code(3).says(&["croft login"]);
    let kept = fs::read_to_string(ada.home().join(".config/croft/credentials.toml")).unwrap();
    assert!(!kept.contains(session), "{kept}");
}
