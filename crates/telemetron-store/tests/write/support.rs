//! A feed of records into the store, and what can be read back.

use proptest::prelude::*;
use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::{Record, Schema};
use telemetron_model::topic::Topic;
use telemetron_model::{Timestamp, TraceId};
use telemetron_store::StoreError;
use telemetron_store::write::{Batch, Delivery, PartitionStart, Position, apply, begin_partition};

/// One partition of one topic, as a consumer sees it. The topic stands for all.
#[derive(Clone)]
pub(crate) struct Feed {
    pool: PgPool,
    pub(crate) broker_time: Timestamp,
    next: i64,
}

impl Feed {
    /// Empties the store and begins at offset zero.
    pub(crate) async fn start(pool: &PgPool) -> Self {
        let tables = "traces, dropped_traces, spans, llm_calls, tool_calls, handoffs, events, errors, system_events, \
                      agents, tasks, metric_series, metric_points, rollups, ingest_offsets, dead_letters";
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("TRUNCATE {tables}")))
            .execute(pool)
            .await
            .unwrap();
        let broker_time = Timestamp::parse_rfc3339("2026-01-31T23:00:00Z").unwrap();
        telemetron_store::partitions::ensure(pool, &[broker_time.day()])
            .await
            .unwrap();
        let start = PartitionStart {
            topic: Topic::Spans,
            partition: 0,
            offset: 0,
            expired: 0,
        };
        begin_partition(pool, "test", start).await.unwrap();
        Self {
            pool: pool.clone(),
            broker_time,
            next: 0,
        }
    }

    /// Writes records as one batch.
    pub(crate) async fn send(&mut self, records: &[String]) -> Result<(), StoreError> {
        let count = i64::try_from(records.len()).unwrap();
        let position = Position {
            topic: Topic::Spans,
            partition: 0,
            expected: self.next,
            next: self.next + count,
            broker_time: Some(self.broker_time),
            received: count,
            ignored: 0,
            rejected: 0,
        };
        let mut batch = Batch::new("test");
        let position = batch.add_position(position);
        for text in records {
            let (record, hash) = (
                record(text),
                telemetron_model::decode::content_hash(text.as_bytes()),
            );
            batch.add(Delivery {
                position,
                broker_time: self.broker_time,
                hash,
                record,
            });
        }
        batch.seal().unwrap();
        let mut conn = self.pool.acquire().await.unwrap();
        apply(&mut conn, &batch).await?;
        self.next += count;
        Ok(())
    }

    /// The same as [`Self::send`]; the name says what the test means.
    pub(crate) async fn retry(&mut self, records: &[String]) -> Result<(), StoreError> {
        self.send(records).await
    }

    /// Received, stored and duplicate records so far.
    pub(crate) async fn ledger(&self) -> (i64, i64, i64) {
        sqlx::query_as("SELECT received, stored, duplicate FROM ingest_offsets")
            .fetch_one(&self.pool)
            .await
            .unwrap()
    }
}

/// Decodes a record, its schema guessed from its fields.
pub(crate) fn record(text: &str) -> Record {
    let has = |field: &str| text.contains(&format!("\"{field}\":"));
    let schema = match () {
        () if has("handoff_id") => Schema::Handoff,
        () if has("span_kind") => Schema::Span,
        () if has("event_name") => Schema::Event,
        () if has("error_type") => Schema::Error,
        () if has("registered_at") => Schema::Agent,
        () if has("task_id") => Schema::Task,
        () if has("value") => Schema::Metric,
        () => Schema::Trace,
    };
    let raw = RawRecord {
        topic: schema.topic(),
        schema: Some(schema.header().as_bytes()),
        key: None,
        value: Some(text.as_bytes()),
    };
    match decode(raw) {
        Decoded::Fold { record, .. } => record,
        other => panic!("not folded: {other:?}"),
    }
}

/// The trace id made of one byte.
pub(crate) fn trace_id(n: u8) -> TraceId {
    TraceId::from_bytes([n; 16]).unwrap()
}

/// An LLM span as JSON, with fields changed.
pub(crate) fn span_json(trace: u8, span: u8, change: &str) -> String {
    let mut value = json!({
        "trace_id": trace_id(trace), "span_id": format!("{span:02x}").repeat(8), "name": "call",
        "span_kind": "LLM", "status": "COMPLETED", "start_time": 5, "end_time": 9,
    });
    let change: Value = serde_json::from_str(change).unwrap();
    change
        .as_object()
        .unwrap()
        .iter()
        .for_each(|(field, wanted)| value[field] = wanted.clone());
    value.to_string()
}

/// Any record of two traces with few ids, so that everything collides.
pub(crate) fn any_record() -> impl Strategy<Value = String> {
    prop_oneof![8 => any_span(), 2 => any_trace(), 1 => any_child()]
}

