//! The bounded queue between the agent's threads and the worker.
//!
//! Putting something in costs a short lock. The worker is woken once for many items: it sleeps
//! only when the queue is empty, and gathers for some milliseconds before it takes all at once.

use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Item;

/// What has become of the records since the collector was started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FlushReport {
    /// Acknowledged by all replicas, or taken by the sink.
    pub delivered: u64,
    /// Never sent, because the queue was full or the collector was shut down.
    pub dropped: u64,
    /// Sent and refused or given up.
    pub failed: u64,
    /// Still on their way when the time was over.
    pub pending: u64,
}

/// How much waits in memory, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueLimits {
    /// Records.
    pub records: usize,
    /// Bytes, roughly.
    pub bytes: usize,
}

impl Default for QueueLimits {
    fn default() -> Self {
        Self {
            records: 50_000,
            bytes: 64 * 1024 * 1024,
        }
    }
}

pub(crate) struct Queue {
    limits: QueueLimits,
    state: Mutex<State>,
    wake: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct State {
    items: Vec<Item>,
    bytes: usize,
    orders: Vec<Order>,
    /// The worker waits until something comes.
    sleeping: bool,
    /// The report of a worker that has ended.
    ended: Option<FlushReport>,
}

/// What the worker is told to do.
pub(crate) enum Order {
    /// Send everything, then report; report at the deadline in any case.
    Flush { deadline: Instant, report: Report },
    /// Send everything, then end; end at the deadline in any case.
    Stop { deadline: Instant },
}

/// Takes the report of a flush. It is dropped uncalled when the worker has ended.
pub(crate) type Report = Box<dyn FnOnce(FlushReport) + Send>;

impl Queue {
    pub(crate) fn new(limits: QueueLimits) -> Self {
        Self {
            limits,
            state: Mutex::default(),
            wake: Condvar::new(),
            dropped: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts something in, or drops and counts it when there is no room. Never waits.
    pub(crate) fn push(&self, item: Item) {
        let size = item.size();
        let mut state = self.lock();
        let full = state.items.len() >= self.limits.records
            || state.bytes.saturating_add(size) > self.limits.bytes;
        if full || state.ended.is_some() {
            drop(state);
            self.count_dropped(1);
            return;
        }
        state.items.push(item);
        state.bytes += size;
        let wake = std::mem::take(&mut state.sleeping) || state.items.len() == self.enough();
        drop(state);
        if wake {
            self.wake.notify_one();
        }
    }

    /// So many items are taken without gathering more.
    const fn enough(&self) -> usize {
        self.limits.records / 4
    }

    pub(crate) fn order(&self, order: Order) {
        let mut state = self.lock();
        if state.ended.is_none() {
            state.orders.push(order);
        }
        drop(state);
        self.wake.notify_one();
    }

    /// The report of the worker that has ended, with what was dropped since.
    pub(crate) fn last_report(&self) -> FlushReport {
        let ended = self.lock().ended.unwrap_or_default();
        FlushReport {
            dropped: self.dropped(),
            ..ended
        }
    }

    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Relaxed)
    }

    pub(crate) fn count_dropped(&self, count: u64) {
        self.dropped.fetch_add(count, Relaxed);
    }

    pub(crate) fn len(&self) -> usize {
        self.lock().items.len()
    }

    // --- for the worker ---

    /// Waits until there is an order or, after gathering for a while, an item; at most until
    /// `deadline`. With `patient` it gathers the whole time, however much there is.
    pub(crate) fn wait(&self, gather: Duration, patient: bool, deadline: Instant) {
        let mut state = self.lock();
        let left = deadline.saturating_duration_since(Instant::now());
        if state.items.is_empty() && state.orders.is_empty() && !left.is_zero() {
            state.sleeping = true;
            let idle = |state: &mut State| state.sleeping && state.orders.is_empty();
            let waited = self.wake.wait_timeout_while(state, left, idle);
            (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
            state.sleeping = false;
        }
        let enough = if patient { usize::MAX } else { self.enough() };
        let gathering = |state: &mut State| state.orders.is_empty() && state.items.len() < enough;
        drop(self.wake.wait_timeout_while(state, gather, gathering));
    }

    /// Takes what is there. `items` must be empty; its capacity is used again.
    pub(crate) fn take(&self, items: &mut Vec<Item>) -> Vec<Order> {
        let mut state = self.lock();
        std::mem::swap(&mut state.items, items);
        state.bytes = 0;
        std::mem::take(&mut state.orders)
    }

    /// The worker has ended: what is there and what comes is dropped and counted.
    pub(crate) fn end(&self, report: FlushReport) {
        let mut state = self.lock();
        state.ended = Some(report);
        let left = std::mem::take(&mut state.items);
        let orders = std::mem::take(&mut state.orders);
        drop(state);
        self.count_dropped(u64::try_from(left.len()).unwrap_or(u64::MAX));
        drop(orders); // Whoever waits for a report learns that there is none.
    }

    pub(crate) fn take_orders(&self) -> Vec<Order> {
        std::mem::take(&mut self.lock().orders)
    }
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Queue")
            .field("len", &self.len())
            .field("dropped", &self.dropped())
            .finish_non_exhaustive()
    }
}
