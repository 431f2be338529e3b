//! What happened: events and the audit log.

use clap::Args;
use croft_sdk::{
    client::{List, ProjectRef},
    events::Event,
};

use super::{
    find::{self, PageArgs},
    follow::follow,
    team::InTeam,
};
use crate::{context::Context, failure::Failure, link::Link};

/// Arguments of `croft events`.
#[derive(Debug, Args)]
pub(crate) struct Events {
    /// The project; the folder's own when it is linked
    #[arg(long, value_name = "PROJECT", conflicts_with = "team")]
    project: Option<ProjectRef>,
    /// All of a team, by name or id; your personal team when neither is given
    #[arg(long)]
    team: Option<String>,
    /// Show events as they come, until Ctrl-C; from those after --after on, when it is given
    #[arg(long)]
    follow: bool,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `croft events`.
pub(crate) async fn run(context: &Context, args: Events) -> Result<(), Failure> {
    let client = context.client()?;
    let list: List = args.page.into();
    let after = || match list.after.as_deref().map(str::parse) {
        Some(Err(_)) => Err(Failure::usage("--after: with --follow, the number of an event")),
        Some(Ok(after)) => Ok(Some(after)),
        None => Ok(None),
    };
    let linked = if args.team.is_none() { Link::find(&context.folder)?.project()? } else { None };
    if let Some(project) = args.project.or(linked) {
        if args.follow {
            return follow(context, client.follow_project(&project, after()?), show).await;
        }
        return context.out.list(&client.project_events(&project, &list).await?);
    }
    let team = find::team(&client, args.team.as_deref()).await?;
    if args.follow {
        return follow(context, client.follow_team(team, after()?), show).await;
    }
    context.out.list(&client.team_events(team, &list).await?)
}

fn show(context: &Context, event: &Event) -> Result<(), Failure> {
    context.out.row(event)
}

/// Arguments of `croft audit`.
#[derive(Debug, Args)]
pub(crate) struct Audit {
    #[command(flatten)]
    team: InTeam,
    #[command(flatten)]
    page: PageArgs,
}

/// Runs `croft audit`.
pub(crate) async fn audit(context: &Context, args: Audit) -> Result<(), Failure> {
    let client = context.client()?;
    let team = args.team.id(&client).await?;
    context.out.list(&client.team_audit(team, &args.page.into()).await?)
}
