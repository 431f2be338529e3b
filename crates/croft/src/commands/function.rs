//! Functions, their routes and their calls.

use std::path::PathBuf;

use clap::Subcommand;
use croft_model::{Invalid, name::FunctionName};
use croft_sdk::{
    client::{Against, Client, ProjectRef},
    functions::{CheckSource, DeployFunction, NewRoute},
};

use super::{
    call::{CallArgs, call},
    calls,
    find::PageArgs,
    project::InProject,
};
use crate::{context::Context, failure::Failure, input};

/// `croft function ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Functions {
    /// Deploy a function: a new one, or a new version of the one of that name
    Deploy {
        /// Its text; - reads standard input
        file: PathBuf,
        /// Its name; the file's, without what follows the first dot, when left out
        #[arg(long)]
        name: Option<FunctionName>,
        /// What leads to it, like 'GET /hello/:name', '* /files/*rest' or, for some hosts only,
        /// 'GET shop.example.com/hello'; may be given several times. Those it has stay when left out
        #[arg(long = "route", value_name = "METHOD PATH", value_parser = super::route::parse)]
        routes: Vec<NewRoute>,
        /// Remove its routes
        #[arg(long, conflicts_with = "routes")]
        no_routes: bool,
        #[command(flatten)]
        project: InProject,
    },
    /// List functions
    List {
        #[command(flatten)]
        project: InProject,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Show a function and its text
    Show {
        /// Its name
        name: FunctionName,
        /// The text of this version instead of the active one's
        #[arg(long = "version", value_name = "NUMBER")]
        number: Option<i64>,
        #[command(flatten)]
        project: InProject,
    },
    /// Say whether a text would be accepted, without deploying it
    Check {
        /// The text; - reads standard input
        file: PathBuf,
        #[command(flatten)]
        project: InProject,
    },
    /// List the versions of a function, newest first
    Versions {
        /// Its name
        name: FunctionName,
        #[command(flatten)]
        project: InProject,
    },
    /// Show what a version changed
    Diff {
        /// The function's name
        name: FunctionName,
        /// The version's number; the active one when left out
        number: Option<i64>,
        /// Compare with this version instead of the one just before; 0 is an empty text
        #[arg(long, value_name = "NUMBER")]
        against: Option<i64>,
        #[command(flatten)]
        project: InProject,
    },
    /// Make an earlier version the active one, or a later one again
    Rollback {
        /// The function's name
        name: FunctionName,
        /// The version's number; the one before the active one when left out
        #[arg(long, value_name = "NUMBER")]
        to: Option<i64>,
        #[command(flatten)]
        project: InProject,
    },
    /// Call a function, with or without a route, as a test: its answer goes to standard output, its
    /// status and log to standard error
    Call(CallArgs),
    /// Delete a function with its routes
    Delete {
        /// Its name
        name: FunctionName,
        #[command(flatten)]
        project: InProject,
    },
    /// Show calls, newest first
    Logs(calls::Logs),
    /// Show how many calls there were, how they ended and how long they took
    Counts(calls::Counts),
}

/// The name a file suggests: `hello.rhai` is `hello`.
fn name_of(file: &std::path::Path) -> Result<FunctionName, Failure> {
    let name = file.file_name().and_then(|n| n.to_str()).and_then(|n| n.split('.').next());
    name.unwrap_or_default().parse().map_err(|e: Invalid| {
        Failure::usage(format!("the file's name is no function's name ({e}); give --name"))
    })
}

