//! The worker: holds span starts back, makes records of items, and sends them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetron_model::bounds;
use telemetron_model::cut::fit_payloads;
use telemetron_model::record::{Event, Record, Severity, event_type};
use telemetron_model::{RawJson, Timestamp};

use super::output::{Output, Sent};
use super::span_record;
use crate::core::{FlushReport, Item, Order, Queue, Registry, Report, SpanHead, ids};

/// How long the worker gathers items before it takes them.
const GATHER: Duration = Duration::from_millis(5);

/// How long it waits when the output has no room.
const FULL_PAUSE: Duration = Duration::from_millis(50);

/// How often drops are reported, at most.
const REPORT_DROPS: Duration = Duration::from_secs(10);

/// Longest sleep: what is checked from time to time is not late by more.
const LONGEST_SLEEP: Duration = Duration::from_secs(60);

/// When things are done.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rhythm {
    pub(crate) hold_back: Duration,
    pub(crate) heartbeat: Duration,
}

pub(crate) struct Worker<O: Output> {
    queue: Arc<Queue>,
    registry: Arc<Registry>,
    output: O,
    rhythm: Rhythm,
    /// Span starts that wait for their end to come first.
    held: VecDeque<(Instant, Arc<SpanHead>)>,
    /// Records on their way to the output.
    ready: VecDeque<Record>,
    flushes: Vec<(Instant, Report)>,
    stop_at: Option<Instant>,
    next_heartbeat: Instant,
    next_drop_report: Instant,
    drops_reported: u64,
    blocked: bool,
}

impl<O: Output> Worker<O> {
    pub(crate) fn new(
        queue: Arc<Queue>,
        registry: Arc<Registry>,
        output: O,
        rhythm: Rhythm,
    ) -> Self {
        let now = Instant::now();
        Self {
            queue,
            registry,
            output,
            rhythm,
            held: VecDeque::new(),
            ready: VecDeque::new(),
            flushes: Vec::new(),
            stop_at: None,
            next_heartbeat: now + rhythm.heartbeat,
            next_drop_report: now,
            drops_reported: 0,
            blocked: false,
        }
    }

    /// Runs until told to stop.
    pub(crate) fn run(mut self) {
        let mut items = Vec::new();
        loop {
            let gather = if self.blocked { FULL_PAUSE } else { GATHER };
            self.queue.wait(gather, self.blocked, self.next_duty());
            // With no room behind, items stay in the queue, whose bound then counts.
            let orders = if self.ready.is_empty() {
                self.queue.take(&mut items)
            } else {
                self.queue.take_orders()
            };
            items.drain(..).for_each(|item| self.admit(item));
            orders.into_iter().for_each(|order| self.follow(order));
            self.release_held();
            self.beat();
            self.report_drops();
            self.send_ready();
            let report = self.report();
            self.answer_flushes(report);
            if self.stop_at.is_some_and(|at| is_over(at, report)) {
                return;
            }
        }
    }

    /// When the worker has to be awake next, whatever comes.
    fn next_duty(&self) -> Instant {
        let now = Instant::now();
        if self.is_draining() || !self.ready.is_empty() {
            return now;
        }
        let held = self.held.front().map(|(due, _)| *due);
        let due = held.unwrap_or(self.next_heartbeat).min(self.next_heartbeat);
        due.min(now + LONGEST_SLEEP)
    }

    fn admit(&mut self, item: Item) {
        match item {
            Item::Started(head) if self.rhythm.hold_back.is_zero() => {
                self.ready.push_back(span_record::of_start(&head));
            }
            Item::Started(head) => {
                let due = head.clock() + self.rhythm.hold_back;
                self.held.push_back((due, head));
            }
            Item::Ended(ended) => self.ready.push_back(span_record::of_end(*ended)),
            Item::Record(record) => self.ready.push_back(record),
        }
    }

    fn follow(&mut self, order: Order) {
        match order {
            Order::Flush { deadline, report } => self.flushes.push((deadline, report)),
            Order::Stop { deadline } => self.stop_at = Some(deadline),
        }
    }

    /// Somebody waits until everything is sent.
    const fn is_draining(&self) -> bool {
        !self.flushes.is_empty() || self.stop_at.is_some()
    }

    /// Announces the spans that have outlived the delay; a flush announces all.
    fn release_held(&mut self) {
        let flushing = self.is_draining();
        let now = Instant::now();
        while let Some((due, head)) = self.held.front() {
            // One that has ended is dropped when its turn comes: its end says it all.
            if !head.has_ended() {
                if *due > now && !flushing {
                    return;
                }
                self.ready.push_back(span_record::of_start(head));
            }
            self.held.pop_front();
        }
    }

    fn beat(&mut self) {
        if Instant::now() < self.next_heartbeat {
            return;
        }
        self.next_heartbeat = Instant::now() + self.rhythm.heartbeat;
        let beats = self.registry.heartbeats(&self.queue);
        self.ready.extend(beats.into_iter().map(Record::from));
    }

    /// Tells of records that were dropped: nothing is lost in silence.
    fn report_drops(&mut self) {
        let dropped = self.queue.dropped();
        let news = dropped - self.drops_reported;
        if news == 0 || self.blocked || Instant::now() < self.next_drop_report {
            return;
        }
        tracing::warn!(dropped = news, "telemetry was dropped: its queue was full");
        self.drops_reported = dropped;
        self.next_drop_report = Instant::now() + REPORT_DROPS;
        let data = serde_json::json!({ "dropped": news, "dropped_total": dropped });
        self.ready
            .push_back(told_of("telemetry_dropped", &data).into());
    }

    fn send_ready(&mut self) {
        self.blocked = false;
        while let Some(mut record) = self.ready.pop_front() {
            bounds::fit(&mut record);
            fit_payloads(&mut record);
            if let Sent::Full(record) = self.output.send(record) {
                self.ready.push_front(record);
                self.blocked = true;
                return;
            }
        }
    }

    fn answer_flushes(&mut self, report: FlushReport) {
        let over = |(deadline, _): &mut (Instant, Report)| is_over(*deadline, report);
        for (_, answer) in self.flushes.extract_if(.., over) {
            answer(report);
        }
    }

    fn report(&self) -> FlushReport {
        let progress = self.output.progress();
        let waiting = self.ready.len() + self.queue.len();
        FlushReport {
            delivered: progress.delivered,
            dropped: self.queue.dropped(),
            failed: progress.failed,
            pending: progress.in_flight + u64::try_from(waiting).unwrap_or(u64::MAX),
        }
    }
}

/// An event of the SDK itself, which somebody should know of.
fn told_of(name: &str, data: &serde_json::Value) -> Event {
    Event {
        event_id: Some(ids::text()),
        trace_id: None,
        span_id: None,
        agent_id: None,
        agent_name: None,
        event_type: event_type::STATE_CHANGE.to_owned(),
        event_name: name.to_owned(),
        severity: Severity::Warning,
        message: None,
        data: RawJson::of(data),
        timestamp: Timestamp::now(),
        correlation_id: None,
        cause: None,
    }
}

/// Whether nothing is on its way any more, or time is up.
fn is_over(deadline: Instant, report: FlushReport) -> bool {
    report.pending == 0 || Instant::now() >= deadline
}

/// Says that the worker has ended, however it did.
impl<O: Output> Drop for Worker<O> {
    fn drop(&mut self) {
        let left = u64::try_from(self.ready.len()).unwrap_or(u64::MAX);
        self.ready.clear();
        self.queue.count_dropped(left);
        self.queue.end(self.report());
    }
}
