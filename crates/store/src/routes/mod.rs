//! What the edge routes by: once everything, then what changed.
//!
//! Nothing of it is kept here. A look reads the generation, the projects that changed since the
//! look before, and those projects; how many others there are makes no difference to it.

mod load;

use async_trait::async_trait;
use croft_model::{
    host::Hostname,
    id::{Id, ProjectId, TeamId},
};
use croft_ports::route_source::{RouteDelta, RouteSource, SourceUnavailable};
use tokio::sync::watch;
use uuid::Uuid;

use crate::{
    Error, Result, Store,
    tx::{Purpose, Scope, System, Tx},
};

/// Projects read at a time.
const CHUNK: usize = 500;

impl<S: Scope> Tx<S> {
    /// Notes that the edge has to read a project again; the commit counts it.
    pub(crate) fn touch_routes(&mut self, project: ProjectId) {
        self.touched.routes.projects.push(project.uuid());
    }

    /// Notes the same of all projects of a team.
    pub(crate) fn touch_routes_of(&mut self, team: TeamId) {
        self.touched.routes.teams.push(team.uuid());
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

    async fn delta(&self, since: Option<u64>) -> Result<RouteDelta> {
        let mut tx = self.store.reading(Purpose::Routes).await?;
        let (generation, pruned) = tx.route_generation().await?;
        let mut delta = RouteDelta { generation, ..RouteDelta::default() };
        // Later than the latest: another state, as a restored backup begins with.
        let known = since.filter(|since| (pruned..=generation).contains(since));
        delta.whole = known.is_none();
        let ids = match known {
            Some(since) if since == generation => Vec::new(),
            Some(since) => tx.changed_projects(since).await?,
            None => tx.all_projects().await?,
        };
        if !ids.is_empty() {
            let mut load = tx.loading(self).await?;
            for chunk in ids.chunks(CHUNK) {
                load.projects(chunk, &mut delta).await?;
            }
        }
        tx.commit().await?;
        Ok(delta)
    }
}

impl Tx<System> {
    /// The generation of the routes, and up to which what changed may be forgotten.
    async fn route_generation(&mut self) -> Result<(u64, u64)> {
        let row = sqlx::query!("SELECT value, pruned FROM route_generation")
            .fetch_one(self.conn())
            .await?;
        let read = |number: i64| u64::try_from(number).unwrap_or(0);
        Ok((read(row.value), read(row.pruned)))
    }

    async fn changed_projects(&mut self, since: u64) -> Result<Vec<Uuid>> {
        let since = i64::try_from(since).unwrap_or(i64::MAX);
        let ids = sqlx::query_scalar!(
            "SELECT project_id FROM route_changes WHERE generation > $1",
            since
        );
        Ok(ids.fetch_all(self.conn()).await?)
    }

    async fn all_projects(&mut self) -> Result<Vec<Uuid>> {
        let ids = sqlx::query_scalar!("SELECT id FROM projects WHERE deleted_at IS NULL");
        Ok(ids.fetch_all(self.conn()).await?)
    }

    async fn default_project(&mut self) -> Result<Option<ProjectId>> {
        let id = sqlx::query_scalar!("SELECT default_project FROM installation");
        Ok(id.fetch_optional(self.conn()).await?.flatten().map(Id::from_uuid))
    }
}

#[async_trait]
impl RouteSource for StoreRoutes {
    async fn read(&self, since: Option<u64>) -> std::result::Result<RouteDelta, SourceUnavailable> {
        self.delta(since).await.map_err(|error: Error| SourceUnavailable(error.to_string()))
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.store.hints().routes()
    }

    fn in_force(&self, generation: u64) {
        self.store.hints().routes_are(generation);
    }
}
