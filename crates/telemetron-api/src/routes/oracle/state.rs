//! The state of the whole system.

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use telemetron_model::Timestamp;
use telemetron_model::oracle::SystemState;
use telemetron_model::view::Problem;
use telemetron_oracle::text;
use utoipa::IntoParams;

use super::{Moment, plain, remembered, written};
use crate::error::ApiError;
use crate::query::{FromQuery, NoQuery, Parameters, Query};
use crate::state::ApiState;

/// In which form, and of when.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `GetState` reads")]
pub(crate) struct StateParams {
    /// `json`, `log` (every line of it: `{"log": …}`, or text for who asks for `text/plain`) or
    /// `summary`, a text
    #[param(default = "json")]
    format: Option<String>,
    /// Only what the published schema names
    #[param(default = false)]
    strict: Option<bool>,
    /// As it was then (RFC 3339); the present when absent
    #[param(format = DateTime)]
    at: Option<String>,
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Json,
    Log,
    Summary,
}

impl FromStr for Form {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "json" => Ok(Self::Json),
            "log" => Ok(Self::Log),
            "summary" => Ok(Self::Summary),
            other => Err(format!("`{other}` is not one of json, log, summary")),
        }
    }
}

/// The parameters of a state, read.
#[derive(Debug)]
pub(crate) struct GetState {
    form: Form,
    strict: bool,
    at: Option<Timestamp>,
}

impl FromQuery for GetState {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            form: query.value("format")?.unwrap_or(Form::Json),
            strict: query.flag("strict")?,
            at: query.instant("at")?,
        })
    }
}

/// Gives the state of the whole system: agents, workload, queues, models.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/state",
    operation_id = "get_system_state",
    tag = "oracle",
    params(StateParams),
    responses(
        (status = 200, description = "The state", body = SystemState),
        (status = 404, description = "Nothing is remembered from then", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_state(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(wanted): Query<GetState>,
) -> Result<Response, ApiError> {
    if let (Form::Json, false, Some(at)) = (wanted.form, wanted.strict, wanted.at) {
        // It was stored as it is answered.
        return Ok(written(remembered(&state, at).await?.state_json()?));
    }
    let moment = Moment::at(&state, wanted.at).await?;
    Ok(match (wanted.form, &moment) {
        (Form::Log, _) if !asks_for_text(&headers) => {
            let log = text::log(moment.state(), moment.issues());
            Json(json!({"log": log})).into_response()
        }
        (Form::Log, Moment::Now(now)) => plain(now.log()),
        (Form::Summary, Moment::Now(now)) => plain(now.summary()),
        (Form::Log, _) => plain(text::log(moment.state(), moment.issues())),
        (Form::Summary, _) => plain(text::summary(moment.state(), moment.issues())),
        (Form::Json, Moment::Now(now)) if wanted.strict => written(now.strict_json()),
        (Form::Json, Moment::Now(now)) => written(now.json()),
        (Form::Json, Moment::Then(then)) => Json(then.state.clone().strict()).into_response(),
    })
}

/// Whether an answer is to be a text: who asks for it says so, and says nothing of JSON before.
fn asks_for_text(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|accept| accept.to_str().ok());
    let mut kinds = accept.unwrap_or_default().split(',').map(str::trim);
    let first = kinds.find(|kind| kind.starts_with("text/") || kind.contains("json"));
    first.is_some_and(|kind| kind.starts_with("text/"))
}

/// Gives the state with exactly the fields of the published schema.
#[utoipa::path(
    get,
    path = "/system/state",
    operation_id = "get_strict_system_state",
    tag = "oracle",
    responses((status = 200, description = "The state", body = SystemState)),
)]
pub(crate) async fn get_strict_state(
    State(state): State<ApiState>,
    Query(NoQuery): Query<NoQuery>,
) -> Response {
    written(state.oracle.now().strict_json())
}
