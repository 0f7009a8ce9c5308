//! Records a second, into Kafka and out of it, over the loopback interface.
//!
//! Needs `KAFKA_BOOTSTRAP_SERVERS`. Its topics have a prefix of their own and stay behind.

use std::collections::HashMap;
use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_kafka::{
    Cluster, KafkaConfig, OffsetError, OffsetStore, Producer, ProducerOptions, SendError, Source,
    SourceEvent, SourceOptions, StoredOffset,
};
use telemetron_model::record::{Record, Span, SpanKind};
use telemetron_model::topic::TopicPartition;
use telemetron_model::{SpanId, Timestamp, TraceId};

const COUNT: u32 = 1_000_000;

struct FromTheStart;

impl OffsetStore for FromTheStart {
    fn load(
        &self,
        _cluster: &Cluster<'_>,
        _partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, StoredOffset>, OffsetError> {
        Ok(HashMap::new())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let Ok(servers) = std::env::var("KAFKA_BOOTSTRAP_SERVERS") else {
        eprintln!("SKIPPED: KAFKA_BOOTSTRAP_SERVERS is not set");
        return Ok(());
    };
    let prefix = format!("bench-{}.", Timestamp::now().nanos());
    let config = KafkaConfig::new(servers).with_topic_prefix(&prefix);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    runtime.block_on(ensure_topics(&config, &TopicPlan::default()))?;
    produce(&config)?;
    runtime.block_on(consume(&config, prefix))
}

fn produce(config: &KafkaConfig) -> Result<(), Box<dyn Error>> {
    let producer = Producer::new(config, &ProducerOptions::default())?;
    let began = Instant::now();
    for number in 1..=COUNT {
        let record = record(number)?;
        while let Err(error) = producer.try_send(&record) {
            if error != SendError::QueueFull {
                return Err(error.into());
            }
            std::thread::park_timeout(Duration::from_millis(1));
        }
    }
    producer.flush_blocking(Duration::from_secs(60));
    assert_eq!(producer.stats().delivered, u64::from(COUNT));
    report("produced", began.elapsed());
    Ok(())
}

fn record(number: u32) -> Result<Record, Box<dyn Error>> {
    let trace_id = TraceId::from_bytes(u128::from(number).to_be_bytes())?;
    let span_id = SpanId::from_slice(&u64::from(number).to_be_bytes())?;
    Ok(Span::started(trace_id, span_id, "step", SpanKind::Chain, Timestamp::now()).into())
}

async fn consume(config: &KafkaConfig, group: String) -> Result<(), Box<dyn Error>> {
    let options = SourceOptions {
        group,
        ..SourceOptions::default()
    };
    let mut source = Source::start(config, options, Arc::new(FromTheStart))?;
    let mut count = 0;
    let mut began = Instant::now();
    while count < COUNT {
        match source.recv().await {
            SourceEvent::Message(_) => count += 1,
            SourceEvent::Assigned { .. } => began = Instant::now(),
            SourceEvent::Revoked { ack, .. } => ack.done(),
            SourceEvent::Silent(_) | SourceEvent::Heard => {}
            SourceEvent::Failed(error) => return Err(error.into()),
        }
    }
    report("consumed", began.elapsed());
    Ok(())
}

fn report(what: &str, spent: Duration) {
    let rate = f64::from(COUNT) / spent.as_secs_f64();
    eprintln!("{what} {COUNT} records in {spent:.2?}: {rate:.0} a second");
}
