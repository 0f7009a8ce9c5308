//! Where frames come in and go out to all who listen.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::record::Record;
use telemetron_model::topic::{Topic, TopicPartition};
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use tokio::sync::mpsc;

use super::position::{Place, Position, place_of};
use super::ring::{Ring, Slot};
use super::subscriber::{Subscriber, Update};
use super::{Filter, Frame};

/// Bounds of the live stream.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Most bytes that are kept for those who come back.
    pub(crate) ring_bytes: usize,
    /// Longest that is kept, in nanoseconds.
    pub(crate) ring_age: Duration,
    /// Most frames that wait for one subscriber.
    pub(crate) queue: usize,
    /// Most subscribers.
    pub(crate) subscribers: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            ring_bytes: 64 * 1024 * 1024,
            ring_age: Duration::from_mins(5),
            queue: 4096,
            subscribers: 1000,
        }
    }
}

/// What waits in the queue of a subscriber.
#[derive(Debug)]
pub(super) enum Item {
    Frame(Arc<Frame>),
    Lagged(u64),
    Delivery(Option<Arc<str>>),
}

/// The live stream. Clones share it.
#[derive(Debug, Clone)]
pub(crate) struct Hub(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    state: Mutex<State>,
    limits: Limits,
    listeners: Gauge,
    next_id: AtomicU64,
}

#[derive(Debug)]
struct State {
    ring: Ring,
    /// Behind the latest record, whose frame may still be in the making.
    position: Position,
    /// Behind the latest record that was handed out.
    published: Position,
    /// Why nothing is delivered, if nothing is.
    trouble: Option<Arc<str>>,
    subscribers: HashMap<u64, Entry>,
}

/// One subscriber, as the hub knows it.
#[derive(Debug)]
struct Entry {
    filter: Filter,
    /// What it saw before it came back; nothing of this is sent again.
    seen: Seen,
    queue: mpsc::Sender<Item>,
    missed: Arc<AtomicU64>,
}

/// What a subscriber has seen already.
#[derive(Debug)]
enum Seen {
    /// What its cursor covers.
    Position(Position),
    /// Everything older than its arrival: the ring may still be filling with the past.
    Before(Timestamp),
}

/// A record as it came from Kafka.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Arrival {
    /// Its topic.
    pub(crate) topic: Topic,
    /// Its partition.
    pub(crate) partition: i32,
    /// Its offset.
    pub(crate) offset: i64,
    /// When the broker took it.
    pub(crate) time: Timestamp,
}

/// What came of late.
#[derive(Debug)]
pub(crate) struct Recent {
    /// The frames, in the order in which they came.
    pub(crate) frames: Vec<Arc<Frame>>,
    /// Where the stream stands behind them.
    pub(crate) position: Position,
    /// Broker time from which on all is kept.
    pub(crate) since: Timestamp,
    /// Whether earlier ones are kept too.
    pub(crate) more: bool,
}

/// Clocks of broker and API may differ by so much.
const CLOCK_SKEW: Duration = Duration::from_secs(2);

impl Hub {
    /// A stream that is filled from this broker time on.
    ///
    /// `listeners` shows how many listen.
    pub(crate) fn new(limits: Limits, since: Timestamp, listeners: Gauge) -> Self {
        let state = State {
            ring: Ring::new(limits.ring_bytes, limits.ring_age, since),
            position: Position::default(),
            published: Position::default(),
            trouble: None,
            subscribers: HashMap::new(),
        };
        Self(Arc::new(Shared {
            state: Mutex::new(state),
            limits,
            listeners,
            next_id: AtomicU64::new(0),
        }))
    }

    /// Hands a record to all who want it; `record` is none when it could not be read.
    ///
    /// There is one publisher. Its frames are made while nobody is locked out.
    pub(crate) fn publish(&self, arrival: Arrival, record: Option<&Record>) {
        let place = place_of(arrival.topic, arrival.partition);
        let cursor = self.advance(place, arrival);
        let frame = record.map(|record| Arc::new(Frame::of(record, &cursor)));
        let mut state = self.lock();
        if let Some(frame) = &frame {
            for entry in state.subscribers.values() {
                entry.offer(place, arrival, frame);
            }
        }
        let time_ms = arrival.time.millis();
        state.published.advance(place, arrival.offset, time_ms);
        state.ring.push(Slot {
            place,
            offset: arrival.offset,
            time: arrival.time,
            frame,
        });
    }

