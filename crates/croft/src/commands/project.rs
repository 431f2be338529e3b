//! Projects, and linking a folder to one.

use clap::{Args, Subcommand};
use croft_model::name::{Name, Slug};
use croft_sdk::{
    client::{ProjectList, ProjectRef},
    projects::{ChangeSlug, CheckSlug, CreateProject, UpdateProject},
};

use super::find::{self, PageArgs};
use crate::{context::Context, failure::Failure, link, output::time};

/// `--project`, which a linked folder makes needless.
#[derive(Debug, Args)]
pub(crate) struct InProject {
    /// The project's slug or id; the folder's own when it is linked
    #[arg(long, value_name = "PROJECT")]
    pub(crate) project: Option<ProjectRef>,
}

/// `croft project ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Projects {
    /// Make a project
    Create {
        /// What to call it
        name: Name,
        /// The team's name or id; your personal team when left out
        #[arg(long)]
        team: Option<String>,
        /// Its slug; made from the name when left out
        #[arg(long)]
        slug: Option<Slug>,
    },
    /// List projects
    List {
        /// Of one team only
        #[arg(long)]
        team: Option<String>,
        /// Those deleted that can still be restored
        #[arg(long)]
        deleted: bool,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a project
    Show {
        /// Its slug or id; the folder's own when it is linked
        project: Option<ProjectRef>,
    },
    /// Change what a project is called
    Rename {
        /// Its slug or id
        project: ProjectRef,
        /// The new name
        name: Name,
    },
    /// Change a project's slug; the old one redirects
    Slug {
        /// Its slug or id
        project: ProjectRef,
        /// The new slug
        slug: Slug,
        /// Only say what it would mean
        #[arg(long)]
        check: bool,
        /// Take over a slug that redirects to another project of the team
        #[arg(long, conflicts_with = "check")]
        force: bool,
    },
    /// Delete a project; it can be restored for seven days
    Delete {
        /// Its slug or id
        project: ProjectRef,
    },
    /// Bring a deleted project back
    Restore {
        /// Its slug or id
        project: ProjectRef,
    },
}

/// Runs `croft project ...`.
pub(crate) async fn run(context: &Context, command: Projects) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Projects::Create { name, team, slug } => {
            let team_id = match team {
                Some(team) => Some(find::team(&client, Some(&team)).await?),
                None => None,
            };
            out.one(&client.create_project(&CreateProject { team_id, name, slug }).await?)
        }
        Projects::List { team, deleted, page } => {
            let team = match team {
                Some(team) => Some(find::team(&client, Some(&team)).await?),
                None => None,
            };
            let query = ProjectList { list: page.into(), team, deleted };
            out.list(&client.projects(&query).await?)
        }
        Projects::Show { project } => out.one(&client.project(&context.project(project)?).await?),
        Projects::Rename { project, name } => {
            out.one(&client.update_project(&project, &UpdateProject { name }).await?)
        }
        Projects::Slug { project, slug, check: true, .. } => {
            out.one(&client.check_slug(&project, &CheckSlug { slug }).await?)
        }
        Projects::Slug { project, slug, force, .. } => {
            out.one(&client.change_slug(&project, &ChangeSlug { slug, force }).await?)
        }
        Projects::Delete { project } => {
            client.delete_project(&project).await?;
            let until = client.project(&project).await.ok().and_then(|p| p.purge_at).map(time);
            let until = until.map(|at| format!(" until {at}")).unwrap_or_default();
            out.say(&format!(
                "Deleted. To bring it back{until}, run: croft project restore {project}"
            ));
            Ok(())
        }
        Projects::Restore { project } => out.one(&client.restore_project(&project).await?),
    }
}

/// `croft link`: writes the project into this folder's `croft.toml`, once it is known to be there.
pub(crate) async fn link(context: &Context, project: ProjectRef) -> Result<(), Failure> {
    let client = context.client()?;
    let project = client.project(&project).await?;
    let path = link::write(&context.folder, project.slug.as_str(), &client.server())?;
    context.out.say(&format!("Linked by {}: --project can be left out here.", path.display()));
    context.out.one(&project)
}
