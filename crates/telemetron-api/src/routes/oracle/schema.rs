//! The published schema, and whether something fits it.

use axum::Json;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use serde_json::{Map, Value};
use telemetron_oracle::schema;
use utoipa::ToSchema;

use super::written;
use crate::body::JsonBody;
use crate::error::ApiError;
use crate::query::{NoQuery, Query};
use crate::state::ApiState;

/// Whether a document fits the published schema.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Verdict {
    /// Whether it fits.
    valid: bool,
    /// What does not, at most fifty places.
    errors: Vec<Misfit>,
}

/// One place that does not fit.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Misfit {
    /// Where, as a JSON pointer.
    path: String,
    /// What is wrong there.
    message: String,
}

/// Gives the published schema of the state, as JSON Schema.
#[utoipa::path(
    get, path = "/api/v1/oracle/schema", operation_id = "get_state_schema", tag = "oracle",
    responses((status = 200, description = "The schema", body = Object)),
)]
pub(crate) async fn get_schema(Query(NoQuery): Query<NoQuery>) -> Response {
    written(schema::TEXT)
}

/// Says whether the strict state fits the published schema now.
#[utoipa::path(
    get, path = "/api/v1/oracle/validate", operation_id = "validate_state", tag = "oracle",
    responses((status = 200, description = "The verdict", body = Verdict)),
)]
pub(crate) async fn validate_state(
    State(state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<Verdict>, ApiError> {
    let strict = state.oracle.now().strict_json();
    let document = serde_json::from_slice(&strict);
    let document = document.map_err(|error| ApiError::Internal(error.to_string()))?;
    verdict(&document)
}

/// Says whether a document fits the published schema.
#[utoipa::path(
    post, path = "/api/v1/oracle/validate", operation_id = "validate_document", tag = "oracle",
    request_body = Object,
    responses((status = 200, description = "The verdict", body = Verdict)),
)]
pub(crate) async fn validate_document(
    State(_state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
    JsonBody(document): JsonBody<Map<String, Value>>,
) -> Result<Json<Verdict>, ApiError> {
    verdict(&Value::Object(document))
}

fn verdict(document: &Value) -> Result<Json<Verdict>, ApiError> {
    let complaints = schema::complaints(document);
    let complaints = complaints.map_err(|error| ApiError::Internal(error.to_string()))?;
    let errors: Vec<_> = complaints
        .into_iter()
        .map(|complaint| Misfit {
            path: complaint.path,
            message: complaint.message,
        })
        .collect();
    Ok(Json(Verdict {
        valid: errors.is_empty(),
        errors,
    }))
}
