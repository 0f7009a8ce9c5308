//! JSON bodies: bounded, and a wrong field is named.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};
use serde::de::DeserializeOwned;

use crate::error::ApiError;
use crate::state::ApiState;

/// The body of a request, read as JSON. No body reads as an empty object.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<ApiState> for JsonBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &ApiState) -> Result<Self, ApiError> {
        let limit = state.max_body_bytes;
        let (parts, body) = request.into_parts();
        let bytes = to_bytes(body, limit).await;
        // The client is told the likelier of the two: it broke off, and then hears nothing.
        let bytes = bytes.map_err(|_| ApiError::BodyTooLarge(limit))?;
        if bytes.is_empty() {
            return read(b"{}").map(Self);
        }
        if !is_json(&parts.headers) {
            return Err(ApiError::NotJson);
        }
        read(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let named = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = named
        .and_then(|value| value.split(';').next())
        .map(str::trim);
    essence.is_some_and(|essence| {
        essence.eq_ignore_ascii_case("application/json") || essence.ends_with("+json")
    })
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would read a list as the fields in their order, which nobody means.
    if !bytes.trim_ascii_start().starts_with(b"{") {
        let detail = "the body must be a JSON object, with the fields that /docs names";
        return Err(ApiError::BadBody(detail.to_owned()));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let (path, reason) = (error.path().to_string(), error.inner().to_string());
        // Where the text ends or breaks off there is no field to name.
        if matches!(path.as_str(), "." | "?") {
            ApiError::BadBody(format!("the body cannot be read: {reason}"))
        } else {
            ApiError::field(path.clone(), format!("`{path}`: {reason}"))
        }
    })?;
    let rest = reader.end();
    rest.map_err(|error| ApiError::BadBody(format!("the body cannot be read: {error}")))?;
    Ok(value)
}
