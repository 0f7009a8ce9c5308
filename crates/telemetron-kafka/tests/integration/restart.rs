//! A broker that is killed and comes back, with clients that stay.

use std::sync::Arc;

use telemetron_kafka::admin::ensure_topics;
use telemetron_kafka::{
    KafkaConfig, Producer, ProducerOptions, Source, SourceOptions, Tail, TailEvent, TailStart,
};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka};

use crate::live;
use crate::support::{MemoryOffsets, next_message, plan, span};

#[tokio::test(flavor = "multi_thread")]
async fn clients_go_on_after_a_broker_was_killed_and_started_again() {
    let Ok(jars) = KafkaJars::find() else {
        eprintln!("SKIPPED: no jars of Kafka in the cache");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let options = KafkaOptions::new(data.path(), jars);
    let kafka = LocalKafka::start(options.clone()).await.unwrap();
    let config = KafkaConfig::new(kafka.bootstrap_servers());
    ensure_topics(&config, &plan()).await.unwrap();

    let producer = Producer::new(&config, &ProducerOptions::default()).unwrap();
    let offsets = Arc::new(MemoryOffsets::default());
    let mut source = Source::start(&config, SourceOptions::default(), offsets.clone()).unwrap();
    let mut tail = Tail::start(&config, TailStart::Now).unwrap();
    assert!(matches!(live::next(&mut tail).await, TailEvent::Ready));
    producer.send(&span(1)).await.unwrap();
    assert!(offsets.advance(&next_message(&mut source).await));
    let first = live::next_message(&mut tail).await;

    kafka.kill().await.unwrap();
    let mut batch = producer.batch();
    batch.send(&span(1)).await.unwrap(); // It waits in the producer.
    let kafka = LocalKafka::start(options).await.unwrap();

    assert_eq!(batch.delivered().await.unwrap(), 1);
    let second = next_message(&mut source).await;
    assert!(offsets.advance(&second), "neither lost nor repeated");
    assert_eq!(second.key, first.key);
    assert_eq!(live::next_message(&mut tail).await.offset, first.offset + 1);
    kafka.kill().await.unwrap();
}
