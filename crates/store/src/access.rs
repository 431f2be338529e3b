//! From a secret's hash to who it is and what they may do.

use croft_model::{
    access::{Principal, ProjectRole, Proof, TeamRole},
    id::{Id, UserId},
    permissions::{Role, Scope},
};
use time::{Duration, OffsetDateTime};

use crate::{
    Result, SecretHash,
    rows::{checked, inconsistent, named},
    tx::{System, Tx},
};

impl Tx<System> {
    /// Who the session of this secret is, if it is good.
    pub async fn principal_by_session(
        &mut self,
        hash: &SecretHash,
        now: OffsetDateTime,
    ) -> Result<Option<Principal>> {
        let row = sqlx::query!(
            "SELECT id, user_id, last_used_at, expires_at FROM sessions WHERE hash = $1 AND expires_at > $2",
            hash.as_bytes(),
            now
        )
        .fetch_optional(self.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.last_used_at + Duration::MINUTE < now {
            sqlx::query!("UPDATE sessions SET last_used_at = $2 WHERE id = $1", row.id, now)
                .execute(self.conn())
                .await?;
        }
        let by = Proof::Session { id: Id::from_uuid(row.id), expires_at: row.expires_at };
        self.principal(Id::from_uuid(row.user_id), by, now).await
    }

    /// Who the API token of this secret is, if it is good.
    pub async fn principal_by_token(
        &mut self,
        hash: &SecretHash,
        now: OffsetDateTime,
    ) -> Result<Option<Principal>> {
        let row = sqlx::query!(
            "SELECT id, team_id, user_id, project_id, role, scopes, last_used_at, expires_at FROM tokens
             WHERE hash = $1 AND (expires_at IS NULL OR expires_at > $2)",
            hash.as_bytes(),
            now
        )
        .fetch_optional(self.conn())
        .await?;
        let Some(row) = row else { return Ok(None) };
        if row.last_used_at.is_none_or(|at| at + Duration::MINUTE < now) {
            sqlx::query!("UPDATE tokens SET last_used_at = $2 WHERE id = $1", row.id, now)
                .execute(self.conn())
                .await?;
        }
        let scopes = row.scopes.iter().map(|s| named(s, Scope::parse, "tokens", "scopes", row.id));
        let by = Proof::Token {
            id: Id::from_uuid(row.id),
            team: Id::from_uuid(row.team_id),
            role: named(&row.role, Role::parse, "tokens", "role", row.id)?,
            scopes: scopes.collect::<Result<_>>()?,
            project: row.project_id.map(Id::from_uuid),
            expires_at: row.expires_at,
        };
        self.principal(Id::from_uuid(row.user_id), by, now).await
    }

    /// The principal that proof still stands for: what a stream asks again and again.
    pub async fn principal_again(
        &mut self,
        user: UserId,
        by: &Proof,
        now: OffsetDateTime,
    ) -> Result<Option<Principal>> {
        let good = match by {
            Proof::Session { id, .. } => {
                sqlx::query_scalar!(
                    r#"SELECT EXISTS (SELECT FROM sessions WHERE id = $1 AND expires_at > $2) AS "good!""#,
                    id.uuid(),
                    now
                )
                .fetch_one(self.conn())
                .await?
            }
            Proof::Token { id, .. } => {
                sqlx::query_scalar!(
                    r#"SELECT EXISTS (SELECT FROM tokens WHERE id = $1
                       AND (expires_at IS NULL OR expires_at > $2)) AS "good!""#,
                    id.uuid(),
                    now
                )
                .fetch_one(self.conn())
                .await?
            }
        };
        if good { self.principal(user, by.clone(), now).await } else { Ok(None) }
    }

    async fn principal(
        &mut self,
        user: UserId,
        by: Proof,
        now: OffsetDateTime,
    ) -> Result<Option<Principal>> {
        let person = sqlx::query!(
            "SELECT email, name, operator FROM users WHERE id = $1 AND NOT disabled",
            user.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        let Some(person) = person else { return Ok(None) };
        let teams = sqlx::query!(
            r#"SELECT teams.id, teams.name, members.role, members.until,
                      teams.personal_of IS NOT DISTINCT FROM members.user_id AS "personal!"
               FROM members JOIN teams ON teams.id = members.team_id
               WHERE members.user_id = $1
                 AND (members.until IS NULL OR (members.until > $2 AND $3))
               ORDER BY 5 DESC, teams.id"#,
            user.uuid(),
            now,
            person.operator
        )
        .fetch_all(self.conn())
        .await?;
        let projects = sqlx::query!(
            "SELECT team_id, project_id, role FROM project_members WHERE user_id = $1",
            user.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        Ok(Some(Principal {
            user,
            email: checked(person.email, "users", "email", user)?,
            name: checked(person.name, "users", "name", user)?,
            operator: person.operator,
            by,
            teams: teams
                .into_iter()
                .map(|row| {
                    Ok(TeamRole {
                        team: Id::from_uuid(row.id),
                        name: checked(row.name, "teams", "name", row.id)?,
                        role: Role::parse(&row.role)
                            .ok_or_else(|| inconsistent("members", "role", user))?,
                        personal: row.personal,
                        until: row.until,
                    })
                })
                .collect::<Result<_>>()?,
            projects: projects
                .into_iter()
                .map(|row| {
                    Ok(ProjectRole {
                        team: Id::from_uuid(row.team_id),
                        project: Id::from_uuid(row.project_id),
                        role: named(&row.role, Role::parse, "project_members", "role", user)?,
                    })
                })
                .collect::<Result<_>>()?,
        }))
    }
}
