//! Domains of a project.

use clap::Subcommand;
use croft_model::{domain::HostPattern, id::DomainId};
use croft_sdk::{
    client::List,
    domains::{ClaimDomain, Domain},
};

use super::{
    find::{self, PageArgs},
    project::InProject,
};
use crate::{context::Context, failure::Failure};

/// `croft domain ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Domains {
    /// Claim a host, or a pattern of hosts
    Claim {
        /// shop.example.com, *.example.com or {name}.example.com
        host: HostPattern,
        #[command(flatten)]
        project: InProject,
    },
    /// List claims
    List {
        #[command(flatten)]
        project: InProject,
        #[command(flatten)]
        page: PageArgs,
    },
    /// List what other projects claim within this project's domains
    Within {
        #[command(flatten)]
        project: InProject,
    },
    /// Let another project have a host within one of this project's domains
    Allow {
        /// The id of its claim; see: croft domain within
        id: DomainId,
        #[command(flatten)]
        project: InProject,
    },
    /// Take a host within one of this project's domains back
    Disallow {
        /// The id of the other project's claim; see: croft domain within
        id: DomainId,
        #[command(flatten)]
        project: InProject,
    },
    /// Give a claim up
    Release {
        /// The host as it was claimed
        host: HostPattern,
        #[command(flatten)]
        project: InProject,
    },
}

/// Runs `croft domain ...`.
pub(crate) async fn run(context: &Context, command: Domains) -> Result<(), Failure> {
    let client = context.client()?;
    let out = context.out;
    match command {
        Domains::Claim { host, project } => {
            let project = context.project(project.project)?;
            let domain = client.claim_domain(&project, &ClaimDomain { host }).await?;
            if domain.proof.is_some() {
                out.say("It counts once this record is published:");
            }
            out.one(&domain)
        }
        Domains::List { project, page } => {
            out.list(&client.domains(&context.project(project.project)?, &page.into()).await?)
        }
        Domains::Within { project } => {
            out.list(&client.domains_within(&context.project(project.project)?).await?)
        }
        Domains::Allow { id, project } => {
            out.one(&client.allow_domain(&context.project(project.project)?, id).await?)
        }
        Domains::Disallow { id, project } => {
            out.one(&client.disallow_domain(&context.project(project.project)?, id).await?)
        }
        Domains::Release { host, project } => {
            let project = context.project(project.project)?;
            let (client, project) = (&client, &project);
            let page = |list: List| async move { client.domains(project, &list).await };
            let found = find::first(page, |d: &Domain| d.host == host).await?;
            let found = found.ok_or_else(|| {
                Failure::not_found(format!("{project} claims no {host}; see: croft domain list"))
            })?;
            client.release_domain(project, found.id).await?;
            out.say(&format!("{host} is given up."));
            Ok(())
        }
    }
}
