//! The spans of a trace, and one whole.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use telemetron_store::read::Slice;
use telemetron_store::read::spans::{self, SpanKey};
use telemetron_store::read::traces;
use telemetron_view::{Follow, Page, SpanAnswer, SpanSkeleton, SpanView};

use crate::cursor;
use crate::error::ApiError;
use crate::follow;
use crate::path::{SpanPath, TracePath};
use crate::problems::{OfSpan, OfTrace};
use crate::query::{NoQuery, Query, cursor, number, one_of, out_of, params};
use crate::state::ApiState;

pub(crate) const LIST: &str = "spans";

/// Most spans of a page.
const MOST_WHOLE: usize = 10_000;

/// Most skeletons of a page.
const MOST_SKELETONS: usize = 50_000;

/// How much of each span is given.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fields {
    /// What a waterfall shows.
    Skeleton,
}

params! {
    /// Which spans, and how much of each.
    pub(crate) struct ListSpans {
        /// `skeleton` gives what a waterfall shows, in pages of up to 50,000
        fields: Option<Fields> = one_of([("skeleton", Fields::Skeleton)]),
        /// Most items of a page: up to 10,000, of skeletons up to 50,000, and as many when absent
        limit: Option<usize> = number(1..=MOST_SKELETONS),
        cursor: Option<SpanKey> = cursor(LIST),
        follow: Option<Follow> = follow::follow(),
    }
}

impl ListSpans {
    /// How many a page has at most.
    fn page_size(&self) -> Result<usize, ApiError> {
        let most = match self.fields {
            Some(Fields::Skeleton) => MOST_SKELETONS,
            None => MOST_WHOLE,
        };
        match self.limit {
            Some(limit) if limit > most => {
                let reason = out_of(limit, &(1..=most));
                Err(ApiError::field("limit", format!("`limit`: {reason}")))
            }
            limit => Ok(limit.unwrap_or(most)),
        }
    }
}

/// Lists the spans of a trace, earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/spans",
    operation_id = "list_spans",
    tag = "traces",
    params(TracePath, ListSpans),
    responses(
        (status = 200, description = "A page of spans; with `fields=skeleton` a page of skeletons",
         body = Page<SpanView>),
        OfTrace,
    ),
)]
pub(crate) async fn list_spans(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListSpans>,
) -> Result<Response, ApiError> {
    let freshness = state.freshness();
    let (limit, after) = (list.page_size()?, list.cursor);
    let traces = follow::spans(&state, trace_id, list.follow).await?;
    let page = if list.fields == Some(Fields::Skeleton) {
        let slice = spans::list_skeletons(&state.db, traces, after, limit).await?;
        Json::<Page<SpanSkeleton>>(page(slice, freshness)).into_response()
    } else {
        let slice = spans::list(&state.db, traces, after, limit).await?;
        Json::<Page<SpanView>>(page(slice, freshness)).into_response()
    };
    Ok(page)
}

fn page<T>(slice: Slice<T, SpanKey>, freshness: telemetron_view::Freshness) -> Page<T> {
    Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }
}

/// Gives one span whole, with payloads and the calls inside it.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/spans/{span_id}",
    operation_id = "get_span",
    tag = "traces",
    params(SpanPath),
    responses(
        (status = 200, description = "The span", body = SpanAnswer),
        OfSpan,
    ),
)]
pub(crate) async fn get_span(
    State(state): State<ApiState>,
    SpanPath(trace_id, span_id): SpanPath,
    Query(NoQuery): Query<NoQuery>,
) -> Result<Json<SpanAnswer>, ApiError> {
    let freshness = state.freshness();
    let trace = traces::locate(&state.db, trace_id).await?;
    let trace = trace.ok_or_else(|| ApiError::no_trace(trace_id))?;
    let found = spans::find(&state.db, trace, span_id).await?;
    let found = found.ok_or_else(|| ApiError::NotFound {
        what: "span",
        id: span_id.to_string(),
        hint: "the trace is there; /spans lists those of it that are stored",
    })?;
    Ok(Json(SpanAnswer {
        span: found.span,
        llm_calls: found.llm_calls,
        tool_calls: found.tool_calls,
        freshness,
    }))
}
