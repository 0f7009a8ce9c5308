//! The state of the whole system.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;
use telemetron_model::Timestamp;
use telemetron_oracle::text;
use telemetron_view::oracle::SystemState;

use super::{Moment, at, plain, remembered, written};
use crate::error::ApiError;
use crate::problems::OfMoment;
use crate::query::{Flag, NoQuery, Query, Shown, one_of, params};
use crate::state::ApiState;

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The state as it is.
    Json,
    /// Every line of it.
    Log,
    /// A few sentences.
    Summary,
}

const FORMS: [(&str, Form); 3] = [
    ("json", Form::Json),
    ("log", Form::Log),
    ("summary", Form::Summary),
];

params! {
    /// In which form, and of when.
    pub(crate) struct GetState {
        /// `json`, `log` (every line of it: `{"log": …}`, or text for who asks for `text/plain`) or
        /// `summary`, a text
        format: Form = one_of(FORMS).or(Form::Json),
        /// Only what the published schema names
        strict: bool = Flag.or(false),
        at: Option<Timestamp> = at(),
    }
}

/// Gives the state of the whole system: agents, workload, queues, models.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/state",
    operation_id = "get_system_state",
    tag = "oracle",
    params(GetState),
    responses(
        (status = 200, description = "The state", body = SystemState),
        OfMoment,
    ),
)]
pub(crate) async fn get_state(
    State(state): State<ApiState>,
    headers: HeaderMap,
    Query(wanted): Query<GetState>,
) -> Result<Response, ApiError> {
    if let (Form::Json, false, Some(at)) = (wanted.format, wanted.strict, wanted.at) {
        // It was stored as it is answered.
        return Ok(written(remembered(&state, at).await?.state_json()?));
    }
    let moment = Moment::at(&state, wanted.at).await?;
    Ok(match (wanted.format, &moment) {
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
