//! What the edge routes by, as one snapshot.

use std::{collections::HashMap, sync::Arc};

use async_trait::async_trait;
use croft_model::{
    domain::HostPattern,
    function::Budget,
    host::{HostLabel, Hostname},
    id::{Id, ProjectId},
    limits::Limits,
};
use croft_ports::function_invoker::FunctionEnvironment;
use croft_ports::route_source::{
    FunctionRoute, FunctionTarget, HostRoute, ProjectRoutes, RouteSnapshot, RouteSource,
    SourceUnavailable,
};
use tokio::sync::{Mutex, watch};
use uuid::Uuid;

use crate::{
    Error, Result, Store,
    rows::{checked, inconsistent},
    tx::{Purpose, Scope, System, Tx},
};

impl<S: Scope> Tx<S> {
    /// Notes a change of what routes are built from; the commit counts it.
    pub(crate) fn touch_routes(&mut self) {
        self.touched.routes = true;
    }
}

/// The store as the edge's source of routes.
#[derive(Debug, Clone)]
pub struct StoreRoutes {
    store: Store,
    apps: Hostname,
    default_host: Hostname,
    /// What was read last: most looks find nothing new, and texts of versions never change.
    last: Arc<Mutex<RouteSnapshot>>,
}

impl StoreRoutes {
    /// `apps` is what projects' own hosts are below; `default_host` is the default project's.
    pub fn new(store: Store, apps: Hostname, default_host: Hostname) -> Self {
        Self { store, apps, default_host, last: Arc::default() }
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
        let generation = u64::try_from(generation).unwrap_or(0);
        let mut last = self.last.lock().await;
        if last.generation == generation {
            return Ok(last.clone());
        }
        let mut snapshot = RouteSnapshot { generation, ..Default::default() };
        let mut routes = tx.function_routes(&last).await?;
        let default = tx.installation().await?.and_then(|i| i.default_project);
        let budgets = tx.budgets().await?;
        let called: Vec<Uuid> = routes.keys().copied().collect();
        let mut environments = tx.production(&called).await?;
        let rows = sqlx::query!("SELECT id, team_id, label FROM projects WHERE deleted_at IS NULL")
            .fetch_all(tx.conn())
            .await?;
        for row in rows {
            // A team made since the query before: the next generation has it.
            let Some(budget) = budgets.get(&row.team_id) else { continue };
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
                budget: *budget,
                environment: environment(environments.remove(&row.id), project, &last),
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
        *last = snapshot.clone();
        Ok(snapshot)
    }
}

/// What a project's functions see. What cannot be opened stays as it was: it is one project's.
fn environment(
    read: Option<Result<Arc<FunctionEnvironment>>>,
    project: ProjectId,
    last: &RouteSnapshot,
) -> Arc<FunctionEnvironment> {
    match read {
        None => Arc::default(),
        Some(Ok(environment)) => environment,
        Some(Err(error)) => {
            tracing::error!(project.id = %project, %error, "a project's variables cannot be opened");
            let before = last.projects.iter().find(|p| p.project == project);
            before.map_or_else(Arc::default, |p| Arc::clone(&p.environment))
        }
    }
}

/// The texts of versions that were read before.
fn known_sources(last: &RouteSnapshot) -> HashMap<Uuid, Arc<str>> {
    let routes = last.projects.iter().flat_map(|project| &project.routes);
    routes.map(|r| (r.function.version.uuid(), Arc::clone(&r.function.source))).collect()
}

impl Tx<System> {
    /// What calls may use, by team. Limits are read once for all teams that have the same: most
    /// have their plan's, and there are many teams.
    async fn budgets(&mut self) -> Result<HashMap<Uuid, Budget>> {
        let rows = sqlx::query!(
            r#"SELECT plans.limits || limit_overrides AS "limits!", array_agg(teams.id) AS "teams!"
               FROM teams JOIN plans ON plans.name = plan GROUP BY 1"#
        )
        .fetch_all(self.conn())
        .await?;
        let mut budgets = HashMap::new();
        for row in rows {
            let limits: Limits = serde_json::from_value(row.limits)
                .map_err(|_| inconsistent("teams", "limit_overrides", row.teams[0]))?;
            let budget = Budget::from_limits(&limits);
            budgets.extend(row.teams.into_iter().map(|team| (team, budget)));
        }
        Ok(budgets)
    }

    /// All routes, by project. Only texts that `last` does not hold are read.
    async fn function_routes(
        &mut self,
        last: &RouteSnapshot,
    ) -> Result<HashMap<Uuid, Vec<FunctionRoute>>> {
        let functions = sqlx::query!(
            "SELECT id, name, active FROM functions f WHERE EXISTS (SELECT FROM routes WHERE function_id = f.id)"
        )
        .fetch_all(self.conn())
        .await?;
        let mut sources = known_sources(last);
        let missing: Vec<Uuid> =
            functions.iter().map(|f| f.active).filter(|id| !sources.contains_key(id)).collect();
        let read =
            sqlx::query!("SELECT id, source FROM function_versions WHERE id = ANY ($1)", &missing)
                .fetch_all(self.conn())
                .await?;
        sources.extend(read.into_iter().map(|row| (row.id, Arc::from(row.source))));
        let functions: HashMap<Uuid, Arc<FunctionTarget>> = functions
            .into_iter()
            .filter_map(|row| {
                let target = FunctionTarget {
                    function: Id::from_uuid(row.id),
                    name: row.name.into(),
                    version: Id::from_uuid(row.active),
                    source: Arc::clone(sources.get(&row.active)?),
                };
                Some((row.id, Arc::new(target)))
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
                host: None,
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
