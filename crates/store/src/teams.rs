//! Teams, their members, and what they may have.

use croft_model::{
    id::{Id, TeamId, UserId},
    limits::Limits,
    name::Name,
    permissions::Role,
    user::Email,
};
use time::OffsetDateTime;

use crate::{
    PageRequest, Result,
    rows::{checked, count, inconsistent, named},
    tx::{Scope, System, Tx},
};

/// A team.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Team {
    /// Its id.
    pub id: TeamId,
    /// Its name.
    pub name: Name,
    /// Whose personal team it is.
    pub personal_of: Option<UserId>,
    /// When it was made.
    pub created_at: OffsetDateTime,
}

/// A member of a team or project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// Their e-mail.
    pub email: Email,
    /// Their name.
    pub name: Name,
    /// Their role.
    pub role: Role,
    /// Since when.
    pub since: OffsetDateTime,
    /// Until when, for an operator who entered.
    pub until: Option<OffsetDateTime>,
}

/// A membership to be.
#[derive(Debug, Clone)]
pub struct NewMember<'a> {
    /// The team.
    pub team: TeamId,
    /// Who.
    pub user: UserId,
    /// As what.
    pub role: Role,
    /// Since when.
    pub since: OffsetDateTime,
    /// Until when and why, for an operator who enters.
    pub until: Option<(OffsetDateTime, &'a str)>,
}

/// What a team uses of what is counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Used {
    /// Projects, deleted ones included.
    pub projects: u64,
    /// Members and open invitations; entered operators do not count.
    pub members: u64,
    /// Tokens.
    pub tokens: u64,
}

/// A team as the operator sees it.
#[derive(Debug, Clone)]
pub struct TeamSummary {
    /// The team.
    pub team: Team,
    /// What it uses.
    pub used: Used,
    /// What it is allowed.
    pub limits: Limits,
}

