//! Seeing all claims.

use axum::extract::State;
use croft_app::{App, admin};
use croft_model::domain::HostPattern;
use croft_sdk::{domains::ClaimedDomain, page::Page};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::{
    auth::Authenticated,
    body::{Json, Query},
    error::Result,
    page::{self, PageQuery},
    routes::domains::answer_claimed,
};

/// Which claims.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct Which {
    /// Only claims of this host or pattern.
    host: Option<HostPattern>,
}

/// All claims of hosts in the installation, newest first.
#[utoipa::path(
    get,
    path = "/admin/domains",
    operation_id = "admin_domain_list",
    tag = "admin",
    params(PageQuery, Which),
    responses((status = 200, body = Page<ClaimedDomain>)),
    extensions(("x-permission" = json!("installation.read")))
)]
pub(super) async fn list(
    State(app): State<App>,
    Authenticated(caller): Authenticated,
    Query(page): Query<PageQuery>,
    Query(Which { host }): Query<Which>,
) -> Result<Json<Page<ClaimedDomain>>> {
    let claims = admin::list_domains(&app, &caller, host.as_ref(), page.page()?).await?;
    Ok(page::answer(claims, answer_claimed))
}
