//! Projects as the edge routes by them, many at a time.

use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

use croft_model::{
    domain::HostPattern,
    function::Budget,
    id::{Id, ProjectId},
    limits::Limits,
    route::RoutePattern,
};
use croft_ports::{
    function_invoker::FunctionEnvironment,
    route_source::{FunctionRoute, FunctionTarget, ProjectRoutes, RouteDelta},
};
use uuid::Uuid;

use super::StoreRoutes;
use crate::{
    Result,
    environments::Environments,
    function_routes::Columns,
    rows::{checked, inconsistent},
    tx::{System, Tx},
};

/// A reading of projects, with what they share.
pub(super) struct Load<'t> {
    tx: &'t mut Tx<System>,
    names: &'t StoreRoutes,
    default: Option<ProjectId>,
    /// By the limits they come from: most teams have their plan's.
    budgets: HashMap<String, Budget>,
    /// The environment of the many that have none.
    nothing: Arc<FunctionEnvironment>,
}

struct Project {
    id: Uuid,
    team_id: Uuid,
    label: String,
    limits: String,
}

/// What projects have, by project.
#[derive(Default)]
struct Parts {
    hosts: HashMap<Uuid, Vec<(Uuid, String)>>,
    routes: HashMap<Uuid, Vec<Route>>,
    environments: Environments,
}

struct Route {
    columns: Columns,
    function: Arc<FunctionTarget>,
}

impl Tx<System> {
    pub(super) async fn loading<'t>(&'t mut self, names: &'t StoreRoutes) -> Result<Load<'t>> {
        let default = self.default_project().await?;
        Ok(Load { tx: self, names, default, budgets: HashMap::new(), nothing: Arc::default() })
    }
}

impl Load<'_> {
    /// Adds these projects to a delta, as they are or as gone. One that holds what cannot be is
    /// left as it was before, for it must not keep the others from changing.
    pub(super) async fn projects(&mut self, ids: &[Uuid], delta: &mut RouteDelta) -> Result<()> {
        let projects = sqlx::query_as!(
            Project,
            r#"SELECT p.id, p.team_id, label, (plans.limits || limit_overrides)::text AS "limits!"
               FROM projects p JOIN teams ON teams.id = p.team_id JOIN plans ON plans.name = plan
               WHERE p.id = ANY ($1) AND deleted_at IS NULL"#,
            ids
        )
        .fetch_all(self.tx.conn())
        .await?;
        if !delta.whole {
            let there: HashSet<Uuid> = projects.iter().map(|project| project.id).collect();
            let gone = ids.iter().filter(|id| !there.contains(id));
            delta.gone.extend(gone.map(|id| Id::from_uuid(*id)));
        }
        let mut parts = self.parts(ids).await?;
        for project in projects {
            let id = project.id;
            match self.put_together(project, &mut parts) {
                Ok(project) => delta.projects.push(project),
                Err(error) => tracing::error!(project.id = %id, %error,
                    "a project's routes cannot be read and stay as they were"),
            }
        }
        Ok(())
    }

    async fn parts(&mut self, ids: &[Uuid]) -> Result<Parts> {
        let mut parts = Parts::default();
        let claims = sqlx::query!(
            "SELECT id, project_id, pattern FROM domains WHERE project_id = ANY ($1) AND state = 'proven'",
            ids
        )
        .fetch_all(self.tx.conn())
        .await?;
        for claim in claims {
            parts.hosts.entry(claim.project_id).or_default().push((claim.id, claim.pattern));
        }
        let functions = self.functions(ids).await?;
        let routes = sqlx::query!(
            "SELECT id, project_id, function_id, method, host, path FROM routes WHERE project_id = ANY ($1)",
            ids
        )
        .fetch_all(self.tx.conn())
        .await?;
        for row in routes {
            // There is one: a route has its function, and a function its active version.
            let Some(function) = functions.get(&row.function_id).map(Arc::clone) else { continue };
            let columns =
                Columns { id: row.id, method: row.method, host: row.host, path: row.path };
            let route = Route { columns, function };
            parts.routes.entry(row.project_id).or_default().push(route);
        }
        let routed: Vec<Uuid> = parts.routes.keys().copied().collect();
        if !routed.is_empty() {
            parts.environments = self.tx.production(&routed).await?;
        }
        Ok(parts)
    }

    async fn functions(&mut self, ids: &[Uuid]) -> Result<HashMap<Uuid, Arc<FunctionTarget>>> {
        let rows = sqlx::query!(
            "SELECT f.id, name, active, source FROM functions f JOIN function_versions v ON v.id = active
             WHERE f.project_id = ANY ($1) AND EXISTS (SELECT FROM routes WHERE function_id = f.id)",
            ids
        )
        .fetch_all(self.tx.conn())
        .await?;
        let target = |(id, name, version, source): (_, String, _, String)| FunctionTarget {
            function: Id::from_uuid(id),
            name: name.into(),
            version: Id::from_uuid(version),
            source: source.into(),
        };
        Ok(rows
            .into_iter()
            .map(|row| (row.id, Arc::new(target((row.id, row.name, row.active, row.source)))))
            .collect())
    }

    fn put_together(&mut self, project: Project, parts: &mut Parts) -> Result<ProjectRoutes> {
        let Project { id, team_id, label, limits } = project;
        let own = format!("proj-{label}.{}", self.names.apps);
        let mut hosts = vec![HostPattern::Exact(checked(own, "projects", "label", id)?)];
        if self.default.map(ProjectId::uuid) == Some(id) {
            hosts.push(HostPattern::Exact(self.names.default_host.clone()));
        }
        for (claim, pattern) in parts.hosts.remove(&id).unwrap_or_default() {
            hosts.push(checked(pattern, "domains", "pattern", claim)?);
        }
        let routes = parts.routes.remove(&id).unwrap_or_default().into_iter();
        let routes = routes.map(|route| {
            let RoutePattern { method, host, path } = route.columns.pattern()?;
            Ok(FunctionRoute { host, method, path, function: route.function })
        });
        let environment = parts.environments.remove(&id);
        Ok(ProjectRoutes {
            project: Id::from_uuid(id),
            team: Id::from_uuid(team_id),
            hosts,
            budget: self.budget(limits, team_id)?,
            environment: environment.unwrap_or_else(|| Ok(Arc::clone(&self.nothing)))?,
            routes: routes.collect::<Result<_>>()?,
        })
    }

    fn budget(&mut self, limits: String, team: Uuid) -> Result<Budget> {
        if let Some(budget) = self.budgets.get(&limits) {
            return Ok(*budget);
        }
        let read: Limits = serde_json::from_str(&limits)
            .map_err(|_| inconsistent("teams", "limit_overrides", team))?;
        let budget = Budget::from_limits(&read);
        self.budgets.insert(limits, budget);
        Ok(budget)
    }
}
