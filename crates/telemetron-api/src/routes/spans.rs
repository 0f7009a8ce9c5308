//! The spans of a trace, and one whole.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use telemetron_model::view::{Follow, Page, Problem, SpanAnswer, SpanSkeleton, SpanView};
use telemetron_store::read::Slice;
use telemetron_store::read::spans::{self, SpanKey};
use telemetron_store::read::traces;
use utoipa::IntoParams;

use crate::cursor;
use crate::error::ApiError;
use crate::follow::{self, FollowParams};
use crate::path::{SpanPath, TracePath};
use crate::query::{FromQuery, NoQuery, PageOf, Parameters, Query};
use crate::state::ApiState;

pub(crate) const LIST: &str = "spans";

/// Which spans, and how much of each.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `ListSpans` reads")]
pub(crate) struct SpanParams {
    /// `skeleton` gives what a waterfall shows, in pages of up to 50,000
    fields: Option<String>,
    /// Most items of a page: up to 10,000, of skeletons up to 50,000
    #[param(default = 10000, minimum = 1, maximum = 50000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a list of spans, read.
#[derive(Debug)]
pub(crate) struct ListSpans {
    skeleton: bool,
    follow: Option<Follow>,
    page: PageOf<SpanKey>,
}

impl FromQuery for ListSpans {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let skeleton = match query.text("fields").as_deref() {
            None => false,
            Some("skeleton") => true,
            Some(other) => {
                let detail = format!("`fields`: `{other}` is unknown; there is `skeleton`");
                return Err(ApiError::field("fields", detail));
            }
        };
        let most = if skeleton { 50_000 } else { 10_000 };
        Ok(Self {
            skeleton,
            follow: follow::follow(query)?,
            page: PageOf::from_query(query, LIST, most, most)?,
        })
    }
}

/// Lists the spans of a trace, earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/traces/{trace_id}/spans",
    operation_id = "list_spans",
    tag = "traces",
    params(("trace_id" = String, Path, description = "32 hex digits, or a UUID"), SpanParams, FollowParams),
    responses(
        (status = 200, description = "A page of spans; with `fields=skeleton` a page of skeletons",
         body = Page<SpanView>),
        (status = 400, description = "An id or parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such trace", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_spans(
    State(state): State<ApiState>,
    TracePath(trace_id): TracePath,
    Query(list): Query<ListSpans>,
) -> Result<Response, ApiError> {
    let freshness = state.freshness();
    let traces = follow::spans(&state, trace_id, list.follow).await?;
    let PageOf { limit, after } = list.page;
    let page = if list.skeleton {
        let slice = spans::list_skeletons(&state.db, traces, after, limit).await?;
        Json::<Page<SpanSkeleton>>(page(slice, freshness)).into_response()
    } else {
        let slice = spans::list(&state.db, traces, after, limit).await?;
        Json::<Page<SpanView>>(page(slice, freshness)).into_response()
    };
    Ok(page)
}

fn page<T>(slice: Slice<T, SpanKey>, freshness: telemetron_model::view::Freshness) -> Page<T> {
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
    params(
        ("trace_id" = String, Path, description = "32 hex digits, or a UUID"),
        ("span_id" = String, Path, description = "16, 24 or 32 hex digits"),
    ),
    responses(
        (status = 200, description = "The span", body = SpanAnswer),
        (status = 400, description = "An id is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 404, description = "There is no such span", body = Problem,
         content_type = "application/problem+json"),
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
