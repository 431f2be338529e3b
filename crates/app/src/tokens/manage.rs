//! Seeing and revoking tokens: one's own, or with the right also others'.

use croft_model::{
    access::Place,
    id::{TeamId, TokenId},
    permissions::Permission,
};
use croft_store::tokens::Token;

use crate::{
    App, Caller, Error, Listed, Page, Result,
    journal::{Change, audit},
    teams::in_team,
};

/// Tokens of a team that the caller may see, newest first.
pub async fn list(app: &App, caller: &Caller, team: TeamId, page: Page) -> Result<Listed<Token>> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TokensOwn).await?;
    let tokens = tx.tokens(team, whose(caller, team), page.request()).await?;
    tx.commit().await?;
    Ok(page.cut(tokens, |t| t.id.uuid()))
}

/// Revokes a token; what uses it ends.
pub async fn revoke(app: &App, caller: &Caller, team: TeamId, id: TokenId) -> Result<()> {
    let (mut tx, _) = in_team(app, caller, team, Permission::TokensOwn).await?;
    if !tx.remove_token(team, id, whose(caller, team)).await? {
        return Err(Error::NotFound(format!("there is no token `{id}` that you may revoke")));
    }
    let change =
        Change { action: "token.revoke", subject: id.to_string(), before: None, after: None };
    audit(app, &mut tx, caller, Some(team), change).await?;
    Ok(tx.commit().await?)
}

/// `None` for everybody's.
fn whose(caller: &Caller, team: TeamId) -> Option<croft_model::id::UserId> {
    let all = caller.principal.may(Permission::TokensManage, Place::Team(team)).is_ok();
    (!all).then_some(caller.principal.user)
}
