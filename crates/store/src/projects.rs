//! Projects, the slugs they had, and roles within them.

use croft_model::{
    id::{Id, ProjectId, TeamId, UserId},
    name::Slug,
    permissions::Role,
    project::{Project, State},
};
use time::OffsetDateTime;

use crate::{
    Error, PageRequest, Result,
    rows::{checked, count, inconsistent, named},
    teams::Member,
    tx::{Scope, System, Tx},
};

struct Row {
    id: uuid::Uuid,
    team_id: uuid::Uuid,
    name: String,
    slug: String,
    label: String,
    created_at: OffsetDateTime,
    deleted_at: Option<OffsetDateTime>,
    purge_at: Option<OffsetDateTime>,
    version: i64,
}

impl TryFrom<Row> for Project {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let state = match (row.deleted_at, row.purge_at) {
            (None, None) => State::Active,
            (Some(deleted_at), Some(purge_at)) => State::Deleted { deleted_at, purge_at },
            (None, Some(_)) | (Some(_), None) => {
                return Err(inconsistent("projects", "purge_at", row.id));
            }
        };
        Ok(Self {
            id: Id::from_uuid(row.id),
            team_id: Id::from_uuid(row.team_id),
            name: checked(row.name, "projects", "name", row.id)?,
            slug: checked(row.slug, "projects", "slug", row.id)?,
            label: checked(row.label, "projects", "label", row.id)?,
            state,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

/// Which projects a list shows.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProjectFilter {
    /// Only this team's.
    pub team: Option<TeamId>,
    /// Only this one.
    pub only: Option<ProjectId>,
    /// Deleted ones in place of those that are there.
    pub deleted: bool,
}

impl<S: Scope> Tx<S> {
    /// Adds a project. `slugs_pkey` refuses a slug that any project has or had, and
    /// `used_labels_pkey` a label that ever was.
    pub async fn add_project(&mut self, project: &Project) -> Result<()> {
        sqlx::query!("INSERT INTO used_labels (label) VALUES ($1)", project.label.as_str())
            .execute(self.conn())
            .await?;
        sqlx::query!(
            "INSERT INTO projects (id, team_id, name, slug, label, created_at, version)
             VALUES ($1, $2, $3, $4, $5, $6, $7)",
            project.id.uuid(),
            project.team_id.uuid(),
            project.name.as_str(),
            project.slug.as_str(),
            project.label.as_str(),
            project.created_at,
            project.version
        )
        .execute(self.conn())
        .await?;
        self.add_slug(project, project.created_at).await?;
        self.touch_routes(project.id);
        Ok(())
    }

    /// Holds a project's row until the transaction ends.
    pub async fn lock_project(&mut self, id: ProjectId) -> Result<Option<Project>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, team_id, name, slug, label, created_at, deleted_at, purge_at, version
             FROM projects WHERE id = $1 FOR UPDATE",
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(Project::try_from).transpose()
    }

    /// The project of that id.
    pub async fn project(&mut self, id: ProjectId) -> Result<Option<Project>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, team_id, name, slug, label, created_at, deleted_at, purge_at, version
             FROM projects WHERE id = $1",
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(Project::try_from).transpose()
    }

