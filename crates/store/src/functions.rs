//! Functions, their versions and routes.

use croft_model::{
    id::{FunctionId, Id, ProjectId, TeamId, UserId, VersionId},
    name::FunctionName,
};
use croft_ports::route_source::FunctionTarget;
use time::OffsetDateTime;

use crate::{
    Result,
    function_routes::Route,
    rows::{checked, count},
    tx::{Scope, Tx},
};

/// Versions of a function that are kept.
const VERSIONS: i64 = 100;

/// A function with its active version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its id.
    pub id: FunctionId,
    /// Its name.
    pub name: FunctionName,
    /// The active version.
    pub version: VersionId,
    /// Its number, from 1.
    pub number: i64,
    /// Its text, when it was asked for by name.
    pub source: Option<String>,
    /// When it was deployed.
    pub deployed_at: OffsetDateTime,
    /// What leads to it.
    pub routes: Vec<Route>,
}

/// A text to be the active version of a function.
#[derive(Debug)]
pub struct NewVersion<'a> {
    /// The function's id, used if it is new.
    pub function: FunctionId,
    /// The version's id.
    pub version: VersionId,
    /// The function's name.
    pub name: &'a FunctionName,
    /// The text.
    pub source: &'a str,
    /// When.
    pub at: OffsetDateTime,
    /// By whom; nobody for the seeded one.
    pub by: Option<UserId>,
}

/// One text that a function has or had.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id.
    pub id: VersionId,
    /// Counts a function's versions, from 1.
    pub number: i64,
    /// Whether it is the active one.
    pub active: bool,
    /// The text, when it was asked for.
    pub source: Option<String>,
    /// The text's length in bytes.
    pub source_bytes: u64,
    /// When it was deployed.
    pub created_at: OffsetDateTime,
    /// By whom, by name.
    pub created_by: Option<String>,
}

impl<S: Scope> Tx<S> {
    /// A function's versions, newest first and without texts; or the one of that number, with it.
    /// At most as many as are kept.
    pub async fn versions(
        &mut self,
        function: FunctionId,
        number: Option<i64>,
    ) -> Result<Vec<Version>> {
        let rows = sqlx::query!(
            r#"SELECT v.id, v.number, f.active, v.created_at, users.name AS "created_by?",
                      octet_length(v.source) AS "source_bytes!",
                      CASE WHEN $2::bigint IS NOT NULL THEN v.source END AS source
               FROM function_versions v JOIN functions f ON f.id = v.function_id
               LEFT JOIN users ON users.id = v.created_by
               WHERE v.function_id = $1 AND ($2 IS NULL OR v.number = $2) ORDER BY v.number DESC"#,
            function.uuid(),
            number
        )
        .fetch_all(self.conn())
        .await?;
        let versions = rows.into_iter().map(|row| Version {
            id: Id::from_uuid(row.id),
            number: row.number,
            active: row.id == row.active,
            source: row.source,
            source_bytes: u64::try_from(row.source_bytes).unwrap_or(0),
            created_at: row.created_at,
            created_by: row.created_by,
        });
        Ok(versions.collect())
    }

