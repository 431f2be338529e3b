//! Accounts and passwords. Only a system scope sees them.

use croft_model::{
    id::{Id, UserId},
    name::Name,
    user::Email,
};
use time::OffsetDateTime;

use crate::{
    PageRequest, Result,
    rows::checked,
    tx::{System, Tx},
};

/// An account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// Its id.
    pub id: UserId,
    /// The e-mail.
    pub email: Email,
    /// The name.
    pub name: Name,
    /// Whether they run the installation.
    pub operator: bool,
    /// Whether they are kept from signing in.
    pub disabled: bool,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// What a sign-in is checked against.
#[derive(Debug)]
pub struct Login {
    /// Who it would be.
    pub user: UserId,
    /// Whether they are kept from signing in.
    pub disabled: bool,
    /// The password's hash in PHC string form.
    pub password_hash: Option<String>,
}

struct Row {
    id: uuid::Uuid,
    email: String,
    name: String,
    operator: bool,
    disabled: bool,
    created_at: OffsetDateTime,
}

impl TryFrom<Row> for User {
    type Error = crate::Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: Id::from_uuid(row.id),
            email: checked(row.email, "users", "email", row.id)?,
            name: checked(row.name, "users", "name", row.id)?,
            operator: row.operator,
            disabled: row.disabled,
            created_at: row.created_at,
        })
    }
}

impl Tx<System> {
    /// Adds an account that signs in by password. The constraint `users_email_key` refuses an
    /// e-mail that has one.
    pub async fn add_user(&mut self, user: &User, password_hash: &str) -> Result<()> {
        sqlx::query!(
            "INSERT INTO users (id, email, name, operator, disabled, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)",
            user.id.uuid(),
            user.email.as_str(),
            user.name.as_str(),
            user.operator,
            user.disabled,
            user.created_at
        )
        .execute(self.conn())
        .await?;
        sqlx::query!(
            "INSERT INTO identities (user_id, provider, provider_user_id, secret_hash, is_primary, created_at)
             VALUES ($1, 'password', $2, $3, true, $4)",
            user.id.uuid(),
            user.email.as_str(),
            password_hash,
            user.created_at
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// What signing in with this e-mail is checked against.
    pub async fn find_login(&mut self, email: &str) -> Result<Option<Login>> {
        let row = sqlx::query!(
            "SELECT users.id, users.disabled, identities.secret_hash
             FROM identities JOIN users ON users.id = identities.user_id
             WHERE provider = 'password' AND provider_user_id = $1",
            email
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(|row| Login {
            user: Id::from_uuid(row.id),
            disabled: row.disabled,
            password_hash: row.secret_hash,
        }))
    }

    /// The account of that id.
    pub async fn user(&mut self, id: UserId) -> Result<Option<User>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, email, name, operator, disabled, created_at FROM users WHERE id = $1",
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(User::try_from).transpose()
    }

    /// The account of that e-mail.
    pub async fn user_by_email(&mut self, email: &Email) -> Result<Option<User>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, email, name, operator, disabled, created_at FROM users WHERE email = $1",
            email.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(User::try_from).transpose()
    }

    /// Accounts, newest first.
    pub async fn users(&mut self, page: PageRequest) -> Result<Vec<User>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, email, name, operator, disabled, created_at FROM users
             WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(User::try_from).collect()
    }

    /// How many operators can sign in; locks them, so that two cannot step down at one time.
    pub async fn count_operators(&mut self) -> Result<usize> {
        let rows = sqlx::query!("SELECT id FROM users WHERE operator AND NOT disabled FOR UPDATE")
            .fetch_all(self.conn())
            .await?;
        Ok(rows.len())
    }

    /// Keeps an account's name, operator and disabled flags.
    pub async fn save_user(&mut self, user: &User) -> Result<()> {
        sqlx::query!(
            "UPDATE users SET name = $2, operator = $3, disabled = $4 WHERE id = $1",
            user.id.uuid(),
            user.name.as_str(),
            user.operator,
            user.disabled
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Keeps a new password's hash.
    pub async fn set_password(&mut self, user: UserId, hash: &str) -> Result<()> {
        sqlx::query!(
            "UPDATE identities SET secret_hash = $2 WHERE user_id = $1 AND provider = 'password'",
            user.uuid(),
            hash
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Removes an account with its sessions, memberships and tokens.
    pub async fn remove_user(&mut self, user: UserId) -> Result<()> {
        sqlx::query!("DELETE FROM users WHERE id = $1", user.uuid()).execute(self.conn()).await?;
        Ok(())
    }
}
