//! What happened of late: how a page begins that goes on with the live stream.

use axum::Json;
use axum::extract::State;
use telemetron_model::Rfc3339;
use telemetron_model::record::Severity;
use telemetron_model::view::{LiveFrame, Problem, RecentRecords};
use utoipa::IntoParams;

use super::stream;
use crate::error::ApiError;
use crate::live::{Filter, Frame};
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

/// Which records, and how many.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `ListRecent` reads")]
pub(crate) struct RecentParams {
    /// Only of these traces, separated by commas
    trace_ids: Option<String>,
    /// Only of these agents (name or id), separated by commas
    agent_names: Option<String>,
    /// Only these sorts of events, separated by commas
    event_types: Option<String>,
    /// Only these kinds of records, separated by commas
    kinds: Option<String>,
    /// Only what is at least so bad
    min_severity: Option<Severity>,
    /// Most records
    #[param(default = 200, minimum = 1, maximum = 2000)]
    limit: Option<i64>,
}

/// The parameters of a list of recent records, read.
#[derive(Debug)]
pub(crate) struct ListRecent {
    filter: Filter,
    limit: usize,
}

impl FromQuery for ListRecent {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let filter = stream::filter(query)?;
        let limit = query.number("limit", 1..=2000)?.unwrap_or(200);
        let limit = usize::try_from(limit).unwrap_or_default();
        Ok(Self { filter, limit })
    }
}

/// Lists what happened in the last minutes, and says where the live stream stands.
///
/// Listen with the answer's `cursor` and the same filter (WebSocket or Server-Sent Events), and
/// what comes joins on without a gap and without a record twice.
#[utoipa::path(
    get,
    path = "/api/v1/events/recent",
    operation_id = "list_recent_records",
    tag = "live",
    params(RecentParams),
    responses(
        (status = 200, description = "The latest records", body = RecentRecords),
        (status = 400, description = "A parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_recent_records(
    State(state): State<ApiState>,
    Query(ListRecent { filter, limit }): Query<ListRecent>,
) -> Result<Json<RecentRecords>, ApiError> {
    let recent = state.live.recent(&filter, limit);
    let items = recent.frames.iter().map(|frame| read(frame));
    Ok(Json(RecentRecords {
        items: items.collect::<Result<_, _>>()?,
        cursor: recent.position.encode(),
        since: Rfc3339(recent.since),
        more: recent.more,
    }))
}

fn read(frame: &Frame) -> Result<LiveFrame, ApiError> {
    let read = serde_json::from_slice(&frame.text);
    read.map_err(|error| ApiError::Internal(format!("a frame of the live stream: {error}")))
}
