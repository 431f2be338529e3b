//! What the edge is told of changes: nothing but them, all of them, and at once.

#![expect(clippy::unwrap_used, reason = "helpers of tests are tests")]

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use async_trait::async_trait;
use croft_edge::{Body, ControlHandler, Edge, EdgeLimits, EdgeSettings, Outside, RequestContext};
use croft_model::{id::ProjectId, route::Match};
use croft_ports::{
    clock::{Clock, SystemClock},
    entropy::SystemEntropy,
    invocation_log::MemoryLog,
    route_source::{ProjectRoutes, RouteDelta, RouteSource},
};
use croft_store::{Purpose, Store, cleanup::Passing, routes::StoreRoutes};
use croft_tests::{Person, World, postgres::connect};
use http::{Request, Response};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, PgConnection};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// No test waits longer for anything.
const DEADLINE: Duration = Duration::from_secs(30);

fn source(world: &World, store: &Store) -> StoreRoutes {
    let apps = world.app.installation.zones.apps.clone();
    StoreRoutes::new(store.clone(), apps, "localhost".parse().unwrap())
}

async fn read(source: &StoreRoutes, since: Option<u64>) -> RouteDelta {
    source.read(since).await.unwrap()
}

/// A project as text, its parts in order and with the values that `Debug` does not show.
fn told(project: &ProjectRoutes) -> String {
    let mut project = project.clone();
    project.hosts.sort_by_key(ToString::to_string);
    project.routes.sort_by_key(|route| format!("{} {}", route.method, route.path));
    let values = &project.environment.values;
    let digest = project.environment.digest;
    format!(
        "{project:?} {digest:?} {:?}",
        values.iter().map(|(k, v)| (k, &**v)).collect::<Vec<_>>()
    )
}

/// All projects as they are known to whoever read everything once and then only changes.
#[derive(Default)]
struct Follower {
    generation: Option<u64>,
    projects: BTreeMap<ProjectId, String>,
}

impl Follower {
    /// Reads on; how many projects it was told of.
    async fn follow(&mut self, source: &StoreRoutes) -> usize {
        let delta = read(source, self.generation).await;
        assert_eq!(delta.whole, self.generation.is_none());
        self.generation = Some(delta.generation);
        for project in &delta.gone {
            self.projects.remove(project);
        }
        self.projects.extend(delta.projects.iter().map(|p| (p.project, told(p))));
        delta.projects.len() + delta.gone.len()
    }

    /// Reads on, and fails unless what is known then is what a first look reads.
    async fn agrees(&mut self, source: &StoreRoutes, what: &str) -> usize {
        let heard = self.follow(source).await;
        let whole = read(source, None).await;
        assert!(whole.whole && whole.gone.is_empty());
        let whole: BTreeMap<_, _> = whole.projects.iter().map(|p| (p.project, told(p))).collect();
        assert_eq!(self.projects, whole, "after {what}");
        heard
    }
}

