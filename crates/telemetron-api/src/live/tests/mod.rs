//! The live stream without Kafka.

mod recent;

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::decode::{Decoded, RawRecord, decode};
use telemetron_model::record::{Record, Severity};
use telemetron_model::topic::{Topic, TopicPartition};
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_view::LiveKind;

use super::hub::Arrival;
use super::{Filter, Hub, Limits, Position, Subscriber, Update};

/// An event, named so that it can be recognised.
fn event(name: &str, change: Value) -> Record {
    let mut fields = json!({ "event_name": name, "timestamp": 1 });
    let change = change.as_object().unwrap().clone();
    fields.as_object_mut().unwrap().extend(change);
    let value = fields.to_string();
    let raw = RawRecord {
        topic: Topic::Events,
        schema: None,
        key: None,
        value: Some(value.as_bytes()),
    };
    match decode(raw) {
        Decoded::Fold { record, .. } => record,
        other => panic!("{other:?}"),
    }
}

fn now() -> Timestamp {
    Timestamp::now()
}

fn hub(limits: Limits) -> Hub {
    Hub::new(limits, now() - limits.ring_age, Gauge::default())
}

fn arrival(partition: i32, offset: i64, time: Timestamp) -> Arrival {
    Arrival {
        topic: Topic::Events,
        partition,
        offset,
        time,
    }
}

/// Publishes events `from..to`, named by their offset, on one partition.
fn publish(hub: &Hub, partition: i32, offsets: std::ops::Range<i64>) {
    for offset in offsets {
        let record = event(&format!("{partition}/{offset}"), json!({}));
        hub.publish(arrival(partition, offset, now()), Some(&record));
    }
}

/// Everything that waits, as names of events or words, and the last cursor.
async fn drain(subscriber: &mut Subscriber) -> (Vec<String>, Option<String>) {
    let (mut seen, mut cursor) = (Vec::new(), None);
    loop {
        tokio::select! {
            biased;
            update = subscriber.next() => match update.unwrap() {
                Update::Frame(frame) => {
                    let text: Value = serde_json::from_slice(&frame.text).unwrap();
                    assert_eq!(text["cursor"], frame.cursor());
                    seen.push(text["data"]["event_name"].as_str().unwrap().to_owned());
                    cursor = Some(frame.cursor().to_owned());
                }
                Update::Lagged(missed) => seen.push(format!("lagged {missed}")),
                Update::Resync => seen.push("resync".to_owned()),
                Update::Delivery(trouble) => seen.push(format!("delivery {trouble:?}")),
            },
            () = std::future::ready(()) => return (seen, cursor),
        }
    }
}

async fn names(subscriber: &mut Subscriber) -> Vec<String> {
    drain(subscriber).await.0
}

fn listen(hub: &Hub) -> Subscriber {
    hub.subscribe(Filter::default(), None).unwrap()
}

fn resume(hub: &Hub, cursor: &str) -> Subscriber {
    hub.subscribe(Filter::default(), Some(Position::decode(cursor).unwrap()))
        .unwrap()
}

#[tokio::test]
async fn a_slow_client_is_told_what_it_missed_and_a_fast_one_notices_nothing() {
    let hub = hub(Limits {
        queue: 4,
        ..Limits::default()
    });
    let (mut slow, mut fast) = (listen(&hub), listen(&hub));
    let mut got = Vec::new();
    for offset in 0..10 {
        publish(&hub, 0, offset..offset + 1);
        got.extend(names(&mut fast).await);
    }
    let all: Vec<_> = (0..10).map(|offset| format!("0/{offset}")).collect();
    assert_eq!(got, all);
    assert_eq!(
        names(&mut slow).await,
        ["0/0", "0/1", "0/2", "0/3", "lagged 6"]
    );
    publish(&hub, 0, 10..11);
    assert_eq!(names(&mut slow).await, ["0/10"]);
}

#[tokio::test]
async fn the_gap_of_a_slow_client_stands_where_records_are_missing() {
    let hub = hub(Limits {
        queue: 4,
        ..Limits::default()
    });
    let mut slow = listen(&hub);
    publish(&hub, 0, 0..6);
    assert!(matches!(slow.next().await, Some(Update::Frame(_))));
    assert!(matches!(slow.next().await, Some(Update::Frame(_))));
    publish(&hub, 0, 6..7);
    assert_eq!(names(&mut slow).await, ["0/2", "0/3", "lagged 2", "0/6"]);
}

