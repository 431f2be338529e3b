//! Changing an account.

use axum::extract::State;
use croft_app::{
    App,
    admin::{self, UserChange},
};
use croft_model::id::UserId;
use croft_sdk::admin::{AdminUser, UpdateUser};

use crate::{
    auth::Authenticated,
    body::{Json, Parsed, Path},
    error::Result,
};

/// Keeps somebody from signing in or lets them again; makes or unmakes an operator.
///
/// Who is disabled loses their sessions, tokens and open streams at once. One operator who can sign
/// in always stays.
#[utoipa::path(
    patch,
    path = "/admin/users/{user}",
    operation_id = "admin_user_update",
    tag = "admin",
    params(("user" = UserId, Path, description = "The account's id.")),
    request_body(content = UpdateUser, example = json!({ "disabled": true })),
    responses((status = 200, body = AdminUser)),
    extensions(("x-permission" = json!("installation.manage")))
)]
pub(super) async fn update(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Path(Parsed(user)): Path<Parsed<UserId>>,
    Json(body): Json<UpdateUser>,
) -> Result<Json<AdminUser>> {
    let change = UserChange { disabled: body.disabled, operator: body.operator };
    let user = admin::update_user(&app, &caller, user, change).await?;
    Ok(Json(super::answer(user)))
}
