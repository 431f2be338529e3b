//! The operator's commands. Those here go through the API; those that need the data directory
//! are declared here and done in `crate::admin`.

use std::collections::BTreeMap;

use clap::{Args, Subcommand, ValueEnum};
use croft_model::{
    domain::HostPattern,
    id::ProjectId,
    limits::Limits,
    user::{Email, SignUp},
};
use croft_sdk::{
    admin::{EnterTeam, GrantDomain, InstallationSettings, SetLimits, UpdateUser},
    client::{AdminDomainList, List, ProjectRef},
    domains::ClaimedDomain,
};

use super::{
    find::{self, PageArgs},
    settings::SettingArgs,
    team::AsRole,
};
use crate::{context::Context, failure::Failure};

/// An account, for commands on the machine itself.
#[derive(Debug, Args)]
pub(crate) struct LocalAccount {
    /// The account's e-mail
    #[arg(long)]
    pub(crate) email: Email,
    /// Read the password from standard input instead of asking
    #[arg(long)]
    pub(crate) password_stdin: bool,
    #[command(flatten)]
    pub(crate) settings: SettingArgs,
}

/// `croft admin key ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Key {
    /// Make a new master key and encrypt all secrets with it
    Rotate(SettingArgs),
    /// Print the master key, to be kept elsewhere than backups
    Export(SettingArgs),
}

/// `croft admin ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Admin {
    /// Make the first account, on the server's own machine
    Setup(LocalAccount),
    /// Set an account's password, on the server's own machine
    ResetPassword(LocalAccount),
    /// The master key, on the server's own machine
    #[command(subcommand)]
    Key(Key),
    #[command(flatten)]
    Remote(Remote),
}