#[tokio::test]
async fn who_comes_back_with_a_cursor_gets_what_it_missed_and_nothing_twice() {
    let hub = hub(Limits::default());
    let mut first = listen(&hub);
    publish(&hub, 0, 0..3);
    publish(&hub, 1, 0..2);
    let (_, cursor) = drain(&mut first).await;
    drop(first);
    publish(&hub, 1, 2..4);
    publish(&hub, 2, 0..1);
    let mut again = resume(&hub, &cursor.unwrap());
    publish(&hub, 0, 3..4);
    assert_eq!(names(&mut again).await, ["1/2", "1/3", "2/0", "0/3"]);
}

#[tokio::test]
async fn a_cursor_outlives_the_process_and_another_order_of_partitions() {
    let before = hub(Limits::default());
    let mut first = listen(&before);
    publish(&before, 0, 5..7);
    publish(&before, 1, 9..10);
    let cursor = drain(&mut first).await.1.unwrap();

    // The next process reads the same records from Kafka again, in another order, while the
    // client is back already.
    let after = hub(Limits::default());
    let past = now().plus_nanos(-60_000_000_000);
    let refill = |partition, offset| {
        let record = event(&format!("{partition}/{offset}"), json!({}));
        after.publish(arrival(partition, offset, past), Some(&record));
    };
    refill(1, 9);
    let mut again = resume(&after, &cursor);
    refill(0, 5);
    refill(0, 6);
    publish(&after, 1, 10..11);
    publish(&after, 0, 7..8);
    let (seen, cursor) = drain(&mut again).await;
    assert_eq!(seen, ["1/10", "0/7"]);

    // Gone in the middle, it comes back to a process that has not read everything again yet.
    let third = hub(Limits::default());
    let mut again = resume(&third, &cursor.unwrap());
    publish(&third, 2, 0..1);
    let (seen, cursor) = drain(&mut again).await;
    assert_eq!(seen, ["2/0"]);
    let record = event("0/7", json!({}));
    third.publish(arrival(0, 7, past), Some(&record));
    let mut again = resume(&third, &cursor.unwrap());
    assert_eq!(
        names(&mut again).await,
        Vec::<String>::new(),
        "nothing twice"
    );
}

#[tokio::test]
async fn who_was_away_too_long_is_told_to_read_anew() {
    let small = Limits {
        ring_bytes: 3000,
        ..Limits::default()
    };
    let hub = hub(small);
    let mut first = listen(&hub);
    publish(&hub, 0, 0..1);
    let cursor = drain(&mut first).await.1.unwrap();
    publish(&hub, 0, 1..30);
    let mut again = resume(&hub, &cursor);
    publish(&hub, 0, 30..31);
    assert_eq!(names(&mut again).await, ["resync", "0/30"]);

    let mut old = Position::default();
    old.advance(0, 5, now().millis() - 600_000);
    let mut older_than_the_ring = resume(&hub, &old.encode());
    assert_eq!(names(&mut older_than_the_ring).await, ["resync"]);
}

#[tokio::test]
async fn a_new_client_is_spared_the_past_that_the_ring_is_filled_with() {
    let hub = hub(Limits::default());
    let mut new = listen(&hub);
    let past = now().plus_nanos(-60_000_000_000);
    hub.publish(arrival(0, 1, past), Some(&event("past", json!({}))));
    publish(&hub, 0, 2..3);
    assert_eq!(names(&mut new).await, ["0/2"]);
}

