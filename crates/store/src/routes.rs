//! What the edge routes by, as one snapshot.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use croft_model::{
    domain::HostPattern,
    function::Budget,
    host::{HostLabel, Hostname},
    id::Id,
    limits::Limits,
};
use croft_ports::route_source::{
    FunctionRoute, FunctionTarget, HostRoute, ProjectRoutes, RouteSnapshot, RouteSource,
    SourceUnavailable,
};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Error, Result, Store,
    rows::{checked, inconsistent},
    tx::{Purpose, Scope, System, Tx},
};

impl<S: Scope> Tx<S> {
    /// Counts a change of what routes are built from.
    pub(crate) async fn touch_routes(&mut self) -> Result<()> {
        if !self.touched.routes {
            sqlx::query!("UPDATE route_generation SET value = value + 1")
                .execute(self.conn())
                .await?;
            self.touched.routes = true;
        }
        Ok(())
    }
}

/// The store as the edge's source of routes.
#[derive(Debug, Clone)]
pub struct StoreRoutes {
    store: Store,
    apps: Hostname,
    default_host: Hostname,
}

impl StoreRoutes {
    /// `apps` is what projects' own hosts are below; `default_host` is the default project's.
    pub fn new(store: Store, apps: Hostname, default_host: Hostname) -> Self {
        Self { store, apps, default_host }
    }

    fn own_host(&self, label: &HostLabel) -> Result<HostPattern> {
        let host = format!("proj-{label}.{}", self.apps);
        Ok(HostPattern::Exact(checked(host, "projects", "label", label)?))
    }

    async fn load(&self) -> Result<RouteSnapshot> {
        let mut tx = self.store.system(Purpose::Routes).await?;
        // First, so that whatever is committed after it is in a later generation.
        let generation =
            sqlx::query_scalar!("SELECT value FROM route_generation").fetch_one(tx.conn()).await?;
        let mut snapshot = RouteSnapshot {
            generation: u64::try_from(generation).unwrap_or(0),
            ..Default::default()
        };
        let mut routes = tx.function_routes().await?;
        let default = tx.installation().await?.and_then(|i| i.default_project);
        let rows = sqlx::query!(
            r#"SELECT projects.id, projects.team_id, label, plans.limits || teams.limit_overrides AS "limits!"
               FROM projects JOIN teams ON teams.id = projects.team_id JOIN plans ON plans.name = teams.plan
               WHERE deleted_at IS NULL"#
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            let limits: Limits = serde_json::from_value(row.limits)
                .map_err(|_| inconsistent("teams", "limit_overrides", row.team_id))?;
            let project = Id::from_uuid(row.id);
            let label: HostLabel = checked(row.label, "projects", "label", row.id)?;
            snapshot.hosts.push(HostRoute { pattern: self.own_host(&label)?, project });
            if default == Some(project) {
                let pattern = HostPattern::Exact(self.default_host.clone());
                snapshot.hosts.push(HostRoute { pattern, project });
            }
            snapshot.projects.push(ProjectRoutes {
                project,
                team: Id::from_uuid(row.team_id),
                budget: Budget::from_limits(&limits),
                routes: routes.remove(&row.id).unwrap_or_default(),
            });
        }
        let claims = sqlx::query!(
            "SELECT domains.id, project_id, pattern FROM domains JOIN projects ON projects.id = project_id
             WHERE state = 'proven' AND deleted_at IS NULL"
        )
        .fetch_all(tx.conn())
        .await?;
        for row in claims {
            let pattern = checked(row.pattern, "domains", "pattern", row.id)?;
            snapshot.hosts.push(HostRoute { pattern, project: Id::from_uuid(row.project_id) });
        }
        tx.commit().await?;
        Ok(snapshot)
    }
}

impl Tx<System> {
    async fn function_routes(&mut self) -> Result<HashMap<Uuid, Vec<FunctionRoute>>> {
        let functions = sqlx::query!(
            "SELECT f.id, f.name, f.active, v.source FROM functions f JOIN function_versions v ON v.id = f.active"
        )
        .fetch_all(self.conn())
        .await?;
        let functions: HashMap<Uuid, Arc<FunctionTarget>> = functions
            .into_iter()
            .map(|row| {
                let target = FunctionTarget {
                    function: Id::from_uuid(row.id),
                    name: row.name.into(),
                    version: Id::from_uuid(row.active),
                    source: row.source.into(),
                };
                (row.id, Arc::new(target))
            })
            .collect();
        let rows = sqlx::query!("SELECT id, project_id, function_id, method, path FROM routes")
            .fetch_all(self.conn())
            .await?;
        let mut routes: HashMap<Uuid, Vec<FunctionRoute>> = HashMap::new();
        for row in rows {
            // A function deployed since the first query: the next generation has it.
            let Some(function) = functions.get(&row.function_id) else { continue };
            routes.entry(row.project_id).or_default().push(FunctionRoute {
                method: checked(row.method, "routes", "method", row.id)?,
                path: checked(row.path, "routes", "path", row.id)?,
                function: Arc::clone(function),
            });
        }
        Ok(routes)
    }
}

#[async_trait]
impl RouteSource for StoreRoutes {
    async fn snapshot(&self) -> std::result::Result<RouteSnapshot, SourceUnavailable> {
        self.load().await.map_err(|error: Error| SourceUnavailable(error.to_string()))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.store.hints().routes()
    }
}
