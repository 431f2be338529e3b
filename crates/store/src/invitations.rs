//! Invitations into teams.

use croft_model::{
    id::{Id, InvitationId, TeamId, UserId},
    name::Name,
    permissions::Role,
    user::Email,
};
use time::OffsetDateTime;

use crate::{
    Result, SecretHash,
    rows::{checked, named},
    tx::{Scope, System, Tx},
};

/// An open invitation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Its id.
    pub id: InvitationId,
    /// The team.
    pub team: TeamId,
    /// The only e-mail that can use it.
    pub email: Option<Email>,
    /// The role it gives.
    pub role: Role,
    /// Who invites.
    pub invited_by: Option<UserId>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

/// An invitation with the names it is shown with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedInvitation {
    /// The invitation.
    pub invitation: Invitation,
    /// The team's name.
    pub team_name: Name,
    /// The inviter's name.
    pub inviter: Option<Name>,
}

struct Row {
    id: uuid::Uuid,
    team_id: uuid::Uuid,
    email: Option<String>,
    role: String,
    invited_by: Option<uuid::Uuid>,
    created_at: OffsetDateTime,
    expires_at: OffsetDateTime,
    team_name: String,
    inviter: Option<String>,
}

impl TryFrom<Row> for NamedInvitation {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        let email = row.email.map(|e| checked(e, "invitations", "email", row.id)).transpose()?;
        Ok(Self {
            invitation: Invitation {
                id: Id::from_uuid(row.id),
                team: Id::from_uuid(row.team_id),
                email,
                role: named(&row.role, Role::parse, "invitations", "role", row.id)?,
                invited_by: row.invited_by.map(Id::from_uuid),
                created_at: row.created_at,
                expires_at: row.expires_at,
            },
            team_name: checked(row.team_name, "teams", "name", row.team_id)?,
            inviter: row.inviter.map(|n| checked(n, "users", "name", row.id)).transpose()?,
        })
    }
}

impl<S: Scope> Tx<S> {
    /// Keeps a new invitation.
    pub async fn add_invitation(&mut self, new: &Invitation, hash: &SecretHash) -> Result<()> {
        sqlx::query!(
            "INSERT INTO invitations (id, team_id, email, role, hash, invited_by, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
            new.id.uuid(),
            new.team.uuid(),
            new.email.as_ref().map(Email::as_str),
            new.role.as_str(),
            hash.as_bytes(),
            new.invited_by.map(Id::uuid),
            new.created_at,
            new.expires_at
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// A team's invitations that are still good, newest first.
    pub async fn invitations(
        &mut self,
        team: TeamId,
        now: OffsetDateTime,
    ) -> Result<Vec<NamedInvitation>> {
        let rows = sqlx::query_as!(
            Row,
            r#"SELECT i.id, i.team_id, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
                      teams.name AS team_name, users.name AS "inviter?"
               FROM invitations i JOIN teams ON teams.id = i.team_id
               LEFT JOIN users ON users.id = i.invited_by
               WHERE i.team_id = $1 AND i.expires_at > $2 ORDER BY i.id DESC LIMIT 1000"#,
            team.uuid(),
            now
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(NamedInvitation::try_from).collect()
    }

    /// Removes an invitation; whether there was such a one.
    pub async fn remove_invitation(&mut self, team: TeamId, id: InvitationId) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM invitations WHERE team_id = $1 AND id = $2",
            team.uuid(),
            id.uuid()
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

impl Tx<System> {
    /// Keeps an invitation for one e-mail from now on.
    pub async fn bind_invitation(&mut self, id: InvitationId, email: &Email) -> Result<()> {
        sqlx::query!("UPDATE invitations SET email = $2 WHERE id = $1", id.uuid(), email.as_str())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// The invitation of this secret, if it is good. Holds its row until the transaction ends.
    pub async fn invitation_by_secret(
        &mut self,
        hash: &SecretHash,
        now: OffsetDateTime,
    ) -> Result<Option<NamedInvitation>> {
        let row = sqlx::query_as!(
            Row,
            r#"SELECT i.id, i.team_id, i.email, i.role, i.invited_by, i.created_at, i.expires_at,
                      teams.name AS team_name, users.name AS "inviter?"
               FROM invitations i JOIN teams ON teams.id = i.team_id
               LEFT JOIN users ON users.id = i.invited_by
               WHERE i.hash = $1 AND i.expires_at > $2 FOR UPDATE OF i"#,
            hash.as_bytes(),
            now
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(NamedInvitation::try_from).transpose()
    }
}
