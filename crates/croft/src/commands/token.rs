//! API tokens.

use clap::Subcommand;
use croft_model::{id::TokenId, name::Name, permissions::Scope};
use croft_sdk::{client::ProjectRef, tokens::CreateToken};

use super::{
    find::PageArgs,
    team::{AsRole, InTeam},
};
use crate::{context::Context, failure::Failure};

/// `croft token ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Tokens {
    /// Make a token of your own; prints its secret, this once
    Create {
        /// What it is for
        name: Name,
        /// The most it may do; your own role when left out
        #[arg(long, value_enum)]
        role: Option<AsRole>,
        /// What kinds of things it may do: read, write, admin, source:write; read and write when
        /// left out
        #[arg(long = "scope", value_parser = scope)]
        scopes: Vec<Scope>,
        /// The only project it is good for
        #[arg(long, value_name = "PROJECT")]
        project: Option<ProjectRef>,
        /// How many days it is good for; for ever when left out
        #[arg(long, value_parser = clap::value_parser!(u32).range(1..=3650))]
        days: Option<u32>,
        #[command(flatten)]
        team: InTeam,
    },
    /// List tokens
    List {
        #[command(flatten)]
        team: InTeam,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Revoke a token; its streams end
    Revoke {
        /// The token
        // Not `token`, which is the credential of all commands.
        #[arg(value_name = "TOKEN")]
        id: TokenId,
        #[command(flatten)]
        team: InTeam,
    },
}

fn scope(text: &str) -> Result<Scope, String> {
    let all = || Scope::ALL.map(Scope::as_str).join(", ");
    Scope::parse(text).ok_or_else(|| format!("one of: {}", all()))
}

/// Runs `croft token ...`.
pub(crate) async fn run(context: &Context, command: Tokens) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Tokens::Create { name, role, scopes, project, days, team } => {
            // A token for a project belongs to that project's team.
            let (team, project_id) = match project {
                Some(project) => {
                    let project = client.project(&project).await?;
                    (project.team_id, Some(project.id))
                }
                None => (team.id(&client).await?, None),
            };
            let scopes = (!scopes.is_empty()).then_some(scopes);
            let body = CreateToken { name, role: role.map(Into::into), scopes, project_id, days };
            let created = client.create_token(team, &body).await?;
            if out.is_json() {
                return out.json(&created);
            }
            out.say("Keep this secret; it is shown this once:");
            out.text(&format!("{}\n", created.secret))
        }
        Tokens::List { team, page } => {
            out.list(&client.tokens(team.id(&client).await?, &page.into()).await?)
        }
        Tokens::Revoke { id, team } => {
            client.revoke_token(team.id(&client).await?, id).await?;
            out.say("The token is good for nothing now.");
            Ok(())
        }
    }
}
