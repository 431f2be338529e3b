//! All rows of the database as one fingerprint a table, to see that nothing was changed.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, Row};

use crate::{World, postgres::connect};

/// Columns that using credentials moves, whatever comes of the request.
const MOVING: [(&str, &str); 2] = [("sessions", "last_used_at"), ("tokens", "last_used_at")];

/// A fingerprint of each table's rows.
pub(super) async fn rows(world: &World) -> BTreeMap<String, String> {
    let mut admin = connect(&world.database.superuser).await;
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
         WHERE relkind = 'r' AND nspname = 'public' ORDER BY 1",
    )
    .fetch_all(&mut admin)
    .await
    .unwrap();
    let parts: Vec<String> = tables
        .iter()
        .map(|table| {
            let moving = MOVING.iter().filter(|(t, _)| t == table);
            let less =
                moving.map(|(_, column)| format!(" - '{column}'")).collect::<Vec<_>>().concat();
            format!(
                "SELECT '{table}' AS name, md5(coalesce(string_agg((to_jsonb(t){less})::text, ',' \
                 ORDER BY (to_jsonb(t){less})::text), '')) AS hash FROM {table} t"
            )
        })
        .collect();
    let rows =
        sqlx::query(AssertSqlSafe(parts.join(" UNION ALL "))).fetch_all(&mut admin).await.unwrap();
    rows.iter().map(|row| (row.get("name"), row.get("hash"))).collect()
}

/// The tables that differ.
pub(super) fn changed<'a>(
    before: &'a BTreeMap<String, String>,
    after: &'a BTreeMap<String, String>,
) -> impl Iterator<Item = &'a String> {
    before.iter().filter(|(table, hash)| after.get(*table) != Some(hash)).map(|(table, _)| table)
}
