//! Finding a trace, and the last good one of the same kind.

use futures_util::try_join;
use sqlx::PgPool;
use telemetron_model::record::TimeSource;
use telemetron_model::view::TraceDetail;
use telemetron_model::{RawJson, Timestamp, TraceId};

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

/// Finds the latest trace of the same kind (name, project, agents) that began before this one
/// and completed without any error.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn last_good(pool: &PgPool, trace_id: TraceId) -> Result<Option<TraceId>, StoreError> {
    let found: Option<Vec<u8>> = sqlx::query_scalar(
        "SELECT good.trace_id
         FROM traces AS bad JOIN traces AS good
           ON good.listed_ns <= bad.listed_ns AND good.trace_id <> bad.trace_id
          AND good.status = 2 AND good.failed_count = 0 AND good.error_count = 0
          AND COALESCE(good.name, good.lead_name) IS NOT DISTINCT FROM COALESCE(bad.name, bad.lead_name)
          AND good.project IS NOT DISTINCT FROM bad.project
          AND (good.agents && bad.agents OR cardinality(bad.agents) = 0)
         WHERE bad.trace_id = $1
         ORDER BY good.listed_ns DESC, good.trace_id DESC LIMIT 1",
    )
    .bind(trace_id.as_bytes().as_slice())
    .fetch_optional(pool)
    .await?;
    let id = found.map(|bytes| TraceId::from_slice(&bytes));
    id.transpose().map_err(|error| StoreError::Corrupt {
        table: "traces",
        reason: error.to_string(),
    })
}
