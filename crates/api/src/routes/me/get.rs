//! Who one is.

use croft_sdk::session::Me;

use crate::{auth::Authenticated, body::Json, routes::session};

/// Who asks, their teams, and what they may do in each.
///
/// A token sees the one team it is for, and what it may do itself.
#[utoipa::path(
    get,
    path = "/me",
    operation_id = "me_get",
    tag = "me",
    responses((status = 200, body = Me)),
    extensions(("x-permission" = json!("signed-in")))
)]
pub(super) async fn get(Authenticated(caller): Authenticated) -> Json<Me> {
    Json(session::me(&caller))
}
