//! What a request says, read into wire types: body, query and path.
//!
//! Messages name the field and what it should be. They never repeat a value: it may be a password
//! in the wrong place.

use std::{borrow::Cow, fmt::Display, str::FromStr};

use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request, rejection::BytesRejection},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use croft_app::IdempotencyKey;
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, DeserializeOwned},
};

use crate::{
    csrf,
    error::{ApiError, Code, Result},
    idempotency,
};

/// A JSON body, in or out.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

/// The JSON body of a request that creates something, and the key that makes it safe to repeat.
#[derive(Debug)]
pub struct Create<T>(pub T, pub Option<IdempotencyKey>);

/// The query of a request.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

/// What the placeholders of a path stand for. What cannot be read names nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

/// A value that is read by its own rules, for [`Path`] and [`Query`]: `Path(Parsed(project))`.
#[derive(Debug, Clone, Copy)]
pub struct Parsed<T>(pub T);

impl<'de, T> Deserialize<'de> for Parsed<T>
where
    T: FromStr,
    T::Err: Display,
{
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map(Self).map_err(de::Error::custom)
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let bytes = json_bytes(request, state).await?;
        parse(&bytes).map(Self)
    }
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Create<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let key = idempotency::header(request.headers())?;
        let method = request.method().clone();
        let path = request.uri().path().to_owned();
        let bytes = json_bytes(request, state).await?;
        let body = parse(&bytes)?;
        Ok(Self(body, key.map(|key| idempotency::key(key, &method, &path, &bytes))))
    }
}

async fn json_bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes> {
    if !csrf::is_json(request.headers()) {
        return Err(ApiError::new(
            Code::UnsupportedMediaType,
            "send JSON, with `Content-Type: application/json`",
        ));
    }
    bytes(request, state).await
}

/// A body of any kind, whole, within the operation's bound.
pub(crate) async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes> {
    Bytes::from_request(request, state).await.map_err(|rejection: BytesRejection| {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => {
                ApiError::new(Code::PayloadTooLarge, "the body is larger than this operation takes")
            }
            _ => ApiError::new(Code::Malformed, "the body ended before it was complete"),
        }
    })
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T> {
    // Every request is an object. A list would be taken too, its items for the fields in order.
    if bytes.trim_ascii_start().first() == Some(&b'[') {
        return Err(ApiError::invalid("body", "must be an object"));
    }
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| {
        let path = error.path().to_string();
        let error = error.into_inner();
        if error.is_data() {
            return wrong_field(&path, &error.to_string());
        }
        malformed(error.line(), error.column())
    })?;
    json.end().map_err(|error| malformed(error.line(), error.column()))?;
    Ok(value)
}

fn malformed(line: usize, column: usize) -> ApiError {
    ApiError::new(
        Code::Malformed,
        format!("the body is not JSON; it goes wrong at line {line}, column {column}"),
    )
}

/// From serde's message to ours: the field, and what was expected instead of what was found.
fn wrong_field(path: &str, message: &str) -> ApiError {
    // serde_json adds where; the field says it better.
    let message = message.rsplit_once(" at line ").map_or(message, |(message, _)| message);
    let quoted = message.split('`').nth(1).unwrap_or_default();
    let below = |name: &str| if path == "." { name.to_owned() } else { format!("{path}.{name}") };
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    let (field, problem) = if message.starts_with("missing field") {
        (below(quoted), "is needed".to_owned())
    } else if message.starts_with("duplicate field") {
        (below(quoted), "is given twice".to_owned())
    } else if message.starts_with("unknown field") {
        let known = expected.map_or_else(String::new, |known| format!("; there is {known}"));
        (path.chars().take(80).collect(), format!("no such field{known}"))
    } else if let Some(expected) = expected {
        (path.to_owned(), format!("must be {expected}"))
    } else {
        // Ours: what a value type of the model says. It begins with the type's name for itself.
        let own = message
            .split_once(": ")
            .filter(|(name, _)| name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_'));
        (path.to_owned(), own.map_or(message, |(_, problem)| problem).to_owned())
    };
    ApiError::invalid(if field == "." { "body".to_owned() } else { field }, problem)
}

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self> {
        axum::extract::Query::try_from_uri(&parts.uri).map(|query| Self(query.0)).map_err(
            |rejection| {
                let cause = std::error::Error::source(&rejection)
                    .map_or_else(String::new, ToString::to_string);
                let (path, message) = cause.split_once(": ").unwrap_or((".", &cause));
                wrong_field(path, message)
            },
        )
    }
}

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Path<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        axum::extract::Path::<T>::from_request_parts(parts, state)
            .await
            .map(|path| Self(path.0))
            .map_err(|_| {
                ApiError::new(
                    Code::NotFound,
                    "there is nothing at this address: an id in it is not one",
                )
            })
    }
}

#[cfg(test)]
mod tests {
    use croft_sdk::{installation::Setup, projects::CreateProject, session::SignIn};

    use super::*;

    fn problem<T: DeserializeOwned>(body: &str) -> (Code, String) {
        let Err(error) = parse::<T>(body.as_bytes()) else { panic!("{body} was taken") };
        (error.code(), error.to_string())
    }

    #[test]
    fn messages_name_the_field_and_what_it_should_be() {
        for (body, field) in [
            (r#"{"name": "Blog", "slug": "Not A Slug"}"#, "slug: only a-z, 0-9 and -"),
            (r#"{"name": "Blog", "slug": 7}"#, "slug: must be a string"),
            (r#"{"slug": "blog"}"#, "name: is needed"),
            (r#"{"name": "a", "name": "b"}"#, "name: is given twice"),
            (
                r#"{"name": "a", "colour": "red"}"#,
                "colour: no such field; there is one of `team_id`, `name`, `slug`",
            ),
            (r#"{"name": "a", "team_id": "prj_x"}"#, "team_id: `prj_x` is not the id of a Team"),
            (r#"["a"]"#, "body: must be"),
            ("7", "body: must be"),
        ] {
            let (code, text) = problem::<CreateProject>(body);
            assert_eq!(code, Code::Invalid, "{body}");
            assert!(text.starts_with(field), "{body}: {text}");
        }
        for body in ["", "{", r#"{"name": "a"} x"#, "{'a'}"] {
            assert_eq!(problem::<CreateProject>(body).0, Code::Malformed, "{body}");
        }
    }

    #[test]
    fn values_are_never_repeated() {
        for body in [
            r#"{"email": "a@b.c", "password": 31337}"#,
            r#"{"email": {"x": "31337"}, "password": "31337"}"#,
            r#"{"email": "a@b.c", "password": "x", "transport": "31337"}"#,
            r#"{"email": "a@b.c", "password": ["31337"]}"#,
        ] {
            assert!(!problem::<SignIn>(body).1.contains("31337"), "{body}");
        }
        let (_, text) = problem::<Setup>(
            r#"{"secret": "31337", "email": "31337, expected 31337", "password": "x"}"#,
        );
        assert!(!text.contains("31337"), "{text}");
    }
}
