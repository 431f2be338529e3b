//! Invitations into a team.

use clap::Subcommand;
use croft_model::{id::InvitationId, user::Email};
use croft_sdk::invitations::{InvitationSecret, Invite};

use super::{
    find::PageArgs,
    team::{AsRole, InTeam},
};
use crate::{context::Context, failure::Failure};

/// `croft invite ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Invitations {
    /// Invite someone; prints a link to send, good once and for seven days
    Create {
        /// The only e-mail that may accept; anyone with the link when left out
        #[arg(long)]
        email: Option<Email>,
        /// The role they get
        #[arg(long, value_enum, default_value = "developer")]
        role: AsRole,
        #[command(flatten)]
        team: InTeam,
    },
    /// List open invitations
    List {
        #[command(flatten)]
        team: InTeam,
        #[command(flatten)]
        page: PageArgs,
    },
    /// Take an invitation back
    Revoke {
        /// The invitation
        invitation: InvitationId,
        #[command(flatten)]
        team: InTeam,
    },
    /// Show what a link is good for
    Show {
        /// The link
        link: String,
    },
    /// Accept an invitation
    Accept {
        /// The link
        link: String,
    },
}

/// The secret of a link: what is behind the `#`.
pub(super) fn secret_of(link: &str) -> String {
    link.rsplit_once('#').map_or(link, |(_, secret)| secret).trim().to_owned()
}

/// Runs `croft invite ...`.
pub(crate) async fn run(context: &Context, command: Invitations) -> Result<(), Failure> {
    let out = context.out;
    match command {
        Invitations::Create { email, role, team } => {
            let client = context.client()?;
            let body = Invite { email, role: role.into() };
            let invited = client.invite(team.id(&client).await?, &body).await?;
            if out.is_json() {
                return out.json(&invited);
            }
            out.say("Send this link; it is shown this once:");
            out.text(&format!("{}\n", invited.link))
        }
        Invitations::List { team, page } => {
            let client = context.client()?;
            out.list(&client.invitations(team.id(&client).await?, &page.into()).await?)
        }
        Invitations::Revoke { invitation, team } => {
            let client = context.client()?;
            client.revoke_invitation(team.id(&client).await?, invitation).await?;
            out.say("The link is good for nothing now.");
            Ok(())
        }
        Invitations::Show { link } => {
            let body = InvitationSecret { secret: secret_of(&link) };
            out.one(&context.anonymous(None)?.inspect_invitation(&body).await?)
        }
        Invitations::Accept { link } => {
            let client = context.client()?;
            let body = InvitationSecret { secret: secret_of(&link) };
            let accepted = client.accept_invitation(&body).await?;
            out.one(&client.team(accepted.team_id).await?)
        }
    }
}
