//! A million stored spans, written as the consumer writes them, without Kafka.
//!
//! Each part is a partition of a cluster of its own, and its offset counts the spans that are
//! stored: what was begun is gone on with, what is there stays.

use std::time::Instant;

use telemetron_consumer::Upkeep;
use telemetron_model::record::{Record, Span};
use telemetron_model::topic::Topic;
use telemetron_model::{Timestamp, TraceId};
use telemetron_store::PgPool;
use telemetron_store::retention::Retention;
use telemetron_store::write::{self, Batch, Delivery, PartitionStart, Position};

use crate::report::{figure, line};
use crate::workload::{SPANS_PER_TRACE, id_of_trace, trace, trace_of};

/// Spans in one transaction, as in the consumer.
const BATCH: usize = 5_000;

/// Stands for a Kafka cluster that nobody reads from.
const CLUSTER: &str = "bench-reads";

/// The large traces: their numbers and sizes. Numbers of small traces stay far below.
const LARGE: (u64, u32) = (1 << 40, 10_000);
const HUGE: (u64, u32) = (1 << 41, 50_000);

/// The traces that are asked for.
pub(super) struct Filled {
    pub(super) small: Vec<TraceId>,
    pub(super) large: TraceId,
    pub(super) huge: TraceId,
}

/// Fills the store until this many small traces and both large ones are there.
pub(super) async fn fill(pool: &PgPool, small: u32) -> anyhow::Result<Filled> {
    Upkeep::new(pool.clone(), Retention::default())
        .make_partitions()
        .await?;
    let now = Timestamp::now();
    // Newest first, spread over half a day.
    let step = 43_200_000_000_000 / i64::from(small.max(1));
    let begun = |number: i64| now.plus_nanos(-number * step);
    let timer = Instant::now();
    let small_spans = (0..i64::from(small))
        .flat_map(|number| trace(number.unsigned_abs(), begun(number)))
        .take(small as usize * SPANS_PER_TRACE as usize);
    let mut written = store(pool, 0, small_spans).await?;
    for (partition, (number, size)) in [(1, LARGE), (2, HUGE)] {
        let hours_ago = now.plus_nanos(-7_200_000_000_000);
        written += store(
            pool,
            partition,
            trace_of(size, number, hours_ago).into_iter(),
        )
        .await?;
    }
    if written > 0 {
        let speed = figure(written) / timer.elapsed().as_secs_f64();
        line(
            "filled: spans written by the write path alone",
            speed,
            "spans/s",
        );
        // As autovacuum leaves it sooner or later; a figure must not depend on when.
        sqlx::raw_sql("VACUUM ANALYZE").execute(pool).await?;
    }
    Ok(Filled {
        small: (0..u64::from(small)).map(id_of_trace).collect(),
        large: id_of_trace(LARGE.0),
        huge: id_of_trace(HUGE.0),
    })
}

/// Stores the spans that are not stored yet, and counts them.
async fn store(
    pool: &PgPool,
    partition: i32,
    spans: impl Iterator<Item = Span>,
) -> anyhow::Result<usize> {
    let start = PartitionStart {
        topic: Topic::Spans,
        partition,
        offset: 0,
        expired: 0,
    };
    write::begin_partition(pool, CLUSTER, start).await?;
    let offsets = write::load_offsets(pool, CLUSTER, "").await?;
    let stored = offsets.iter().find(|row| row.partition == partition);
    let mut next = stored.map_or(0, |row| row.next_offset);
    let mut left = spans.skip(usize::try_from(next)?);
    let mut written = 0;
    loop {
        let chunk: Vec<_> = left.by_ref().take(BATCH).collect();
        if chunk.is_empty() {
            return Ok(written);
        }
        written += chunk.len();
        let batch = batch(partition, next, chunk)?;
        write::apply(pool, &batch).await?;
        next = batch.positions()[0].next;
    }
}

fn batch(partition: i32, expected: i64, spans: Vec<Span>) -> anyhow::Result<Batch> {
    let (now, count) = (Timestamp::now(), i64::try_from(spans.len())?);
    let mut batch = Batch::new(CLUSTER);
    let position = batch.add_position(Position {
        topic: Topic::Spans,
        partition,
        expected,
        next: expected + count,
        broker_time: Some(now),
        received: count,
        ignored: 0,
        rejected: 0,
    });
    for (hash, span) in (expected..).zip(spans) {
        batch.add(Delivery {
            position,
            broker_time: now,
            hash,
            record: Record::from(span),
        });
    }
    batch.seal()?;
    Ok(batch)
}
