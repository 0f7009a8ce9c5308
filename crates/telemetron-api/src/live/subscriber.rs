//! One who listens: what was missed while away, then what comes.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::mpsc;

use super::hub::{Hub, Item};
use super::{Filter, Frame, Position};

/// What a subscriber gets.
#[derive(Debug)]
pub(crate) enum Update {
    /// A record.
    Frame(Arc<Frame>),
    /// So many records came while its queue was full.
    Lagged(u64),
    /// Records between its cursor and what comes next are gone.
    Resync,
    /// Nothing is delivered, for this reason; or it is again.
    Delivery(Option<Arc<str>>),
}

/// One who listens; the hub forgets it when it is dropped.
#[derive(Debug)]
pub(crate) struct Subscriber {
    pub(super) id: u64,
    pub(super) hub: Hub,
    pub(super) backlog: VecDeque<Update>,
    pub(super) queue: mpsc::Receiver<Item>,
    pub(super) missed: Arc<AtomicU64>,
    /// Where it stood when it came back, until the stream is past all of that.
    pub(super) came_from: Option<Position>,
}

impl Subscriber {
    /// The next update: what was missed while away first, then what comes.
    ///
    /// # Cancel safety
    /// A future that was dropped before it was ready has taken nothing.
    pub(crate) async fn next(&mut self) -> Option<Update> {
        if let Some(update) = self.ready() {
            return Some(update);
        }
        let item = self.queue.recv().await?;
        Some(self.update(item))
    }

    /// The next update if it is there already.
    pub(crate) fn ready(&mut self) -> Option<Update> {
        if let Some(update) = self.backlog.pop_front() {
            return Some(self.placed(update));
        }
        if let Ok(item) = self.queue.try_recv() {
            return Some(self.update(item));
        }
        let missed = self.missed.swap(0, Ordering::Relaxed);
        (missed > 0).then_some(Update::Lagged(missed))
    }

    fn update(&mut self, item: Item) -> Update {
        match item {
            Item::Frame(frame) => self.placed(Update::Frame(frame)),
            Item::Lagged(missed) => Update::Lagged(missed),
            Item::Delivery(trouble) => Update::Delivery(trouble),
        }
    }

    fn placed(&mut self, update: Update) -> Update {
        match update {
            Update::Frame(frame) => Update::Frame(self.frame_from_here(frame)),
            other => other,
        }
    }

    /// The frame with a cursor that covers what this subscriber saw before it came back.
    ///
    /// A process that has just started reads its partitions in another order: its own position
    /// may not be past all of that yet.
    fn frame_from_here(&mut self, frame: Arc<Frame>) -> Arc<Frame> {
        let Some(came_from) = &self.came_from else {
            return frame;
        };
        let Some(stands) = Position::decode(frame.cursor()) else {
            return frame;
        };
        let mut joined = stands.clone();
        joined.join(came_from);
        if joined == stands {
            self.came_from = None;
            return frame;
        }
        Arc::new(frame.at(&joined.encode()))
    }

    /// Wants other frames from now on.
    pub(crate) fn want(&mut self, filter: Filter) {
        self.hub.change(self.id, filter);
    }
}

impl Drop for Subscriber {
    fn drop(&mut self) {
        self.hub.forget(self.id);
    }
}
