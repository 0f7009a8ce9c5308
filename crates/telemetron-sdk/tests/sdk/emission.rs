//! The way out: bounded, never waiting, nothing lost in silence.

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use telemetron_sdk::{Collector, QueueLimits, Record, Sink, Status};

use crate::support::{PATIENCE, start, start_with};

#[test]
fn a_short_span_is_sent_once() {
    let seen = start_with(|builder| builder.hold_back(PATIENCE));
    let trace = seen.telemetry.trace("t").start();
    trace.chain("short").complete();
    assert_eq!(seen.sink().spans().len(), 1);
}

#[test]
fn a_start_is_held_back_until_it_outlives_the_delay() {
    let seen = start_with(|builder| builder.hold_back(Duration::from_millis(20)));
    let trace = seen.telemetry.trace("t").start();
    let long = trace.chain("long");
    long.input("not sent before the end");
    let sent = seen.sink_without_flush();
    let deadline = Instant::now() + PATIENCE;
    while sent.spans().is_empty() {
        assert!(Instant::now() < deadline, "the start was never sent");
        std::thread::yield_now();
    }
    let start = &sent.spans()[0];
    assert_eq!((start.status, start.end_time), (Status::Running, None));
    assert_eq!(start.input_data, None);
    long.complete();
    assert_eq!(seen.sink().spans().len(), 2);
}

#[test]
fn a_flush_announces_the_spans_that_are_running() {
    let seen = start_with(|builder| builder.hold_back(PATIENCE));
    let trace = seen.telemetry.trace("t").start();
    let _running = trace.chain("running");
    assert_eq!(seen.sink().spans().len(), 1);
}

/// A sink that takes a record only when it is told to.
struct Gate {
    open: Mutex<Receiver<()>>,
}

impl Gate {
    fn new() -> (Self, SyncSender<()>) {
        let (key, open) = sync_channel(0);
        let open = Mutex::new(open);
        (Self { open }, key)
    }
}

impl Sink for Gate {
    fn emit(&self, _record: Record) {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let _open_for_good = open.recv();
    }
}

#[test]
fn a_full_queue_drops_and_counts_and_emitting_stays_quick() {
    const LIMIT: usize = 100;
    let (gate, key) = Gate::new();
    let limits = QueueLimits {
        records: LIMIT,
        bytes: usize::MAX,
    };
    let builder = Collector::builder().sink(gate).queue_limits(limits);
    let telemetry = builder.start().unwrap();
    let trace = telemetry.trace("t").start();
    let began = Instant::now();
    for _ in 0..10_000 {
        trace.chain("step").complete();
    }
    let each = began.elapsed() / 10_000;
    assert!(each < Duration::from_micros(200), "{each:?} a span");
    let dropped = telemetry.dropped();
    assert!(dropped > 10_000, "{dropped}");

    drop(key);
    let report = telemetry.flush_blocking(PATIENCE);
    assert!(report.delivered > 0 && report.pending == 0, "{report:?}");
    assert!(report.dropped >= dropped, "{report:?}");
}

#[test]
fn bytes_are_bounded_as_records_are() {
    let (gate, key) = Gate::new();
    let limits = QueueLimits {
        records: usize::MAX,
        bytes: 1024 * 1024,
    };
    let builder = Collector::builder().sink(gate).queue_limits(limits);
    let telemetry = builder.start().unwrap();
    let trace = telemetry.trace("t").start();
    let payload = "x".repeat(300 * 1024);
    for _ in 0..20 {
        let step = trace.chain("step");
        step.output(&payload);
        step.complete();
    }
    assert!(telemetry.dropped() >= 10, "{}", telemetry.dropped());
    drop(key);
    telemetry.flush_blocking(PATIENCE);
}

#[test]
fn drops_are_told_in_an_event() {
    let seen = start_with(|builder| {
        builder.queue_limits(QueueLimits {
            records: 2,
            bytes: usize::MAX,
        })
    });
    let trace = seen.telemetry.trace("t").start();
    let deadline = Instant::now() + PATIENCE;
    while seen.telemetry.dropped() == 0 {
        assert!(Instant::now() < deadline);
        trace.chain("step").complete();
    }
    let told = seen.sink().of_kind(|record| match record {
        Record::Event(event) if event.event_name == "telemetry_dropped" => event.data,
        _ => None,
    });
    let told: serde_json::Value = told[0].parse().unwrap();
    assert!(told["dropped"].as_u64().unwrap() > 0, "{told}");
}

#[test]
fn a_payload_that_fits_no_record_is_cut_with_a_mark_and_the_span_is_kept() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let span = trace.tool("dump");
    span.input("small").output(&"x".repeat(9 * 1024 * 1024));
    span.complete();
    let span = seen.ended("dump");
    assert_eq!(span.input_data.unwrap().get(), "\"small\"");
    let mark: serde_json::Value = span.output_data.unwrap().parse().unwrap();
    assert_eq!(mark["telemetron.cut"]["bytes"], 9 * 1024 * 1024 + 2);
}

#[test]
fn what_is_beyond_the_bounds_of_a_record_is_brought_within_them_and_never_refused_later() {
    let seen = start();
    let trace = seen.telemetry.trace("t").session("s".repeat(300)).start();
    let span = trace.llm("gpt-5");
    span.cost_usd(2_000_000.0);
    span.complete();
    let span = seen.ended("gpt-5");
    let session = span.session_id.unwrap();
    assert!(
        session.len() <= 256 && session.starts_with("sss"),
        "{session}"
    );
    assert_eq!(span.cost_usd, None);
}

#[test]
fn what_is_emitted_after_the_shutdown_is_dropped_and_counted() {
    let seen = start();
    seen.telemetry.shutdown_blocking(PATIENCE);
    let deadline = Instant::now() + PATIENCE;
    while seen.telemetry.flush_blocking(PATIENCE).dropped == 0 {
        assert!(Instant::now() < deadline);
        drop(seen.telemetry.trace("late").start());
    }
}

#[test]
fn what_was_emitted_before_the_last_handle_was_dropped_is_sent() {
    let seen = start();
    let sink = seen.sink_without_flush().clone();
    seen.telemetry.trace("last").start().complete("words");
    drop(seen);
    let deadline = Instant::now() + PATIENCE;
    while sink.traces().len() < 2 {
        assert!(Instant::now() < deadline, "{:?}", sink.traces());
        std::thread::yield_now();
    }
}
