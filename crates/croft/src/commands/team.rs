//! Teams and their members, and members of a project.

use clap::{Args, Subcommand, ValueEnum};
use croft_model::{id::TeamId, name::Name, permissions::Role};
use croft_sdk::{
    client::{Client, ProjectRef},
    teams::{CreateTeam, SetRole, TransferTeam, UpdateTeam},
};

use super::{
    columns::limit_rows,
    find::{self, PageArgs},
};
use crate::{context::Context, failure::Failure};

/// A role on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum AsRole {
    Viewer,
    Developer,
    Admin,
}

impl From<AsRole> for Role {
    fn from(role: AsRole) -> Self {
        match role {
            AsRole::Viewer => Self::Viewer,
            AsRole::Developer => Self::Developer,
            AsRole::Admin => Self::Admin,
        }
    }
}

/// `--team`, one's personal team when left out.
#[derive(Debug, Args)]
pub(crate) struct InTeam {
    /// The team's name or id; your personal team when left out
    #[arg(long, value_name = "TEAM")]
    pub(crate) team: Option<String>,
}

impl InTeam {
    /// Its id.
    pub(crate) async fn id(&self, client: &Client) -> Result<TeamId, Failure> {
        find::team(client, self.team.as_deref()).await
    }
}

/// `croft team ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Teams {
    /// List your teams
    List(PageArgs),
    /// Make a team; you own it
    Create {
        /// What to call it
        name: Name,
    },
    /// Show a team
    Show {
        /// Its name or id; your personal team when left out
        team: Option<String>,
    },
    /// Show what a team may have and has
    Limits {
        /// Its name or id; your personal team when left out
        team: Option<String>,
    },
    /// Change what a team is called
    Rename {
        /// Its name or id
        team: String,
        /// The new name
        name: Name,
    },
    /// Make another member the owner; you become an admin
    Transfer {
        /// Its name or id
        team: String,
        /// The member's e-mail or id
        to: String,
    },
    /// Delete a team with all its projects
    Delete {
        /// Its name or id
        team: String,
        /// Yes, with all its projects, for good
        #[arg(long)]
        yes: bool,
    },
}

/// Runs `croft team ...`.
pub(crate) async fn run(context: &Context, command: Teams) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Teams::List(page) => out.list(&client.teams(&page.into()).await?),
        Teams::Create { name } => out.one(&client.create_team(&CreateTeam { name }).await?),
        Teams::Show { team } => {
            out.one(&client.team(find::team(&client, team.as_deref()).await?).await?)
        }
        Teams::Limits { team } => {
            let limits = client.team_limits(find::team(&client, team.as_deref()).await?).await?;
            if out.is_json() {
                return out.json(&limits);
            }
            out.list(&croft_sdk::page::Page { items: limit_rows(&limits), next: None })
        }
        Teams::Rename { team, name } => {
            let team = find::team(&client, Some(&team)).await?;
            out.one(&client.update_team(team, &UpdateTeam { name }).await?)
        }
        Teams::Transfer { team, to } => {
            let team = find::team(&client, Some(&team)).await?;
            let to = find::member(&client, team, &to).await?;
            client.transfer_team(team, &TransferTeam { to }).await?;
            out.say("The team has a new owner.");
            Ok(())
        }
        Teams::Delete { team, yes: true } => {
            client.delete_team(find::team(&client, Some(&team)).await?).await?;
            out.say("The team is deleted.");
            Ok(())
        }
        Teams::Delete { team, yes: false } => Err(Failure::usage(format!(
            "this deletes {team} with all its projects; if you mean it, add --yes"
        ))),
    }
}

/// Of what somebody is a member.
#[derive(Debug, Args)]
pub(crate) struct Of {
    #[command(flatten)]
    team: InTeam,
    /// Of this project only, instead of a team
    #[arg(long, value_name = "PROJECT", conflicts_with = "team")]
    project: Option<ProjectRef>,
}

/// `croft member ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Members {
    /// List members
    List {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Give a member a role; in a project also one who has none there yet
    Role {
        /// Their e-mail or id
        who: String,
        /// The role
        role: AsRole,
        #[command(flatten)]
        of: Of,
    },
    /// Remove a member; oneself, to leave
    Remove {
        /// Their e-mail or id
        who: String,
        #[command(flatten)]
        of: Of,
    },
}

/// Runs `croft member ...`.
pub(crate) async fn members(context: &Context, command: Members) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Members::List { of: Of { project: Some(project), .. }, page } => {
            out.list(&client.project_members(&project, &page.into()).await?)
        }
        Members::List { of, page } => {
            out.list(&client.team_members(of.team.id(&client).await?, &page.into()).await?)
        }
        Members::Role { who, role, of } => {
            let (team, who) = who_of(&client, &of, &who).await?;
            let body = SetRole { role: role.into() };
            out.one(&match of.project {
                Some(project) => client.set_project_role(&project, who, &body).await?,
                None => client.set_team_role(team, who, &body).await?,
            })
        }
        Members::Remove { who, of } => {
            let (team, user) = who_of(&client, &of, &who).await?;
            match of.project {
                Some(project) => client.remove_project_member(&project, user).await?,
                None => client.remove_team_member(team, user).await?,
            }
            out.say(&format!("Removed {who}; their streams end."));
            Ok(())
        }
    }
}

/// The team and the person meant; in a project, people are looked up in its team.
async fn who_of(
    client: &Client,
    of: &Of,
    who: &str,
) -> Result<(TeamId, croft_model::id::UserId), Failure> {
    let team = match &of.project {
        Some(project) => client.project(project).await?.team_id,
        None => of.team.id(client).await?,
    };
    Ok((team, find::member(client, team, who).await?))
}