fn any_span() -> impl Strategy<Value = String> {
    (1_u8..3, 1_u8..6, 0_u8..6, 0_usize..5, 0_usize..3, 0_i64..4, 0_i64..4, 0_i64..3, any::<bool>()).prop_map(
        |(trace, span, parent, kind, status, start, length, tokens, embeds)| {
            let kind = ["AGENT", "LLM", "TOOL", "LLM", "CHAIN"][kind];
            let status = ["RUNNING", "COMPLETED", "FAILED"][status];
            let start = start * 40_000_000_000;
            let mut value = json!({
                "trace_id": trace_id(trace), "span_id": format!("{span:02x}").repeat(8), "name": format!("n{length}"),
                "span_kind": kind, "status": status, "start_time": start, "agent_name": format!("a{tokens}"),
                "session_id": format!("s{length}"), "input_data": {"n": length}, "tool_name": "t", "model": "m",
            });
            if status != "RUNNING" {
                value["end_time"] = json!(start + length * 1_000_000);
            }
            if parent > 0 {
                value["parent_span_id"] = json!(format!("{parent:02x}").repeat(8));
            }
            if tokens > 0 {
                value["token_usage"] = json!({"input": tokens, "output": 1});
                value["cost_usd"] = json!(0.001);
            }
            if embeds {
                value["llm_calls"] = json!([{"model": "e", "token_usage": {"input": 7, "output": 0}}]);
                value["tool_calls"] = json!([{"tool_name": "x", "error": "no"}]);
            }
            value.to_string()
        },
    )
}

fn any_trace() -> impl Strategy<Value = String> {
    (1_u8..3, 0_usize..3, 0_i64..4, 0_i64..4).prop_map(|(trace, status, start, length)| {
        let status = ["RUNNING", "COMPLETED", "FAILED"][status];
        let mut value = json!({
            "trace_id": trace_id(trace), "status": status, "start_time": start, "user_input": format!("q{length}"),
            "metadata": {"k": length}, "project": format!("p{length}"),
        });
        if status != "RUNNING" {
            value["end_time"] = json!(start + length);
        }
        value.to_string()
    })
}

fn any_child() -> impl Strategy<Value = String> {
    (1_u8..3, 0_u8..3, 0_usize..3).prop_map(|(trace, id, kind)| {
        let trace_id = trace_id(trace);
        match kind {
            0 => json!({"handoff_id": format!("h{id}"), "trace_id": trace_id, "source_agent_name": "a",
                        "target_agent_name": "b", "timestamp": 3, "reason": format!("r{}", id % 2)}),
            1 => json!({"event_id": format!("e{}", id % 2), "trace_id": trace_id, "event_name": format!("x{id}"), "timestamp": 4}),
            _ => json!({"trace_id": trace_id, "error_type": format!("E{id}"), "timestamp": 4}),
        }
        .to_string()
    })
}

/// Every row of every table that the fold writes, as text.
pub(crate) async fn rows(pool: &PgPool) -> Vec<String> {
    let mut all = Vec::new();
    for table in [
        "traces",
        "spans",
        "llm_calls",
        "tool_calls",
        "handoffs",
        "events",
        "errors",
    ] {
        all.extend(
            texts(
                pool,
                &format!("SELECT to_jsonb(t)::text FROM {table} t ORDER BY 1"),
            )
            .await,
        );
    }
    let rollups =
        "SELECT to_jsonb(t)::text FROM rollups t WHERE started <> 0 OR finished <> 0 ORDER BY 1";
    all.extend(texts(pool, rollups).await);
    all
}

/// Traces whose sums are not what their rows add up to.
pub(crate) async fn wrong_sums(pool: &PgPool) -> Vec<String> {
    texts(
        pool,
        "SELECT t.trace_id::text || ' ' || to_jsonb(s)::text
         FROM traces t CROSS JOIN LATERAL (
             SELECT count(*) AS spans, count(*) FILTER (WHERE status = 1) AS running,
                    count(*) FILTER (WHERE status = 3) AS failed,
                    COALESCE(sum(CASE WHEN kind = 2 THEN 1 ELSE 0 END + llm_call_count), 0) AS llm,
                    min(start_ns) AS start_ns, max(end_ns) AS end_ns
             FROM spans WHERE spans.trace_id = t.trace_id) s
         WHERE (s.spans, s.running, s.failed, s.llm) <> (t.span_count, t.running_count, t.failed_count, t.llm_call_count)
            OR s.start_ns IS DISTINCT FROM t.spans_start_ns OR s.end_ns IS DISTINCT FROM t.spans_end_ns
            OR (SELECT count(*) FROM events e WHERE e.trace_id = t.trace_id) <> t.event_count
            OR (SELECT count(*) FROM errors e WHERE e.trace_id = t.trace_id) <> t.error_count
            OR (SELECT count(*) FROM handoffs e WHERE e.trace_id = t.trace_id) <> t.handoff_count
            OR (SELECT COALESCE(sum(r.total_tokens), 0) FROM rollups r)
               <> (SELECT sum(total_tokens) FROM traces)",
    )
    .await
}

async fn texts(pool: &PgPool, statement: &str) -> Vec<String> {
    let rows: Vec<(String,)> = sqlx::query_as(sqlx::AssertSqlSafe(statement.to_owned()))
        .fetch_all(pool)
        .await
        .unwrap();
    rows.into_iter().map(|(text,)| text).collect()
}
