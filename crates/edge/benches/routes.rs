//! What the route table costs with many hosts and routes: one look-up, one change, all of it at
//! once, and memory. Prints a table; the numbers are this machine's.

#![expect(clippy::unwrap_used, clippy::cast_precision_loss, reason = "a program of the console")]

use std::{fs, hint::black_box, sync::Arc, time::Instant};

use croft_edge::table::RouteTable;
use croft_model::{
    function::Budget,
    host::Hostname,
    id::Id,
    limits::Limits,
    route::{Match, RoutePattern},
};
use croft_ports::{
    function_invoker::FunctionEnvironment,
    route_source::{FunctionRoute, FunctionTarget, ProjectRoutes, RouteDelta},
};
use uuid::Uuid;

const SIZES: [usize; 4] = [100, 1_000, 10_000, 100_000];
/// Look-ups in one round; each of another host, at random.
const ASKED: usize = 200_000;
const ROUNDS: usize = 9;
/// Changes, each of another project, at random.
const CHANGES: usize = 500;

fn main() {
    println!(
        "One project for each host pattern claimed, one route each; medians (least to most).\n"
    );
    println!(
        "| hosts | own host, ns | exact claim, ns | captured claim, ns | one change, us | everything, ms | KiB a project |"
    );
    println!("|---:|---:|---:|---:|---:|---:|---:|");
    for size in SIZES {
        let before = resident_kib();
        let begun = Instant::now();
        let table = RouteTable::default().with(everything(size));
        let whole_ms = begun.elapsed().as_secs_f64() * 1e3;
        let kib = (resident_kib() - before) / size as f64;
        let own = look_ups(&table, |n| own_host(n % size));
        let exact = look_ups(&table, |n| format!("shop{}.example.test", (n % size) & !1));
        let captured = look_ups(&table, |n| format!("t{n}.c{}.example.test", (n % size) | 1));
        let change = changes(&table, size);
        println!("| {size} | {own} | {exact} | {captured} | {change} | {whole_ms:.1} | {kib:.2} |");
    }
    println!(
        "\nOne project with so many routes, half of them with a parameter, and as many that are for one host each.\n"
    );
    println!("| routes | for all hosts, ns | for one host, ns |");
    println!("|---:|---:|---:|");
    for size in SIZES {
        let table = RouteTable::default().with(one_project(size));
        let host = |n: usize| format!("h{}.example.test", n % size);
        let all = routes_found(&table, host, |n| format!("/r{}/x", n % size));
        let bound = routes_found(&table, host, |_| "/own".to_owned());
        println!("| {size} | {all} | {bound} |");
    }
}

/// Numbers at random, the same each time (xorshift64).
fn random() -> impl FnMut() -> usize {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 1).unwrap()
    }
}

struct Spread(Vec<f64>);

impl std::fmt::Display for Spread {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut all = self.0.clone();
        all.sort_by(f64::total_cmp);
        write!(f, "{:.0} ({:.0} to {:.0})", all[all.len() / 2], all[0], all[all.len() - 1])
    }
}

/// Nanoseconds of one call, in each round.
fn timed<T>(asked: &[T], ask: impl Fn(&T)) -> Spread {
    let round = || {
        let begun = Instant::now();
        asked.iter().for_each(&ask);
        begun.elapsed().as_secs_f64() * 1e9 / asked.len() as f64
    };
    Spread((0..ROUNDS).map(|_| round()).collect())
}

fn look_ups(table: &RouteTable, host: impl Fn(usize) -> String) -> Spread {
    routes_found(table, host, |_| "/hello/ada".to_owned())
}

/// From a host and a path to a function.
fn routes_found(
    table: &RouteTable,
    host: impl Fn(usize) -> String,
    path: impl Fn(usize) -> String,
) -> Spread {
    let mut random = random();
    let asked: Vec<(Hostname, String)> = (0..ASKED)
        .map(|_| {
            let n = random();
            (host(n).parse().unwrap(), path(n))
        })
        .collect();
    timed(&asked, |(host, path)| {
        let hosted = table.host(host).unwrap();
        assert!(matches!(black_box(hosted.project.find(host, "GET", path)), Match::Found(_)));
    })
}

/// Microseconds of one change of one project.
fn changes(table: &RouteTable, size: usize) -> Spread {
    let mut random = random();
    let mut table = table.clone();
    let nothing = Arc::default();
    let once = |n: usize| {
        let projects = vec![project(n % size, &nothing)];
        let delta = RouteDelta { generation: 2, projects, ..RouteDelta::default() };
        let begun = Instant::now();
        table = table.with(delta);
        begun.elapsed().as_secs_f64() * 1e6
    };
    Spread((0..CHANGES).map(|_| random()).map(once).collect())
}

fn own_host(n: usize) -> String {
    format!("proj-abcdef{n:06}.apps.example.net")
}

fn everything(size: usize) -> RouteDelta {
    let nothing = Arc::default();
    let projects = (0..size).map(|n| project(n, &nothing)).collect();
    RouteDelta { generation: 1, whole: true, projects, gone: vec![] }
}

/// A project with its own host, a claim, and a route.
fn project(n: usize, nothing: &Arc<FunctionEnvironment>) -> ProjectRoutes {
    let claim = if n.is_multiple_of(2) {
        format!("shop{n}.example.test")
    } else {
        format!("{{tenant}}.c{n}.example.test")
    };
    ProjectRoutes {
        project: id(n),
        team: id(n),
        hosts: [own_host(n), claim].iter().map(|host| host.parse().unwrap()).collect(),
        budget: Budget::from_limits(&Limits::default()),
        environment: Arc::clone(nothing),
        routes: vec![route("GET /hello/:name", n)],
    }
}

fn one_project(size: usize) -> RouteDelta {
    let nothing = Arc::default();
    let mut project = project(0, &nothing);
    project.hosts = vec!["*.example.test".parse().unwrap()];
    let all = (0..size).map(|n| {
        let path = if n.is_multiple_of(2) { ":x" } else { "x" };
        route(&format!("GET /r{n}/{path}"), n)
    });
    let bound = (0..size).map(|n| route(&format!("GET h{n}.example.test/own"), n));
    project.routes = all.chain(bound).collect();
    RouteDelta { generation: 1, whole: true, projects: vec![project], gone: vec![] }
}

fn route(text: &str, n: usize) -> FunctionRoute {
    let RoutePattern { method, host, path } = text.parse().unwrap();
    let function = FunctionTarget {
        function: id(n),
        name: "hello".into(),
        version: id(n),
        source: format!("`Hello, ${{ctx.params.name}}, from {n}!`").into(),
    };
    FunctionRoute { method, host, path, function: Arc::new(function) }
}

fn id<K: croft_model::id::Kind>(n: usize) -> Id<K> {
    Id::from_uuid(Uuid::from_u128(n as u128 + 1))
}

/// What this process holds in memory.
fn resident_kib() -> f64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}
