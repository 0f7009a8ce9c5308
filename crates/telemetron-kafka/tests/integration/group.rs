//! The source as a member of a group.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use telemetron_kafka::{Producer, SourceError, SourceEvent, SourceOptions};
use telemetron_model::topic::{Topic, TopicPartition};

use crate::support::{Broker, MemoryOffsets, PATIENCE, next, next_message, span};

async fn send(producer: &Producer, numbers: std::ops::Range<u128>) {
    let mut batch = producer.batch();
    for number in numbers {
        batch.send(&span(number)).await.unwrap();
    }
    batch.delivered().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reading_goes_on_at_the_stored_offsets_and_at_the_beginning_without() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    send(&broker.producer(), 0..30).await;
    let offsets = Arc::new(MemoryOffsets::default());
    let mut source = broker.source(&offsets);
    for _ in 0..10 {
        let message = next_message(&mut source).await;
        assert!(offsets.advance(&message));
    }
    assert!(source.stop(PATIENCE).await);

    let mut source = broker.source(&offsets);
    for _ in 10..30 {
        let message = next_message(&mut source).await;
        assert!(offsets.advance(&message), "the one after the stored offset");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_assignment_waits_for_a_database_that_is_away() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    send(&broker.producer(), 0..1).await;
    let offsets = Arc::new(MemoryOffsets::default());
    offsets.away.store(3, Relaxed);
    let mut source = broker.source(&offsets);
    next_message(&mut source).await;
    assert_eq!(offsets.away.load(Relaxed), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn reassigning_reads_again_from_the_stored_offsets_in_a_new_epoch() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    send(&broker.producer(), 0..3000).await;
    let offsets = Arc::new(MemoryOffsets::default());
    let mut source = broker.source(&offsets);
    for last_epoch in 0..5_u64 {
        let mut first = BTreeMap::new();
        for _ in 0..500 {
            let message = next_message(&mut source).await;
            assert!(message.epoch > last_epoch);
            first.entry(message.partition).or_insert(message.offset);
        }
        assert!(first.values().all(|offset| *offset == 0), "{first:?}");
        source.reassign();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_reader_misses_and_repeats_nothing() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    const COUNT: usize = 20_000;
    send(&broker.producer(), 0..COUNT as u128).await;
    let offsets = Arc::new(MemoryOffsets::default());
    let options = SourceOptions {
        max_messages: 100,
        max_bytes: 64 * 1024,
        ..broker.source_options()
    };
    let mut source =
        telemetron_kafka::Source::start(&broker.config, options, offsets.clone()).unwrap();
    for read in 0..COUNT {
        let message = next_message(&mut source).await;
        assert!(offsets.advance(&message), "{message:?} is not the next one");
        if read % 8000 == 4000 {
            // Longer than the source waits before it pauses its partitions.
            tokio::time::sleep(std::time::Duration::from_millis(1500)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_members_share_the_partitions_without_loss_or_repetition() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    const COUNT: usize = 6000;
    let producer = broker.producer();
    send(&producer, 0..2000).await;
    let offsets = Arc::new(MemoryOffsets::default());
    let (seen, mut all_seen) = tokio::sync::mpsc::unbounded_channel();
    let member = |name: &'static str| {
        let mut source = broker.source(&offsets);
        let (offsets, seen) = (Arc::clone(&offsets), seen.clone());
        async move {
            loop {
                match source.recv().await {
                    SourceEvent::Message(message) => {
                        assert!(offsets.advance(&message), "{name} read out of turn");
                        let place = (message.partition, message.offset);
                        seen.send((name, place)).unwrap();
                    }
                    SourceEvent::Revoked { ack, .. } => ack.done(),
                    SourceEvent::Assigned { .. } | SourceEvent::Silent(_) | SourceEvent::Heard => {}
                    SourceEvent::Failed(error) => panic!("{name}: {error}"),
                }
            }
        }
    };
    let mut members = tokio::task::JoinSet::new();
    members.spawn(member("first"));
    let mut places = HashSet::new();
    let mut names = HashSet::new();
    while places.len() < 1000 {
        let (name, place) = next_seen(&mut all_seen).await;
        names.insert(name);
        assert!(places.insert(place), "{place:?} came twice");
    }
    members.spawn(member("second"));
    let mut sent = 2000;
    while places.len() < COUNT || names.len() < 2 {
        // More is sent until the second member has got its share.
        if places.len() == sent {
            send(&producer, sent as u128..sent as u128 + 500).await;
            sent += 500;
        }
        let (name, place) = next_seen(&mut all_seen).await;
        names.insert(name);
        assert!(places.insert(place), "{place:?} came twice");
    }
    members.abort_all();
}

async fn next_seen<T>(seen: &mut tokio::sync::mpsc::UnboundedReceiver<T>) -> T {
    let next = tokio::time::timeout(PATIENCE, seen.recv()).await;
    next.expect("a message in time").expect("a member alive")
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_beyond_the_end_stops_the_source_with_instructions() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let offsets = Arc::new(MemoryOffsets::default());
    offsets
        .next
        .lock()
        .unwrap()
        .insert(TopicPartition::new(Topic::Spans, 1), 5);
    let mut source = broker.source(&offsets);
    let failed = tokio::time::timeout(PATIENCE, source.recv()).await.unwrap();
    let SourceEvent::Failed(SourceError::OffsetBeyondEnd { stored, high, .. }) = failed else {
        panic!("{failed:?}");
    };
    assert_eq!((stored, high), (5, 0));
    let after = tokio::time::timeout(PATIENCE, source.recv()).await.unwrap();
    assert!(matches!(after, SourceEvent::Failed(SourceError::Stopped)));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_partition_is_assigned_with_its_start() {
    let Some(broker) = Broker::find().await else {
        return;
    };
    let mut source = broker.source(&Arc::new(MemoryOffsets::default()));
    let assigned = next(&mut source, "an assignment").await;
    let SourceEvent::Assigned { epoch, partitions } = assigned else {
        panic!("{assigned:?}");
    };
    assert_eq!(epoch, 1);
    assert_eq!(partitions.len(), 6 * crate::support::PARTITIONS);
    assert!(
        partitions
            .iter()
            .all(|start| start.offset == 0 && start.expired == 0)
    );
}
