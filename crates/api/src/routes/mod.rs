//! The operations below `/api/v1`: a folder a noun, a file an operation.

pub(crate) mod installation;
pub(crate) mod projects;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{document::Document, state::Api};

/// All operations with their descriptions.
pub(crate) fn all() -> OpenApiRouter<Api> {
    OpenApiRouter::with_openapi(Document::openapi())
        .merge(installation::routes())
        .merge(projects::routes())
}
