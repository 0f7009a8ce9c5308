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
        let tables = "traces, dropped_traces, spans, span_texts, trace_links, llm_calls, tool_calls, handoffs, events, errors, system_events, \
                      agents, tasks, metric_series, metric_points, rollups, ingest_offsets, ingest_gaps, dead_letters, \
                      retention_clock";
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
        apply(&self.pool, &batch).await?;
        self.next += count;
        Ok(())
    }

    /// Goes on where the store stands: a batch that was given up may have been stored all the same.
    pub(crate) async fn catch_up(&mut self) {
        let offsets = telemetron_store::write::load_offsets(&self.pool, "test", "").await;
        self.next = offsets.unwrap()[0].next_offset;
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
    prop_oneof![8 => any_span(), 2 => any_trace(), 1 => any_child(), 2 => any_handoff()]
}

fn any_span() -> impl Strategy<Value = String> {
    (1_u8..3, 1_u8..6, 0_u8..6, 0_usize..5, 0_usize..3, 0_i64..4, 0_i64..4, 0_i64..3, any::<bool>()).prop_map(
        |(trace, span, parent, kind, status, start, length, tokens, embeds)| {
            let kind = ["AGENT", "LLM", "TOOL", "LLM", "CHAIN"][kind];
            let status = ["RUNNING", "COMPLETED", "FAILED"][status];
            let start = start * 40_000_000_000;
            let mut value = json!({
                "trace_id": trace_id(trace), "span_id": format!("{span:02x}").repeat(8), "name": format!("n{length}"),
                "span_kind": kind, "status": status, "start_time": start,
                "session_id": format!("s{length}"), "input_data": {"n": length}, "tool_name": "t", "model": "m",
            });
            if status != "RUNNING" {
                value["end_time"] = json!(start + length * 1_000_000);
            }
            if length % 2 == 0 {
                value[["agent_name", "agent_id"][usize::from(embeds)]] = json!(format!("a{tokens}"));
            }
            if parent > 0 {
                value["parent_span_id"] = json!(format!("{parent:02x}").repeat(8));
            }
            if span % 2 == 0 {
                // Client and server, under one id.
                value["attributes"] = json!({"otel.span": {"kind": 2 + tokens % 2}});
            } else if embeds && tokens > 0 {
                // What an agent's calls add up to.
                value["attributes"] = json!({"otel.scope": {"name": "sums"}});
            }
            if tokens > 0 {
                value["token_usage"] = json!({"input": tokens, "output": 1});
                value["cost_usd"] = json!(0.001);
            }
            if start > 0 {
                // Now to the other trace, now to its own.
                let linked = json!({"trace_id": trace_id(1 + u8::from(length > 1)), "span_id": "0a".repeat(8)});
                value["links"] = json!([linked]);
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
    (1_u8..3, 0_u8..3, 0_usize..4).prop_map(|(trace, id, kind)| {
        let trace_id = trace_id(trace);
        match kind {
            0 => json!({"handoff_id": format!("h{id}"), "trace_id": trace_id, "source_agent_name": "a",
                        "target_agent_name": "b", "timestamp": 3, "reason": format!("r{}", id % 2)}),
            1 => json!({"event_id": format!("e{}", id % 2), "trace_id": trace_id, "event_name": format!("x{id}"), "timestamp": 4}),
            2 => json!({"trace_id": trace_id, "error_type": format!("E{id}"), "timestamp": 4}),
            _ => json!({"error_id": format!("r{}", id % 2), "trace_id": trace_id, "error_type": format!("E{id}"),
                        "span_id": "02".repeat(8), "timestamp": 4 + id % 2,
                        "severity": (["error", "warning", "critical"][usize::from(id)])}),
        }
        .to_string()
    })
}

/// A handoff of few ids: said outright, or a hint of any rule.
fn any_handoff() -> impl Strategy<Value = String> {
    (1_u8..3, 0_u8..4, 0_usize..5, 1_u8..6, 0_i64..4, any::<bool>()).prop_map(
        |(trace, id, rule, span, time, named)| {
            let time = time * 40_000_000_000;
            let mut value = json!({
                "handoff_id": format!("h{id}"), "trace_id": trace_id(trace), "timestamp": time,
                "target_agent_name": format!("A{}", id % 3), "span_id": format!("{span:02x}").repeat(8),
                "until": time + 50_000_000_000,
            });
            if named {
                value["source_agent_name"] = json!("a0");
            }
            let rules = ["handoff_tool", "sibling_agents", "nested_agent", "speaker_change"];
            if let Some(rule) = rules.get(rule) {
                value["rule"] = json!(rule);
            }
            value.to_string()
        },
    )
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
        "trace_links",
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

/// Spans whose agent at work is not that of the nearest span above that names one.
pub(crate) async fn wrong_agents(pool: &PgPool) -> Vec<String> {
    texts(
        pool,
        "WITH RECURSIVE up AS (
             SELECT trace_id, span_id, parent_span_id AS at FROM spans
             WHERE COALESCE(agent_name, agent_id) IS NULL
             UNION
             SELECT u.trace_id, u.span_id, s.parent_span_id
             FROM up u JOIN spans s ON s.trace_id = u.trace_id AND s.span_id = u.at
             WHERE COALESCE(s.agent_name, s.agent_id) IS NULL),
         found AS (
             SELECT u.trace_id, u.span_id, COALESCE(s.agent_name, s.agent_id) AS agent
             FROM up u JOIN spans s ON s.trace_id = u.trace_id AND s.span_id = u.at
             WHERE COALESCE(s.agent_name, s.agent_id) IS NOT NULL)
         SELECT to_jsonb(s)::text FROM spans s LEFT JOIN found f USING (trace_id, span_id)
         WHERE s.inherited_agent IS DISTINCT FROM f.agent",
    )
    .await
}

/// Tokens of roll-ups under another agent than that at work in the spans that spent them.
pub(crate) async fn misplaced_tokens(pool: &PgPool) -> Vec<String> {
    texts(
        pool,
        "SELECT COALESCE(r.agent, s.agent) || ': ' || COALESCE(r.tokens, 0) || ' for ' || COALESCE(s.tokens, 0)
         FROM (SELECT agent, sum(total_tokens) AS tokens FROM rollups GROUP BY agent) r
         FULL JOIN (
             SELECT agent, sum(tokens) AS tokens FROM (
                 SELECT COALESCE(agent_name, agent_id, inherited_agent, '') AS agent,
                        CASE WHEN NOT counts THEN 0
                             WHEN kind = 2 AND (total_tokens > 0 OR llm_call_count = 0) THEN total_tokens
                             ELSE 7 * llm_call_count END AS tokens
                 FROM spans) x GROUP BY agent) s ON s.agent = r.agent
         WHERE COALESCE(r.tokens, 0) <> COALESCE(s.tokens, 0)",
    )
    .await
}

/// Traces whose sums are not what their rows add up to.
pub(crate) async fn wrong_sums(pool: &PgPool) -> Vec<String> {
    texts(
        pool,
        "SELECT t.trace_id::text || ' ' || to_jsonb(s)::text
         FROM traces t CROSS JOIN LATERAL (
             SELECT count(*) AS spans, count(*) FILTER (WHERE status = 1) AS running,
                    count(*) FILTER (WHERE status = 3) AS failed,
                    COALESCE(sum(CASE WHEN kind = 2 AND counts THEN 1 ELSE 0 END
                        + CASE WHEN kind = 1 AND NOT counts THEN 0 ELSE llm_call_count END), 0) AS llm,
                    min(start_ns) AS start_ns, max(end_ns) AS end_ns
             FROM spans WHERE spans.trace_id = t.trace_id) s
         WHERE (s.spans, s.running, s.failed, s.llm) <> (t.span_count, t.running_count, t.failed_count, t.llm_call_count)
            OR s.start_ns IS DISTINCT FROM t.spans_start_ns OR s.end_ns IS DISTINCT FROM t.spans_end_ns
            OR (SELECT count(*) FROM events e WHERE e.trace_id = t.trace_id) <> t.event_count
            OR (SELECT count(*) FROM errors e WHERE e.trace_id = t.trace_id) <> t.error_count
            OR (SELECT count(*) FROM handoffs e WHERE e.trace_id = t.trace_id AND stands) <> t.handoff_count
            OR (SELECT count(*) FROM handoffs e WHERE e.trace_id = t.trace_id
                AND (rule IS NOT NULL OR source_agent_name IS NULL)) <> t.hint_count
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
