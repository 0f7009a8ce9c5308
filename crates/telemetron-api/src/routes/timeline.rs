//! The timeline of a trace.

use axum::Json;
use axum::extract::State;
use telemetron_model::view::{Follow, Page, Problem, TimelineEntry};
use telemetron_store::read::timeline::{self, TimelineKey};
use utoipa::IntoParams;

use crate::cursor;
use crate::error::ApiError;
use crate::follow::{self, FollowParams};
use crate::path::TracePath;
use crate::query::{FromQuery, PageOf, Parameters, Query};
use crate::state::ApiState;

const LIST: &str = "timeline";

/// How many lines, and from where on.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `ListTimeline` reads"
)]
pub(crate) struct TimelineParams {
    /// Most items of a page
    #[param(default = 1000, minimum = 1, maximum = 10000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a timeline, read.
#[derive(Debug)]
pub(crate) struct ListTimeline(PageOf<TimelineKey>, Option<Follow>);

impl FromQuery for ListTimeline {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let page = PageOf::from_query(query, LIST, 1000, 10_000)?;
        Ok(Self(page, follow::follow(query)?))
    }
}

/// Lists everything of a trace in one chronological list.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/timeline",
    operation_id = "list_timeline",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), TimelineParams, FollowParams),
    responses(
        (status = 200, description = "A page of lines", body = Page<TimelineEntry>),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_timeline(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(ListTimeline(PageOf { limit, after }, follow)): Query<ListTimeline>,
) -> Result<Json<Page<TimelineEntry>>, ApiError> {
    let freshness = state.freshness();
    let (traces, _) = follow::scope(&state, trace_id, follow).await?;
    let slice = timeline::list(&state.db, traces, after.as_ref(), limit).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}