/// Runs `croft function ...`.
pub(crate) async fn run(context: &Context, command: Functions) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Functions::Deploy { file, name, routes, no_routes, project } => {
            let project = context.project(project.project)?;
            let name = name.map_or_else(|| name_of(&file), Ok)?;
            let routes = (no_routes || !routes.is_empty()).then_some(routes);
            let body = DeployFunction { source: input::file(&file)?, routes };
            out.one(&client.deploy_function(&project, &name, &body).await?)
        }
        Functions::List { project, page } => {
            out.list(&client.functions(&context.project(project.project)?, &page.into()).await?)
        }
        Functions::Show { name, number: Some(number), project } => {
            let project = context.project(project.project)?;
            let version = client.function_version(&project, &name, number).await?;
            out.one(&version)?;
            let source = version.source.as_deref().unwrap_or_default();
            if out.is_json() { Ok(()) } else { out.text(&format!("\n{source}\n")) }
        }
        Functions::Check { file, project } => {
            let project = context.project(project.project)?;
            check(context, &client, &project, input::file(&file)?).await
        }
        Functions::Versions { name, project } => {
            let project = context.project(project.project)?;
            out.list(&client.function_versions(&project, &name).await?)
        }
        Functions::Diff { name, number, against, project } => {
            let project = context.project(project.project)?;
            diff(context, &client, &project, &name, number, against).await
        }
        Functions::Rollback { name, to, project } => {
            let project = context.project(project.project)?;
            let number = match to {
                Some(number) => number,
                None => before_active(&client, &project, &name).await?,
            };
            out.one(&client.activate_version(&project, &name, number).await?)
        }
        Functions::Show { name, number: None, project } => {
            let function = client.function(&context.project(project.project)?, &name).await?;
            out.one(&function)?;
            match function.source {
                Some(source) if !out.is_json() => out.text(&format!("\n{source}\n")),
                _ => Ok(()),
            }
        }
        Functions::Call(args) => call(context, args).await,
        Functions::Delete { name, project } => {
            client.delete_function(&context.project(project.project)?, &name).await?;
            out.say(&format!("{name} is deleted."));
            Ok(())
        }
        Functions::Logs(args) => calls::logs(context, &client, args).await,
        Functions::Counts(args) => calls::counts(context, &client, args).await,
    }
}

/// Says what is wrong with a text; a failure when something is.
async fn check(
    context: &Context,
    client: &Client,
    project: &ProjectRef,
    source: String,
) -> Result<(), Failure> {
    // The name plays no part in it.
    let name = "check".parse().map_err(|e: Invalid| Failure::usage(e.to_string()))?;
    let found = client.check_function(project, &name, &CheckSource { source }).await?;
    if context.out.is_json() {
        context.out.one(&found)?;
    }
    let Some(problem) = found.problems.first() else {
        context.out.say("It can be deployed.");
        return Ok(());
    };
    let place = match (problem.line, problem.column) {
        (Some(line), Some(column)) => format!("line {line}, column {column}: "),
        (Some(line), None) => format!("line {line}: "),
        (None, _) => String::new(),
    };
    let text = problem.text.as_deref().unwrap_or_default();
    Err(Failure::usage(format!("{place}{}\n    {}", problem.message, crate::escape::line(text))))
}

/// Shows what a version, or the active one, changed.
async fn diff(
    context: &Context,
    client: &Client,
    project: &ProjectRef,
    name: &FunctionName,
    number: Option<i64>,
    against: Option<i64>,
) -> Result<(), Failure> {
    let number = match number {
        Some(number) => number,
        None => client.function(project, name).await?.version,
    };
    let diff = client.function_diff(project, name, number, &Against { against }).await?;
    if context.out.is_json() {
        return context.out.one(&diff);
    }
    if diff.unified.is_empty() {
        context.out.say(&format!("Versions {} and {} are the same.", diff.from, diff.to));
    }
    let mut lines = diff.unified.lines();
    lines.try_for_each(|line| context.out.text(&format!("{}\n", crate::escape::line(line))))
}

/// The newest version older than the active one.
async fn before_active(
    client: &Client,
    project: &ProjectRef,
    name: &FunctionName,
) -> Result<i64, Failure> {
    let versions = client.function_versions(project, name).await?.items;
    let active = versions.iter().position(|v| v.active).unwrap_or(0);
    let before = versions.get(active + 1).map(|v| v.number);
    before.ok_or_else(|| {
        Failure::not_found(format!(
            "{name} has no earlier version; `croft function versions {name}` lists what it has"
        ))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files() {
        assert_eq!(name_of("a/hello.test.rhai".as_ref()).unwrap().as_str(), "hello");
        assert!(name_of("-".as_ref()).unwrap_err().text().contains("--name"));
    }
}
