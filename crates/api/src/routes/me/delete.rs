//! Deleting one's account.

use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
};
use croft_app::{App, accounts};
use croft_sdk::session::DeleteMe;

use crate::{
    auth::Authenticated, body::Json, context::RequestContext, error::Result, gate::Gate,
    routes::session,
};

/// Deletes one's account, with the teams nobody else is in and all their projects. At once, and
/// for good.
///
/// Needs a sign-in and the password. Teams that others are in must be handed over first, and the
/// only operator makes another one first.
#[utoipa::path(
    delete,
    path = "/me",
    operation_id = "me_delete",
    tag = "me",
    request_body = DeleteMe,
    responses((status = 204, description = "The account is gone; the cookie is cleared.")),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn delete(
    State(app): State<App>,
    State(gate): State<Gate>,
    context: RequestContext,
    Authenticated(caller): Authenticated,
    Json(body): Json<DeleteMe>,
) -> Result<(StatusCode, HeaderMap)> {
    super::turn(&gate, context, &caller).await?;
    accounts::delete(&app, &caller, body.password).await?;
    session::farewell(context)
}
