//! Claims of hosts.

use croft_model::{
    domain::{ClaimState, HostPattern},
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

struct SummaryRow {
    id: Uuid,
    team_id: Uuid,
    project_id: Uuid,
    pattern: String,
    state: String,
    challenge: String,
    created_at: OffsetDateTime,
    slug: String,
    name: String,
}

impl TryFrom<SummaryRow> for DomainSummary {
    type Error = crate::Error;

    fn try_from(row: SummaryRow) -> Result<Self> {
        let SummaryRow {
            id,
            team_id,
            project_id,
            pattern,
            state,
            challenge,
            created_at,
            slug,
            name,
        } = row;
        let domain = Row { id, team_id, project_id, pattern, state, challenge, created_at };
        Ok(Self {
            domain: domain.try_into()?,
            project_slug: checked(slug, "projects", "slug", project_id)?,
            team_name: checked(name, "teams", "name", team_id)?,
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
        let rows = sqlx::query_as!(
            SummaryRow,
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
        rows.into_iter().map(DomainSummary::try_from).collect()
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

    /// Lets a claim count, or count no more. `domains_shape_key` refuses it when another one of the
    /// same does.
    pub async fn set_domain_state(&mut self, claim: &Domain, state: ClaimState) -> Result<()> {
        let state = state_name(state);
        sqlx::query!("UPDATE domains SET state = $2 WHERE id = $1", claim.id.uuid(), state)
            .execute(self.conn())
            .await?;
        self.touch_routes(claim.project);
        Ok(())
    }

    /// Claims of other projects that lie within these claims of one, newest first, at most 200.
    pub async fn domains_within(&mut self, own: &[Domain]) -> Result<Vec<DomainSummary>> {
        let Some(project) = own.first().map(|claim| claim.project) else { return Ok(Vec::new()) };
        let bases: Vec<String> = own.iter().map(|claim| claim.pattern.base().to_string()).collect();
        let rows = sqlx::query_as!(
            SummaryRow,
            "SELECT d.id, d.team_id, project_id, pattern, state, challenge, d.created_at, p.slug, t.name
             FROM domains d JOIN projects p ON p.id = project_id JOIN teams t ON t.id = d.team_id
             WHERE project_id <> $1 AND EXISTS (
                 SELECT FROM unnest($2::text[]) AS of (base)
                 WHERE shape_key = '*.' || base OR right(shape_key, length(base) + 1) = '.' || base)
             ORDER BY d.id DESC LIMIT 200",
            project.uuid(),
            &bases
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(DomainSummary::try_from).collect()
    }

    /// What another project has proven that this pattern lies within: the same, before what is above.
    pub async fn proven_above(
        &mut self,
        project: ProjectId,
        pattern: &HostPattern,
    ) -> Result<Option<HostPattern>> {
        let mut above = vec![pattern.base().to_string()];
        let mut rest = pattern.base().as_str();
        while let Some((_, parent)) = rest.split_once('.') {
            above.push(parent.to_owned());
            rest = parent;
        }
        let above: Vec<String> =
            above.iter().flat_map(|host| [host.clone(), format!("*.{host}")]).collect();
        let found = sqlx::query!(
            "SELECT id, pattern FROM domains
             WHERE state = 'proven' AND project_id <> $1 AND shape_key = ANY ($2)
             ORDER BY shape_key = $3 DESC, length(shape_key) DESC LIMIT 1",
            project.uuid(),
            &above,
            pattern.shape_key()
        )
        .fetch_optional(self.conn())
        .await?;
        found.map(|row| checked(row.pattern, "domains", "pattern", row.id)).transpose()
    }
}
