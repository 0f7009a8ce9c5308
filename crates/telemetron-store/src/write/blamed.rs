//! Spans that an error record fails.
//!
//! Of OTLP, a span whose status is unset says nothing of how it ended, and many instrumentations
//! leave it so and write a log record of severity ERROR in its place. Such a span failed: whichever
//! of both came first, in whatever batches, however often. One that says OK got over its error, and
//! one that says ERROR has its own words.
//!
//! The status that the fold joins stays what the span said (`failed_by` tells a row whose status is
//! that of its error record), so that later records of the span are joined as ever; what describes
//! it anew is written without the error, and looked at here again. Of several errors the last one
//! counts, by time and then by id. Of two sides of a call that bear one id, both are meant.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use sqlx::{FromRow, PgConnection};
use telemetron_model::fold::sides::called_id;
use telemetron_model::fold::{Rollup, Totals};
use telemetron_model::record::{ErrorCategory, ErrorInfo, Severity, Status};
use telemetron_model::{RawJson, SpanId, TraceId};

use super::fold::TraceUpdate;
use super::spans::{self, SpanKey, span_of, trace_of};
use crate::StoreError;

/// The instrumentation whose spans leave their status unset and whose errors are tried again.
const CLAUDE_CODE: &str = "com.anthropic.claude_code";

/// The last error of a span.
#[derive(FromRow)]
struct LastError {
    trace_id: Vec<u8>,
    span_id: Vec<u8>,
    /// The error record and its content.
    told_by: String,
    error_type: String,
    message: String,
    stack: Option<String>,
    category: i16,
    severity: i16,
    retryable: bool,
}