    /// The project of that slug.
    pub async fn project_by_slug(&mut self, slug: &Slug) -> Result<Option<Project>> {
        let row = sqlx::query_as!(
            Row,
            "SELECT id, team_id, name, slug, label, created_at, deleted_at, purge_at, version
             FROM projects WHERE slug = $1",
            slug.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(Project::try_from).transpose()
    }

    /// The project that had that slug.
    pub async fn project_by_old_slug(&mut self, slug: &Slug) -> Result<Option<Project>> {
        let id = sqlx::query_scalar!("SELECT project_id FROM slugs WHERE slug = $1", slug.as_str())
            .fetch_optional(self.conn())
            .await?;
        match id {
            Some(id) => self.project(Id::from_uuid(id)).await,
            None => Ok(None),
        }
    }

    /// Projects, newest first.
    pub async fn projects(
        &mut self,
        filter: ProjectFilter,
        page: PageRequest,
    ) -> Result<Vec<Project>> {
        let rows = sqlx::query_as!(
            Row,
            "SELECT id, team_id, name, slug, label, created_at, deleted_at, purge_at, version FROM projects
             WHERE ($1::uuid IS NULL OR team_id = $1) AND ($2::uuid IS NULL OR id = $2)
               AND (deleted_at IS NOT NULL) = $3 AND ($4::uuid IS NULL OR id < $4)
             ORDER BY id DESC LIMIT $5",
            filter.team.map(Id::uuid),
            filter.only.map(Id::uuid),
            filter.deleted,
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter().map(Project::try_from).collect()
    }

    /// Keeps a project's name, slug and state if nobody changed it since; gives it back with its
    /// new version.
    pub async fn save_project(&mut self, project: Project) -> Result<Project> {
        let (deleted_at, purge_at) = match project.state {
            State::Active => (None, None),
            State::Deleted { deleted_at, purge_at } => (Some(deleted_at), Some(purge_at)),
        };
        let done = sqlx::query!(
            "UPDATE projects SET name = $3, slug = $4, deleted_at = $5, purge_at = $6, version = version + 1
             WHERE id = $1 AND version = $2",
            project.id.uuid(),
            project.version,
            project.name.as_str(),
            project.slug.as_str(),
            deleted_at,
            purge_at
        )
        .execute(self.conn())
        .await?;
        if done.rows_affected() != 1 {
            return Err(Error::Stale("project"));
        }
        self.touch_routes(project.id);
        Ok(Project { version: project.version + 1, ..project })
    }

    /// Removes a project with all that is in it; its label stays used.
    pub async fn remove_project(&mut self, id: ProjectId) -> Result<()> {
        sqlx::query!("DELETE FROM events WHERE stream_id = $1", id.uuid())
            .execute(self.conn())
            .await?;
        sqlx::query!("DELETE FROM event_streams WHERE stream_id = $1", id.uuid())
            .execute(self.conn())
            .await?;
        let team =
            sqlx::query_scalar!("DELETE FROM projects WHERE id = $1 RETURNING team_id", id.uuid())
                .fetch_optional(self.conn())
                .await?;
        self.touched.routes.gone.extend(team.map(|team| (id.uuid(), team)));
        Ok(())
    }

    /// Removes a team's projects before it goes, and holds its row, so that none is added.
    pub(crate) async fn clear_team_projects(&mut self, team: TeamId) -> Result<()> {
        sqlx::query!("SELECT id FROM teams WHERE id = $1 FOR UPDATE", team.uuid())
            .fetch_optional(self.conn())
            .await?;
        let gone = sqlx::query_scalar!(
            "DELETE FROM projects WHERE team_id = $1 RETURNING id",
            team.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        self.touched.routes.gone.extend(gone.into_iter().map(|id| (id, team.uuid())));
        Ok(())
    }

    /// Removes what is due of a team before it goes.
    pub(crate) async fn clear_team_due(&mut self, team: TeamId) -> Result<()> {
        sqlx::query!("DELETE FROM due WHERE team_id = $1", team.uuid())
            .execute(self.conn())
            .await?;
        Ok(())
    }

    /// Writes a project's slug down as its own, now and when it has another. `slugs_pkey` refuses one
    /// that a project has or had.
    pub async fn add_slug(&mut self, project: &Project, now: OffsetDateTime) -> Result<()> {
        sqlx::query!(
            "INSERT INTO slugs (slug, team_id, project_id, since) VALUES ($1, $2, $3, $4)",
            project.slug.as_str(),
            project.team_id.uuid(),
            project.id.uuid(),
            now
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Makes a slug that redirects within the team redirect here; whether there was such a one.
    pub async fn take_slug(&mut self, project: &Project, now: OffsetDateTime) -> Result<bool> {
        let done = sqlx::query!(
            "UPDATE slugs SET project_id = $3, since = $4 WHERE slug = $1 AND team_id = $2
               AND NOT EXISTS (SELECT FROM projects WHERE projects.slug = $1)",
            project.slug.as_str(),
            project.team_id.uuid(),
            project.id.uuid(),
            now
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }

    /// Members with a role of their own in the project.
    pub async fn project_members(&mut self, project: ProjectId) -> Result<Vec<Member>> {
        let rows = sqlx::query!(
            "SELECT user_id, email, users.name, role, since
             FROM project_members JOIN users ON users.id = project_members.user_id
             WHERE project_id = $1 ORDER BY since, user_id LIMIT 1000",
            project.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Member {
                    user: Id::from_uuid(row.user_id),
                    email: checked(row.email, "users", "email", row.user_id)?,
                    name: checked(row.name, "users", "name", row.user_id)?,
                    role: named(&row.role, Role::parse, "project_members", "role", row.user_id)?,
                    since: row.since,
                    until: None,
                })
            })
            .collect()
    }

    /// Gives a member of the team a role in one of its projects.
    pub async fn set_project_member(
        &mut self,
        project: &Project,
        user: UserId,
        role: Role,
        now: OffsetDateTime,
    ) -> Result<()> {
        sqlx::query!(
            "INSERT INTO project_members (team_id, project_id, user_id, role, since) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (project_id, user_id) DO UPDATE SET role = $4",
            project.team_id.uuid(),
            project.id.uuid(),
            user.uuid(),
            role.as_str(),
            now
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Takes a member's role in a project back; whether they had one.
    pub async fn remove_project_member(
        &mut self,
        project: ProjectId,
        user: UserId,
    ) -> Result<bool> {
        let done = sqlx::query!(
            "DELETE FROM project_members WHERE project_id = $1 AND user_id = $2",
            project.uuid(),
            user.uuid()
        )
        .execute(self.conn())
        .await?;
        Ok(done.rows_affected() == 1)
    }
}

/// Who has or had a slug, seen across teams.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SlugHolder {
    /// It is a project's slug now.
    Project(ProjectId),
    /// It was a project's slug and redirects to it.
    Redirect(ProjectId, TeamId),
}

impl Tx<System> {
    /// Who has or had a slug, in any team.
    pub async fn slug_holder(&mut self, slug: &Slug) -> Result<Option<SlugHolder>> {
        let row = sqlx::query!(
            r#"SELECT slugs.project_id AS id, slugs.team_id, projects.slug = slugs.slug AS "now!"
               FROM slugs JOIN projects ON projects.id = slugs.project_id WHERE slugs.slug = $1"#,
            slug.as_str()
        )
        .fetch_optional(self.conn())
        .await?;
        Ok(row.map(|row| {
            let project = Id::from_uuid(row.id);
            if row.now {
                SlugHolder::Project(project)
            } else {
                SlugHolder::Redirect(project, Id::from_uuid(row.team_id))
            }
        }))
    }

    /// How many projects there are, by whether they are deleted: for metrics.
    pub async fn count_projects(&mut self) -> Result<(u64, u64)> {
        let row = sqlx::query!(
            "SELECT count(*) FILTER (WHERE deleted_at IS NULL) AS active,
                    count(*) FILTER (WHERE deleted_at IS NOT NULL) AS deleted FROM projects"
        )
        .fetch_one(self.conn())
        .await?;
        Ok((count(row.active), count(row.deleted)))
    }
}
