//! Seeing one's sessions.

use axum::extract::State;
use croft_app::{App, Listed, session};
use croft_sdk::{page::Page, session::Session};

use crate::{auth::Authenticated, body::Json, error::Result, page};

/// Where one is signed in, the latest 200, latest first, and which of them is asking.
///
/// Needs a sign-in; a token cannot.
#[utoipa::path(
    get,
    path = "/me/sessions",
    operation_id = "session_list",
    tag = "me",
    responses((status = 200, body = Page<Session>)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
) -> Result<Json<Page<Session>>> {
    let sessions = session::list(&app, &caller).await?;
    Ok(page::answer(Listed::all(sessions), super::answer))
}
