//! Roll-ups move by the difference, in key order.

use serde::Serialize;
use sqlx::PgConnection;
use telemetron_model::fold::{Measures, Rollup, RollupKey};

use super::json_rows;
use crate::StoreError;

#[derive(Serialize)]
struct Row<'a> {
    minute: i64,
    kind: i16,
    project: &'a str,
    agent: &'a str,
    model: &'a str,
    tool: &'a str,
    started: i64,
    finished: i64,
    failed: i64,
    duration_us: i64,
    durations: &'a [i64],
    input_tokens: i64,
    output_tokens: i64,
    total_tokens: i64,
    cached_tokens: i64,
    reasoning_tokens: i64,
    cost: i64,
}

/// Adds the differences to the stored sums; what an integer cannot hold stays at its end.
pub(super) async fn move_by(conn: &mut PgConnection, rollup: &Rollup) -> Result<(), StoreError> {
    let rows: Vec<_> = rollup.rows().map(row).collect();
    json_rows::execute(
        conn,
        "INSERT INTO rollups AS r
         SELECT * FROM json_populate_recordset(NULL::rollups, $1::json)
         ON CONFLICT (minute, kind, project, agent, model, tool) DO UPDATE SET
             started = r.started + EXCLUDED.started,
             finished = r.finished + EXCLUDED.finished,
             failed = r.failed + EXCLUDED.failed,
             duration_us = bounded_sum(r.duration_us, EXCLUDED.duration_us),
             durations = add_buckets(r.durations, EXCLUDED.durations),
             input_tokens = bounded_sum(r.input_tokens, EXCLUDED.input_tokens),
             output_tokens = bounded_sum(r.output_tokens, EXCLUDED.output_tokens),
             total_tokens = bounded_sum(r.total_tokens, EXCLUDED.total_tokens),
             cached_tokens = bounded_sum(r.cached_tokens, EXCLUDED.cached_tokens),
             reasoning_tokens = bounded_sum(r.reasoning_tokens, EXCLUDED.reasoning_tokens),
             cost = bounded_sum(r.cost, EXCLUDED.cost)",
        &rows,
    )
    .await?;
    Ok(())
}

fn row<'a>((key, measures): (&'a RollupKey, &'a Measures)) -> Row<'a> {
    Row {
        minute: key.minute,
        kind: key.kind.code(),
        project: &key.project,
        agent: &key.agent,
        model: &key.model,
        tool: &key.tool,
        started: measures.started,
        finished: measures.finished,
        failed: measures.failed,
        duration_us: measures.duration_us,
        durations: measures.durations.counts(),
        input_tokens: measures.usage.input,
        output_tokens: measures.usage.output,
        total_tokens: measures.usage.total,
        cached_tokens: measures.usage.cached,
        reasoning_tokens: measures.usage.reasoning,
        cost: measures.cost.nanos(),
    }
}
