//! Making an account with its personal team, in the caller's transaction.

use croft_model::{id::UserId, name::Name, permissions::Role, user::Email};
use croft_store::{
    System, Tx,
    teams::{NewMember, Team},
    users::User,
};

use crate::{App, Result};

/// What an account is made from.
pub(crate) struct Account {
    pub(crate) email: Email,
    pub(crate) name: Option<Name>,
    pub(crate) team_name: Option<Name>,
    pub(crate) password_hash: String,
    pub(crate) operator: bool,
}

/// Makes the person, their personal team and their ownership of it.
pub(crate) async fn make(app: &App, tx: &mut Tx<System>, account: Account) -> Result<UserId> {
    let now = app.now();
    let name = match account.name {
        Some(name) => name,
        None => account.email.as_str().split('@').next().unwrap_or("me").parse()?,
    };
    let user = User {
        id: app.id(),
        email: account.email,
        name,
        operator: account.operator,
        disabled: false,
        created_at: now,
    };
    tx.add_user(&user, &account.password_hash).await?;
    let team_name = match account.team_name {
        Some(name) => name,
        None => "Personal".parse()?,
    };
    let team = Team { id: app.id(), name: team_name, personal_of: Some(user.id), created_at: now };
    tx.add_team(&team).await?;
    let owner =
        NewMember { team: team.id, user: user.id, role: Role::Owner, since: now, until: None };
    tx.add_member(&owner).await?;
    Ok(user.id)
}
