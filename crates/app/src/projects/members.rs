//! Roles of a team's members in one of its projects (D42). They raise a role, never lower it.

use croft_model::{
    event::EventKind,
    id::UserId,
    permissions::{Permission, Role},
};
use croft_store::teams::Member;
use serde_json::json;

use super::{ProjectRef, load};
use crate::{
    App, Caller, Error, Result,
    journal::{Change, Shows, audit, event},
};

/// Who has a role of their own in the project.
pub async fn list_members(app: &App, caller: &Caller, asked: &ProjectRef) -> Result<Vec<Member>> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::ProjectRead).await?;
    let members = tx.project_members(project.id).await?;
    tx.commit().await?;
    Ok(members)
}

/// Gives a member of the team a role in the project.
pub async fn set_member(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    user: UserId,
    role: Role,
) -> Result<Member> {
    if role == Role::Owner {
        return Err(Error::invalid(
            "role",
            "viewer, developer or admin: a project's owner is its team's",
        ));
    }
    let (mut tx, project, _) = load(app, caller, asked, Permission::MembersManage).await?;
    let member = tx.member(project.team_id, user).await?;
    let member = member.ok_or_else(|| {
        Error::NotFound(format!(
            "`{user}` is not a member of the project's team: invite them first"
        ))
    })?;
    tx.set_project_member(&project, user, role, app.now()).await?;
    let change = Change {
        action: "project.set_member",
        subject: user.to_string(),
        before: None,
        after: Some(json!({ "project": project.id, "role": role })),
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    event(
        app,
        &mut tx,
        caller,
        shows,
        EventKind::MemberChanged,
        user.to_string(),
        json!({ "role": role }),
    )
    .await?;
    tx.commit().await?;
    Ok(Member { role, since: app.now(), ..member })
}

/// Takes a member's role in the project back; their role in the team stays.
pub async fn remove_member(
    app: &App,
    caller: &Caller,
    asked: &ProjectRef,
    user: UserId,
) -> Result<()> {
    let (mut tx, project, _) = load(app, caller, asked, Permission::MembersManage).await?;
    if !tx.remove_project_member(project.id, user).await? {
        return Err(Error::NotFound(format!("`{user}` has no role of their own in this project")));
    }
    let change = Change {
        action: "project.remove_member",
        subject: user.to_string(),
        before: Some(json!({ "project": project.id })),
        after: None,
    };
    audit(app, &mut tx, caller, Some(project.team_id), change).await?;
    let shows = Shows::Project(project.team_id, project.id);
    event(app, &mut tx, caller, shows, EventKind::MemberRemoved, user.to_string(), json!({}))
        .await?;
    Ok(tx.commit().await?)
}
