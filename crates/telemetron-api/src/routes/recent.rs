//! What happened of late: how a page begins that goes on with the live stream.

use axum::Json;
use axum::extract::State;
use telemetron_model::Rfc3339;
use telemetron_view::{LiveFrame, RecentRecords};

use super::stream::Wanted;
use crate::error::ApiError;
use crate::live::Frame;
use crate::query::{Query, Shown, number, params};
use crate::state::ApiState;

params! {
    /// How many records.
    pub(crate) struct HowMany {
        /// Most records
        limit: usize = number(1..=2000).or(200),
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
    params(Wanted, HowMany),
    responses(
        (status = 200, description = "The latest records", body = RecentRecords),
    ),
)]
pub(crate) async fn list_recent_records(
    State(state): State<ApiState>,
    Query(asked): Query<(Wanted, HowMany)>,
) -> Result<Json<RecentRecords>, ApiError> {
    let (wanted, HowMany { limit }) = asked;
    let recent = state.live.recent(&wanted.into(), limit);
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
