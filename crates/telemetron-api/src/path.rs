//! Ids in the path: a malformed one is answered as every error is.

use std::fmt::Display;
use std::str::FromStr;

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use telemetron_model::{SpanId, TraceId};
use utoipa::IntoParams;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, SchemaFormat};
use utoipa::openapi::{Required, Type};

use crate::error::ApiError;
use crate::state::ApiState;
use crate::which;

/// The trace that a path names.
#[derive(Debug)]
pub(crate) struct TracePath(pub(crate) TraceId);

/// The span that a path names.
#[derive(Debug)]
pub(crate) struct SpanPath(pub(crate) TraceId, pub(crate) SpanId);

/// The dead letter that a path names.
#[derive(Debug)]
pub(crate) struct DeadLetterPath(pub(crate) i64);

/// Any text that stands in a path: the id of a session, the name of a client.
#[derive(Debug)]
pub(crate) struct TextPath(pub(crate) String);

impl FromRequestParts<ApiState> for TracePath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        trace(parts, state).await.map(Self)
    }
}

impl FromRequestParts<ApiState> for SpanPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &ApiState) -> Result<Self, ApiError> {
        let span_id = part(parts, state, "span_id").await?;
        Ok(Self(trace(parts, state).await?, span_id))
    }
}

async fn trace(parts: &mut Parts, state: &ApiState) -> Result<TraceId, ApiError> {
    let named: String = part(parts, state, "trace_id").await?;
    which::trace(state, "trace_id", &named).await
}

impl<S: Send + Sync> FromRequestParts<S> for DeadLetterPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text: String = part(parts, state, "id").await?;
        text.parse().map(Self).map_err(|_| {
            ApiError::field(
                "id",
                format!("`id`: `{text}` is no number; take it from the list"),
            )
        })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for TextPath {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let params = RawPathParams::from_request_parts(parts, state).await;
        let params = params.map_err(|error| ApiError::field("path", error.to_string()))?;
        let (name, text) = params.iter().next().unwrap_or_default();
        if text.contains('\0') {
            let detail = format!("`{name}` holds a NUL character, which nothing here does");
            return Err(ApiError::field(name, detail));
        }
        Ok(Self(text.to_owned()))
    }
}

impl IntoParams for TracePath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        vec![text("trace_id", which::ABOUT)]
    }
}

impl IntoParams for SpanPath {
    fn into_params(within: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let mut parts = TracePath::into_params(within);
        parts.push(text("span_id", "16, 24 or 32 hex digits"));
        parts
    }
}

impl IntoParams for DeadLetterPath {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)));
        vec![described("id", "Its id", number)]
    }
}

fn text(name: &str, about: &str) -> Parameter {
    described(name, about, ObjectBuilder::new().schema_type(Type::String))
}

fn described(name: &str, about: &str, schema: ObjectBuilder) -> Parameter {
    ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .description(Some(about))
        .schema(Some(schema))
        .build()
}

async fn part<T, S>(parts: &mut Parts, state: &S, name: &'static str) -> Result<T, ApiError>
where
    T: FromStr<Err: Display>,
    S: Send + Sync,
{
    let params = RawPathParams::from_request_parts(parts, state).await;
    let params = params.map_err(|error| ApiError::field(name, error.to_string()))?;
    let text = params
        .iter()
        .find(|(known, _)| *known == name)
        .map_or("", |(_, text)| text);
    text.parse()
        .map_err(|error| ApiError::field(name, format!("`{name}`: {error}")))
}
