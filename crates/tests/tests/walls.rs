//! Row-level security that is really on (decision 19): seen from the catalogue, and from outside it.

use croft_tests::{World, postgres::connect};
use sqlx::{AssertSqlSafe, Row};

/// Tables without a team, which `croft_app` may not see at all but for the columns named here.
const WITHOUT_A_TEAM: [&str; 9] = [
    "_sqlx_migrations",
    "identities",
    "installation",
    "invocation_writers",
    "plans",
    "route_generation",
    "sessions",
    "used_labels",
    "user_variables",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_table_of_teams_forces_row_level_security() {
    let world = World::empty().await;
    let mut admin = connect(&world.database.superuser).await;
    let tables = sqlx::query(
        "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity AS walled,
                EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid
                        AND pg_get_expr(p.polqual, c.oid) LIKE '%croft_teams()%'
                        AND pg_get_expr(p.polwithcheck, c.oid) LIKE '%croft_teams()%') AS policy,
                EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'team_id'
                        AND NOT a.attisdropped) AS team
         FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE c.relkind = 'r' AND n.nspname = 'public'",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    assert!(tables.len() > 20, "the schema is there");
    let mut bad = Vec::new();
    for table in tables {
        let name: String = table.get("relname");
        let (walled, policy, team): (bool, bool, bool) =
            (table.get("walled"), table.get("policy"), table.get("team"));
        let known = WITHOUT_A_TEAM.contains(&name.as_str());
        // `users` is walled by who shares a team, not by a column of its own.
        let good =
            if name == "users" { !team } else { team == (walled && policy) && team != known };
        if !good {
            bad.push(name);
        }
    }
    assert_eq!(bad, Vec::<String>::new(), "tables without a forced policy on team_id");
}

#[tokio::test(flavor = "multi_thread")]
async fn croft_app_owns_nothing_and_bypasses_nothing() {
    let world = World::empty().await;
    let mut admin = connect(&world.database.superuser).await;
    let row = sqlx::query(
        "SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb AS strong,
                EXISTS (SELECT FROM pg_class WHERE relowner = pg_roles.oid) AS owns
         FROM pg_roles WHERE rolname = 'croft_app'",
    )
    .fetch_one(&mut admin)
    .await
    .unwrap();
    assert!(!row.get::<bool, _>("strong") && !row.get::<bool, _>("owns"));
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_team_croft_app_sees_no_row_and_writes_none() {
    let world = World::new().await;
    let mut login = connect(&world.database.connect).await;
    sqlx::query("SET ROLE croft_app").execute(&mut login).await.unwrap();
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT table_name::text FROM information_schema.role_table_grants
         WHERE grantee = 'croft_app' AND privilege_type = 'SELECT' AND table_schema = 'public'",
    )
    .fetch_all(&mut login)
    .await
    .unwrap();
    assert!(tables.contains(&"projects".to_owned()));
    let shared = ["plans", "route_generation", "used_labels"];
    for table in tables.iter().filter(|t| !shared.contains(&t.as_str())) {
        let count = format!("SELECT count(*) FROM {table}");
        let rows: i64 =
            sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut login).await.unwrap();
        assert_eq!(rows, 0, "{table} shows rows to nobody's scope");
    }
    let people: i64 =
        sqlx::query_scalar("SELECT count(id) FROM users").fetch_one(&mut login).await.unwrap();
    assert_eq!(people, 0);
    // The setting is empty, not absent, after a scoped transaction on the same connection.
    for sql in [
        "BEGIN",
        "SELECT set_config('croft.teams', '{}', true)",
        "COMMIT",
        "SELECT count(*) FROM projects",
    ] {
        sqlx::query(sql).execute(&mut login).await.unwrap();
    }
    let updated = sqlx::query("UPDATE projects SET name = 'x'").execute(&mut login).await.unwrap();
    assert_eq!(updated.rows_affected(), 0);
    let inserted = sqlx::query(
        "INSERT INTO teams (id, name, created_at) VALUES (gen_random_uuid(), 'x', now())",
    )
    .execute(&mut login)
    .await
    .unwrap_err();
    assert!(inserted.to_string().contains("row-level security"), "{inserted}");
    let secret =
        sqlx::query("SELECT secret_hash FROM identities").execute(&mut login).await.unwrap_err();
    assert!(secret.to_string().contains("permission denied"), "{secret}");
}
