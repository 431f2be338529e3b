//! The command line: what there is, and who does it.

use std::{ffi::OsString, path::PathBuf, process::ExitCode};

use clap::{CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use croft_sdk::client::ProjectRef;

use crate::{
    admin,
    commands::{
        self,
        admin::{Admin, Key, LocalAccount},
        settings::{Config, SettingArgs},
    },
    context::Context,
    failure::{Exit, Failure},
    handover, input,
    output::{Format, Out},
    reference, rules, serve,
    settings::Env,
};

/// Croft: a self-hosted cloud in one binary. The same program is server and client.
#[derive(Debug, Parser)]
#[command(name = "croft", version, arg_required_else_help = true)]
#[expect(clippy::doc_markdown, reason = "shown on a terminal as it is")]
struct Cli {
    /// What data on standard output looks like
    #[arg(long, global = true, value_enum, default_value = "text")]
    output: Format,
    /// The server, like http://croft.localhost:8080 [env: CROFT_URL]
    #[arg(long, global = true, value_name = "URL", help_heading = "Server")]
    server: Option<String>,
    /// A session's or API token's secret; only together with --server or CROFT_URL. Other users of
    /// this machine see command lines: rather use CROFT_TOKEN [env: CROFT_TOKEN]
    #[arg(long, global = true, hide_env_values = true, help_heading = "Server")]
    token: Option<String>,
    #[command(subcommand)]
    command: Command,
}

/// A page made from the program.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Page {
    Cli,
    Permissions,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(SettingArgs),
    /// Run functions, as a child of the server
    #[command(hide = true)]
    Executor,
    /// Print the API's OpenAPI document
    Openapi,
    /// Check and show the server's settings
    #[command(subcommand)]
    Config(Config),
    /// Print a completion script for a shell
    Completion {
        /// The shell
        shell: Shell,
    },
    /// End the server of this data directory; Postgres stays for the next start
    Stop {
        /// End everything this installation started
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        settings: SettingArgs,
    },
    /// Print a page of docs/reference
    #[command(hide = true)]
    Reference {
        /// The page
        #[arg(value_enum, default_value = "cli")]
        page: Page,
    },
    /// Sign in to a server and keep the session
    Login(commands::session::Login),
    /// End the kept session
    Logout,
    /// Show who you are
    Whoami,
    /// Show the server, and who you are there
    Status,
    /// The places where you are signed in
    #[command(subcommand)]
    Sessions(commands::session::Sessions),
    /// Your account
    #[command(subcommand)]
    Account(commands::session::Account),
    /// Link this folder to a project, so that --project can be left out
    Link {
        /// Its slug or id
        project: ProjectRef,
    },
    /// Projects
    #[command(subcommand)]
    Project(commands::project::Projects),
    /// Variables and secrets
    #[command(subcommand)]
    Env(commands::env::Env),
    /// Domains of a project
    #[command(subcommand)]
    Domain(commands::domain::Domains),
    /// Functions of a project
    #[command(subcommand)]
    Function(commands::function::Functions),
    /// Routes of a project's functions
    #[command(subcommand)]
    Route(commands::route::Routes),
    /// Show what happened, in a project or team
    Events(commands::events::Events),
    /// Teams
    #[command(subcommand)]
    Team(commands::team::Teams),
    /// Members of a team or project
    #[command(subcommand)]
    Member(commands::team::Members),
    /// Invitations into a team
    #[command(subcommand)]
    Invite(commands::invite::Invitations),
    /// API tokens
    #[command(subcommand)]
    Token(commands::token::Tokens),
    /// Show a team's audit log
    Audit(commands::events::Audit),
    /// What the operator of the installation does
    #[command(subcommand)]
    Admin(Admin),
}

/// Runs a command line. What the surroundings are comes in as arguments.
pub fn run(args: &[OsString], env: Env, folder: PathBuf) -> ExitCode {
    let cli = match Cli::try_parse_from(args) {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version come this way too, with code 0.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(Exit::Usage as u8));
        }
    };
    let out = Out(cli.output);
    let context = Context { out, env, folder, server: cli.server, token: cli.token };
    match dispatch(&context, args, cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            out.failure(&failure);
            ExitCode::from(failure.exit as u8)
        }
    }
}

