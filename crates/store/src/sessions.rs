//! Sign-ins that last. Only a system scope sees them.

use croft_model::{
    id::{Id, SessionId, UserId},
    token::Secret,
};
use sha2::{Digest, Sha256};
use time::OffsetDateTime;

use crate::{
    Result,
    tx::{System, Tx},
};

/// The SHA-256 of a secret of ours: the only form in which one can be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretHash([u8; 32]);

impl SecretHash {
    /// Hashes a secret.
    pub fn of(secret: &Secret) -> Self {
        Self(Sha256::digest(secret.expose().as_bytes()).into())
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}

/// A sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose.
    pub user: UserId,
    /// Whether it is carried as a bearer token and not by cookie.
    pub bearer: bool,
    /// The client's address at sign-in.
    pub address: String,
    /// What the client called itself.
    pub user_agent: String,
    /// Since when.
    pub created_at: OffsetDateTime,
    /// When it was last used, to the minute.
    pub last_used_at: OffsetDateTime,
    /// Until when it is good.
    pub expires_at: OffsetDateTime,
}

impl Tx<System> {
    /// Keeps a new session.
    pub async fn add_session(&mut self, session: &Session, hash: &SecretHash) -> Result<()> {
        sqlx::query!(
            "INSERT INTO sessions (id, user_id, hash, bearer, address, user_agent, created_at, last_used_at, expires_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            session.id.uuid(),
            session.user.uuid(),
            hash.as_bytes(),
            session.bearer,
            session.address,
            session.user_agent,
            session.created_at,
            session.last_used_at,
            session.expires_at
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Somebody's sessions that are still good, latest first.
    pub async fn sessions_of(&mut self, user: UserId, now: OffsetDateTime) -> Result<Vec<Session>> {
        let rows = sqlx::query!(
            "SELECT id, bearer, address, user_agent, created_at, last_used_at, expires_at
             FROM sessions WHERE user_id = $1 AND expires_at > $2 ORDER BY id DESC LIMIT 200",
            user.uuid(),
            now
        )
        .fetch_all(self.conn())
        .await?;
        Ok(rows
            .into_iter()
            .map(|row| Session {
                id: Id::from_uuid(row.id),
                user,
                bearer: row.bearer,
                address: row.address,
                user_agent: row.user_agent,
                created_at: row.created_at,
                last_used_at: row.last_used_at,
                expires_at: row.expires_at,
            })
            .collect())
    }

    /// Ends one of somebody's sessions; whether there was such a one.
    pub async fn remove_session(&mut self, user: UserId, id: SessionId) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM sessions WHERE user_id = $1 AND id = $2",
            user.uuid(),
            id.uuid()
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Ends all of somebody's sessions but one.
    pub async fn remove_sessions(&mut self, user: UserId, but: Option<SessionId>) -> Result<u64> {
        let done = sqlx::query!(
            "DELETE FROM sessions WHERE user_id = $1 AND ($2::uuid IS NULL OR id <> $2)",
            user.uuid(),
            but.map(Id::uuid)
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected())
    }
}
