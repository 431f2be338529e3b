//! Signing in and out.

mod sign_in;
mod sign_out;
#[cfg(test)]
mod tests;

use std::time::Duration;

use axum::http::{HeaderMap, StatusCode, header};
use croft_app::{Caller, session::Opened};
use croft_model::access::Place;
use croft_sdk::session::{Me, Membership, SignedIn, Transport};
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    body::Json,
    context::{RequestContext, Via},
    cookie,
    error::Result,
    state::Api,
};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(sign_in::sign_in, sign_out::sign_out))
}

/// The answer that carries a fresh session, in the cookie or in the body and never in both.
pub(super) fn welcome(
    opened: &Opened,
    transport: Transport,
) -> Result<(HeaderMap, Json<SignedIn>)> {
    let mut headers = HeaderMap::new();
    let token = match transport {
        Transport::Cookie => {
            let life = Duration::from_secs(u64::try_from(opened.seconds).unwrap_or_default());
            headers.insert(header::SET_COOKIE, cookie::set(&opened.secret, life)?);
            None
        }
        Transport::Bearer => Some(opened.secret.expose().to_owned()),
    };
    Ok((headers, Json(SignedIn { me: me(&opened.caller), token })))
}

/// The answer after which the session that asked is no more. On the control host, the only one
/// where there is a cookie, browsers drop it.
pub(super) fn farewell(context: RequestContext) -> Result<(StatusCode, HeaderMap)> {
    let mut headers = HeaderMap::new();
    if context.via == Via::ControlHost {
        headers.insert(header::SET_COOKIE, cookie::clear()?);
    }
    Ok((StatusCode::NO_CONTENT, headers))
}

/// Somebody as they see themselves; with a token, as much as the token sees.
pub(super) fn me(caller: &Caller) -> Me {
    let who = &caller.principal;
    let membership = |team: &croft_model::access::TeamRole| {
        let place = Place::Team(team.team);
        Some(Membership {
            id: team.team,
            name: team.name.clone(),
            role: who.role(place)?,
            personal: team.personal,
            allowed_actions: who.allowed_actions(place),
        })
    };
    Me {
        id: who.user,
        email: who.email.clone(),
        name: who.name.clone(),
        operator: who.operator,
        allowed_actions: who.allowed_actions(Place::Installation),
        teams: who.teams.iter().filter_map(membership).collect(),
    }
}
