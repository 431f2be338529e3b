//! Seeing all accounts.

use axum::extract::State;
use croft_app::{App, admin};
use croft_sdk::{admin::AdminUser, page::Page};

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
};

/// All accounts of the installation, newest first.
#[utoipa::path(
    get,
    path = "/admin/users",
    operation_id = "admin_user_list",
    tag = "admin",
    params(PageQuery),
    responses((status = 200, body = Page<AdminUser>)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
) -> Result<Json<Page<AdminUser>>> {
    let users = admin::list_users(&app, &caller, page.page()?).await?;
    Ok(page::answer(users, super::answer))
}
