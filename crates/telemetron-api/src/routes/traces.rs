//! Lists of traces.

use axum::Json;
use axum::extract::State;
use telemetron_model::record::Status;
use telemetron_model::{NanoUsd, Timestamp};
use telemetron_store::read::traces::{self, TraceFilter, TraceKey};
use telemetron_view::{Follow, Page, TraceSummary};

use crate::cursor;
use crate::error::ApiError;
use crate::query::{
    Amount, Flag, Instant, Query, Shown, cursor, in_order, number, params, text, word,
};
use crate::state::{ApiState, silent_since, stuck_after};

pub(crate) const LIST: &str = "traces";

params! {
    /// Which traces, and how many.
    pub(crate) struct ListTraces {
        /// How far they are
        status: Option<Status> = word(),
        /// An agent at work in them
        agent: Option<String> = text(),
        /// A model called in them
        model: Option<String> = text(),
        /// A tool called in them
        tool: Option<String> = text(),
        /// Their conversation
        session_id: Option<String> = text(),
        /// Their user
        user_id: Option<String> = text(),
        /// Their project
        project: Option<String> = text(),
        /// Began at or after this instant
        start_after: Option<Timestamp> = Instant,
        /// Began before this instant
        start_before: Option<Timestamp> = Instant,
        /// The same as `start_after`, as it is called elsewhere
        since: Option<Timestamp> = Instant,
        /// The same as `start_before`
        until: Option<Timestamp> = Instant,
        /// Took at least so many milliseconds
        min_duration_ms: Option<f64> = Amount,
        /// Spent at least so many tokens
        min_tokens: Option<i64> = number(0..=i64::MAX),
        /// Cost at least so many dollars
        min_cost_usd: Option<f64> = Amount,
        /// Failed, or something in them did
        errors_only: bool = Flag.or(false),
        /// Run, and were not heard of for `stuck_after_s`
        stuck_only: bool = Flag.or(false),
        /// A name, input, output or error in it contains this text, from the beginning of a word on
        q: Option<String> = text(),
        /// `links` lists runs: of the traces that links of spans join, the earliest stands for all, and
        /// `run` says what they come to; what else is asked for must hold of that trace
        follow: Option<Follow> = word(),
        stuck_after_s: i64 = stuck_after(),
        /// Most items of a page
        limit: usize = number(1..=1000).or(50),
        cursor: Option<TraceKey> = cursor(LIST),
    }
}

impl ListTraces {
    fn filter(self) -> Result<TraceFilter, ApiError> {
        #[expect(clippy::cast_possible_truncation, reason = "the amount is bounded")]
        let nanos = |millis: f64| (millis * 1e6) as i64;
        let start_after = one(("start_after", self.start_after), ("since", self.since))?;
        let start_before = one(("start_before", self.start_before), ("until", self.until))?;
        in_order(("start_after", start_after), ("start_before", start_before))?;
        if self.follow == Some(Follow::Session) {
            let detail = "`follow`: `session` lists nothing here; /api/v1/sessions lists sessions";
            return Err(ApiError::field("follow", detail));
        }
        Ok(TraceFilter {
            status: self.status,
            agent: self.agent,
            model: self.model,
            tool: self.tool,
            session_id: self.session_id,
            user_id: self.user_id,
            project: self.project,
            start_after,
            start_before,
            min_duration_ns: self.min_duration_ms.map(nanos),
            min_tokens: self.min_tokens,
            min_cost: self.min_cost_usd.and_then(NanoUsd::from_usd),
            errors_only: self.errors_only,
            stuck_only: self.stuck_only,
            runs: self.follow == Some(Follow::Links),
            text: self.q,
        })
    }
}

/// The one of two names for the same instant that is given.
fn one(
    (name, instant): (&'static str, Option<Timestamp>),
    (other, same): (&'static str, Option<Timestamp>),
) -> Result<Option<Timestamp>, ApiError> {
    if instant.and(same).is_some() {
        let detail = format!("`{name}` and `{other}` are the same; give one of them");
        return Err(ApiError::field(other, detail));
    }
    Ok(instant.or(same))
}

/// Lists traces, newest first.
#[utoipa::path(
    get,
    path = "/api/v1/traces",
    operation_id = "list_traces",
    tag = "traces",
    params(ListTraces),
    responses(
        (status = 200, description = "A page of traces", body = Page<TraceSummary>),
    ),
)]
pub(crate) async fn list_traces(
    State(state): State<ApiState>,
    Query(list): Query<ListTraces>,
) -> Result<Json<Page<TraceSummary>>, ApiError> {
    let freshness = state.freshness();
    let silent_since = silent_since(list.stuck_after_s);
    let (after, limit) = (list.cursor, list.limit);
    let filter = list.filter()?;
    let slice = traces::list(&state.db, &filter, after, limit, silent_since).await?;
    Ok(Json(Page {
        items: slice.items,
        next: slice.next.map(|key| cursor::encode(LIST, &key)),
        freshness,
    }))
}
