//! The installation's one row, and its keys.

use croft_model::{
    id::{Id, ProjectId},
    user::SignUp,
};
use time::OffsetDateTime;
use uuid::Uuid;

use crate::{
    Result,
    rows::inconsistent,
    sessions::SecretHash,
    tx::{System, Tx},
};

/// The installation as it is kept.
#[derive(Debug, Clone)]
pub struct Installation {
    /// Who may make an account.
    pub sign_up: SignUp,
    /// Whether there is no account yet.
    pub needs_setup: bool,
    /// Fingerprints of master keys that data is wrapped with.
    pub key_fingerprints: Vec<String>,
    /// The project that answers on `localhost`.
    pub default_project: Option<ProjectId>,
}

/// The name of a sign-up mode in the store.
fn sign_up_name(mode: SignUp) -> &'static str {
    match mode {
        SignUp::Open => "open",
        SignUp::Invite => "invite",
        SignUp::Closed => "closed",
    }
}

impl Tx<System> {
    /// The installation, if it was ever started on this database.
    pub async fn installation(&mut self) -> Result<Option<Installation>> {
        let row = sqlx::query!(
            r#"SELECT sign_up, default_project,
                      ARRAY(SELECT unnest(key_fingerprints) UNION SELECT master_key FROM team_keys)
                          AS "key_fingerprints!",
                      NOT EXISTS (SELECT FROM users) AS "needs_setup!"
               FROM installation"#
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| {
            let sign_up = match row.sign_up.as_str() {
                "open" => SignUp::Open,
                "invite" => SignUp::Invite,
                "closed" => SignUp::Closed,
                _ => return Err(inconsistent("installation", "sign_up", "one")),
            };
            Ok(Installation {
                sign_up,
                needs_setup: row.needs_setup,
                key_fingerprints: row.key_fingerprints,
                default_project: row.default_project.map(Id::from_uuid),
            })
        })
        .transpose()
    }

    /// Writes the row at the very first start.
    pub async fn add_installation(&mut self, now: OffsetDateTime) -> Result<()> {
        let fingerprints = self.vault.fingerprints();
        sqlx::query!(
            "INSERT INTO installation (key_fingerprints, created_at) VALUES ($1, $2)",
            &fingerprints[..1],
            now
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Fingerprints of the master keys at hand, the wrapping one first.
    pub fn keys_at_hand(&self) -> Vec<String> {
        self.vault.fingerprints()
    }

    /// Wraps every data key anew with the primary master key; how many were wrapped.
    pub async fn rewrap_keys(&mut self) -> Result<usize> {
        let primary = self.vault.fingerprints().swap_remove(0);
        let rows = sqlx::query!(
            "SELECT team_id, master_key, wrapped FROM team_keys WHERE master_key <> $1 FOR UPDATE",
            primary
        )
        .fetch_all(self.conn())
        .await?;
        let changed = rows.len();
        for row in rows {
            let place = crate::variables::key_place(Id::from_uuid(row.team_id));
            let (name, wrapped) = self.vault.rewrap(&row.master_key, &row.wrapped, &place)?;
            sqlx::query!(
                "UPDATE team_keys SET master_key = $2, wrapped = $3 WHERE team_id = $1",
                row.team_id,
                name,
                wrapped
            )
            .execute(self.conn())
            .await?;
        }
        sqlx::query!("UPDATE installation SET key_fingerprints = ARRAY[$1]", primary)
            .execute(self.conn())
            .await?;
        Ok(changed)
    }

    /// Sets who may make an account.
    pub async fn set_sign_up(&mut self, mode: SignUp) -> Result<()> {
        sqlx::query!("UPDATE installation SET sign_up = $1", sign_up_name(mode))
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Sets the set-up link's secret in place of the one before.
    pub async fn set_setup_hash(&mut self, hash: &SecretHash) -> Result<()> {
        sqlx::query!("UPDATE installation SET setup_hash = $1", hash.as_bytes())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Uses the set-up link up. `false` when it is not this one, or was used.
    pub async fn take_setup(&mut self, hash: &SecretHash) -> Result<bool> {
        let done = sqlx::query!(
            "UPDATE installation SET setup_hash = NULL
             WHERE setup_hash = $1 AND NOT EXISTS (SELECT FROM users)",
            hash.as_bytes()
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Says which project answers on `localhost`.
    pub async fn set_default_project(&mut self, project: ProjectId) -> Result<()> {
        let before = sqlx::query_scalar!("SELECT default_project FROM installation FOR UPDATE")
            .fetch_optional(self.conn())
            .await?;
        let id: Uuid = project.uuid();
        sqlx::query!("UPDATE installation SET default_project = $1", id)
            .execute(self.conn())
            .await?;
        self.touch_routes(project);
        self.touched.routes.projects.extend(before.flatten());
        Ok(())
    }
}
