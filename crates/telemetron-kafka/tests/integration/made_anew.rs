//! A topic that is deleted and made anew under its old name, and grows past where the old one was read.

use std::sync::Arc;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use telemetron_kafka::admin::{TopicState, ensure_topics};
use telemetron_kafka::{AssignedPartition, Headers, Outgoing, Producer, SourceEvent, TailStart};
use telemetron_model::topic::{Topic, TopicPartition};

use crate::live;
use crate::support::{Broker, MemoryOffsets, next, next_message, plan};

/// What the tests look at: one partition of the spans.
const PARTITION: TopicPartition = TopicPartition::new(Topic::Spans, 0);

#[tokio::test(flavor = "multi_thread")]
async fn a_topic_made_anew_is_read_from_its_beginning_by_source_and_tail_alike() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let offsets = Arc::new(MemoryOffsets::default());
    let mut source = broker.source(&offsets);
    let first = assigned(&mut source).await;
    assert_eq!(first.replaced, None);
    let old = first.topic_id.expect("this broker gives ids");
    *offsets.topic_id.lock().unwrap() = Some(old.clone());
    let mut tail = live::ready(&broker, TailStart::Now).await;
    send(&broker.producer(), 0..3).await;
    for _ in 0..3 {
        offsets.advance(&next_message(&mut source).await);
        live::next_message(&mut tail).await;
    }

    make_anew(&broker).await;
    // More than was read of the old one: its offset lies in the middle of the new one.
    send(&broker.producer(), 10..20).await;

    let start = loop {
        // While there is no such topic, none of its partitions is assigned.
        let start = assigned(&mut source).await;
        if start.topic_id.as_ref() != Some(&old) {
            break start;
        }
    };
    assert_eq!(start.offset, 0);
    let replaced = start.replaced.expect("the old topic is named");
    assert_eq!((replaced.topic_id, replaced.next), (old, 3));
    let ours = |payload: Option<Vec<u8>>| String::from_utf8(payload.unwrap()).unwrap();
    let wanted: Vec<_> = (10..20).map(|number: i32| number.to_string()).collect();
    let mut read = Vec::new();
    while read.len() < wanted.len() {
        read.push(ours(next_message(&mut source).await.payload));
    }
    assert_eq!(read, wanted);
    let mut seen = Vec::new();
    while !wanted.iter().all(|number| seen.contains(number)) {
        seen.push(ours(live::next_message(&mut tail).await.payload));
    }
}

/// How the partition is assigned next.
async fn assigned(source: &mut telemetron_kafka::Source) -> AssignedPartition {
    loop {
        match next(source, "an assignment").await {
            SourceEvent::Assigned { partitions, .. } => {
                let found = partitions.into_iter().find(|start| start.at() == PARTITION);
                if let Some(found) = found {
                    return found;
                }
            }
            SourceEvent::Revoked { ack, .. } => ack.done(),
            _ => {}
        }
    }
}

async fn send(producer: &Producer, numbers: std::ops::Range<i32>) {
    for number in numbers {
        let payload = number.to_string();
        let outgoing = Outgoing {
            topic: producer.topics().of(PARTITION.topic),
            partition: Some(PARTITION.partition),
            key: None,
            headers: &Headers::new(),
            payload: Some(payload.as_bytes()),
        };
        producer.send_raw(&outgoing).await.unwrap();
    }
}

async fn make_anew(broker: &Broker) {
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &broker.config.bootstrap_servers)
        .create()
        .unwrap();
    let topics = broker.config.topics();
    let deleted = admin.delete_topics(&[topics.of(Topic::Spans)], &AdminOptions::new());
    deleted.await.unwrap()[0].as_ref().unwrap();
    // The name is free a moment later.
    let made = async {
        loop {
            let reports = ensure_topics(&broker.config, &plan()).await;
            let created = |name: &str| name == topics.of(Topic::Spans);
            let done = reports.is_ok_and(|reports| {
                let mut made = reports
                    .iter()
                    .filter(|report| report.state == TopicState::Created);
                made.any(|report| created(&report.name))
            });
            if done {
                return;
            }
        }
    };
    tokio::time::timeout(crate::support::PATIENCE, made)
        .await
        .unwrap();
}
