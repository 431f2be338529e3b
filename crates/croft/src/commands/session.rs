//! Signing in and out, and oneself.

use clap::{Args, Subcommand};
use croft_model::{id::SessionId, name::Name, user::Email};
use croft_sdk::{
    client::{Client, Error},
    installation::NewAccount,
    session::{ChangePassword, DeleteMe, SignIn, Transport, UpdateMe},
};

use super::find::{PageArgs, is_exposed};
use crate::{
    context::Context,
    credentials::{self, Credentials},
    failure::{Exit, Failure},
    input,
};

/// Arguments of `croft login`.
#[derive(Debug, Args)]
#[expect(clippy::doc_markdown, reason = "shown on a terminal as it is")]
pub(crate) struct Login {
    /// The server, like http://croft.localhost:8080; the one used last when left out
    url: Option<String>,
    /// The e-mail to sign in with
    #[arg(long, required_unless_present = "token_stdin")]
    email: Option<String>,
    /// Read the password from standard input instead of asking
    #[arg(long)]
    password_stdin: bool,
    /// Keep an API token, read from standard input, instead of signing in by password
    #[arg(long, conflicts_with_all = ["email", "password_stdin"])]
    token_stdin: bool,
}

/// `croft login`: signs in and keeps the session for that server.
pub(crate) async fn login(context: &Context, args: Login) -> Result<(), Failure> {
    let client = context.anonymous(args.url.as_deref())?;
    let server = client.server();
    if is_exposed(&server) {
        context.out.say(&format!(
            "Warning: {server} is plain http: password and session can be read on the way."
        ));
    }
    let (me, token) = if let Some(email) = args.email {
        let password = input::secret(args.password_stdin, "Password", "--password-stdin")?;
        let sign_in =
            SignIn { email, password: password.to_string(), transport: Transport::Bearer };
        let signed_in = client.sign_in(&sign_in).await?;
        let token = signed_in.token.ok_or_else(|| {
            Failure::new(
                Exit::Failed,
                "unexpected",
                format!("{server} gave no session; is it Croft?"),
            )
        })?;
        (signed_in.me, token)
    } else {
        let token = input::secret(true, "", "")?.trim().to_owned();
        (client.clone().with_token(token.as_str()).me().await?, token)
    };
    let path = credentials::path(&context.env)?;
    let mut known = Credentials::read(&path)?;
    let email = me.email.to_string();
    known.servers.insert(server.clone(), credentials::SignIn { email, token });
    known.current = Some(server.clone());
    known.write(&path)?;
    context.out.say(&format!("Signed in at {server}."));
    context.out.one(&me)
}

/// `croft logout`: ends the session and forgets it, also when the server is gone.
pub(crate) async fn logout(context: &Context) -> Result<(), Failure> {
    let server = context.anonymous(None)?.server();
    let path = credentials::path(&context.env)?;
    let mut known = Credentials::read(&path)?;
    let Some(sign_in) = known.servers.remove(&server) else {
        return Err(Failure::not_signed_in(&server));
    };
    let ended = context.anonymous(Some(&server))?.with_token(sign_in.token).sign_out().await;
    if known.current.as_ref() == Some(&server) {
        known.current = None;
    }
    known.write(&path)?;
    match ended {
        Ok(()) => context.out.say(&format!("Signed out of {server}.")),
        Err(Error::Problem(problem)) if problem.status == 401 => {
            context.out.say(&format!("The session at {server} had ended already; forgotten here."));
        }
        Err(error) => {
            context.out.say(&format!("Forgotten here, but the session itself goes on: {error}"));
        }
    }
    Ok(())
}

/// `croft whoami`.
pub(crate) async fn whoami(context: &Context) -> Result<(), Failure> {
    context.out.one(&context.client()?.me().await?)
}

/// `croft status`: the server, and who one is there.
pub(crate) async fn status(context: &Context) -> Result<(), Failure> {
    let anonymous = context.anonymous(None)?;
    let installation = anonymous.installation().await?;
    let me = match context.client() {
        Ok(client) => Some(client.me().await?),
        Err(failure) if failure.exit == Exit::NotSignedIn => None,
        Err(failure) => return Err(failure),
    };
    if context.out.is_json() {
        return context.out.json(&serde_json::json!({
            "server": anonymous.server(), "installation": installation, "me": me,
        }));
    }
    context.out.one(&installation)?;
    let Some(me) = me else {
        context.out.say(&format!("Nobody is signed in; run: croft login {}", anonymous.server()));
        return Ok(());
    };
    context.out.one(&me)
}

/// `croft sessions ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Sessions {
    /// List the places where you are signed in
    List(PageArgs),
    /// End one session, or all of them
    #[command(group = clap::ArgGroup::new("which").required(true))]
    End {
        /// The session
        #[arg(group = "which")]
        session: Option<SessionId>,
        /// All of them, this one too
        #[arg(long, group = "which")]
        all: bool,
    },
}

/// Runs `croft sessions ...`.
pub(crate) async fn sessions(context: &Context, command: Sessions) -> Result<(), Failure> {
    let client = context.client()?;
    match command {
        Sessions::List(page) => context.out.list(&client.sessions(&page.into()).await?),
        Sessions::End { session: Some(session), .. } => {
            client.end_session(session).await?;
            context.out.say("The session is ended, with its streams.");
            Ok(())
        }
        Sessions::End { session: None, .. } => {
            client.end_sessions().await?;
            context.out.say("All sessions are ended. To sign in again, run: croft login");
            Ok(())
        }
    }
}

/// `croft account ...`
#[derive(Debug, Subcommand)]
pub(crate) enum Account {
    /// Make an account, where sign-up is open or by invitation
    Create {
        /// The server; the one used last when left out
        url: Option<String>,
        /// The e-mail to sign in with
        #[arg(long)]
        email: Email,
        /// What to call you
        #[arg(long)]
        name: Option<Name>,
        /// An invitation's link
        #[arg(long, value_name = "LINK")]
        invitation: Option<String>,
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
    /// Change your name
    Rename {
        /// The new name
        name: Name,
    },
    /// Change your password; ends all other sessions
    Password,
    /// Delete your account
    Delete {
        /// Read the password from standard input instead of asking
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Runs `croft account ...`.
pub(crate) async fn account(context: &Context, command: Account) -> Result<(), Failure> {
    match command {
        Account::Create { url, email, name, invitation, password_stdin } => {
            let client: Client = context.anonymous(url.as_deref())?;
            let password = input::new_password(password_stdin)?.to_string();
            let login = format!("croft login {} --email {email}", client.server());
            let invitation = invitation.map(|link| super::invite::secret_of(&link));
            client.create_account(&NewAccount { email, password, name, invitation }).await?;
            context.out.say(&format!("Now sign in: {login}"));
            Ok(())
        }
        Account::Rename { name } => {
            context.out.one(&context.client()?.update_me(&UpdateMe { name }).await?)
        }
        Account::Password => {
            let client = context.client()?;
            let current = input::secret(false, "Current password", "a terminal")?.to_string();
            let new = input::new_password(false)?.to_string();
            client.change_password(&ChangePassword { current, new }).await?;
            context.out.say("Your password is changed; all other sessions are ended.");
            Ok(())
        }
        Account::Delete { password_stdin } => {
            let client = context.client()?;
            let password = input::secret(password_stdin, "Password", "--password-stdin")?;
            client.delete_me(&DeleteMe { password: password.to_string() }).await?;
            context.out.say("Your account is deleted.");
            Ok(())
        }
    }
}