    /// Makes one of a function's versions the active one.
    pub async fn activate_version(
        &mut self,
        project: ProjectId,
        function: FunctionId,
        version: VersionId,
    ) -> Result<()> {
        sqlx::query!(
            "UPDATE functions SET active = $2 WHERE id = $1",
            function.uuid(),
            version.uuid()
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(project);
        Ok(())
    }

    /// Adds a version, and the function if it is new, and makes it the active one; gives the
    /// function's id and the version's number.
    pub async fn add_version(
        &mut self,
        team: TeamId,
        project: ProjectId,
        new: &NewVersion<'_>,
    ) -> Result<(FunctionId, i64)> {
        let id = sqlx::query_scalar!(
            "INSERT INTO functions (id, team_id, project_id, name, active, created_at)
             VALUES ($1, $2, $3, $4, $5, $6)
             ON CONFLICT (project_id, name) DO UPDATE SET active = $5 RETURNING id",
            new.function.uuid(),
            team.uuid(),
            project.uuid(),
            new.name.as_str(),
            new.version.uuid(),
            new.at
        )
        .fetch_one(self.conn())
        .await?;
        let number = sqlx::query_scalar!(
            "INSERT INTO function_versions (id, team_id, project_id, function_id, number, source, created_at, created_by)
             SELECT $1, $2, $3, $4, coalesce(max(number), 0) + 1, $5, $6, $7
             FROM function_versions WHERE function_id = $4
             RETURNING number",
            new.version.uuid(),
            team.uuid(),
            project.uuid(),
            id,
            new.source,
            new.at,
            new.by.map(Id::uuid)
        )
        .fetch_one(self.conn())
        .await?;
        sqlx::query!(
            "DELETE FROM function_versions WHERE function_id = $1 AND number <= $2
             AND id <> (SELECT active FROM functions WHERE id = $1)",
            id,
            number - VERSIONS
        )
        .execute(self.conn())
        .await?;
        self.touch_routes(project);
        Ok((Id::from_uuid(id), number))
    }

    /// A project's functions by name, without their texts; or the one of that name with it.
    pub async fn functions(
        &mut self,
        project: ProjectId,
        name: Option<&FunctionName>,
    ) -> Result<Vec<Function>> {
        let rows = sqlx::query!(
            "SELECT f.id, f.name, f.active, v.number, v.created_at,
                    CASE WHEN $2::text IS NOT NULL THEN v.source END AS source
             FROM functions f JOIN function_versions v ON v.id = f.active
             WHERE f.project_id = $1 AND ($2::text IS NULL OR f.name = $2) ORDER BY f.name LIMIT 1000",
            project.uuid(),
            name.map(FunctionName::as_str)
        )
        .fetch_all(self.conn())
        .await?;
        let routes = self.routes(project).await?;
        let mut functions = Vec::with_capacity(rows.len());
        for row in rows {
            let own = routes.iter().filter(|r| r.function.uuid() == row.id);
            functions.push(Function {
                id: Id::from_uuid(row.id),
                name: checked(row.name, "functions", "name", row.id)?,
                version: Id::from_uuid(row.active),
                number: row.number,
                source: row.source,
                deployed_at: row.created_at,
                routes: own.map(|r| r.route.clone()).collect(),
            });
        }
        Ok(functions)
    }

    /// The project of a function.
    pub async fn project_of_function(&mut self, function: FunctionId) -> Result<Option<ProjectId>> {
        let id =
            sqlx::query_scalar!("SELECT project_id FROM functions WHERE id = $1", function.uuid())
                .fetch_optional(self.conn())
                .await?;
        Ok(id.map(Id::from_uuid))
    }

    /// A function with its active version, ready to be called.
    pub async fn function_target(
        &mut self,
        function: FunctionId,
    ) -> Result<Option<FunctionTarget>> {
        let row = sqlx::query!(
            "SELECT f.name, f.active, v.source
             FROM functions f JOIN function_versions v ON v.id = f.active WHERE f.id = $1",
            function.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(|row| FunctionTarget {
            function,
            name: row.name.into(),
            version: Id::from_uuid(row.active),
            source: row.source.into(),
        }))
    }

    /// How many functions and routes a project has, this function's left out.
    pub async fn count_functions(
        &mut self,
        project: ProjectId,
        but: &FunctionName,
    ) -> Result<(u64, u64)> {
        let row = sqlx::query!(
            "SELECT (SELECT count(*) FROM functions WHERE project_id = $1 AND name <> $2) AS functions,
                    (SELECT count(*) FROM routes JOIN functions f ON f.id = function_id
                     WHERE f.project_id = $1 AND f.name <> $2) AS routes",
            project.uuid(),
            but.as_str()
        )
        .fetch_one(self.conn())
        .await?;
        Ok((count(row.functions), count(row.routes)))
    }

    /// Removes a function with its versions, routes and log; its id if there was such a one.
    pub async fn remove_function(
        &mut self,
        project: ProjectId,
        name: &FunctionName,
    ) -> Result<Option<FunctionId>> {
        let id = sqlx::query_scalar!(
            "DELETE FROM functions WHERE project_id = $1 AND name = $2 RETURNING id",
            project.uuid(),
            name.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        self.touch_routes(project);
        Ok(id.map(Id::from_uuid))
    }
}
