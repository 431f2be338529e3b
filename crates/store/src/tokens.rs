//! API tokens, without their secrets.

use croft_model::{
    id::{Id, ProjectId, TeamId, TokenId, UserId},
    name::Name,
    permissions::{Role, Scope as TokenScope},
};
use time::OffsetDateTime;

use crate::{
    PageRequest, Result, SecretHash,
    rows::{checked, named},
    tx::{Scope, Tx},
};

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The team it is for.
    pub team: TeamId,
    /// Whose it is.
    pub user: UserId,
    /// The only project it is good for.
    pub project: Option<ProjectId>,
    /// What it is for.
    pub name: Name,
    /// The most it may do.
    pub role: Role,
    /// The kinds of things it may do.
    pub scopes: Vec<TokenScope>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
    /// Until when it is good.
    pub expires_at: Option<OffsetDateTime>,
}

impl<S: Scope> Tx<S> {
    /// Keeps a new token.
    pub async fn add_token(&mut self, token: &Token, hash: &SecretHash) -> Result<()> {
        let scopes: Vec<String> = token.scopes.iter().map(|s| s.as_str().to_owned()).collect();
        sqlx::query!(
            "INSERT INTO tokens (id, team_id, user_id, project_id, name, hash, role, scopes, created_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
            token.id.uuid(),
            token.team.uuid(),
            token.user.uuid(),
            token.project.map(Id::uuid),
            token.name.as_str(),
            hash.as_bytes(),
            token.role.as_str(),
            &scopes,
            token.created_at,
            token.expires_at
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// A team's tokens, or one member's of them, newest first.
    pub async fn tokens(
        &mut self,
        team: TeamId,
        of: Option<UserId>,
        page: PageRequest,
    ) -> Result<Vec<Token>> {
        let rows = sqlx::query!(
            "SELECT id, user_id, project_id, name, role, scopes, created_at, last_used_at, expires_at
             FROM tokens WHERE team_id = $1 AND ($2::uuid IS NULL OR user_id = $2)
               AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4",
            team.uuid(),
            of.map(Id::uuid),
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                let scopes = row.scopes.iter();
                let scopes =
                    scopes.map(|s| named(s, TokenScope::parse, "tokens", "scopes", row.id));
                Ok(Token {
                    id: Id::from_uuid(row.id),
                    team,
                    user: Id::from_uuid(row.user_id),
                    project: row.project_id.map(Id::from_uuid),
                    name: checked(row.name, "tokens", "name", row.id)?,
                    role: named(&row.role, Role::parse, "tokens", "role", row.id)?,
                    scopes: scopes.collect::<Result<_>>()?,
                    created_at: row.created_at,
                    last_used_at: row.last_used_at,
                    expires_at: row.expires_at,
                })
            })
            .collect()
    }

    /// Removes a token, of one member only if named; whether there was such a one.
    pub async fn remove_token(
        &mut self,
        team: TeamId,
        id: TokenId,
        of: Option<UserId>,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM tokens WHERE team_id = $1 AND id = $2 AND ($3::uuid IS NULL OR user_id = $3)",
            team.uuid(),
            id.uuid(),
            of.map(Id::uuid)
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
