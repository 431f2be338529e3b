//! Which hosts a project's routes may be for.

use croft_model::{
    domain::{ClaimState, DEFAULT_HOST, HostPattern},
    id::ProjectId,
    project::Project,
    route::RoutePattern,
};
use croft_store::{Purpose, Team, Tx, domains::Domain};

use crate::{App, Result};

/// A project's hosts: its own, and what it claims.
#[derive(Debug)]
pub(crate) struct Hosts {
    /// What needs no claim.
    own: Vec<HostPattern>,
    claims: Vec<Domain>,
    /// Whether paths of Croft's are kept on one of them.
    is_default: bool,
}

/// What keeps a route from being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RouteProblem {
    /// Which problem, for programs.
    pub code: &'static str,
    /// What is wrong and what to do, for people.
    pub message: String,
}

/// Whether that project is the default one. Ask before a team's transaction is open.
pub(crate) async fn is_default(app: &App, project: ProjectId) -> Result<bool> {
    let mut tx = app.store.system(Purpose::Routes).await?;
    let default = tx.installation().await?.and_then(|i| i.default_project);
    tx.commit().await?;
    Ok(default == Some(project))
}

impl Hosts {
    pub(crate) async fn of(
        app: &App,
        tx: &mut Tx<Team>,
        project: &Project,
        is_default: bool,
    ) -> Result<Self> {
        let mut own = vec![app.installation.project_host(&project.label).parse()?];
        if is_default {
            own.push(DEFAULT_HOST.parse()?);
        }
        Ok(Self { own, claims: tx.domains(project.id).await?, is_default })
    }

    /// The host on which Croft keeps some paths, if it is one of them.
    pub(crate) fn keeps_paths(&self) -> bool {
        self.is_default
    }

    /// Whether it needs no claim.
    pub(crate) fn is_own(&self, host: &croft_model::host::Hostname) -> bool {
        self.own.iter().any(|own| own.matches(host))
    }

    /// A claim that is not proven yet and that would have all hosts of a pattern.
    pub(crate) fn pending(&self, pattern: &HostPattern) -> Option<&Domain> {
        let has =
            |state| move |claim: &&Domain| claim.state == state && claim.pattern.covers(pattern);
        if self.claims.iter().any(|claim| has(ClaimState::Proven)(&claim)) {
            return None;
        }
        self.claims.iter().find(has(ClaimState::Pending))
    }

    /// Whether the project has, or claims, all hosts of a pattern, this claim left out.
    pub(crate) fn cover(&self, pattern: &HostPattern, without: Option<&Domain>) -> bool {
        let claims = self.claims.iter().filter(|claim| without.is_none_or(|w| w.id != claim.id));
        self.own.iter().chain(claims.map(|claim| &claim.pattern)).any(|own| own.covers(pattern))
    }

    /// The claim of that id.
    pub(crate) fn claim(&self, id: croft_model::id::DomainId) -> Option<&Domain> {
        self.claims.iter().find(|claim| claim.id == id)
    }

    /// Why the project could not have a route, whatever others it has.
    pub(crate) fn problem(&self, route: &RoutePattern) -> Option<RouteProblem> {
        if let Some(host) = route.host.as_ref().filter(|host| !self.cover(host, None)) {
            let message = format!(
                "`{host}` is neither the project's own host nor within a domain that it claims; claim it first: croft domain claim '{host}'"
            );
            return Some(RouteProblem { code: "host_not_claimed", message });
        }
        if self.is_default && is_kept(route) {
            let message = format!(
                "`{}` is Croft's own on {DEFAULT_HOST}: /api, /admin, /healthz and /version are kept; choose another path",
                route.path
            );
            return Some(RouteProblem { code: "reserved", message });
        }
        None
    }
}

/// Whether Croft answers what a route of the default project would. One for other hosts alone is
/// none of Croft's business.
fn is_kept(route: &RoutePattern) -> bool {
    let on_default = match (&route.host, DEFAULT_HOST.parse::<HostPattern>()) {
        (Some(host), Ok(default)) => host.covers(&default),
        _ => true,
    };
    on_default && route.path.is_reserved()
}
