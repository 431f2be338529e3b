//! Variables and secrets of projects and people. Secrets are sealed with the team's data key.

use croft_model::{
    id::{Id, ProjectId, TeamId, UserId, VariableId},
    name::EnvKey,
    project::Environment,
    variable::Category,
};
use time::OffsetDateTime;

use crate::{
    NamedPage, Result,
    rows::{checked, count, named},
    seal::DataKey,
    tx::{Scope, System, Tx},
};

/// A variable without the value of a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Variable {
    /// Its name.
    pub key: EnvKey,
    /// Its value, or `None` for a secret.
    pub value: Option<String>,
    /// What it is about.
    pub category: Category,
    /// Counts the values it has had.
    pub version: i64,
    /// When this value was set.
    pub updated_at: OffsetDateTime,
    /// Who set it, by name.
    pub updated_by: Option<String>,
}

/// A value to be kept.
#[derive(Debug)]
pub struct NewVariable<'a> {
    /// An id, used if the variable is new.
    pub id: VariableId,
    /// The name.
    pub key: &'a EnvKey,
    /// The value.
    pub value: &'a str,
    /// Whether to seal it.
    pub secret: bool,
    /// What it is about.
    pub category: Category,
    /// When.
    pub at: OffsetDateTime,
    /// By whom.
    pub by: UserId,
}

/// What a team's data key is bound to.
pub(crate) fn key_place(team: TeamId) -> String {
    format!("team/{team}")
}

/// What a sealed variable is bound to.
pub(crate) fn place(team: TeamId, id: VariableId, version: i64) -> String {
    format!("variable/{team}/{id}/{version}")
}

/// What a person's sealed variable is bound to.
fn user_place(user: UserId, key: &EnvKey, version: i64) -> String {
    format!("user_variable/{user}/{key}/{version}")
}

impl<S: Scope> Tx<S> {
    /// The team's data key, made when it is first needed.
    async fn data_key(&mut self, team: TeamId, now: OffsetDateTime) -> Result<DataKey> {
        let place = key_place(team);
        let (_, master_key, wrapped) = self.vault.generate(&place);
        // Loses against a concurrent one and then reads that.
        sqlx::query!(
            "INSERT INTO team_keys (team_id, master_key, wrapped, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (team_id) DO NOTHING",
            team.uuid(),
            master_key,
            wrapped,
            now
        )
        .execute(self.conn())
        .await?;
        let row = sqlx::query!(
            "SELECT master_key, wrapped FROM team_keys WHERE team_id = $1",
            team.uuid()
        )
        .fetch_one(self.conn())
        .await?;
        Ok(self.vault.unwrap(&row.master_key, &row.wrapped, &place)?)
    }

    /// Variables of a project's environment, by name, and whether there are more.
    pub async fn variables(
        &mut self,
        project: ProjectId,
        environment: Environment,
        page: NamedPage<'_>,
    ) -> Result<(Vec<Variable>, bool)> {
        let rows = sqlx::query!(
            r#"SELECT key, plain, category, version, updated_at, name AS "updated_by?", more AS "more!"
               FROM (SELECT v.key, v.plain, v.category, v.version, v.updated_at, users.name,
                            lead(v.key) OVER by_key IS NOT NULL AS more,
                            coalesce(sum(octet_length(v.plain)) OVER by_key, 0) AS bytes
                     FROM variables v LEFT JOIN users ON users.id = v.updated_by
                     WHERE v.project_id = $1 AND v.environment = $2
                       AND ($3::text IS NULL OR v.key > $3)
                     WINDOW by_key AS (ORDER BY v.key)) v
               WHERE bytes <= $5 ORDER BY key LIMIT $4"#,
            project.uuid(),
            environment.as_str(),
            page.after,
            page.limit,
            i64::from(NamedPage::BYTES)
        )
        .fetch_all(self.conn())
        .await?;
        let more = rows.last().is_some_and(|row| row.more);
        let variables = rows
            .into_iter()
            .map(|row| {
                Ok(Variable {
                    category: named(
                        &row.category,
                        Category::parse,
                        "variables",
                        "category",
                        &row.key,
                    )?,
                    key: checked(row.key, "variables", "key", project)?,
                    value: row.plain,
                    version: row.version,
                    updated_at: row.updated_at,
                    updated_by: row.updated_by,
                })
            })
            .collect::<Result<_>>()?;
        Ok((variables, more))
    }