#[tokio::test]
async fn lists_are_combined_with_and_and_empty_ones_mean_all() {
    let trace = "0000000000000000000000000000000a";
    let hub = hub(Limits::default());
    let filter = Filter {
        trace_ids: HashSet::from([trace.parse().unwrap()]),
        agent_names: ["coder".to_owned(), "a-7".to_owned()].into_iter().collect(),
        event_types: ["retry".to_owned()].into_iter().collect(),
        kinds: vec![LiveKind::Event, LiveKind::Error],
        min_severity: Some(Severity::Warning),
    };
    let mut picky = hub.subscribe(filter, None).unwrap();
    let wanted = json!({
        "trace_id": trace, "agent_name": "coder", "event_type": "retry", "severity": "error",
    });
    let mut send = {
        let mut offset = 0;
        let hub = hub.clone();
        move |name: &str, field: &str, value: Value| {
            let mut change = wanted.clone();
            change[field] = value;
            offset += 1;
            hub.publish(arrival(0, offset, now()), Some(&event(name, change)));
        }
    };
    send("all fits", "message", json!("x"));
    send(
        "other trace",
        "trace_id",
        json!("0000000000000000000000000000000b"),
    );
    send("no trace", "trace_id", Value::Null);
    send("other agent", "agent_name", json!("planner"));
    send("other type", "event_type", json!("custom"));
    send("too mild", "severity", json!("info"));
    send("agent by id", "agent_id", json!("a-7"));
    assert_eq!(names(&mut picky).await, ["all fits", "agent by id"]);

    picky.want(Filter {
        kinds: vec![LiveKind::Span],
        ..Filter::default()
    });
    send("no span", "message", json!("x"));
    picky.want(Filter::default());
    send("anything", "message", json!("x"));
    assert_eq!(names(&mut picky).await, ["anything"]);
}

#[tokio::test]
async fn the_ring_is_bounded_by_bytes_and_by_age() {
    let by_bytes = hub(Limits {
        ring_bytes: 5000,
        ..Limits::default()
    });
    publish(&by_bytes, 0, 0..100);
    assert_eq!(
        by_bytes.time_of(TopicPartition::new(Topic::Events, 0), 50),
        None
    );
    assert!(
        by_bytes
            .time_of(TopicPartition::new(Topic::Events, 0), 99)
            .is_some()
    );

    let by_age = hub(Limits {
        ring_age: Duration::from_secs(1),
        ..Limits::default()
    });
    let at = |seconds: i64| Timestamp::from_nanos(seconds * 1_000_000_000);
    for second in 0..5 {
        by_age.publish(arrival(0, second, at(second)), None);
    }
    assert_eq!(
        by_age.time_of(TopicPartition::new(Topic::Events, 0), 2),
        None
    );
    assert_eq!(
        by_age.time_of(TopicPartition::new(Topic::Events, 0), 3),
        Some(at(3))
    );
    assert_eq!(
        by_age.time_of(TopicPartition::new(Topic::Events, 0), 9),
        None
    );
    assert_eq!(
        by_age.time_of(TopicPartition::new(Topic::Events, 1), 3),
        None
    );
}

#[tokio::test]
async fn no_more_listen_than_may_and_who_leaves_makes_room() {
    let hub = hub(Limits {
        subscribers: 1,
        ..Limits::default()
    });
    let first = listen(&hub);
    assert!(hub.subscribe(Filter::default(), None).is_none());
    drop(first);
    assert!(hub.subscribe(Filter::default(), None).is_some());
}

#[test]
fn a_preview_shows_the_head_of_payloads_and_instants_as_text() {
    let long = "ä".repeat(4000);
    let value = json!({
        "trace_id": "0000000000000000000000000000000a", "span_id": "000000000000000b",
        "name": "call", "span_kind": "LLM", "status": "COMPLETED", "start_time": 0,
        "end_time": 1_500_000, "model": "m", "input_data": long, "output_data": { "a": 1 },
        "attributes": { "k": "v" }, "token_usage": { "input": 3, "output": 4 }, "cost_usd": 0.5,
    })
    .to_string();
    let raw = RawRecord {
        topic: Topic::Spans,
        schema: None,
        key: None,
        value: Some(value.as_bytes()),
    };
    let Decoded::Fold { record, .. } = decode(raw) else {
        panic!("a span")
    };
    let mut shown = super::preview::of(&record);
    let preview = shown["input_preview"].take();
    assert!(preview.as_str().unwrap().len() <= 512);
    assert!(shown.to_string().len() < 1000);
    insta::assert_json_snapshot!(shown);
}
