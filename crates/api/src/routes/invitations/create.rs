//! Inviting somebody.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, invitations};
use croft_model::id::TeamId;
use croft_sdk::invitations::{Invite, Invited};

use crate::{
    auth::Authenticated,
    body::{Create, Json, Parsed, Path},
    error::Result,
};

/// Invites somebody into a team. The link is shown this once: send it to them.
///
/// With an `email` only the holder of that e-mail can accept; without one anybody who has the link
/// can, once. It is good for seven days. Repeated with the same `Idempotency-Key` it is the same
/// invitation with a fresh link, and the link before is good no more.
#[utoipa::path(
    post,
    path = "/teams/{team}/invitations",
    operation_id = "invitation_create",
    tag = "invitations",
    params(
        ("team" = TeamId, Path, description = "The team's id."),
        ("Idempotency-Key" = Option<String>, Header, max_length = 64, description = "Makes repeating it safe."),
    ),
    request_body(content = Invite, example = json!({ "email": "grace@example.com", "role": "developer" })),
    responses((status = 201, body = Invited)),
    extensions(("x-permission" = json!("members.manage")))
)]
pub(super) async fn create(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(team)): Path<Parsed<TeamId>>,
    Create(body, key): Create<Invite>,
) -> Result<(StatusCode, Json<Invited>)> {
    let made = invitations::invite(&app, &caller, team, body.email, body.role, key).await?;
    let origin = app.installation.control_origin();
    // Behind the `#`, so that it is in no server's log and in no `Referer` (decision 32).
    let link = format!("{origin}/invitation#{}", made.secret.expose());
    let invitation = super::answer(made.invitation, Some(caller.principal.name))?;
    Ok((StatusCode::CREATED, Json(Invited { invitation, link })))
}
