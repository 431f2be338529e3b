//! Limits of teams, and entering one for an hour (decision 17).

use std::collections::BTreeMap;

use croft_model::{
    event::EventKind,
    id::TeamId,
    limits::Limits,
    permissions::{Permission, Role},
};
use croft_store::{
    Purpose,
    teams::{NewMember, TeamSummary},
};
use serde_json::json;
use time::Duration;

use super::operator;
use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
};

/// How long an operator stays in a team they enter.
const STAY: Duration = Duration::HOUR;
/// The largest value a limit can be set to: what a signed 64-bit column holds.
const LARGEST: u64 = i64::MAX.unsigned_abs();

/// Sets limits that differ from the plan's; `None` goes back to the plan's.
pub async fn set_limits(
    app: &App,
    caller: &Caller,
    team: TeamId,
    limits: BTreeMap<String, Option<u64>>,
) -> Result<TeamSummary> {
    let _grant = operator(caller, Permission::InstallationManage)?;
    for (name, value) in &limits {
        if !Limits::NAMES.contains(&name.as_str()) {
            let problem =
                format!("there is no limit `{name}`; there are {}", Limits::NAMES.join(", "));
            return Err(Error::invalid("limits", problem));
        }
        if value.is_some_and(|v| v > LARGEST) {
            return Err(Error::invalid("limits", format!("`{name}` is at most {LARGEST}")));
        }
    }
    let gone = || Error::NotFound(format!("there is no team `{team}`"));
    let mut tx = app.store.system(Purpose::Operate).await?;
    let before = tx.lock_team(team).await?.ok_or_else(gone)?;
    for (name, value) in &limits {
        tx.set_team_limit(team, name, *value).await?;
    }
    let summary = tx.team_summary(team, app.now()).await?.ok_or_else(gone)?;
    let show = |l: &Limits| -> BTreeMap<String, Option<u64>> {
        limits.keys().map(|name| (name.clone(), l.get(name))).collect()
    };
    let change = Change {
        action: "team.set_limits",
        subject: team.to_string(),
        before: Some(json!(show(&before))),
        after: Some(json!(show(&summary.limits))),
    };
    audit(app, &mut tx, caller, None, change).await?;
    tx.commit().await?;
    Ok(summary)
}

/// Gives an operator a role in a team for an hour. The team reads who, why and until when.
pub async fn enter(
    app: &App,
    caller: &Caller,
    team: TeamId,
    reason: &str,
    role: Role,
) -> Result<()> {
    let _grant = operator(caller, Permission::InstallationManage)?;
    if caller.principal.session().is_none() {
        return Err(Error::Forbidden("only a signed-in operator may enter a team".into()));
    }
    let reason = reason.trim();
    if !(10..=500).contains(&reason.chars().count()) || reason.chars().any(char::is_control) {
        return Err(Error::invalid(
            "reason",
            "10 to 500 characters on one line; the team reads it",
        ));
    }
    if role == Role::Owner {
        return Err(Error::invalid("role", "at most admin"));
    }
    let user = caller.principal.user;
    let until = app.now() + STAY;
    let mut tx = app.store.system(Purpose::Operate).await?;
    if tx.find_team(team).await?.is_none() {
        return Err(Error::NotFound(format!("there is no team `{team}`")));
    }
    tx.lock_team(team).await?;
    let member = tx.member(team, user).await?;
    if member.is_some_and(|m| m.until.is_none()) {
        return Err(Error::Conflict("you are a member of this team already".into()));
    }
    tx.remove_member(team, user).await?;
    let entered = NewMember { team, user, role, since: app.now(), until: Some((until, reason)) };
    tx.add_member(&entered).await?;
    let after = json!({ "role": role, "reason": reason, "until": until.unix_timestamp() });
    for log in [Some(team), None] {
        let change = Change {
            action: "team.enter",
            subject: team.to_string(),
            before: None,
            after: Some(after.clone()),
        };
        audit(app, &mut tx, caller, log, change).await?;
    }
    event(app, &mut tx, caller, Shows::Team(team), EventKind::TeamEntered, user.to_string(), after)
        .await?;
    Ok(tx.commit().await?)
}
