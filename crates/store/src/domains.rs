//! Claims of hosts.

use croft_model::{
    domain::{ClaimState, HostPattern},
    host::Hostname,
    id::{DomainId, Id, ProjectId, TeamId},
    name::{Name, Slug},
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    PageRequest, Result,
    rows::{checked, count, inconsistent},
    tx::{Scope, System, Tx},
};

/// A claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Domain {
    /// Its id.
    pub id: DomainId,
    /// The claimant's team.
    pub team: TeamId,
    /// The claimant.
    pub project: ProjectId,
    /// What is claimed.
    pub pattern: HostPattern,
    /// Whether it counts yet.
    pub state: ClaimState,
    /// What the TXT record must hold.
    pub challenge: String,
    /// When it was claimed.
    pub created_at: OffsetDateTime,
}

/// A claim, and whose it is, as the operator sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DomainSummary {
    /// The claim.
    pub domain: Domain,
    /// The claimant's slug.
    pub project_slug: Slug,
    /// Its team's name.
    pub team_name: Name,
}

struct Row {
    id: Uuid,
    team_id: Uuid,
    project_id: Uuid,
    pattern: String,
    state: String,
    challenge: String,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for Domain {
    type Error = crate::Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            team: Id::from_uuid(row.team_id),
            project: Id::from_uuid(row.project_id),
            pattern: checked(row.pattern, "domains", "pattern", row.id)?,
            state: match row.state.as_str() {
                "pending" => ClaimState::Pending,
                "proven" => ClaimState::Proven,
                _ => return Err(inconsistent("domains", "state", row.id)),
            },
            challenge: row.challenge,
            created_at: row.created_at,
        })
    }
}

fn state_name(state: ClaimState) -> &'static str {
    match state {
        ClaimState::Pending => "pending",
        ClaimState::Proven => "proven",
    }
}

impl<S: Scope> Tx<S> {
    /// Adds a claim. `domains_claim_key` refuses what the project claims already, and
    /// `domains_shape_key` a proven claim of what somebody else has proven.
    pub async fn add_domain(&mut self, domain: &Domain) -> Result<()> {
        sqlx::query!(
            "INSERT INTO domains (id, team_id, project_id, pattern, shape_key, state, challenge, created_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            domain.id.uuid(),
            domain.team.uuid(),
            domain.project.uuid(),
            domain.pattern.to_string(),
            domain.pattern.shape_key(),
            state_name(domain.state),
            domain.challenge,
            domain.created_at
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(domain.project);
        Ok(())
    }

    /// A project's claims, newest first.
    pub async fn domains(&mut self, project: ProjectId) -> Result<Vec<Domain>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, team_id, project_id, pattern, state, challenge, created_at FROM domains
             WHERE project_id = $1 ORDER BY id DESC LIMIT 1000",
            project.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Domain::try_from).collect()
    }

    /// How many hosts a project claims.
    pub async fn count_domains(&mut self, project: ProjectId) -> Result<u64> {
        let n = sqlx::query_scalar!(
            "SELECT count(*) FROM domains WHERE project_id = $1",
            project.uuid()
        )
        .fetch_one(self.conn())
        .await?;
        Ok(count(n))
    }

    /// Gives a claim up; whether there was such a one.
    pub async fn remove_domain(&mut self, project: ProjectId, id: DomainId) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM domains WHERE project_id = $1 AND id = $2",
            project.uuid(),
            id.uuid()
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(project);
        Ok(done.rows_affected() == 1)
    }
}

impl Tx<System> {
    /// Claims of all projects, newest first; only those of one pattern when it is given.
    pub async fn all_domains(
        &mut self,
        pattern: Option<&HostPattern>,
        page: PageRequest,
    ) -> Result<Vec<DomainSummary>> {
        let rows = sqlx::query!(
            "SELECT d.id, d.team_id, project_id, pattern, state, challenge, d.created_at, p.slug, t.name
             FROM domains d JOIN projects p ON p.id = project_id JOIN teams t ON t.id = d.team_id
             WHERE ($1::text IS NULL OR shape_key = $1) AND ($2::uuid IS NULL OR d.id < $2)
             ORDER BY d.id DESC LIMIT $3",
            pattern.map(HostPattern::shape_key),
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|r| {
                let (project_slug, team_name) = (
                    checked(r.slug, "projects", "slug", r.project_id)?,
                    checked(r.name, "teams", "name", r.team_id)?,
                );
                let (pattern, state, challenge) = (r.pattern, r.state, r.challenge);
                let (id, team_id, project_id) = (r.id, r.team_id, r.project_id);
                let created_at = r.created_at;
                let row = Row { id, team_id, project_id, pattern, state, challenge, created_at };
                Ok(DomainSummary { domain: row.try_into()?, project_slug, team_name })
            })
            .collect()
    }

    /// A claim, and nobody else changes it until this transaction ends.
    pub async fn lock_domain(&mut self, id: DomainId) -> Result<Option<Domain>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, team_id, project_id, pattern, state, challenge, created_at FROM domains
             WHERE id = $1 FOR UPDATE",
            id.uuid()
        );
        row.fetch_optional(self.conn()).await?.map(Domain::try_from).transpose()
    }

    /// Lets a claim count. `domains_shape_key` refuses it when another one of the same does.
    pub async fn prove_domain(&mut self, claim: &Domain) -> Result<()> {
        sqlx::query!("UPDATE domains SET state = 'proven' WHERE id = $1", claim.id.uuid())
            .execute(self.conn())
            .await?;
        self.touch_routes(claim.project);
        Ok(())
    }

    /// A host that another project has proven and that this base is below, or equal to.
    pub async fn proven_above(
        &mut self,
        project: ProjectId,
        base: &Hostname,
    ) -> Result<Option<String>> {
        let mut above: Vec<String> = vec![base.to_string()];
        let mut rest = base.as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            above.push(parent.to_owned());
            rest = parent;
        }
        let above: Vec<String> =
            above.iter().flat_map(|host| [host.clone(), format!("*.{host}")]).collect();
        let found = sqlx::query_scalar!(
            "SELECT pattern FROM domains WHERE state = 'proven' AND project_id <> $1 AND shape_key = ANY ($2) LIMIT 1",
            project.uuid(),
            &above
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(found)
    }
}
