//! What came of late, and how the stream joins on.

use super::{Filter, Hub, Limits, Position, arrival, drain, event, hub, names, now, publish};
use crate::live::Frame;
use crate::live::hub::Recent;

use serde_json::{Value, json};
use telemetron_view::LiveKind;

fn name(frame: &Frame) -> String {
    let text: Value = serde_json::from_slice(&frame.text).unwrap();
    text["data"]["event_name"].as_str().unwrap().to_owned()
}

fn recent(hub: &Hub, limit: usize) -> (Vec<String>, Recent) {
    let recent = hub.recent(&Filter::default(), limit);
    let names = recent.frames.iter().map(|frame| name(frame)).collect();
    (names, recent)
}

/// Listens from behind what came of late, by the text of its cursor as clients do.
fn listen_behind(hub: &Hub, recent: &Recent) -> super::Subscriber {
    let cursor = Position::decode(&recent.position.encode());
    hub.subscribe(Filter::default(), cursor).unwrap()
}

#[tokio::test]
async fn what_came_of_late_and_what_comes_join_without_gap_or_double() {
    let hub = hub(Limits::default());
    publish(&hub, 0, 0..3);
    publish(&hub, 1, 0..2);
    let (before, recent) = recent(&hub, 100);
    assert_eq!(before, ["0/0", "0/1", "0/2", "1/0", "1/1"]);
    // Something comes before the listener does, and something afterwards.
    publish(&hub, 1, 2..4);
    let mut listener = listen_behind(&hub, &recent);
    publish(&hub, 2, 0..1);
    assert_eq!(names(&mut listener).await, ["1/2", "1/3", "2/0"]);
}

#[tokio::test]
async fn where_nothing_came_the_stream_is_joined_all_the_same() {
    let hub = hub(Limits::default());
    let (before, recent) = recent(&hub, 100);
    assert_eq!(before, Vec::<String>::new());
    publish(&hub, 0, 0..1);
    let mut listener = listen_behind(&hub, &recent);
    publish(&hub, 0, 1..2);
    let (seen, cursor) = drain(&mut listener).await;
    assert_eq!(seen, ["0/0", "0/1"], "no resync");
    assert!(Position::decode(&cursor.unwrap()).is_some());
}

#[tokio::test]
async fn a_record_that_nobody_can_read_is_passed_too() {
    let hub = hub(Limits::default());
    hub.publish(arrival(0, 7, now()), None);
    let (before, recent) = recent(&hub, 100);
    assert_eq!(before, Vec::<String>::new());
    let mut listener = listen_behind(&hub, &recent);
    publish(&hub, 0, 8..9);
    assert_eq!(names(&mut listener).await, ["0/8"]);
}

#[tokio::test]
async fn the_latest_are_given_and_more_are_said_to_be_there() {
    let hub = hub(Limits::default());
    publish(&hub, 0, 0..5);
    let (names, all) = recent(&hub, 5);
    assert_eq!((names.len(), all.more), (5, false));
    let (names, some) = recent(&hub, 2);
    assert_eq!((names, some.more), (vec!["0/3".into(), "0/4".into()], true));
    let spans = Filter {
        kinds: vec![LiveKind::Span],
        ..Filter::default()
    };
    let none = hub.recent(&spans, 5);
    assert_eq!((none.frames.len(), none.more), (0, false));
}

#[tokio::test]
async fn all_is_kept_since_the_latest_that_was_dropped() {
    let started = now().plus_nanos(-60_000_000_000);
    let small = Limits {
        ring_bytes: 3000,
        ..Limits::default()
    };
    let hub = Hub::new(small, started, super::Gauge::default());
    assert_eq!(recent(&hub, 9).1.since, started);
    for offset in 0..30 {
        let record = event(&format!("0/{offset}"), json!({}));
        hub.publish(
            arrival(0, offset, started.plus_nanos(offset)),
            Some(&record),
        );
    }
    let (names, kept) = recent(&hub, 100);
    let dropped = 30 - i64::try_from(names.len()).unwrap();
    assert!(dropped > 0);
    assert_eq!(kept.since, started.plus_nanos(dropped - 1));
    // Whoever begins here is not told to read anew.
    let mut listener = listen_behind(&hub, &kept);
    assert_eq!(super::names(&mut listener).await, Vec::<String>::new());
}