    /// Whether a variable is there, and secret. Holds its row until the transaction ends.
    pub async fn variable_is_secret(
        &mut self,
        project: ProjectId,
        environment: Environment,
        key: &EnvKey,
    ) -> Result<Option<(bool, Category)>> {
        let row = sqlx::query!(
            r#"SELECT sealed IS NOT NULL AS "secret!", category FROM variables
               WHERE project_id = $1 AND environment = $2 AND key = $3 FOR UPDATE"#,
            project.uuid(),
            environment.as_str(),
            key.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| {
            Ok((row.secret, named(&row.category, Category::parse, "variables", "category", key)?))
        })
        .transpose()
    }

    /// How many variables an environment has.
    pub async fn count_variables(
        &mut self,
        project: ProjectId,
        environment: Environment,
    ) -> Result<u64> {
        let n = sqlx::query_scalar!(
            "SELECT count(*) FROM variables WHERE project_id = $1 AND environment = $2",
            project.uuid(),
            environment.as_str()
        )
        .fetch_one(self.conn())
        .await?;
        Ok(count(n))
    }

    /// Keeps a value, whether or not the variable was there; gives its version.
    pub async fn set_variable(
        &mut self,
        team: TeamId,
        project: ProjectId,
        environment: Environment,
        new: &NewVariable<'_>,
    ) -> Result<i64> {
        // The row first: its id and version are what the value is bound to.
        let row = sqlx::query!(
            "INSERT INTO variables (id, team_id, project_id, environment, key, plain, category, version, updated_at, updated_by)
             VALUES ($1, $2, $3, $4, $5, '', $6, 1, $7, $8)
             ON CONFLICT (project_id, environment, key) DO UPDATE
               SET category = $6, version = variables.version + 1, updated_at = $7, updated_by = $8
             RETURNING id, version",
            new.id.uuid(),
            team.uuid(),
            project.uuid(),
            environment.as_str(),
            new.key.as_str(),
            new.category.as_str(),
            new.at,
            new.by.uuid()
        )
        .fetch_one(self.conn())
        .await?;
        let (plain, sealed) = if new.secret {
            let key = self.data_key(team, new.at).await?;
            let place = place(team, Id::from_uuid(row.id), row.version);
            (None, Some(key.seal(&*self.vault.entropy, new.value, &place).0))
        } else {
            (Some(new.value), None)
        };
        sqlx::query!(
            "UPDATE variables SET plain = $2, sealed = $3 WHERE id = $1",
            row.id,
            plain,
            sealed
        )
        .execute(self.conn())
        .await?;
        self.touch_environment(project, environment);
        Ok(row.version)
    }

    /// Calls of functions carry production's values, so those go with the routes; also of a project
    /// without a function, which may be getting its first one at this moment.
    fn touch_environment(&mut self, project: ProjectId, environment: Environment) {
        if environment == Environment::Production {
            self.touch_routes(project);
        }
    }

    /// Removes a variable; whether there was such a one.
    pub async fn remove_variable(
        &mut self,
        project: ProjectId,
        environment: Environment,
        key: &EnvKey,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM variables WHERE project_id = $1 AND environment = $2 AND key = $3",
            project.uuid(),
            environment.as_str(),
            key.as_str()
        )
        .execute(self.conn())
        .await?;
        self.touch_environment(project, environment);
        Ok(done.rows_affected() == 1)
    }
}

