//! The tail and the ends of the topics.

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewPartitions};
use rdkafka::client::DefaultClientContext;
use telemetron_kafka::{Headers, Message, Outgoing, Tail, TailEvent, TailStart, TopicEnds};
use telemetron_model::Timestamp;
use telemetron_model::topic::{Topic, TopicPartition};

use crate::support::{Broker, PARTITIONS, PATIENCE, span};

pub(crate) async fn next(tail: &mut Tail) -> TailEvent {
    loop {
        let event = tokio::time::timeout(PATIENCE, tail.recv()).await;
        match event.expect("an event in time").expect("a living thread") {
            TailEvent::Silent(_) => {}
            event => return event,
        }
    }
}

pub(crate) async fn next_message(tail: &mut Tail) -> Message {
    loop {
        // It is ready again after each silence.
        if let TailEvent::Message(message) = next(tail).await {
            return message;
        }
    }
}

pub(crate) async fn ready(broker: &Broker, start: TailStart) -> Tail {
    let mut tail = Tail::start(&broker.config, start).unwrap();
    let first = next(&mut tail).await;
    assert!(matches!(first, TailEvent::Ready), "{first:?}");
    tail
}

fn key_of(number: u128) -> Option<Vec<u8>> {
    Some(span(number).key().into_bytes())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_from_now_sees_what_comes_next_and_nothing_older() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    producer.send(&span(1)).await.unwrap();
    let mut tail = ready(&broker, TailStart::Now).await;
    producer.send(&span(2)).await.unwrap();
    assert_eq!(next_message(&mut tail).await.key, key_of(2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_from_an_instant_begins_with_what_was_appended_then() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let producer = broker.producer();
    producer.send(&span(1)).await.unwrap();
    let after_first = after(&broker).await;
    producer.send(&span(2)).await.unwrap();
    let mut tail = ready(&broker, TailStart::At(after_first)).await;
    assert_eq!(next_message(&mut tail).await.key, key_of(2));
    producer.send(&span(3)).await.unwrap();
    assert_eq!(next_message(&mut tail).await.key, key_of(3));
}

/// An instant after the broker time of all that is there, to the millisecond.
async fn after(broker: &Broker) -> Timestamp {
    let mut tail = ready(broker, TailStart::At(Timestamp::from_nanos(0))).await;
    let last = next_message(&mut tail).await.broker_time;
    while Timestamp::now().millis() <= last.millis() {
        tokio::task::yield_now().await;
    }
    last.plus_nanos(1_000_000)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tail_finds_new_partitions_and_reads_them_from_their_beginning() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let mut tail = ready(&broker, TailStart::Now).await;
    let topic = broker.config.topics().of(Topic::Spans).to_owned();
    let admin: AdminClient<DefaultClientContext> = ClientConfig::new()
        .set("bootstrap.servers", &broker.config.bootstrap_servers)
        .create()
        .unwrap();
    let more = NewPartitions::new(&topic, PARTITIONS + 1);
    let added = admin.create_partitions(&[more], &AdminOptions::new()).await;
    added.unwrap()[0].as_ref().unwrap();
    let outgoing = Outgoing {
        topic: &topic,
        partition: Some(PARTITIONS as i32),
        key: None,
        headers: &Headers::new(),
        payload: Some(b"{}"),
    };
    // A producer that is made now knows the new partition.
    broker.producer().send_raw(&outgoing).await.unwrap();
    let message = next_message(&mut tail).await;
    assert_eq!((message.partition, message.offset), (PARTITIONS as i32, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ends_of_all_partitions_move_with_what_is_sent() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let ends = TopicEnds::new(&broker.config).unwrap();
    let before = ends.watermarks().await.unwrap();
    assert_eq!(before.len(), 6 * PARTITIONS);
    assert!(before.values().all(|marks| marks.high == 0));

    let sent = broker.producer().send(&span(1)).await.unwrap();
    let after = ends.watermarks().await.unwrap();
    let marks = after[&TopicPartition::new(Topic::Spans, sent.partition)];
    assert_eq!((marks.low, marks.high), (0, 1));
    let cluster = ends.cluster_id().await.unwrap();
    assert_eq!(
        cluster,
        telemetron_kafka::admin::cluster_id(&broker.config)
            .await
            .unwrap()
    );
}