/// What an operator does through the API.
#[derive(Debug, Subcommand)]
pub(crate) enum Remote {
    /// List accounts, or keep one from signing in
    Users {
        /// Keep this account from signing in, and end its sessions, tokens and streams
        #[arg(long, value_name = "EMAIL", conflicts_with = "enable")]
        disable: Option<String>,
        /// Let this account sign in again
        #[arg(long, value_name = "EMAIL")]
        enable: Option<String>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Make an account an operator
    Operator {
        /// Its e-mail or id
        who: String,
        /// Make it one no longer
        #[arg(long)]
        remove: bool,
    },
    /// List teams
    Teams(PageArgs),
    /// Change a team's limits
    Limits {
        /// Its name or id
        team: String,
        /// A limit and its value, or `default` for the plan's
        #[arg(long = "set", value_name = "NAME=N", required = true, value_parser = limit)]
        set: Vec<(String, Option<u64>)>,
    },
    /// Enter a team for an hour; its owner sees it, with the reason
    EnterTeam {
        /// Its name or id
        team: String,
        /// Why, for the team to read
        #[arg(long)]
        reason: String,
        /// As what
        #[arg(long, value_enum, default_value = "viewer")]
        role: AsRole,
    },
    /// Claims of hosts
    #[command(subcommand)]
    Domain(AdminDomains),
    /// Show or set who may make an account
    SignUp {
        /// From now on
        mode: Option<SignUpMode>,
    },
    /// List what is due
    Queue(PageArgs),
    /// Show the installation's audit log
    Audit(PageArgs),
}

/// `croft admin domain ...`
#[derive(Debug, Subcommand)]
pub(crate) enum AdminDomains {
    /// List claims of all projects, newest first
    List {
        /// Only of this host or pattern
        #[arg(long)]
        host: Option<HostPattern>,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Let a claim count without its TXT record
    Prove {
        /// As it was claimed
        host: HostPattern,
        /// The claimant, when several projects claim it
        #[arg(long, value_name = "SLUG|ID")]
        project: Option<ProjectRef>,
    },
    /// Give a host to a project, also one that nobody may claim
    Grant {
        /// shop.example.com, *.example.com or {name}.example.com
        host: HostPattern,
        /// The project's id
        #[arg(long, value_name = "ID")]
        project: ProjectId,
    },
}

/// [`SignUp`] on the command line.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum SignUpMode {
    Open,
    Invite,
    Closed,
}

impl From<SignUpMode> for SignUp {
    fn from(mode: SignUpMode) -> Self {
        match mode {
            SignUpMode::Open => Self::Open,
            SignUpMode::Invite => Self::Invite,
            SignUpMode::Closed => Self::Closed,
        }
    }
}

fn limit(text: &str) -> Result<(String, Option<u64>), String> {
    let (name, value) = text.split_once('=').ok_or("NAME=N or NAME=default")?;
    if !Limits::NAMES.contains(&name) {
        return Err(format!("`{name}` is not one of: {}", Limits::NAMES.join(", ")));
    }
    if value == "default" {
        return Ok((name.to_owned(), None));
    }
    let value = value.parse().map_err(|_| format!("`{value}` is not a number or `default`"))?;
    Ok((name.to_owned(), Some(value)))
}

/// Runs what goes through the API.
pub(crate) async fn run(context: &Context, command: Remote) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Remote::Users { disable, enable, page } => {
            let Some(who) = disable.as_ref().or(enable.as_ref()) else {
                return out.list(&client.admin_users(&page.into()).await?);
            };
            let change = UpdateUser { disabled: Some(disable.is_some()), operator: None };
            out.one(&client.update_user(find::user(&client, who).await?, &change).await?)
        }
        Remote::Operator { who, remove } => {
            let change = UpdateUser { disabled: None, operator: Some(!remove) };
            out.one(&client.update_user(find::user(&client, &who).await?, &change).await?)
        }
        Remote::Teams(page) => out.list(&client.admin_teams(&page.into()).await?),
        Remote::Limits { team, set } => {
            let team = find::any_team(&client, &team).await?;
            let limits: BTreeMap<_, _> = set.into_iter().collect();
            out.one(&client.set_limits(team, &SetLimits { limits }).await?)
        }
        Remote::EnterTeam { team, reason, role } => {
            let team = find::any_team(&client, &team).await?;
            let body = EnterTeam { reason, role: Some(role.into()) };
            client.enter_team(team, &body).await?;
            out.say("You are in for an hour. The team's audit log says so.");
            Ok(())
        }
        Remote::Domain(command) => domain(context, command).await,
        Remote::SignUp { mode: None } => out.one(&client.installation_settings().await?),
        Remote::SignUp { mode: Some(mode) } => {
            let body = InstallationSettings { sign_up: mode.into() };
            out.one(&client.set_installation_settings(&body).await?)
        }
        Remote::Queue(page) => out.list(&client.queue(&page.into()).await?),
        Remote::Audit(page) => out.list(&client.admin_audit(&page.into()).await?),
    }
}

async fn domain(context: &Context, command: AdminDomains) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        AdminDomains::List { host, page } => {
            let list = page.into();
            out.list(&client.admin_domains(&AdminDomainList { list, host }).await?)
        }
        AdminDomains::Prove { host, project } => {
            let list = List { limit: Some(100), after: None };
            let asked = AdminDomainList { list, host: Some(host.clone()) };
            let claims = client.admin_domains(&asked).await?.items;
            let is_of = |claim: &&ClaimedDomain| match &project {
                None => true,
                Some(ProjectRef::Id(id)) => claim.project_id == *id,
                Some(ProjectRef::Slug(slug)) => claim.project == *slug,
            };
            let mut claims = claims.iter().filter(is_of);
            let claim = claims.next().ok_or_else(|| {
                Failure::not_found(format!("nobody claims {host}; see: croft admin domain list"))
            })?;
            if let Some(other) = claims.next() {
                return Err(Failure::usage(format!(
                    "{} and {} both claim {host}; say which one with --project",
                    claim.project, other.project
                )));
            }
            out.one(&client.prove_domain(claim.id).await?)
        }
        AdminDomains::Grant { host, project } => {
            let body = GrantDomain { project_id: project, host };
            out.one(&client.grant_domain(&body).await?)
        }
    }
}
