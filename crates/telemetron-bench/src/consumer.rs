//! From Kafka to committed rows, against COPY of the identical rows and of plain jsonb rows.

use std::time::{Duration, Instant};

use telemetron_consumer::{BatchLimits, Consumer};
use telemetron_kafka::{Producer, ProducerOptions, SourceOptions};
use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use telemetron_runtime::{Health, MetricsBuilder};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::copy_yardstick;
use crate::platform::Platform;
use crate::report::{figure, line, median};
use crate::{cpu, workload};

/// One measurement.
#[derive(Default, Clone, Copy)]
pub(crate) struct Measured {
    pub(crate) spans_per_second: f64,
    pub(crate) own_cpu: f64,
    pub(crate) postgres_cpu: f64,
}

pub(crate) async fn run(traces: u32, repeat: usize, starts: bool) -> anyhow::Result<()> {
    let spans = figure(traces as usize) * f64::from(workload::SPANS_PER_TRACE);
    let (mut ours, mut copies, mut plains) = (Vec::new(), Vec::new(), Vec::new());
    let mut disk = 0.0;
    for _ in 0..repeat {
        let platform = Platform::fresh(6).await?;
        preload(&platform, traces, starts).await?;
        ours.push(consume(&platform, traces, starts).await?);
        disk = copy_yardstick::disk_bytes(&platform.pool).await? / spans;
        copies.push(copy_yardstick::identical_rows(&platform.pool, spans).await?);
        plains.push(copy_yardstick::plain_jsonb(&platform.pool, traces).await?);
    }
    let speed = |all: &[Measured]| median(all.iter().map(|one| one.spans_per_second).collect());
    let ratio = |others: &[Measured]| {
        median(
            ours.iter()
                .zip(others)
                .map(|(a, b)| a.spans_per_second / b.spans_per_second)
                .collect(),
        )
    };
    let per_thousand = |seconds: fn(&Measured) -> f64| {
        median(ours.iter().map(seconds).collect()) / spans * 1_000.0
    };
    let what = if starts {
        "starts and ends"
    } else {
        "ends alone"
    };
    println!("consumer, {what}: {spans} spans, {repeat} repetitions, medians");
    line("consumer: Kafka to committed rows", speed(&ours), "spans/s");
    line(
        "COPY of the identical rows, same tables and indexes",
        speed(&copies),
        "spans/s",
    );
    line(
        "COPY of plain jsonb rows, key and four indexes",
        speed(&plains),
        "spans/s",
    );
    line("ratio to COPY of the identical rows", ratio(&copies), "x");
    line("ratio to COPY of plain jsonb rows", ratio(&plains), "x");
    line(
        "consumer CPU per 1,000 spans",
        per_thousand(|one| one.own_cpu),
        "s",
    );
    line(
        "Postgres CPU per 1,000 spans",
        per_thousand(|one| one.postgres_cpu),
        "s",
    );
    line("disk, tables and indexes", disk, "B/span");
    Ok(())
}

async fn preload(platform: &Platform, traces: u32, starts: bool) -> anyhow::Result<()> {
    let producer = Producer::new(&platform.kafka, &ProducerOptions::default())?;
    let begun = Timestamp::now();
    let mut batch = producer.batch();
    for number in 0..u64::from(traces) {
        let spans = workload::trace(number, begun);
        if starts {
            for span in spans.iter().rev() {
                batch.send(&workload::start_of(span)).await?;
            }
        }
        for span in spans {
            batch.send(&Record::from(span)).await?;
        }
    }
    batch.delivered().await?;
    Ok(())
}

async fn consume(platform: &Platform, traces: u32, starts: bool) -> anyhow::Result<Measured> {
    let source = SourceOptions {
        group: platform.kafka.topic_prefix.clone(),
        ..SourceOptions::default()
    };
    let (health, mut metrics) = (Health::new(), MetricsBuilder::default());
    let shutdown = CancellationToken::new();
    let (own, postgres) = (cpu::own(), cpu::postgres());
    let pool = platform.pool.clone();
    let consumer = Consumer::start(
        &platform.kafka,
        source,
        BatchLimits::default(),
        pool,
        std::env::temp_dir().join("telemetron-bench-dead-letters"),
        &health,
        &mut metrics,
    )?;
    let mut tasks = tokio::task::JoinSet::new();
    tasks.spawn(consumer.run(shutdown.clone()));
    let spans = figure(traces as usize) * f64::from(workload::SPANS_PER_TRACE);
    let records = if starts { spans * 2.0 } else { spans };
    // The clock starts with the assignment: joining a group takes seconds once, not per span.
    while !health.snapshot().ready {
        sleep(Duration::from_millis(1)).await;
    }
    let timer = Instant::now();
    while received(platform).await? < records {
        sleep(Duration::from_millis(10)).await;
    }
    let took = timer.elapsed().as_secs_f64();
    shutdown.cancel();
    while let Some(ended) = tasks.join_next().await {
        ended??;
    }
    let (distinct,): (i64,) =
        sqlx::query_as("SELECT count(DISTINCT (trace_id, span_id)) FROM spans")
            .fetch_one(&platform.pool)
            .await?;
    anyhow::ensure!(
        distinct == i64::from(traces) * i64::from(workload::SPANS_PER_TRACE),
        "{distinct} distinct spans of {spans}"
    );
    Ok(Measured {
        spans_per_second: spans / took,
        own_cpu: cpu::own() - own,
        postgres_cpu: cpu::postgres() - postgres,
    })
}

async fn received(platform: &Platform) -> anyhow::Result<f64> {
    let (received,): (f64,) =
        sqlx::query_as("SELECT COALESCE(sum(received), 0)::float8 FROM ingest_offsets")
            .fetch_one(&platform.pool)
            .await?;
    Ok(received)
}