fn dispatch(context: &Context, args: &[OsString], command: Command) -> Result<(), Failure> {
    match command {
        Command::Serve(settings) => {
            handover::hide_key(&context.env, args)?;
            let loaded = settings.load(&context.env)?;
            let runtime = tokio::runtime::Runtime::new().map_err(anyhow::Error::from)?;
            Ok(runtime.block_on(serve::run(loaded))?)
        }
        Command::Executor => serve::executor(),
        Command::Openapi => context.out.text(&serve::openapi()?),
        Command::Config(command) => commands::settings::run(context.out, &context.env, &command),
        Command::Completion { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "croft", &mut script);
            context.out.text(&String::from_utf8_lossy(&script))
        }
        Command::Reference { page: Page::Cli } => {
            context.out.text(&reference::markdown(Cli::command()))
        }
        Command::Reference { page: Page::Permissions } => context.out.text(&rules::markdown()),
        command => {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.map_err(anyhow::Error::from)?.block_on(asynchronous(context, command))
        }
    }
}

async fn asynchronous(context: &Context, command: Command) -> Result<(), Failure> {
    match command {
        Command::Login(args) => commands::session::login(context, args).await,
        Command::Logout => commands::session::logout(context).await,
        Command::Whoami => commands::session::whoami(context).await,
        Command::Status => commands::session::status(context).await,
        Command::Sessions(command) => commands::session::sessions(context, command).await,
        Command::Account(command) => commands::session::account(context, command).await,
        Command::Link { project } => commands::project::link(context, project).await,
        Command::Project(command) => commands::project::run(context, command).await,
        Command::Env(command) => commands::env::run(context, command).await,
        Command::Route(command) => commands::route::run(context, command).await,
        Command::Domain(command) => commands::domain::run(context, command).await,
        Command::Function(command) => commands::function::run(context, command).await,
        Command::Events(args) => commands::events::run(context, args).await,
        Command::Team(command) => commands::team::run(context, command).await,
        Command::Member(command) => commands::team::members(context, command).await,
        Command::Invite(command) => commands::invite::run(context, command).await,
        Command::Token(command) => commands::token::run(context, command).await,
        Command::Audit(args) => commands::events::audit(context, args).await,
        Command::Admin(Admin::Remote(command)) => commands::admin::run(context, command).await,
        Command::Admin(Admin::Setup(account)) => {
            let (settings, password) = local(context, &account)?;
            Ok(admin::setup(settings, account.email, password).await?)
        }
        Command::Admin(Admin::ResetPassword(account)) => {
            let (settings, password) = local(context, &account)?;
            Ok(admin::reset_password(settings, account.email, password).await?)
        }
        Command::Admin(Admin::Key(Key::Rotate(settings))) => {
            Ok(admin::rotate_key(settings.load(&context.env)?.settings).await?)
        }
        Command::Admin(Admin::Key(Key::Export(settings))) => {
            Ok(admin::export_key(&settings.load(&context.env)?.settings)?)
        }
        Command::Stop { all, settings } => {
            Ok(serve::stop(settings.load(&context.env)?.settings, all).await?)
        }
        Command::Serve(_)
        | Command::Executor
        | Command::Openapi
        | Command::Config(_)
        | Command::Completion { .. }
        | Command::Reference { .. } => Ok(()),
    }
}

/// Settings and the new password, for a command on the server's own machine.
fn local(
    context: &Context,
    account: &LocalAccount,
) -> Result<(crate::settings::Settings, zeroize::Zeroizing<String>), Failure> {
    let settings = account.settings.load(&context.env)?.settings;
    let password = input::new_password(account.password_stdin)?;
    croft_model::user::check_password(&password, &account.email)?;
    Ok((settings, password))
}
