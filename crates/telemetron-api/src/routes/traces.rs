//! Lists of traces.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use telemetron_model::NanoUsd;
use telemetron_model::record::Status;
use telemetron_model::view::{Follow, Page, Problem, TraceSummary};
use telemetron_store::read::traces::{self, TraceFilter, TraceKey};
use utoipa::IntoParams;

use crate::cursor;
use crate::error::ApiError;
use crate::follow::follow;
use crate::query::{FromQuery, PageOf, Parameters, Query};
use crate::state::{ApiState, silent_since};

pub(crate) const LIST: &str = "traces";

/// Longest silence that can be asked for: a year.
const MAX_SILENCE_S: i64 = 366 * 86_400;

/// Which traces, and how many.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `ListTraces` reads")]
pub(crate) struct TraceParams {
    /// How far they are
    status: Option<Status>,
    /// An agent at work in them
    agent: Option<String>,
    /// A model called in them
    model: Option<String>,
    /// A tool called in them
    tool: Option<String>,
    /// Their conversation
    session_id: Option<String>,
    /// Their user
    user_id: Option<String>,
    /// Their project
    project: Option<String>,
    /// Began at or after this instant (RFC 3339)
    #[param(format = DateTime)]
    start_after: Option<String>,
    /// Began before this instant (RFC 3339)
    #[param(format = DateTime)]
    start_before: Option<String>,
    /// Took at least so many milliseconds
    min_duration_ms: Option<f64>,
    /// Spent at least so many tokens
    min_tokens: Option<i64>,
    /// Cost at least so many dollars
    min_cost_usd: Option<f64>,
    /// Failed, or something in them did
    #[param(default = false)]
    errors_only: Option<bool>,
    /// Run, and were not heard of for `stuck_after_s`
    #[param(default = false)]
    stuck_only: Option<bool>,
    /// A name, input, output or error in it contains this text, from the beginning of a word on
    q: Option<String>,
    /// `links` lists runs: of the traces that links of spans join, the earliest stands for all, and
    /// `run` says what they come to; what else is asked for must hold of that trace
    follow: Option<Follow>,
    /// Seconds of silence after which a running trace is stuck
    #[param(default = 300)]
    stuck_after_s: Option<i64>,
    /// Most items of a page
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// The parameters of a list of traces, read.
#[derive(Debug)]
pub(crate) struct ListTraces {
    filter: TraceFilter,
    page: PageOf<TraceKey>,
    stuck_after: Duration,
}

impl FromQuery for ListTraces {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            filter: filter(query)?,
            stuck_after: stuck_after(query)?,
            page: PageOf::from_query(query, LIST, 50, 1000)?,
        })
    }
}

fn filter(query: &mut Parameters) -> Result<TraceFilter, ApiError> {
    #[expect(clippy::cast_possible_truncation, reason = "the amount is bounded")]
    let nanos = |millis: f64| (millis * 1e6) as i64;
    let (start_after, start_before) = query.range("start_after", "start_before")?;
    Ok(TraceFilter {
        status: query.value("status")?,
        agent: query.text("agent"),
        model: query.text("model"),
        tool: query.text("tool"),
        session_id: query.text("session_id"),
        user_id: query.text("user_id"),
        project: query.text("project"),
        start_after,
        start_before,
        min_duration_ns: query.amount("min_duration_ms")?.map(nanos),
        min_tokens: query.number("min_tokens", 0..=i64::MAX)?,
        min_cost: query.amount("min_cost_usd")?.and_then(NanoUsd::from_usd),
        errors_only: query.flag("errors_only")?,
        stuck_only: query.flag("stuck_only")?,
        runs: runs(query)?,
        text: query.text("q"),
    })
}

/// Whether runs are listed.
fn runs(query: &mut Parameters) -> Result<bool, ApiError> {
    match follow(query)? {
        Some(Follow::Session) => {
            let detail = "`follow`: `session` lists nothing here; /api/v1/sessions lists sessions";
            Err(ApiError::field("follow", detail.to_owned()))
        }
        follow => Ok(follow == Some(Follow::Links)),
    }
}

/// Asks for the silence after which a running trace is stuck.
pub(crate) fn stuck_after(query: &mut Parameters) -> Result<Duration, ApiError> {
    let seconds = query
        .number("stuck_after_s", 1..=MAX_SILENCE_S)?
        .unwrap_or(300);
    Ok(Duration::from_secs(seconds.unsigned_abs()))
}

/// Lists traces, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/traces",
    operation_id = "list_traces",
    tag = "traces",
    params(TraceParams),
    responses(
        (status = 200, description = "A page of traces", body = Page<TraceSummary>),
        (status = 400, description = "A parameter is wrong", body = Problem,
         content_type = "application/problem+json"),
        (status = 503, description = "The database is away", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_traces(
    State(state): State<ApiState>,
    Query(list): Query<ListTraces>,
) -> Result<Json<Page<TraceSummary>>, ApiError> {
    let freshness = state.freshness();
    let silent_since = silent_since(list.stuck_after);
    let PageOf { limit, after } = list.page;
    let slice = traces::list(&state.db, &list.filter, after, limit, silent_since).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}
