//! Records as the consumer writes them.

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::decode::{Decoded, RawRecord, content_hash, decode};
use telemetron_model::record::Schema;
use telemetron_model::topic::Topic;
use telemetron_model::{SpanId, Timestamp, TraceId};
use telemetron_store::write::{Batch, Delivery, PartitionStart, Position, apply, begin_partition};

/// When the broker took the first batch.
pub(crate) const SEEN: &str = "2026-01-31T12:00:00Z";

/// When spans begin: an hour before.
pub(crate) const BEGAN_NS: i64 = 1_769_857_200_000_000_000;

/// The trace id made of one byte.
pub(crate) fn trace_id(n: u8) -> TraceId {
    TraceId::from_bytes([n; 16]).unwrap()
}

/// The span id made of one byte.
pub(crate) fn span_id(n: u8) -> SpanId {
    SpanId::from_slice(&[n; 8]).unwrap()
}

/// Where the rows of a trace lie.
pub(crate) async fn located(pool: &PgPool, n: u8) -> telemetron_store::read::Located {
    telemetron_store::read::traces::locate(pool, trace_id(n))
        .await
        .unwrap()
        .unwrap()
}

/// A completed span: it begins so many milliseconds after [`BEGAN_NS`] and takes ten.
pub(crate) fn span(trace: u8, span: u8, begins_ms: i64, change: Value) -> (Schema, Value) {
    let start = BEGAN_NS + begins_ms * 1_000_000;
    let fields = json!({
        "trace_id": trace_id(trace), "span_id": span_id(span), "name": format!("span {span}"),
        "span_kind": "CHAIN", "status": "COMPLETED",
        "start_time": start, "end_time": start + 10_000_000,
    });
    (Schema::Span, changed(fields, change))
}

/// A completed trace of one second.
pub(crate) fn trace(n: u8, begins_ms: i64, change: Value) -> (Schema, Value) {
    let start = BEGAN_NS + begins_ms * 1_000_000;
    let fields = json!({
        "trace_id": trace_id(n), "status": "COMPLETED",
        "start_time": start, "end_time": start + 1_000_000_000,
    });
    (Schema::Trace, changed(fields, change))
}

/// Fields over other fields; `null` takes one away.
pub(crate) fn changed(mut fields: Value, change: Value) -> Value {
    let Value::Object(change) = change else {
        panic!("a change is an object")
    };
    fields.as_object_mut().unwrap().extend(change);
    fields
}

/// Stores records as one batch, all through one partition.
pub(crate) async fn store(pool: &PgPool, records: &[(Schema, Value)]) {
    let broker_time = Timestamp::parse_rfc3339(SEEN).unwrap();
    telemetron_store::partitions::ensure(pool, &[broker_time.day()])
        .await
        .unwrap();
    let next: Option<i64> = sqlx::query_scalar("SELECT next_offset FROM ingest_offsets")
        .fetch_optional(pool)
        .await
        .unwrap();
    if next.is_none() {
        let start = PartitionStart {
            topic: Topic::Spans,
            partition: 0,
            offset: 0,
            expired: 0,
        };
        begin_partition(pool, "test", start).await.unwrap();
    }
    let count = i64::try_from(records.len()).unwrap();
    let expected = next.unwrap_or(0);
    let mut batch = Batch::new("test");
    let position = batch.add_position(Position {
        topic: Topic::Spans,
        partition: 0,
        expected,
        next: expected + count,
        broker_time: Some(broker_time),
        received: count,
        ignored: 0,
        rejected: 0,
    });
    for (schema, value) in records {
        batch.add(delivery(position, broker_time, *schema, &value.to_string()));
    }
    batch.seal().unwrap();
    apply(pool, &batch).await.unwrap();
}

fn delivery(position: usize, broker_time: Timestamp, schema: Schema, text: &str) -> Delivery {
    let raw = RawRecord {
        topic: schema.topic(),
        schema: Some(schema.header().as_bytes()),
        key: None,
        value: Some(text.as_bytes()),
    };
    let Decoded::Fold { record, .. } = decode(raw) else {
        panic!("not folded: {text}")
    };
    Delivery {
        position,
        broker_time,
        hash: content_hash(text.as_bytes()),
        record,
    }
}