    /// Tells all who listen that nothing is delivered, for this reason, or that it is again.
    pub(crate) fn delivers(&self, trouble: Option<String>) {
        let trouble: Option<Arc<str>> = trouble.map(Into::into);
        let mut state = self.lock();
        // One reason after another is no news for those who listen.
        if state.trouble.is_some() == trouble.is_some() {
            return;
        }
        state.trouble.clone_from(&trouble);
        for entry in state.subscribers.values() {
            // Who is too slow for it is told that it is slow.
            let _told = entry.queue.try_send(Item::Delivery(trouble.clone()));
        }
    }

    /// The latest frames that are wanted, and where the stream stands behind them: who listens from
    /// there on misses nothing and gets nothing twice.
    pub(crate) fn recent(&self, filter: &Filter, limit: usize) -> Recent {
        let state = self.lock();
        let mut latest = state.ring.latest().filter(|frame| filter.wants(frame));
        let mut frames: Vec<_> = latest.by_ref().take(limit).collect();
        frames.reverse();
        let since = state.ring.whole_since();
        let mut position = state.published.clone();
        // Where nothing came yet, it stands where it began to be kept.
        position.time_ms = position.time_ms.max(since.millis());
        Recent {
            more: latest.next().is_some(),
            frames,
            position,
            since,
        }
    }

    /// Moves past a record; gives the cursor behind it.
    fn advance(&self, place: Place, arrival: Arrival) -> String {
        let mut state = self.lock();
        let position = &mut state.position;
        position.advance(place, arrival.offset, arrival.time.millis());
        position.encode()
    }

    /// Begins to listen, after a cursor if one is given; none when too many listen already.
    pub(crate) fn subscribe(&self, filter: Filter, cursor: Option<Position>) -> Option<Subscriber> {
        let (sender, queue) = mpsc::channel(self.0.limits.queue);
        let missed = Arc::new(AtomicU64::new(0));
        let mut state = self.lock();
        if state.subscribers.len() >= self.0.limits.subscribers {
            return None;
        }
        let unseen = cursor.as_ref().map(|cursor| state.ring.after(cursor));
        let mut backlog = match unseen {
            None => Vec::new(),
            Some(None) => vec![Update::Resync],
            Some(Some(frames)) => {
                let wanted = frames.into_iter().filter(|frame| filter.wants(frame));
                wanted.map(Update::Frame).collect()
            }
        };
        let arrived = Timestamp::now() - CLOCK_SKEW;
        let resync = matches!(backlog.first(), Some(Update::Resync));
        if state.trouble.is_some() {
            backlog.push(Update::Delivery(state.trouble.clone()));
        }
        let came_from = cursor.clone().filter(|_| !resync);
        let id = self.0.next_id.fetch_add(1, Ordering::Relaxed);
        let entry = Entry {
            filter,
            seen: cursor.map_or(Seen::Before(arrived), Seen::Position),
            queue: sender,
            missed: Arc::clone(&missed),
        };
        state.subscribers.insert(id, entry);
        self.0.listeners.inc();
        Some(Subscriber {
            id,
            hub: self.clone(),
            backlog: backlog.into(),
            queue,
            missed,
            came_from,
        })
    }

    /// Broker time of the first record at or after an offset, if it came of late.
    pub(crate) fn time_of(&self, at: TopicPartition, offset: i64) -> Option<Timestamp> {
        let place = place_of(at.topic, at.partition);
        self.lock().ring.time_of(place, offset)
    }

    pub(super) fn change(&self, id: u64, filter: Filter) {
        if let Some(entry) = self.lock().subscribers.get_mut(&id) {
            entry.filter = filter;
        }
    }

    pub(super) fn forget(&self, id: u64) {
        self.lock().subscribers.remove(&id);
        self.0.listeners.dec();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Entry {
    /// Queues a frame that is wanted and new, or counts it as missed; never waits.
    fn offer(&self, place: Place, arrival: Arrival, frame: &Arc<Frame>) {
        let seen = match &self.seen {
            Seen::Position(cursor) => cursor.covers(place, arrival.offset, arrival.time.millis()),
            Seen::Before(instant) => arrival.time < *instant,
        };
        if seen || !self.filter.wants(frame) {
            return;
        }
        // Taken before it is told: the subscriber takes it too when its queue is empty.
        let missed = self.missed.swap(0, Ordering::Relaxed);
        if missed > 0 && self.queue.try_send(Item::Lagged(missed)).is_err() {
            self.missed.fetch_add(missed, Ordering::Relaxed);
        }
        if self.queue.try_send(Item::Frame(Arc::clone(frame))).is_err() {
            self.missed.fetch_add(1, Ordering::Relaxed);
        }
    }
}
