//! Variables and secrets of a project's environment, or one's own.

use clap::{Args, Subcommand, ValueEnum};
use croft_model::{name::EnvKey, project::Environment, variable::Category};
use croft_sdk::{
    client::{Client, List, ProjectRef},
    page::Page,
    variables::{SetVariable, Variable},
};

use super::{
    find::{self, PageArgs},
    project::InProject,
};
use crate::{context::Context, failure::Failure, input};

/// A word of the model as a value of the command line.
macro_rules! word {
    ($name:ident, $of:ty { $($variant:ident),* }) => {
        #[doc = concat!("[`", stringify!($of), "`] on the command line.")]
        #[derive(Debug, Clone, Copy, ValueEnum)]
        pub(crate) enum $name { $($variant),* }

        impl From<$name> for $of {
            fn from(word: $name) -> Self {
                match word { $($name::$variant => Self::$variant),* }
            }
        }
    };
}
word!(InEnvironment, Environment { Production, Development });
word!(OfCategory, Category { Auth, Payment, General });

/// Whose variables.
#[derive(Debug, Args)]
pub(crate) struct Whose {
    #[command(flatten)]
    project: InProject,
    /// Which of the project's environments
    #[arg(long, value_enum, default_value = "production")]
    environment: InEnvironment,
    /// Your own variables instead of a project's
    #[arg(long, conflicts_with_all = ["project", "environment"])]
    mine: bool,
}

/// `croft env ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Env {
    /// Set variables
    Set {
        /// KEY=VALUE, or KEY alone to read one value from standard input or by prompt
        #[arg(required = true, value_name = "KEY[=VALUE]")]
        variables: Vec<String>,
        /// Keep the value secret: it is never shown again. Not with KEY=VALUE, since other users
        /// of this machine see command lines
        #[arg(long)]
        secret: bool,
        /// What it is about
        #[arg(long, value_enum)]
        category: Option<OfCategory>,
        #[command(flatten)]
        whose: Whose,
    },
    /// List variables, all of them unless --limit or --after is given; of secrets only the names
    List {
        #[command(flatten)]
        whose: Whose,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Remove variables
    Unset {
        /// Their names
        #[arg(required = true)]
        keys: Vec<EnvKey>,
        #[command(flatten)]
        whose: Whose,
    },
}

/// The place variables are in: a project's environment, or with oneself.
enum Place {
    Mine,
    Project(ProjectRef, &'static str),
}

impl Place {
    fn of(context: &Context, whose: Whose) -> Result<Self, Failure> {
        if whose.mine {
            return Ok(Self::Mine);
        }
        let project = context.project(whose.project.project)?;
        Ok(Self::Project(project, Environment::from(whose.environment).as_str()))
    }
}

/// Runs `croft env ...`.
pub(crate) async fn run(context: &Context, command: Env) -> Result<(), Failure> {
    let client = context.client()?;
    match command {
        Env::Set { variables, secret, category, whose } => {
            let place = Place::of(context, whose)?;
            let pairs = pairs(variables, secret)?;
            let mut items = Vec::new();
            for (key, value) in pairs {
                let body = SetVariable {
                    value,
                    secret: secret.then_some(true),
                    category: category.map(Category::from),
                };
                items.push(set(&client, &place, &key, &body).await?);
            }
            context.out.list(&Page { items, next: None })
        }
        Env::List { whose, page } => {
            let (client, place) = (&client, &Place::of(context, whose)?);
            let list = |list: List| async move {
                match place {
                    Place::Mine => client.my_variables(&list).await,
                    Place::Project(project, environment) => {
                        client.variables(project, environment, &list).await
                    }
                }
            };
            context.out.list(&find::page_or_all(page, list).await?)
        }
        Env::Unset { keys, whose } => {
            let place = Place::of(context, whose)?;
            for key in &keys {
                match &place {
                    Place::Mine => client.unset_my_variable(key).await?,
                    Place::Project(project, environment) => {
                        client.unset_variable(project, environment, key).await?;
                    }
                }
                context.out.say(&format!("Removed {key}."));
            }
            Ok(())
        }
    }
}

async fn set(
    client: &Client,
    place: &Place,
    key: &EnvKey,
    body: &SetVariable,
) -> Result<Variable, Failure> {
    Ok(match place {
        Place::Mine => client.set_my_variable(key, body).await?,
        Place::Project(project, environment) => {
            client.set_variable(project, environment, key, body).await?
        }
    })
}

/// All names are checked, and all values read, before the first is set.
fn pairs(variables: Vec<String>, secret: bool) -> Result<Vec<(EnvKey, String)>, Failure> {
    if variables.len() > 1 && variables.iter().any(|v| !v.contains('=')) {
        return Err(Failure::usage("KEY without a value can only stand alone"));
    }
    let pair = |text: String| match text.split_once('=') {
        Some((key, _)) if secret => Err(Failure::usage(format!(
            "a secret's value is not for the command line; run: croft env set {key} --secret, and \
             send the value on standard input or type it when asked"
        ))),
        Some((key, value)) => Ok((key.parse()?, value.to_owned())),
        None => {
            let key: EnvKey = text.parse()?;
            let value = input::value(key.as_str())?.to_string();
            Ok((key, value))
        }
    };
    variables.into_iter().map(pair).collect()
}
