//! Changes to span rows that are there: replaced ones go, times and debts move, a lead is looked for.

use sqlx::PgConnection;
use telemetron_model::Timestamp;

use super::{SpanKey, by_day, columns};
use crate::StoreError;

/// Deletes rows that are copied again, with their embedded calls.
pub(in crate::write) async fn delete(
    conn: &mut PgConnection,
    keys: &[SpanKey],
    with_calls: &[SpanKey],
) -> Result<(), StoreError> {
    const SPANS: &str =
        "DELETE FROM spans s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM spans f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    const LLM: &str =
        "DELETE FROM llm_calls s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM llm_calls f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    const TOOL: &str =
        "DELETE FROM tool_calls s USING UNNEST($2::bytea[], $3::bytea[]) AS k (trace_id, span_id)
         CROSS JOIN LATERAL (
           SELECT ctid AS place FROM tool_calls f
           WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
         WHERE s.day = $1 AND s.ctid = f.place";
    for (statement, keys) in [(SPANS, keys), (LLM, with_calls), (TOOL, with_calls)] {
        for (day, keys) in by_day(keys) {
            let (traces, spans) = columns(&keys);
            sqlx::query(statement)
                .bind(day)
                .bind(&traces)
                .bind(&spans)
                .execute(&mut *conn)
                .await?;
        }
    }
    Ok(())
}

/// A row of which only the times change, or what it owes to those above it.
#[derive(Debug)]
pub(in crate::write) struct Touched {
    pub(in crate::write) key: SpanKey,
    pub(in crate::write) start: Timestamp,
    pub(in crate::write) end: Option<Timestamp>,
    pub(in crate::write) counts: bool,
    pub(in crate::write) inherited: Option<String>,
}

/// Writes times and debts of rows whose description stays.
pub(in crate::write) async fn touch(
    conn: &mut PgConnection,
    rows: &[Touched],
) -> Result<(), StoreError> {
    let keys: Vec<_> = rows.iter().map(|row| row.key).collect();
    for (day, _) in by_day(&keys) {
        let rows: Vec<_> = rows.iter().filter(|row| row.key.day == day).collect();
        let traces: Vec<_> = rows
            .iter()
            .map(|row| row.key.trace_id.as_bytes().as_slice())
            .collect();
        let spans: Vec<_> = rows.iter().map(|row| row.key.span_id.as_bytes()).collect();
        sqlx::query(
            "UPDATE spans s SET start_ns = k.start_ns, end_ns = k.end_ns, counts = k.counts,
                    inherited_agent = k.inherited
             FROM UNNEST($2::bytea[], $3::bytea[], $4::bigint[], $5::bigint[], $6::boolean[], $7::text[])
               AS k (trace_id, span_id, start_ns, end_ns, counts, inherited)
             CROSS JOIN LATERAL (
               SELECT ctid AS place FROM spans f
               WHERE f.day = $1 AND f.trace_id = k.trace_id AND f.span_id = k.span_id OFFSET 0) f
             WHERE s.day = $1 AND s.ctid = f.place",
        )
        .bind(day)
        .bind(&traces)
        .bind(&spans)
        .bind(rows.iter().map(|row| row.start.nanos()).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|row| row.end.map(Timestamp::nanos))
                .collect::<Vec<_>>(),
        )
        .bind(rows.iter().map(|row| row.counts).collect::<Vec<_>>())
        .bind(
            rows.iter()
                .map(|row| row.inherited.as_deref())
                .collect::<Vec<_>>(),
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}
