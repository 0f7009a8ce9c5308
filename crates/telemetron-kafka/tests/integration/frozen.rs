//! A broker that stands still again and again, and is shut out by its controller meanwhile: clients that
//! lose their last broker by that have to come back.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::admin::ensure_topics;
use telemetron_kafka::{
    KafkaConfig, ProducerOptions, RenewingProducer, Source, SourceEvent, SourceOptions, Tail,
    TailStart, TopicEnds,
};
use telemetron_local::{KafkaJars, KafkaOptions, LocalKafka};
use tokio::time::{sleep, timeout};

use crate::live;
use crate::support::{MemoryOffsets, PATIENCE, plan, span};

/// Longer than the session of a broker that was killed before.
const STANDSTILL: Duration = Duration::from_secs(3);

/// Long enough for clients to ask for metadata while no broker is let in.
const BETWEEN: Duration = Duration::from_millis(1_500);

#[tokio::test(flavor = "multi_thread")]
async fn every_client_delivers_again_after_a_broker_was_frozen_and_shut_out() {
    let Ok(jars) = KafkaJars::find() else {
        eprintln!("SKIPPED: no jars of Kafka in the cache");
        return;
    };
    let data = tempfile::tempdir().unwrap();
    let options = KafkaOptions::new(data.path(), jars);
    // After a crash the session is short.
    let crashed = LocalKafka::start(options.clone()).await.unwrap();
    crashed.kill().await.unwrap();
    let kafka = LocalKafka::start(options).await.unwrap();
    let config = KafkaConfig::new(kafka.bootstrap_servers());
    ensure_topics(&config, &plan()).await.unwrap();

    let producer = RenewingProducer::new(&config, ProducerOptions::default()).unwrap();
    let ends = TopicEnds::new(&config).unwrap();
    let mut tail = Tail::start(&config, TailStart::Now).unwrap();
    live::next(&mut tail).await;
    let offsets = Arc::new(MemoryOffsets::default());
    let start = || Source::start(&config, SourceOptions::default(), offsets.clone()).unwrap();
    let mut source = start();
    for number in 0..4 {
        signal(&kafka, "STOP");
        producer.usable().try_send(&span(number)).unwrap();
        sleep(STANDSTILL).await;
        signal(&kafka, "CONT");
        sleep(BETWEEN).await;
    }

    let wanted: Vec<_> = (0..4)
        .map(|number| span(number).key().into_bytes())
        .collect();
    let mut live = Vec::new();
    while !wanted.iter().all(|key| live.contains(key)) {
        drop(producer.usable()); // As the next sender would.
        live.extend(live::next_message(&mut tail).await.key);
    }
    let mut read = Vec::new();
    while !wanted.iter().all(|key| read.contains(key)) {
        match timeout(PATIENCE, source.recv()).await.unwrap() {
            SourceEvent::Message(message) => read.extend(message.key),
            // As the consumer does.
            SourceEvent::Failed(error) => {
                println!("the source is made anew: {error}");
                source = start();
            }
            _ => {}
        }
    }
    let asked = async { while ends.watermarks().await.is_err() {} };
    timeout(PATIENCE, asked).await.unwrap();
    for report in config.clients.reports() {
        println!("{report:?}");
    }
    kafka.kill().await.unwrap();
}

fn signal(kafka: &LocalKafka, name: &str) {
    let pid = kafka.pid().to_string();
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &pid])
        .status();
    assert!(sent.unwrap().success());
}
