//! `croft function call`: a function's answer on standard output, all else on standard error.

use std::io::{self, IsTerminal};

use clap::Args;
use croft_model::{Invalid, name::FunctionName};
use croft_sdk::calls::{FunctionTest, TestFunction};
use data_encoding::BASE64;

use super::project::InProject;
use crate::{
    context::Context,
    escape,
    failure::{Exit, Failure},
    output,
};

/// What to ask.
#[derive(Debug, Args)]
pub(crate) struct CallArgs {
    /// The function's name
    name: FunctionName,
    /// The method; POST with --data and GET without when left out
    #[arg(long)]
    method: Option<String>,
    /// The path, percent-encoded, perhaps with a ? and a query
    #[arg(long, default_value = "/")]
    path: String,
    /// A header, like 'accept: text/html'; may be given several times
    #[arg(long = "header", value_name = "NAME: VALUE", value_parser = header)]
    headers: Vec<(String, String)>,
    /// The body
    #[arg(long, value_name = "TEXT")]
    data: Option<String>,
    #[command(flatten)]
    project: InProject,
}

fn header(text: &str) -> Result<(String, String), Invalid> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| Invalid::new("header", "a name and a value, like 'accept: text/html'"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}

/// Runs `croft function call ...`.
pub(crate) async fn call(context: &Context, args: CallArgs) -> Result<(), Failure> {
    let client = context.client()?;
    let project = context.project(args.project.project)?;
    let function = client.function(&project, &args.name).await?;
    let (path, query) = match args.path.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (args.path, None),
    };
    let usual = if args.data.is_some() { "POST" } else { "GET" };
    let test = TestFunction {
        method: args.method.unwrap_or_else(|| usual.to_owned()),
        path,
        query,
        headers: args.headers,
        body: args.data.unwrap_or_default(),
        ..TestFunction::default()
    };
    let called = client.test_function(function.id, &test).await?;
    if context.out.is_json() {
        context.out.json(&called)?;
    } else {
        show(context, &called)?;
    }
    if let Some(error) = &called.error {
        let place = match (error.line, error.column) {
            (Some(line), Some(column)) => format!(" (line {line}, column {column})"),
            (Some(line), None) => format!(" (line {line})"),
            (None, _) => String::new(),
        };
        let message = format!("{} failed: {}{place}", args.name, error.message);
        return Err(Failure::new(Exit::Called, "function_failed", message));
    }
    if called.status >= 400 {
        let message = format!("{} answered {}", args.name, called.status);
        return Err(Failure::new(Exit::Called, "function_answered", message));
    }
    Ok(())
}

fn show(context: &Context, called: &FunctionTest) -> Result<(), Failure> {
    let ms = called.duration_us / 1000;
    context.out.say(&format!("{} in {ms}.{:03} ms", called.status, called.duration_us % 1000));
    for line in &called.log {
        context.out.say(&format!("{} {}", line.level.as_str(), escape::line(&line.text)));
    }
    if called.base64 {
        let bytes = BASE64.decode(called.body.as_bytes()).map_err(anyhow::Error::from)?;
        if io::stdout().is_terminal() {
            context.out.say(&format!("({} bytes that are no text)", bytes.len()));
            return Ok(());
        }
        return output::bytes(&bytes);
    }
    // As it is for a program; on a terminal nothing of it may act.
    if io::stdout().is_terminal() {
        context.out.text(&format!("{}\n", called.body))
    } else {
        output::bytes(called.body.as_bytes())
    }
}