async fn deploy(person: &Person<'_>, project: &str, name: &str, path: &str) {
    let body = json!({ "source": "1", "routes": [{ "method": "GET", "path": path }] });
    person.put(&format!("/projects/{project}/functions/{name}"), body).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_follows_the_changes_knows_what_whoever_comes_new_is_told() {
    let world = World::new().await;
    let (source, mut follower) = (source(&world, &world.app.store), Follower::default());
    assert_eq!(follower.agrees(&source, "the start").await, 1);
    assert_eq!(follower.agrees(&source, "nothing").await, 0);
    let (ada, operator) = (world.person("ada").await, world.operator().await);
    let team = ada.post("/teams", json!({ "name": "Shops" })).await.expect(201);
    let team = team.text("id").to_owned();
    for name in ["Blog", "Shop"] {
        let new = json!({ "name": name, "team_id": team });
        ada.post("/projects", new).await.expect(201);
        assert_eq!(follower.agrees(&source, "a new project").await, 1);
    }
    let set =
        async |at: &str, body: Value| ada.put(&format!("/projects/{at}"), body).await.expect(200);

    deploy(&ada, "blog", "hello", "/hello").await;
    assert_eq!(follower.agrees(&source, "a deploy").await, 1);
    set("blog/variables/production/COLOUR", json!({ "value": "blue" })).await;
    assert_eq!(follower.agrees(&source, "a variable").await, 1);
    set("blog/variables/production/KEY", json!({ "value": "s3cret", "secret": true })).await;
    follower.agrees(&source, "a secret").await;
    let known = follower.projects.values().filter(|text| text.contains("s3cret")).count();
    assert_eq!(known, 1, "calls see the secret");
    set("blog/variables/development/COLOUR", json!({ "value": "red" })).await;
    assert_eq!(follower.agrees(&source, "another environment").await, 0);
    ada.delete("/projects/blog/variables/production/COLOUR").await.expect(204);
    assert_eq!(follower.agrees(&source, "a variable that goes").await, 1);

    let claim = ada.post("/projects/blog/domains", json!({ "host": "{w}.blog.localhost" })).await;
    let claim = claim.expect(201).text("id").to_owned();
    assert_eq!(follower.agrees(&source, "a claim").await, 1);
    assert!(follower.projects.values().any(|text| text.contains("blog.localhost")));
    ada.delete(&format!("/projects/blog/domains/{claim}")).await.expect(204);
    assert_eq!(follower.agrees(&source, "a claim given up").await, 1);

    let limits = json!({ "limits": { "call_time_ms": 1234 } });
    operator.patch(&format!("/admin/teams/{team}/limits"), limits).await.expect(200);
    assert_eq!(follower.agrees(&source, "a limit").await, 2, "both projects of the team");
    ada.delete("/projects/blog/functions/hello").await.expect(204);
    assert_eq!(follower.agrees(&source, "a function that goes").await, 1);

    ada.delete("/projects/shop").await.expect(204);
    assert_eq!(follower.agrees(&source, "a project that goes").await, 1);
    ada.post("/projects/shop/restore", json!({})).await.expect(200);
    assert_eq!(follower.agrees(&source, "a project restored").await, 1);
    ada.delete("/projects/shop").await.expect(204);
    world.clock.advance(time::Duration::days(8));
    let ada = world.sign_in("ada@example.com").await;
    world.drain().await;
    follower.agrees(&source, "a project purged").await;
    assert_eq!(follower.projects.len(), 2);
    ada.delete(&format!("/teams/{team}")).await.expect(204);
    assert_eq!(follower.agrees(&source, "a team that goes").await, 1);

    let elsewhere: ProjectId = ada.project("Elsewhere").await.parse().unwrap();
    follower.agrees(&source, "a project").await;
    let mut tx = world.app.store.system(Purpose::Start).await.unwrap();
    tx.set_default_project(elsewhere).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(follower.agrees(&source, "another default project").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_not_looked_for_long_is_told_everything() {
    let world = World::new().await;
    let source = source(&world, &world.app.store);
    let ada = world.person("ada").await;
    let before = read(&source, None).await.generation;
    ada.project("Blog").await;
    ada.project("Shop").await;
    let after = read(&source, Some(before)).await;
    assert_eq!((after.whole, after.projects.len()), (false, 2));
    // A clean-up forgets what is old, by the database's clock.
    let mut tx = world.app.store.system(Purpose::Reconcile).await.unwrap();
    let tomorrow = SystemClock.now() + time::Duration::DAY;
    assert_eq!(tx.remove_past(Passing::RouteChanges, tomorrow).await.unwrap(), 3);
    assert_eq!(tx.remove_past(Passing::RouteChanges, tomorrow).await.unwrap(), 0);
    tx.commit().await.unwrap();
    let late = read(&source, Some(before)).await;
    assert_eq!((late.whole, late.projects.len()), (true, 3));
    assert!(
        read(&source, Some(after.generation)).await.is_empty(),
        "who knows all is told nothing"
    );
    ada.project("Third").await;
    let delta = read(&source, Some(after.generation)).await;
    assert_eq!((delta.whole, delta.projects.len()), (false, 1));
    // A generation that is not there yet is of another life of this database.
    assert!(read(&source, Some(delta.generation + 1)).await.whole);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_read_of_one_project_is_no_other_ones_matter() {
    let world = World::new().await;
    let source = source(&world, &world.app.store);
    let ada = world.person("ada").await;
    for name in ["blog", "shop"] {
        ada.project(name).await;
        deploy(&ada, name, "hello", "/hello").await;
    }
    let secret = json!({ "value": "s3cret", "secret": true });
    ada.put("/projects/blog/variables/production/KEY", secret).await.expect(200);
    let first = read(&source, None).await;
    let mut admin = connect(&world.database.superuser).await;
    run(&mut admin, "UPDATE variables SET sealed = sealed || 'x'").await;
    for name in ["blog", "shop"] {
        deploy(&ada, name, "hello", "/other").await;
    }
    let delta = read(&source, Some(first.generation)).await;
    assert_eq!((delta.projects.len(), delta.gone.len()), (1, 0), "the other stays as it was");
    assert_eq!(delta.projects[0].routes[0].path.as_str(), "/other");
}

async fn run(admin: &mut PgConnection, sql: &str) {
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(admin).await.unwrap();
}

/// Adds so many projects with a function and a claim each, past every wall.
async fn fill(admin: &mut PgConnection, projects: u32) {
    let projects = format!(
        "WITH team AS (SELECT id FROM teams LIMIT 1), p AS (
             INSERT INTO projects (id, team_id, name, slug, label, created_at)
             SELECT gen_random_uuid(), team.id, 'P', 'p' || n, lpad(translate(n::text, '0189', 'abcd'), 12, 'x'), now()
             FROM team, generate_series(1, {projects}) n RETURNING id, team_id, slug
         ), f AS (
             INSERT INTO functions (id, team_id, project_id, name, active, created_at)
             SELECT gen_random_uuid(), team_id, id, 'f', gen_random_uuid(), now() FROM p RETURNING *
         ), v AS (
             INSERT INTO function_versions (id, team_id, project_id, function_id, number, source, created_at)
             SELECT active, team_id, project_id, id, 1, '1', now() FROM f
         ), r AS (
             INSERT INTO routes (id, team_id, project_id, function_id, method, path, conflict_key)
             SELECT gen_random_uuid(), team_id, project_id, id, 'GET', '/a', '/a/' FROM f
         ), e AS (
             INSERT INTO variables (id, team_id, project_id, environment, key, plain, category, version, updated_at)
             SELECT gen_random_uuid(), team_id, id, 'production', 'A', 'b', 'general', 1, now() FROM p
         )
         INSERT INTO domains (id, team_id, project_id, pattern, shape_key, state, challenge, created_at)
         SELECT gen_random_uuid(), team_id, id, slug || '.x.localhost', slug || '.x.localhost', 'proven', '', now()
         FROM p"
    );
    run(admin, &projects).await;
    run(
        admin,
        "INSERT INTO route_changes SELECT id, team_id, 1 FROM projects ON CONFLICT DO NOTHING",
    )
    .await;
    run(admin, "ANALYZE").await;
}

/// Rows that all connections that ended have read, in whatever way.
async fn rows_read(admin: &mut PgConnection) -> i64 {
    let read = "SELECT sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
                FROM pg_stat_user_tables";
    sqlx::query_scalar(read).fetch_one(admin).await.unwrap()
}

/// Rows that a look reads after one of so many projects was touched.
async fn rows_of_a_look(projects: u32) -> i64 {
    let world = World::new().await;
    let mut admin = connect(&world.database.superuser).await;
    fill(&mut admin, projects).await;
    let source = source(&world, &world.app.store);
    let first = read(&source, None).await;
    assert_eq!(first.projects.len(), projects as usize + 1);
    let label = "SELECT id FROM projects WHERE slug = 'p7'";
    let id: Uuid = sqlx::query_scalar(label).fetch_one(&mut admin).await.unwrap();
    let mut tx = world.app.store.system(Purpose::Operate).await.unwrap();
    let project = tx.project(ProjectId::from_uuid(id)).await.unwrap().unwrap();
    tx.save_project(project).await.unwrap();
    tx.commit().await.unwrap();
    world.app.store.close().await;
    let store = Store::connect(world.settings(), Arc::new(SystemEntropy)).await.unwrap();
    let source = self::source(&world, &store);
    ended(&mut admin).await;
    let before = rows_read(&mut admin).await;
    let delta = read(&source, Some(first.generation)).await;
    assert_eq!((delta.projects.len(), delta.projects[0].environment.values.len()), (1, 1));
    assert_eq!((delta.projects[0].hosts.len(), delta.projects[0].routes.len()), (2, 1));
    store.close().await;
    ended(&mut admin).await;
    rows_read(&mut admin).await - before
}

/// Waits until Croft's connections are gone: only then the numbers of all they did are there.
async fn ended(admin: &mut PgConnection) {
    let open = "SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let gone = async {
        while sqlx::query_scalar::<_, i64>(open).fetch_one(&mut *admin).await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(DEADLINE, gone).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_reads_no_more_where_there_is_more() {
    let few = rows_of_a_look(100).await;
    // Postgres may count late what was read before the look, on a busy machine: the least of three.
    let mut many = rows_of_a_look(5000).await;
    for _ in 0..2 {
        if many >= 100 {
            many = many.min(rows_of_a_look(5000).await);
        }
    }
    // Small tables are read whole, as that is the quickest; large ones are not.
    assert!(few < 1000 && many < 100, "{few} rows of 100 projects, {many} of 5000");
    println!("a look after one change reads {few} rows of 100 projects, {many} of 5000");
}

struct Nothing;

#[async_trait]
impl ControlHandler for Nothing {
    async fn handle(&self, _: Request<Body>, _: RequestContext) -> Response<Body> {
        unreachable!("nobody asks")
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deploy_is_in_force_by_its_hint_alone() {
    let world = World::new().await;
    let ada = world.person("ada").await;
    let installation = &world.app.installation;
    // So that nothing but the hint can bring it.
    let limits = EdgeLimits { refresh_period: Duration::from_hours(1), ..EdgeLimits::default() };
    let settings = EdgeSettings {
        zones: installation.zones.clone(),
        control_origin: installation.control_origin(),
        default_host: "localhost".parse().unwrap(),
        trusted_proxies: vec![],
        limits,
    };
    let outside = Outside {
        control: Arc::new(Nothing),
        functions: Arc::clone(&world.app.functions),
        log: Arc::new(MemoryLog::default()),
        routes: Arc::new(source(&world, &world.app.store)),
        clock: Arc::clone(&world.app.clock),
        entropy: Arc::clone(&world.app.entropy),
    };
    let (edge, stop) = (Arc::new(Edge::new(settings, outside)), CancellationToken::new());
    let (serving, stopping) = (Arc::clone(&edge), stop.clone());
    let served = tokio::spawn(async move { serving.serve(vec![], stopping).await });
    let host = "shop.localhost".parse().unwrap();
    let leads = |path: &str| {
        let table = edge.table();
        table.host(&host).is_some_and(|hosted| {
            matches!(hosted.project.find(&host, "GET", path), Match::Found(_))
        })
    };
    until("the first routes", || edge.table().generation().is_some()).await;
    ada.project("Shop").await;
    ada.post("/projects/shop/domains", json!({ "host": "shop.localhost" })).await.expect(201);
    for path in ["/one", "/two", "/three"] {
        assert!(!leads(path));
        deploy(&ada, "shop", "cart", path).await;
        until("the deploy", || leads(path)).await;
    }
    assert!(!leads("/one"), "what it replaces is gone");
    stop.cancel();
    served.await.unwrap();
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let met = async {
        while !condition() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    assert!(tokio::time::timeout(DEADLINE, met).await.is_ok(), "not in time: {what}");
}
