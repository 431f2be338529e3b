//! The description of the API that goes with it (OpenAPI 3.1).
//!
//! Operations describe themselves beside their handlers; what all have in common, credentials and
//! problems, is written here once.

use std::collections::BTreeSet;

use utoipa::{
    Modify, OpenApi,
    openapi::{
        self, Components, Content, HttpMethod, Ref, RefOr, Response, SecurityRequirement,
        path::{Operation, PathItem},
        security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme},
    },
};

use crate::cookie;

/// The document without operations.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Croft",
        description = "The API of a Croft installation. Errors are problems (RFC 9457) with a constant `code`. \
            Lists take `limit` and `after`, and say `next` while there is more. These take neither and answer whole: \
            one's teams; one's sessions and what others claim within one's domains, the latest 200 of each; members of a team or project, a team's open invitations, a \
            project's domains and functions, at most 1,000 of each, and its routes, at most 10,000; a function's versions, the last 100 and the active one. \
            Creations take `Idempotency-Key`."
    ),
    servers((url = "/api/v1")),
    components(schemas(croft_sdk::problem::Problem)),
    modifiers(&Credentials),
)]
pub(crate) struct Document;

struct Credentials;

/// The ways of saying who asks, by their names in the document.
const SCHEMES: [&str; 3] = ["bearer", "cookie", "api_key"];

impl Modify for Credentials {
    fn modify(&self, document: &mut openapi::OpenApi) {
        let bearer = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some("An API token, or a session's secret."))
            .build();
        let cookie = ApiKeyValue::with_description(
            cookie::NAME,
            "A session, on the control host only. Changes need the dashboard's `Origin` and `Content-Type: application/json`.",
        );
        let key = ApiKeyValue::with_description("X-API-Key", "Another spelling of bearer.");
        let schemes = [
            SecurityScheme::Http(bearer),
            SecurityScheme::ApiKey(ApiKey::Cookie(cookie)),
            SecurityScheme::ApiKey(ApiKey::Header(key)),
        ];
        let components = document.components.get_or_insert_with(Components::new);
        components.security_schemes.extend(
            SCHEMES.into_iter().zip(schemes).map(|(name, scheme)| (name.to_owned(), scheme.into())),
        );
        document.security =
            Some(SCHEMES.map(|name| SecurityRequirement::new(name, Vec::<String>::new())).to_vec());
    }
}

/// Writes into every operation what is the same for all of them.
pub(crate) fn finish(mut document: openapi::OpenApi) -> openapi::OpenApi {
    for item in document.paths.paths.values_mut() {
        let mut ids = BTreeSet::new();
        for (method, operation) in operations(item) {
            // One operation for many methods describes itself once; ids are unique.
            let id = operation.operation_id.clone().unwrap_or_default();
            if !ids.insert(id.clone()) {
                operation.operation_id = Some(format!("{id}_{}", name(&method)));
            }
            let problem = Content::new(Some(RefOr::Ref(Ref::from_schema_name("Problem"))));
            let mut response = Response::new("A problem: what went wrong and what to do next.");
            response.content.insert("application/problem+json".to_owned(), RefOr::T(problem));
            operation.responses.responses.insert("default".to_owned(), RefOr::T(response));
        }
    }
    document
}

fn name(method: &HttpMethod) -> &'static str {
    match method {
        HttpMethod::Get => "get",
        HttpMethod::Put => "put",
        HttpMethod::Post => "post",
        HttpMethod::Delete => "delete",
        HttpMethod::Patch => "patch",
        HttpMethod::Options | HttpMethod::Head | HttpMethod::Trace => "other",
    }
}

/// The operations of a path.
pub(crate) fn operations(
    item: &mut PathItem,
) -> impl Iterator<Item = (HttpMethod, &mut Operation)> {
    [
        (HttpMethod::Get, &mut item.get),
        (HttpMethod::Put, &mut item.put),
        (HttpMethod::Post, &mut item.post),
        (HttpMethod::Patch, &mut item.patch),
        (HttpMethod::Delete, &mut item.delete),
    ]
    .into_iter()
    .filter_map(|(method, operation)| operation.as_mut().map(|operation| (method, operation)))
}
