//! What the superuser sees: rows counted past every wall, and transactions under way.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::{Duration, Instant},
};

use sqlx::{AssertSqlSafe, PgConnection};

use super::ledger::{Fate, Kind, Ledger};

/// How long statements that were sent before a stop may take to end.
const SETTLED: Duration = Duration::from_secs(20);
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// The tables that the load writes, and how many rows each has.
pub type Counts = BTreeMap<&'static str, i64>;

/// Counts them.
pub async fn count(db: &mut PgConnection) -> Counts {
    let mut counts = Counts::new();
    for table in TABLES {
        let count = format!("SELECT count(*) FROM {table}");
        let rows = sqlx::query_scalar(AssertSqlSafe(count)).fetch_one(&mut *db).await.unwrap();
        counts.insert(table, rows);
    }
    counts
}

/// What the file's writes must have added to each table.
pub fn expected(ledger: &Ledger, before: &Counts) -> Counts {
    let mut counts = before.clone();
    let mut variables = BTreeSet::new();
    for (write, fate) in ledger.entries().into_values() {
        assert_ne!(fate, Fate::Unknown, "{write:?} is not settled");
        if !fate.stands() {
            continue;
        }
        // Each change is in the audit log, and most are shown as they happen: a new project in its
        // own stream and in its team's.
        let rows: &[(&str, i64)] = match write.kind {
            Kind::Team => &[("teams", 1), ("members", 1)],
            Kind::Project => &[("projects", 1), ("slugs", 1), ("used_labels", 1), ("events", 2)],
            Kind::Variable if variables.insert(write.place()) => &[("variables", 1), ("events", 1)],
            Kind::Variable => &[("events", 1)],
            Kind::Function => {
                &[("functions", 1), ("function_versions", 1), ("routes", 1), ("events", 1)]
            }
            Kind::Domain => &[("domains", 1), ("events", 1)],
            Kind::Token => &[("tokens", 1)],
            Kind::Invitation => &[("invitations", 1)],
            Kind::Member => &[("members", 1), ("invitations", -1), ("events", 1)],
        };
        for (table, rows) in rows.iter().chain(&[("audit", 1)]) {
            *counts.get_mut(table).unwrap() += rows;
        }
    }
    counts
}

const TABLES: [&str; 17] = [
    "users",
    "identities",
    "teams",
    "members",
    "invitations",
    "projects",
    "slugs",
    "used_labels",
    "project_members",
    "variables",
    "functions",
    "function_versions",
    "routes",
    "domains",
    "tokens",
    "audit",
    "events",
];

/// The last statements of Croft's transactions that have written and are not committed. Croft must
/// stand still: what it had sent is let come to its end, so what is left can only wait for Croft.
pub async fn wait_for_open_transactions(db: &mut PgConnection) -> Vec<String> {
    let deadline = Instant::now() + SETTLED;
    while sqlx::query_scalar::<_, bool>(
        "SELECT EXISTS (SELECT FROM pg_stat_activity
         WHERE application_name = 'croft' AND state = 'active' AND backend_type = 'client backend'
           AND wait_event_type IS DISTINCT FROM 'Lock')",
    )
    .fetch_one(&mut *db)
    .await
    .unwrap()
    {
        assert!(Instant::now() < deadline, "a statement of Croft's does not end");
        tokio::time::sleep(LOOK_EVERY).await;
    }
    sqlx::query_scalar(
        "SELECT query FROM pg_stat_activity
         WHERE application_name = 'croft' AND backend_xid IS NOT NULL ORDER BY xact_start",
    )
    .fetch_all(db)
    .await
    .unwrap()
}

/// Things that only half-done writes leave: events that a stream did not count, or counted and has
/// not, functions without a version, and what failed or is late in the queue.
pub async fn halves(db: &mut PgConnection) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT 'stream ' || stream_id || ' counts ' || last || ' events and has ' || count(stream_id_of)
           FROM event_streams LEFT JOIN (SELECT stream_id AS stream_id_of, sequence FROM events) e
             ON stream_id_of = stream_id GROUP BY stream_id, last HAVING last <> count(stream_id_of)
         UNION ALL
         SELECT 'events of no stream: ' || e.stream_id FROM events e
          WHERE NOT EXISTS (SELECT FROM event_streams s WHERE s.stream_id = e.stream_id)
         UNION ALL
         SELECT 'function without its version: ' || f.id FROM functions f
          WHERE NOT EXISTS (SELECT FROM function_versions v WHERE v.id = f.active AND v.function_id = f.id)
         UNION ALL
         SELECT 'team without an owner: ' || t.id FROM teams t
          WHERE NOT EXISTS (SELECT FROM members m WHERE m.team_id = t.id AND m.role = 'owner')",
    )
    .fetch_all(db)
    .await
    .unwrap()
}
