//! Routes: what leads to a project's functions.

use croft_model::{
    domain::HostPattern,
    id::{FunctionId, Id, ProjectId, RouteId, TeamId},
    name::FunctionName,
    route::RoutePattern,
};
use uuid::Uuid;

use crate::{
    Result,
    rows::checked,
    tx::{Scope, System, Tx},
};

/// A route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Its id.
    pub id: RouteId,
    /// Which requests it takes.
    pub pattern: RoutePattern,
}

/// A route and the function that it leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FunctionRoute {
    /// The route.
    pub route: Route,
    /// The function.
    pub function: FunctionId,
    /// Its name.
    pub name: FunctionName,
}

/// The columns that make a pattern.
pub(crate) struct Columns {
    pub(crate) id: Uuid,
    pub(crate) method: String,
    pub(crate) host: Option<String>,
    pub(crate) path: String,
}

impl Columns {
    pub(crate) fn pattern(self) -> Result<RoutePattern> {
        let Self { id, method, host, path } = self;
        Ok(RoutePattern {
            method: checked(method, "routes", "method", id)?,
            host: host.map(|host| checked(host, "routes", "host", id)).transpose()?,
            path: checked(path, "routes", "path", id)?,
        })
    }
}

impl<S: Scope> Tx<S> {
    /// A project's routes, by path; at most as many as its limit of routes.
    pub async fn routes(&mut self, project: ProjectId) -> Result<Vec<FunctionRoute>> {
        let rows = sqlx::query!(
            "SELECT r.id, function_id, name, method, host, path
             FROM routes r JOIN functions f ON f.id = function_id
             WHERE r.project_id = $1 ORDER BY path, host NULLS LAST, method, r.id LIMIT 10000",
            project.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        let route = |row: Columns, function, name: String| {
            let id = row.id;
            let route = Route { id: Id::from_uuid(id), pattern: row.pattern()? };
            let name = checked(name, "functions", "name", function)?;
            Ok(FunctionRoute { route, function: Id::from_uuid(function), name })
        };
        rows.into_iter()
            .map(|r| {
                let columns = Columns { id: r.id, method: r.method, host: r.host, path: r.path };
                route(columns, r.function_id, r.name)
            })
            .collect()
    }

    /// Adds a route to a function. `routes_conflict_key` refuses one that takes the very requests
    /// of another one of the project.
    pub async fn add_route(
        &mut self,
        team: TeamId,
        project: ProjectId,
        function: FunctionId,
        Route { id, pattern }: &Route,
    ) -> Result<()> {
        sqlx::query!(
            "INSERT INTO routes (id, team_id, project_id, function_id, method, host, path, conflict_key)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            id.uuid(),
            team.uuid(),
            project.uuid(),
            function.uuid(),
            pattern.method.to_string(),
            pattern.host.as_ref().map(ToString::to_string),
            pattern.path.as_str(),
            pattern.conflict_key()
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(project);
        Ok(())
    }

    /// Sets a function's routes in place of those before.
    pub async fn set_routes(
        &mut self,
        team: TeamId,
        project: ProjectId,
        function: FunctionId,
        routes: &[Route],
    ) -> Result<()> {
        sqlx::query!("DELETE FROM routes WHERE function_id = $1", function.uuid())
            .execute(self.conn())
            .await?;
        for route in routes {
            self.add_route(team, project, function, route).await?;
        }
        self.touch_routes(project);
        Ok(())
    }

    /// Removes a route; whether there was such a one.
    pub async fn remove_route(&mut self, project: ProjectId, route: RouteId) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM routes WHERE project_id = $1 AND id = $2",
            project.uuid(),
            route.uuid()
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(project);
        Ok(done.rows_affected() == 1)
    }
}

impl Tx<System> {
    /// Whose a host is by the claims that are proven: the project's id and the pattern that it has
    /// it by. One for the very host comes before one for what it is below.
    pub async fn host_owner(&mut self, host: &str) -> Result<Option<(ProjectId, HostPattern)>> {
        let below = host.split_once('.').map(|(_, base)| format!("*.{base}"));
        let row = sqlx::query!(
            "SELECT id, project_id, pattern FROM domains
             WHERE state = 'proven' AND shape_key IN ($1, $2) ORDER BY shape_key = $1 DESC LIMIT 1",
            host,
            below
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| {
            let pattern = checked(row.pattern, "domains", "pattern", row.id)?;
            Ok((Id::from_uuid(row.project_id), pattern))
        })
        .transpose()
    }
}