impl Tx<System> {
    /// A person's own variables, by name, and whether there are more.
    pub async fn user_variables(
        &mut self,
        user: UserId,
        page: NamedPage<'_>,
    ) -> Result<(Vec<Variable>, bool)> {
        let rows = sqlx::query!(
            r#"SELECT key, plain, category, version, updated_at, more AS "more!"
               FROM (SELECT key, plain, category, version, updated_at,
                            lead(key) OVER by_key IS NOT NULL AS more,
                            coalesce(sum(octet_length(plain)) OVER by_key, 0) AS bytes
                     FROM user_variables
                     WHERE user_id = $1 AND ($2::text IS NULL OR key > $2)
                     WINDOW by_key AS (ORDER BY key)) v
               WHERE bytes <= $4 ORDER BY key LIMIT $3"#,
            user.uuid(),
            page.after,
            page.limit,
            i64::from(NamedPage::BYTES)
        )
        .fetch_all(self.conn())
        .await?;
        let more = rows.last().is_some_and(|row| row.more);
        let variables = rows
            .into_iter()
            .map(|row| {
                Ok(Variable {
                    category: named(
                        &row.category,
                        Category::parse,
                        "user_variables",
                        "category",
                        &row.key,
                    )?,
                    key: checked(row.key, "user_variables", "key", user)?,
                    value: row.plain,
                    version: row.version,
                    updated_at: row.updated_at,
                    updated_by: None,
                })
            })
            .collect::<Result<_>>()?;
        Ok((variables, more))
    }

    /// How many variables of their own a person has, and what the one of this name is about, if it
    /// is there.
    pub async fn count_user_variables(
        &mut self,
        user: UserId,
        key: &EnvKey,
    ) -> Result<(u64, Option<Category>)> {
        let row = sqlx::query!(
            r#"SELECT count(*) AS count, max(category) FILTER (WHERE key = $2) AS category
               FROM user_variables WHERE user_id = $1"#,
            user.uuid(),
            key.as_str()
        )
        .fetch_one(self.conn())
        .await?;
        let known = |text: String| named(&text, Category::parse, "user_variables", "category", key);
        Ok((count(row.count), row.category.map(known).transpose()?))
    }

    /// Keeps a person's own value, sealed with their personal team's key if secret; its version.
    /// `secret: None` leaves it as it was.
    pub async fn set_user_variable(
        &mut self,
        team: TeamId,
        new: &NewVariable<'_>,
        secret: Option<bool>,
    ) -> Result<(i64, bool)> {
        let row = sqlx::query!(
            r#"INSERT INTO user_variables (user_id, key, plain, category, version, updated_at)
               VALUES ($1, $2, '', $3, 1, $4)
               ON CONFLICT (user_id, key) DO UPDATE
                 SET category = $3, version = user_variables.version + 1, updated_at = $4
               RETURNING version, sealed IS NOT NULL AS "was_secret!""#,
            new.by.uuid(),
            new.key.as_str(),
            new.category.as_str(),
            new.at
        )
        .fetch_one(self.conn())
        .await?;
        let secret = secret.unwrap_or(row.was_secret);
        let (plain, sealed) = if secret {
            let key = self.data_key(team, new.at).await?;
            let place = user_place(new.by, new.key, row.version);
            (None, Some(key.seal(&*self.vault.entropy, new.value, &place).0))
        } else {
            (Some(new.value), None)
        };
        sqlx::query!(
            "UPDATE user_variables SET plain = $3, sealed = $4 WHERE user_id = $1 AND key = $2",
            new.by.uuid(),
            new.key.as_str(),
            plain,
            sealed
        )
        .execute(self.conn())
        .await?;
        Ok((row.version, secret))
    }

    /// Removes a person's own variable; whether there was such a one.
    pub async fn remove_user_variable(&mut self, user: UserId, key: &EnvKey) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM user_variables WHERE user_id = $1 AND key = $2",
            user.uuid(),
            key.as_str()
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}
