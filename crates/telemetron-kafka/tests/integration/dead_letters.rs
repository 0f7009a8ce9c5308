//! Rejected messages: kept, listed, shown, replayed.

use std::sync::Arc;

use telemetron_kafka::admin::cluster_id;
use telemetron_kafka::dead_letter::{DeadLetter, DeadLetters, Origin, REPLAY_OF};
use telemetron_kafka::{Error, Headers, Message, Outgoing};
use telemetron_model::Timestamp;
use telemetron_model::topic::Topic;

use crate::support::{Broker, MemoryOffsets, next_message};

/// A message that nobody can fold.
async fn send_garbage(broker: &Broker, headers: &Headers) -> (Message, telemetron_kafka::Source) {
    let producer = broker.producer();
    let outgoing = Outgoing {
        topic: producer.topics().of(Topic::Spans),
        partition: None,
        key: Some(b"\xff\x00not text"),
        headers,
        payload: Some(b"{ this is not JSON"),
    };
    producer.send_raw(&outgoing).await.unwrap();
    let mut source = broker.source(&Arc::new(MemoryOffsets::default()));
    (next_message(&mut source).await, source)
}

async fn reject(broker: &Broker, message: &Message) -> DeadLetter {
    let origin = Origin {
        cluster: cluster_id(&broker.config).await.unwrap(),
        topic: broker.config.topics().of(message.topic).to_owned(),
        partition: message.partition,
        offset: message.offset,
    };
    let now = Timestamp::now();
    let letter = DeadLetter::of(message.clone(), origin, "malformed", "not JSON", now);
    letter.send(&broker.producer()).await.unwrap();
    letter
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_message_is_kept_as_it_was_and_replayed_with_a_mark() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let headers = Headers::new()
        .with("schema", "telemetron.span.v1")
        .with("traceparent", "x");
    let (original, mut source) = send_garbage(&broker, &headers).await;
    let letter = reject(&broker, &original).await;

    let dead_letters = DeadLetters::new(&broker.config).unwrap();
    let page = dead_letters.list(None, 10).await.unwrap();
    assert_eq!((page.letters.len(), page.total, page.next), (1, 1, None));
    let summary = &page.letters[0];
    assert_eq!(summary.origin, letter.origin);
    assert_eq!(summary.schema.as_deref(), Some("telemetron.span.v1"));
    let fetched = dead_letters.get(summary.id).await.unwrap();
    assert_eq!(fetched, letter);

    fetched.replay(&broker.producer()).await.unwrap();
    let replayed = next_message(&mut source).await;
    assert_eq!(replayed.key, original.key);
    assert_eq!(replayed.payload, original.payload);
    assert_eq!(replayed.partition, original.partition);
    let marked = original.headers.with(REPLAY_OF, letter.origin.to_string());
    assert_eq!(replayed.headers, marked);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_go_from_the_newest_letter_to_the_oldest() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let (mut message, _source) = send_garbage(&broker, &Headers::new()).await;
    for offset in 0..7 {
        message.offset = offset;
        reject(&broker, &message).await;
    }
    let dead_letters = DeadLetters::new(&broker.config).unwrap();
    let mut offsets = Vec::new();
    let mut before = None;
    loop {
        let page = dead_letters.list(before, 3).await.unwrap();
        assert_eq!(page.total, 7);
        offsets.extend(page.letters.iter().map(|letter| letter.origin.offset));
        before = page.next;
        if before.is_none() {
            break;
        }
    }
    assert_eq!(offsets, [6, 5, 4, 3, 2, 1, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_empty_topic_has_an_empty_page_and_no_letter() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let dead_letters = DeadLetters::new(&broker.config).unwrap();
    let page = dead_letters.list(None, 10).await.unwrap();
    assert_eq!((page.letters.len(), page.total, page.next), (0, 0, None));
    for id in ["0-0", "7-1"] {
        let error = dead_letters.get(id.parse().unwrap()).await.unwrap_err();
        assert!(matches!(error, Error::NoDeadLetter { .. }), "{error}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_letter_that_claims_a_foreign_origin_is_not_replayed() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let (message, _source) = send_garbage(&broker, &Headers::new()).await;
    let mut letter = reject(&broker, &message).await;
    letter.origin.topic = "bank-transfers".to_owned();
    let error = letter.replay(&broker.producer()).await.unwrap_err();
    assert!(error.to_string().contains("bank-transfers"), "{error}");
}
