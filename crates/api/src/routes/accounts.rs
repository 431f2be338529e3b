//! Accounts after the first.

use axum::{extract::State, http::StatusCode};
use croft_app::{App, accounts};
use croft_sdk::installation::NewAccount;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{auth::Visitor, body::Json, error::Result, state::Api};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Makes an account with a personal team, where sign-up allows it.
///
/// Signs nobody in: do so next. The answer is the same when the e-mail has an account already, so
/// that nobody learns who is here.
#[utoipa::path(
    post,
    path = "/accounts",
    operation_id = "account_create",
    tag = "accounts",
    security(()),
    request_body(content = NewAccount, example = json!({
        "email": "ada@example.com", "password": "four blunt mossy stones", "name": "Ada",
    })),
    responses((status = 204, description = "There is an account of this e-mail now; whether there was one before is not said."))
)]
async fn create(
    State(app): State<App>,
    visitor: Visitor,
    Json(body): Json<NewAccount>,
) -> Result<StatusCode> {
    visitor.turn(body.email.as_str()).await?;
    let NewAccount { email, password, name, invitation } = body;
    let new = accounts::NewAccount { email, password, name, invitation };
    accounts::sign_up(&app, new, visitor.origin).await?;
    Ok(StatusCode::NO_CONTENT)
}
