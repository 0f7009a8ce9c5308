//! Links between traces, as far as they are needed to find the traces of a run.
//!
//! Every link that a record ever told stands, whatever became of the record: a set that only grows
//! is the same in any order. Where nobody links, nothing is asked of the database.

use sqlx::PgConnection;
use telemetron_model::TraceId;

use super::fold::TraceUpdate;
use crate::StoreError;

/// Writes the links of a batch that are not known yet.
pub(super) async fn write(
    conn: &mut PgConnection,
    updates: &[TraceUpdate<'_>],
) -> Result<(), StoreError> {
    let (mut days, mut traces, mut spans) = (Vec::new(), Vec::new(), Vec::new());
    let (mut linked_traces, mut linked_spans) = (Vec::new(), Vec::new());
    let bytes = |id: &TraceId| id.as_bytes().to_vec();
    for update in updates {
        for (span, linked) in &update.batch.links {
            days.push(update.row.day);
            traces.push(bytes(&update.id));
            spans.push(span.as_bytes());
            linked_traces.push(bytes(&linked.trace_id));
            linked_spans.push(linked.span_id.as_bytes());
        }
    }
    if days.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "INSERT INTO trace_links (day, trace_id, span_id, linked_trace_id, linked_span_id)
         SELECT * FROM UNNEST($1::date[], $2::bytea[], $3::bytea[], $4::bytea[], $5::bytea[])
         ON CONFLICT DO NOTHING",
    )
    .bind(days)
    .bind(traces)
    .bind(spans)
    .bind(linked_traces)
    .bind(linked_spans)
    .execute(conn)
    .await?;
    Ok(())
}
