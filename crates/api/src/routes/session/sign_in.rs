//! Signing in.

use axum::{extract::State, http::HeaderMap};
use croft_app::{
    App,
    session::{self, Credentials},
};
use croft_sdk::session::{SignIn, SignedIn, Transport};

use crate::{auth::Visitor, body::Json, error::Result};

/// Signs in by e-mail and password.
///
/// Browsers get the session in the cookie `__Host-croft`; everything else asks for `"transport":
/// "bearer"` and sends the `token` of the answer as `Authorization: Bearer`. Sessions are good for
/// 30 days. An unknown e-mail, a wrong password and a disabled account are one answer. Attempts
/// are limited by address; an account that is tried often answers slowly.
#[utoipa::path(
    post,
    path = "/session",
    operation_id = "session_create",
    tag = "session",
    security(()),
    request_body(content = SignIn, example = json!({
        "email": "ada@example.com", "password": "four blunt mossy stones", "transport": "bearer",
    })),
    responses((status = 200, body = SignedIn, description = "With the session's cookie, unless it is in `token`."))
)]
pub(super) async fn sign_in(
    State(app): State<App>,
    visitor: Visitor,
    Json(body): Json<SignIn>,
) -> Result<(HeaderMap, Json<SignedIn>)> {
    if body.transport == Transport::Cookie {
        visitor.may_have_cookie("ask for `\"transport\": \"bearer\"`")?;
    }
    visitor.turn(&body.email).await?;
    let given = Credentials {
        email: body.email,
        password: body.password,
        bearer: body.transport == Transport::Bearer,
        user_agent: visitor.user_agent,
    };
    let opened = session::sign_in(&app, given, visitor.origin).await?;
    super::welcome(&opened, body.transport)
}
