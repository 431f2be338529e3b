//! The operations below `/api/v1`: a folder a noun, a file an operation.

pub(crate) mod installation;
pub(crate) mod session;
pub(crate) mod setup;
pub(crate) mod accounts;
pub(crate) mod me;
pub(crate) mod teams;
pub(crate) mod invitations;
pub(crate) mod tokens;
pub(crate) mod projects;
pub(crate) mod variables;
pub(crate) mod domains;
pub(crate) mod functions;
pub(crate) mod function_routes;
pub(crate) mod invocations;
pub(crate) mod calls;
pub(crate) mod events;
pub(crate) mod audit;
pub(crate) mod admin;

#[cfg(test)]
mod tests;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{document::Document, state::Api};

/// All operations with their descriptions.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(installation::routes())
        .merge(setup::routes())
        .merge(accounts::routes())
        .merge(session::routes())
        .merge(me::routes())
        .merge(teams::routes())
        .merge(invitations::routes())
        .merge(tokens::routes())
        .merge(projects::routes())
        .merge(variables::routes())
        .merge(domains::routes())
        .merge(functions::routes())
        .merge(function_routes::routes())
        .merge(invocations::routes())
        .merge(calls::routes())
        .merge(events::routes())
        .merge(audit::routes())
        .merge(admin::routes())
}
