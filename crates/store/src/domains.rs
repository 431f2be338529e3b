//! Claims of hosts.

use croft_model::{
    domain::{ClaimState, HostPattern},
    host::Hostname,
    id::{DomainId, Id, ProjectId, TeamId},
};
use time::OffsetDateTime;

use crate::{
    Result,
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
        let rows = sqlx::query!(
            "SELECT id, team_id, pattern, state, challenge, created_at FROM domains
             WHERE project_id = $1 ORDER BY id DESC LIMIT 1000",
            project.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Domain {
                    id: Id::from_uuid(row.id),
                    team: Id::from_uuid(row.team_id),
                    project,
                    pattern: checked(row.pattern, "domains", "pattern", row.id)?,
                    state: match row.state.as_str() {
                        "pending" => ClaimState::Pending,
                        "proven" => ClaimState::Proven,
                        _ => return Err(inconsistent("domains", "state", row.id)),
                    },
                    challenge: row.challenge,
                    created_at: row.created_at,
                })
            })
            .collect()
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