impl<S: Scope> Tx<S> {
    /// Adds a team without members.
    pub async fn add_team(&mut self, team: &Team) -> Result<()> {
        sqlx::query!(
            "INSERT INTO teams (id, name, personal_of, created_at) VALUES ($1, $2, $3, $4)",
            team.id.uuid(),
            team.name.as_str(),
            team.personal_of.map(Id::uuid),
            team.created_at
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// The team of that id.
    pub async fn find_team(&mut self, id: TeamId) -> Result<Option<Team>> {
        let row = sqlx::query!(
            "SELECT name, personal_of, created_at FROM teams WHERE id = $1",
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| {
            Ok(Team {
                id,
                name: checked(row.name, "teams", "name", id)?,
                personal_of: row.personal_of.map(Id::from_uuid),
                created_at: row.created_at,
            })
        })
        .transpose()
    }

    /// Holds the team's row until the transaction ends, so that what is counted stays so.
    pub async fn lock_team(&mut self, id: TeamId) -> Result<Option<Limits>> {
        let row = sqlx::query!(
            r#"SELECT plans.limits || teams.limit_overrides AS "limits!"
               FROM teams JOIN plans ON plans.name = teams.plan WHERE teams.id = $1 FOR UPDATE OF teams"#,
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| read_limits(row.limits, id)).transpose()
    }

    /// The plan's name and what the team is allowed.
    pub async fn team_limits(&mut self, id: TeamId) -> Result<Option<(String, Limits)>> {
        let row = sqlx::query!(
            r#"SELECT plans.name, plans.limits || teams.limit_overrides AS "limits!"
               FROM teams JOIN plans ON plans.name = teams.plan WHERE teams.id = $1"#,
            id.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| Ok((row.name, read_limits(row.limits, id)?))).transpose()
    }

    /// What the team uses.
    pub async fn team_used(&mut self, id: TeamId, now: OffsetDateTime) -> Result<Used> {
        let row = sqlx::query!(
            "SELECT (SELECT count(*) FROM projects WHERE team_id = $1) AS projects,
                    (SELECT count(*) FROM members WHERE team_id = $1 AND until IS NULL)
                  + (SELECT count(*) FROM invitations WHERE team_id = $1 AND expires_at > $2) AS members,
                    (SELECT count(*) FROM tokens WHERE team_id = $1) AS tokens",
            id.uuid(),
            now
        )
        .fetch_one(self.conn())
        .await?;
        Ok(Used {
            projects: count(row.projects),
            members: count(row.members),
            tokens: count(row.tokens),
        })
    }

    /// Renames a team.
    pub async fn rename_team(&mut self, id: TeamId, name: &Name) -> Result<()> {
        sqlx::query!(
            "UPDATE teams SET name = $2, version = version + 1 WHERE id = $1",
            id.uuid(),
            name.as_str()
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Removes a team with all that is in it.
    pub async fn remove_team(&mut self, id: TeamId) -> Result<()> {
        self.clear_team_due(id).await?;
        self.clear_team_projects(id).await?;
        sqlx::query!("DELETE FROM teams WHERE id = $1", id.uuid()).execute(self.conn()).await?;
        Ok(())
    }

    /// Members, longest first.
    pub async fn members(&mut self, team: TeamId) -> Result<Vec<Member>> {
        let rows = sqlx::query!(
            "SELECT user_id, email, users.name, role, since, until
             FROM members JOIN users ON users.id = members.user_id
             WHERE team_id = $1 ORDER BY since, user_id LIMIT 1000",
            team.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        rows.into_iter()
            .map(|row| {
                Ok(Member {
                    user: Id::from_uuid(row.user_id),
                    email: checked(row.email, "users", "email", row.user_id)?,
                    name: checked(row.name, "users", "name", row.user_id)?,
                    role: named(&row.role, Role::parse, "members", "role", row.user_id)?,
                    since: row.since,
                    until: row.until,
                })
            })
            .collect()
    }

    /// Adds a member. The primary key `members_pkey` refuses one who is there.
    pub async fn add_member(&mut self, new: &NewMember<'_>) -> Result<()> {
        sqlx::query!(
            "INSERT INTO members (team_id, user_id, role, since, until, reason)
             VALUES ($1, $2, $3, $4, $5, $6)",
            new.team.uuid(),
            new.user.uuid(),
            new.role.as_str(),
            new.since,
            new.until.map(|(until, _)| until),
            new.until.map(|(_, reason)| reason)
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// One member.
    pub async fn member(&mut self, team: TeamId, user: UserId) -> Result<Option<Member>> {
        let row = sqlx::query!(
            "SELECT email, users.name, role, since, until
             FROM members JOIN users ON users.id = members.user_id
             WHERE team_id = $1 AND user_id = $2",
            team.uuid(),
            user.uuid()
        )
        .fetch_optional(self.conn())
        .await?;
        row.map(|row| {
            Ok(Member {
                user,
                email: checked(row.email, "users", "email", user)?,
                name: checked(row.name, "users", "name", user)?,
                role: named(&row.role, Role::parse, "members", "role", user)?,
                since: row.since,
                until: row.until,
            })
        })
        .transpose()
    }

    /// Sets a member's role. Hold the team by [`Tx::lock_team`] first: who owns it must not change
    /// meanwhile.
    pub async fn set_member_role(&mut self, team: TeamId, user: UserId, role: Role) -> Result<()> {
        sqlx::query!(
            "UPDATE members SET role = $3 WHERE team_id = $1 AND user_id = $2",
            team.uuid(),
            user.uuid(),
            role.as_str()
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Removes the open invitations that somebody made.
    pub async fn remove_invitations_by(&mut self, team: TeamId, user: UserId) -> Result<()> {
        sqlx::query!(
            "DELETE FROM invitations WHERE team_id = $1 AND invited_by = $2",
            team.uuid(),
            user.uuid()
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }

    /// Removes a member with their tokens, roles in projects and open invitations.
    pub async fn remove_member(&mut self, team: TeamId, user: UserId) -> Result<()> {
        self.remove_invitations_by(team, user).await?;
        sqlx::query!(
            "DELETE FROM members WHERE team_id = $1 AND user_id = $2",
            team.uuid(),
            user.uuid()
        )
        .execute(self.conn())
        .await?;
        Ok(())
    }
}

impl Tx<System> {
    /// All teams, newest first.
    pub async fn teams(
        &mut self,
        page: PageRequest,
        now: OffsetDateTime,
    ) -> Result<Vec<TeamSummary>> {
        let ids = sqlx::query_scalar!(
            "SELECT id FROM teams WHERE $1::uuid IS NULL OR id < $1 ORDER BY id DESC LIMIT $2",
            page.after,
            page.limit
        )
        .fetch_all(self.conn())
        .await?;
        let mut summaries = Vec::with_capacity(ids.len());
        for id in ids.into_iter().map(Id::from_uuid) {
            summaries.extend(self.team_summary(id, now).await?);
        }
        Ok(summaries)
    }

    /// One team as the operator sees it.
    pub async fn team_summary(
        &mut self,
        id: TeamId,
        now: OffsetDateTime,
    ) -> Result<Option<TeamSummary>> {
        let Some(team) = self.find_team(id).await? else { return Ok(None) };
        let used = self.team_used(id, now).await?;
        let Some((_, limits)) = self.team_limits(id).await? else { return Ok(None) };
        Ok(Some(TeamSummary { team, used, limits }))
    }

    /// Holds the rows of all teams somebody is in until the transaction ends.
    pub async fn lock_teams_of(&mut self, user: UserId) -> Result<()> {
        sqlx::query!(
            "SELECT id FROM teams WHERE id IN (SELECT team_id FROM members WHERE user_id = $1)
             ORDER BY id FOR UPDATE",
            user.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        Ok(())
    }

    /// Teams that somebody owns and that others are in.
    pub async fn shared_teams_owned_by(&mut self, user: UserId) -> Result<Vec<TeamId>> {
        let ids = sqlx::query_scalar!(
            "SELECT team_id FROM members AS own WHERE user_id = $1 AND role = 'owner' AND EXISTS
                 (SELECT FROM members WHERE team_id = own.team_id AND user_id <> $1 AND until IS NULL)",
            user.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        Ok(ids.into_iter().map(Id::from_uuid).collect())
    }

    /// Teams that somebody owns.
    pub async fn teams_owned_by(&mut self, user: UserId) -> Result<Vec<TeamId>> {
        let ids = sqlx::query_scalar!(
            "SELECT team_id FROM members WHERE user_id = $1 AND role = 'owner'",
            user.uuid()
        )
        .fetch_all(self.conn())
        .await?;
        Ok(ids.into_iter().map(Id::from_uuid).collect())
    }

    /// Sets or takes back one limit that differs from the plan's.
    pub async fn set_team_limit(
        &mut self,
        id: TeamId,
        limit: &str,
        value: Option<u64>,
    ) -> Result<()> {
        let value = value.map(serde_json::Value::from);
        sqlx::query!(
            "UPDATE teams SET limit_overrides = CASE WHEN $3::jsonb IS NULL THEN limit_overrides - $2
                 ELSE limit_overrides || jsonb_build_object($2::text, $3::jsonb) END WHERE id = $1",
            id.uuid(),
            limit,
            value
        )
        .execute(self.conn())
        .await?;
        // Budgets of calls go with the routes.
        self.touch_routes_of(id);
        Ok(())
    }
}

fn read_limits(value: serde_json::Value, id: TeamId) -> Result<Limits> {
    serde_json::from_value(value).map_err(|_| inconsistent("teams", "limit_overrides", id))
}
