//! Invitations into teams.

mod inspect;
mod accept;
mod list;
mod create;
mod revoke;

use croft_app::invitations::Invitation;
use croft_model::name::Name;
use croft_sdk::invitations as wire;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    error::{ApiError, Result},
    state::Api,
};

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(inspect::inspect))
        .routes(routes!(accept::accept))
        .routes(routes!(list::list, create::create))
        .routes(routes!(revoke::revoke))
}

/// An invitation as it is answered.
fn answer(invitation: Invitation, inviter: Option<Name>) -> Result<wire::Invitation> {
    Ok(wire::Invitation {
        id: invitation.id,
        email: invitation.email,
        role: invitation.role,
        invited_by: named(inviter)?,
        expires_at: invitation.expires_at,
    })
}

/// The inviter's name, or what stands for somebody whose account is gone.
fn named(inviter: Option<Name>) -> Result<Name> {
    inviter.map_or_else(|| "A former member".parse().map_err(ApiError::internal), Ok)
}
