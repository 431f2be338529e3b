//! The audit log.

use croft_model::{
    audit::Means,
    id::{AuditId, Id, TeamId},
};
use time::OffsetDateTime;

use crate::{
    PageRequest, Result,
    rows::inconsistent,
    tx::{Scope, System, Tx},
};

/// A change, by whom and from where.
#[derive(Debug, Clone)]
pub struct AuditEntry {
    /// Its id.
    pub id: AuditId,
    /// Whose log it is in; the installation's without.
    pub team: Option<TeamId>,
    /// When.
    pub at: OffsetDateTime,
    /// Who, by e-mail.
    pub actor: Option<String>,
    /// By what means.
    pub means: Means,
    /// What was done.
    pub action: String,
    /// To what, by id.
    pub subject: String,
    /// From what address.
    pub address: Option<String>,
    /// By which request.
    pub request: Option<String>,
    /// How it was before, without secrets.
    pub before: Option<serde_json::Value>,
    /// How it was after, without secrets.
    pub after: Option<serde_json::Value>,
}

struct Row {
    id: uuid::Uuid,
    team_id: Option<uuid::Uuid>,
    at: OffsetDateTime,
    actor: Option<String>,
    means: String,
    action: String,
    subject: String,
    address: Option<String>,
    request_id: Option<String>,
    before: Option<serde_json::Value>,
    after: Option<serde_json::Value>,
}

impl TryFrom<Row> for AuditEntry {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        let means = serde_json::from_value(serde_json::Value::from(row.means));
        Ok(Self {
            id: Id::from_uuid(row.id),
            team: row.team_id.map(Id::from_uuid),
            at: row.at,
            actor: row.actor,
            means: means.map_err(|_| inconsistent("audit", "means", row.id))?,
            action: row.action,
            subject: row.subject,
            address: row.address,
            request: row.request_id,
            before: row.before,
            after: row.after,
        })
    }
}

impl<S: Scope> Tx<S> {
    /// Writes a change down.
    pub async fn add_audit(&mut self, entry: &AuditEntry) -> Result<()> {
        sqlx::query!(
            "INSERT INTO audit (id, team_id, at, actor, means, action, subject, address, request_id, before, after)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
            entry.id.uuid(),
            entry.team.map(Id::uuid),
            entry.at,
            entry.actor,
            entry.means.as_str(),
            entry.action,
            entry.subject,
            entry.address,
            entry.request,
            entry.before,
            entry.after
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// A team's changes, newest first.
    pub async fn audit_of(&mut self, team: TeamId, page: PageRequest) -> Result<Vec<AuditEntry>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, team_id, at, actor, means, action, subject, address, request_id, before, after
             FROM audit WHERE team_id = $1 AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
            team.uuid(),
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(AuditEntry::try_from).collect()
    }
}

impl Tx<System> {
    /// The installation's own changes, newest first.
    pub async fn audit_of_installation(&mut self, page: PageRequest) -> Result<Vec<AuditEntry>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, team_id, at, actor, means, action, subject, address, request_id, before, after
             FROM audit WHERE team_id IS NULL AND ($1::uuid IS NULL OR id < $1) ORDER BY id DESC LIMIT $2",
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(AuditEntry::try_from).collect()
    }
}
