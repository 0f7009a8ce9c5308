//! The timeline of a trace.

use axum::Json;
use axum::extract::State;
use telemetron_store::read::timeline::{self, TimelineKey};
use telemetron_view::{Follow, Page, TimelineEntry};

use crate::cursor;
use crate::error::ApiError;
use crate::follow;
use crate::path::TracePath;
use crate::problems::OfTrace;
use crate::query::{Query, Shown, cursor, number, params};
use crate::state::ApiState;

const LIST: &str = "timeline";

params! {
    /// How many lines, and from where on.
    pub(crate) struct ListTimeline {
        /// Most items of a page
        limit: usize = number(1..=10_000).or(1000),
        cursor: Option<TimelineKey> = cursor(LIST),
        follow: Option<Follow> = follow::follow(),
    }
}

/// Lists everything of a trace in one chronological list.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/timeline",
    operation_id = "list_timeline",
    tag = "traces",
    params(TracePath, ListTimeline),
    responses(
        (status = 200, description = "A page of lines", body = Page<TimelineEntry>),
        OfTrace,
    ),
)]
pub(crate) async fn list_timeline(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListTimeline>,
) -> Result<Json<Page<TimelineEntry>>, ApiError> {
    let freshness = state.freshness();
    let (traces, _) = follow::scope(&state, trace_id, list.follow).await?;
    let slice = timeline::list(&state.db, traces, list.cursor.as_ref(), list.limit).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}