/// Fails the spans of the batch's traces that an error record fails; reads what was just written.
pub(super) async fn settle(
    conn: &mut PgConnection,
    updates: &mut [TraceUpdate<'_>],
    rollup: &mut Rollup,
) -> Result<(), StoreError> {
    let mut days: BTreeMap<NaiveDate, Vec<(TraceId, SpanId)>> = BTreeMap::new();
    for update in updates.iter().filter(|update| update.row.error_count > 0) {
        let places = days.entry(update.row.day).or_default();
        places.extend(update.batch.spans.keys().map(|span| (update.id, *span)));
        let errors = update.batch.errors.values();
        let erring = errors.filter_map(|error| error.record.span_id);
        places.extend(erring.map(|span| (update.id, span)));
    }
    for (day, places) in days {
        let errors = last_errors(conn, day, &places).await?;
        for (span_id, error) in blamed(conn, day, &errors).await? {
            fail(conn, day, span_id, error, updates, rollup).await?;
        }
    }
    Ok(())
}

/// The last severe error of each of these spans that has any.
async fn last_errors(
    conn: &mut PgConnection,
    day: NaiveDate,
    places: &[(TraceId, SpanId)],
) -> Result<Vec<LastError>, StoreError> {
    let traces: BTreeSet<_> = places.iter().map(|place| place.0).collect();
    let traces: Vec<_> = traces.iter().map(|id| id.as_bytes().as_slice()).collect();
    let spans: Vec<_> = places.iter().map(|place| place.1.as_bytes()).collect();
    let rows = sqlx::query_as(
        "SELECT DISTINCT ON (e.trace_id, e.span_id) e.trace_id, e.span_id,
                e.error_id || ' ' || e.hash AS told_by, e.error_type, e.message, e.stack, e.category,
                e.severity, e.retryable
         FROM UNNEST($2::bytea[]) AS k (trace_id)
         CROSS JOIN LATERAL (
           SELECT * FROM errors e
           WHERE e.day = $1 AND e.trace_id = k.trace_id AND e.span_id = ANY ($3::bytea[])
             AND e.severity >= $4 OFFSET 0) e
         ORDER BY e.trace_id, e.span_id, e.time_ns DESC, e.error_id DESC",
    )
    .bind(day)
    .bind(traces)
    .bind(spans)
    .bind(Severity::Error.code())
    .fetch_all(conn)
    .await?;
    Ok(rows)
}

/// The spans that are to fail of these errors and do not yet.
async fn blamed<'e>(
    conn: &mut PgConnection,
    day: NaiveDate,
    errors: &'e [LastError],
) -> Result<Vec<(SpanId, &'e LastError)>, StoreError> {
    let mut asked = Vec::with_capacity(errors.len() * 2);
    for error in errors {
        let span_id = span_of(&error.span_id)?;
        asked.extend([(span_id, error), (called_id(span_id), error)]);
    }
    if asked.is_empty() {
        return Ok(asked);
    }
    let found: Vec<(i64,)> = sqlx::query_as(
        "SELECT k.place
         FROM UNNEST($2::bytea[], $3::bytea[], $4::text[]) WITH ORDINALITY
           AS k (trace_id, span_id, told_by, place)
         CROSS JOIN LATERAL (
           SELECT * FROM spans s
           WHERE s.day = $1 AND s.trace_id = k.trace_id AND s.span_id = k.span_id OFFSET 0) s
         WHERE (s.status = $5 OR s.failed_by IS NOT NULL) AND s.failed_by IS DISTINCT FROM k.told_by
           AND s.attributes ? 'otel.span' AND NOT (s.attributes -> 'otel.span') ? 'status_code'
           AND NOT COALESCE(starts_with(s.attributes #>> '{otel.scope,name}', $6), false)
         ORDER BY k.place",
    )
    .bind(day)
    .bind(
        asked
            .iter()
            .map(|(_, error)| error.trace_id.as_slice())
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(span, _)| span.as_bytes())
            .collect::<Vec<_>>(),
    )
    .bind(
        asked
            .iter()
            .map(|(_, error)| error.told_by.as_str())
            .collect::<Vec<_>>(),
    )
    .bind(Status::Completed.code())
    .bind(CLAUDE_CODE)
    .fetch_all(conn)
    .await?;
    let places = found
        .into_iter()
        .filter_map(|(place,)| usize::try_from(place - 1).ok());
    Ok(places
        .filter_map(|place| asked.get(place).copied())
        .collect())
}

/// Fails a span, and moves the sums of its trace and minute.
async fn fail(
    conn: &mut PgConnection,
    day: NaiveDate,
    span_id: SpanId,
    error: &LastError,
    updates: &mut [TraceUpdate<'_>],
    rollup: &mut Rollup,
) -> Result<(), StoreError> {
    let trace_id = trace_of(&error.trace_id)?;
    let key = SpanKey::at(day, (trace_id, span_id));
    let mut stored = spans::load(conn, &[key]).await?;
    let span = stored.remove(&key.place());
    let update = updates.iter_mut().find(|update| update.id == trace_id);
    let (Some(span), Some(update)) = (span, update) else {
        return Ok(());
    };
    let mut failed = span.facts.clone();
    failed.status = Status::Failed;
    let totals = &mut update.state.totals;
    totals.subtract(&Totals::of(&span.facts, span.counts));
    totals.add(&Totals::of(&failed, span.counts));
    rollup.span(&span.facts, span.counts, -1);
    rollup.span(&failed, span.counts, 1);
    let lead = update.state.lead.as_ref();
    update.lead_lost |= lead.is_some_and(|lead| lead.span_id == span_id);
    update.changed_since_insert = true;
    sqlx::query(
        "UPDATE spans s SET status = $4, failed_by = $5, error = $6
         FROM (SELECT ctid AS place FROM spans f
               WHERE f.day = $1 AND f.trace_id = $2 AND f.span_id = $3) f
         WHERE s.day = $1 AND s.ctid = f.place",
    )
    .bind(day)
    .bind(trace_id.as_bytes().as_slice())
    .bind(span_id.as_bytes())
    .bind(Status::Failed.code())
    .bind(&error.told_by)
    .bind(RawJson::of(&error.info()).map(|json| json.get().to_owned()))
    .execute(conn)
    .await?;
    Ok(())
}

impl LastError {
    fn info(&self) -> ErrorInfo {
        ErrorInfo {
            error_type: self.error_type.clone(),
            message: self.message.clone(),
            stack: self.stack.clone(),
            category: ErrorCategory::from_code(self.category),
            severity: Severity::from_code(self.severity),
            retryable: Some(self.retryable),
        }
    }
}
