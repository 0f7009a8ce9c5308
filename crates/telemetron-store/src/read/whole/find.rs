//! Finding a trace, and the last good one of the same kind.

use futures_util::try_join;
use sqlx::PgPool;
use telemetron_model::record::TimeSource;
use telemetron_model::{RawJson, Timestamp, TraceId};
use telemetron_view::TraceDetail;

use super::rows::{self, MOST_SPANS};
use super::{WholeText, WholeTrace};
use crate::StoreError;
use crate::read::notes::{self, Budget};
use crate::read::run::FoundRun;
use crate::read::{Scope, traces};

/// Most handoffs and errors of each trace, and bytes of what they carry along.
const NOTES: Budget = Budget {
    items: 2_000,
    bytes: 1024 * 1024,
};

/// Reads a trace as a whole. One not heard of since `silent_since` is stuck if it runs.
///
/// # Errors
/// When the database is away, or takes too long, or a row is damaged.
pub async fn read(
    pool: &PgPool,
    trace_id: TraceId,
    silent_since: Timestamp,
) -> Result<Option<WholeTrace>, StoreError> {
    let Some(found) = traces::find(pool, trace_id, silent_since).await? else {
        return Ok(None);
    };
    let payloads = traces::payloads(pool, found.located, found.lead);
    let trace = Scope::from(found.located);
    let whole = gathered(pool, &trace, found.detail, payloads).await?;
    Ok(Some(whole))
}

/// Reads a run as if it were one trace.
///
/// # Errors
/// When the database is away, or takes too long, or a row is damaged.
pub async fn read_run(pool: &PgPool, run: &FoundRun) -> Result<WholeTrace, StoreError> {
    gathered(pool, run.scope(), run.detail(), run.payloads(pool)).await
}

async fn gathered(
    pool: &PgPool,
    traces: &Scope,
    detail: TraceDetail,
    payloads: impl Future<Output = Result<(Option<RawJson>, Option<RawJson>), StoreError>>,
) -> Result<WholeTrace, StoreError> {
    let ((spans, unread), mut calls, handoffs, errors, (question, answer)) = try_join!(
        rows::spans(pool, traces),
        rows::calls(pool, traces),
        notes::handoffs(pool, traces.clone(), NOTES),
        notes::errors(pool, traces.clone(), NOTES),
        payloads,
    )?;
    let mut whole = head(detail);
    whole.missing.spans = whole.missing.spans.saturating_sub(MOST_SPANS).max(0);
    whole.missing.payloads = unread;
    let text = |payload: RawJson| WholeText::of_json(payload.get());
    (whole.question, whole.answer) = (question.map(text), answer.map(text));
    (whole.spans, whole.handoffs, whole.errors) = (spans, handoffs, errors);
    for span in &mut whole.spans {
        let key = (span.trace_id, span.span_id);
        span.calls = calls.remove(&key).unwrap_or_default();
    }
    Ok(whole)
}

/// What is said of the trace itself; `missing.spans` holds all its spans for now.
fn head(detail: TraceDetail) -> WholeTrace {
    let TraceDetail { summary, error, .. } = detail;
    let mut whole = WholeTrace::new(summary.trace_id, summary.start_time.0);
    whole.name = summary.name;
    whole.status = summary.status;
    whole.is_stuck = summary.stuck;
    whole.is_truncated = summary.truncated;
    whole.has_clock = summary.time_source == TimeSource::Clock;
    whole.project = summary.project;
    whole.end = summary.end_time.map(|end| end.0);
    whole.error = error;
    whole.total_tokens = summary.tokens.total;
    whole.cost = summary.cost_usd;
    whole.missing.spans = summary.counts.spans;
    whole
}

/// How many of the latest good traces are looked through for one with the same input.
const CANDIDATES: i64 = 200;

/// A good trace to hold another against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastGood {
    /// Which it is.
    pub trace_id: TraceId,
    /// Whether both were given the same input.
    pub has_same_input: bool,
}

/// Finds the latest trace of the same kind (name, project, agents) that began before this one and
/// completed without any error; among the latest of them one with the same input, if there is one.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn last_good(pool: &PgPool, trace_id: TraceId) -> Result<Option<LastGood>, StoreError> {
    // Payloads are packed alike, so that the same input is the same bytes.
    let found: Option<(Vec<u8>, bool)> = sqlx::query_as(
        "WITH bad AS (SELECT * FROM traces WHERE trace_id = $1),
         good AS (
           SELECT good.* FROM bad JOIN traces AS good
             ON good.listed_ns <= bad.listed_ns AND good.trace_id <> bad.trace_id
            AND good.status = 2 AND good.failed_count = 0 AND good.error_count = 0
            AND COALESCE(good.name, good.lead_name) IS NOT DISTINCT FROM COALESCE(bad.name, bad.lead_name)
            AND good.project IS NOT DISTINCT FROM bad.project
            AND (good.agents && bad.agents OR cardinality(bad.agents) = 0)
           ORDER BY good.listed_ns DESC, good.trace_id DESC LIMIT $2)
         SELECT good.trace_id, COALESCE(
             COALESCE(good.user_input, good_lead.input) = COALESCE(bad.user_input, bad_lead.input),
             false) AS has_same_input
         FROM bad CROSS JOIN good
         LEFT JOIN spans AS bad_lead ON bad_lead.day = bad.day
          AND bad_lead.trace_id = bad.trace_id AND bad_lead.span_id = bad.lead_span_id
         LEFT JOIN spans AS good_lead ON good_lead.day = good.day
          AND good_lead.trace_id = good.trace_id AND good_lead.span_id = good.lead_span_id
         ORDER BY has_same_input DESC, good.listed_ns DESC, good.trace_id DESC LIMIT 1",
    )
    .bind(trace_id.as_bytes().as_slice())
    .bind(CANDIDATES)
    .fetch_optional(pool)
    .await?;
    let Some((bytes, has_same_input)) = found else {
        return Ok(None);
    };
    let trace_id = TraceId::from_slice(&bytes).map_err(|error| StoreError::Corrupt {
        table: "traces",
        reason: error.to_string(),
    })?;
    Ok(Some(LastGood {
        trace_id,
        has_same_input,
    }))
}
