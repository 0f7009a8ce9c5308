//! What stands between the polling thread and the consuming task: bounded for messages, open for
//! everything else, so that an announcement never waits for room.

use std::collections::VecDeque;
use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use telemetron_model::topic::PartitionOffset;
use tokio::sync::Notify;

use super::event::{AssignedPartition, SourceEvent};
use crate::Message;

#[derive(Debug)]
pub(super) struct Queue {
    max_messages: usize,
    max_bytes: usize,
    state: Mutex<State>,
    room: Condvar,
    filled: Notify,
    ended: Notify,
    /// Messages of earlier epochs are not handed out.
    valid_from: AtomicU64,
}

#[derive(Debug, Default)]
struct State {
    events: VecDeque<SourceEvent>,
    messages: usize,
    bytes: usize,
    requests: Requests,
    /// Of the latest assignment that was announced.
    epoch: u64,
    over: bool,
}

/// What the consuming task asks of the polling thread.
#[derive(Debug, Default)]
pub(super) struct Requests {
    pub(super) stop: bool,
    pub(super) reassign: bool,
    pub(super) commit: Vec<PartitionOffset>,
}

impl Queue {
    pub(super) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            max_messages: max_messages.max(1),
            max_bytes: max_bytes.max(1),
            state: Mutex::default(),
            room: Condvar::new(),
            filled: Notify::new(),
            ended: Notify::new(),
            valid_from: AtomicU64::new(0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn has_room(&self, state: &State) -> bool {
        state.messages < self.max_messages && state.bytes < self.max_bytes
    }

    // --- for the consuming task ---

    /// Moves all that is there into `taken`.
    pub(super) fn take_into(&self, taken: &mut VecDeque<SourceEvent>) {
        let mut state = self.lock();
        std::mem::swap(&mut state.events, taken);
        (state.messages, state.bytes) = (0, 0);
        drop(state);
        self.room.notify_one();
    }

    /// Completes when something was put in since it was last looked at.
    pub(super) fn filled(&self) -> impl Future<Output = ()> {
        self.filled.notified()
    }

    pub(super) fn is_stale(&self, epoch: u64) -> bool {
        epoch < self.valid_from.load(Acquire)
    }

    /// Whether the polling thread has ended and everything it said was taken.
    pub(super) fn is_over(&self) -> bool {
        let state = self.lock();
        state.over && state.events.is_empty()
    }

    pub(super) fn request_stop(&self) {
        self.lock().requests.stop = true;
        self.room.notify_one();
    }

    pub(super) fn request_reassign(&self) {
        let mut state = self.lock();
        state.requests.reassign = true;
        // The polling thread may be about to put in more of this epoch.
        self.valid_from.fetch_max(state.epoch + 1, AcqRel);
        drop_messages(&mut state);
        self.room.notify_one();
    }

    pub(super) fn request_commit(&self, offsets: impl IntoIterator<Item = PartitionOffset>) {
        self.lock().requests.commit.extend(offsets);
    }

    /// Completes when the polling thread has ended.
    pub(super) async fn ended(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().over {
                return;
            }
            ended.await;
        }
    }

    // --- for the polling thread ---

    /// Moves `batch` in when there is room; waits for it at most `timeout`. Says whether it did.
    ///
    /// A batch may exceed the bounds by itself, so that one large message always gets through.
    pub(super) fn offer(&self, batch: &mut Vec<Message>, timeout: Duration) -> bool {
        let full = |state: &mut State| !self.has_room(state) && !state.requests.are_urgent();
        let waited = self.room.wait_timeout_while(self.lock(), timeout, full);
        let (mut state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        if !self.has_room(&state) {
            return false;
        }
        state.messages += batch.len();
        state.bytes += batch.iter().map(Message::size).sum::<usize>();
        state
            .events
            .extend(batch.drain(..).map(SourceEvent::Message));
        drop(state);
        self.filled.notify_one();
        true
    }

    /// Puts an event in, whether or not there is room.
    pub(super) fn announce(&self, event: SourceEvent) {
        self.lock().events.push_back(event);
        self.filled.notify_one();
    }

    /// Announces an assignment; its epoch is the one whose messages come from now on.
    pub(super) fn announce_assigned(&self, epoch: u64, partitions: Vec<AssignedPartition>) {
        let mut state = self.lock();
        state.epoch = epoch;
        let assigned = SourceEvent::Assigned { epoch, partitions };
        state.events.push_back(assigned);
        drop(state);
        self.filled.notify_one();
    }

    /// Throws away all messages of epochs before `epoch`, also those taken but not handed out.
    pub(super) fn invalidate_before(&self, epoch: u64) {
        self.valid_from.fetch_max(epoch, AcqRel);
        drop_messages(&mut self.lock());
    }

    pub(super) fn take_requests(&self) -> Requests {
        let mut state = self.lock();
        let stop = state.requests.stop;
        let requests = std::mem::take(&mut state.requests);
        state.requests.stop = stop;
        requests
    }

    pub(super) fn stop_requested(&self) -> bool {
        self.lock().requests.stop
    }

    pub(super) fn end(&self) {
        self.lock().over = true;
        self.filled.notify_one();
        self.ended.notify_waiters();
    }
}

impl Requests {
    const fn are_urgent(&self) -> bool {
        self.stop || self.reassign
    }
}

fn drop_messages(state: &mut State) {
    state
        .events
        .retain(|event| !matches!(event, SourceEvent::Message(_)));
    (state.messages, state.bytes) = (0, 0);
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;

    use telemetron_model::topic::Topic;

    use super::*;
    use crate::Headers;

    const NO_TIME: Duration = Duration::ZERO;

    fn message(epoch: u64) -> Message {
        Message {
            epoch,
            topic: Topic::Spans,
            partition: 0,
            offset: 0,
            broker_time: Timestamp::from_nanos(0),
            key: None,
            headers: Headers::new(),
            payload: None,
        }
    }

    #[test]
    fn a_full_queue_takes_announcements_and_no_messages() {
        let queue = Queue::new(2, usize::MAX);
        assert!(queue.offer(&mut vec![message(1), message(1)], NO_TIME));
        let mut late = vec![message(1)];
        assert!(!queue.offer(&mut late, NO_TIME));
        assert_eq!(late.len(), 1);
        queue.announce_assigned(2, Vec::new());

        let mut taken = VecDeque::new();
        queue.take_into(&mut taken);
        assert_eq!(taken.len(), 3);
        assert!(queue.offer(&mut late, NO_TIME));
    }

    #[test]
    fn a_message_larger_than_the_bound_gets_through_an_empty_queue() {
        let queue = Queue::new(10, 1);
        assert!(queue.offer(&mut vec![message(1)], NO_TIME));
    }

    #[test]
    fn what_is_put_in_after_a_request_to_reassign_is_stale_until_the_next_assignment() {
        let queue = Queue::new(10, usize::MAX);
        queue.announce_assigned(1, Vec::new());
        queue.request_reassign();
        queue.offer(&mut vec![message(1)], NO_TIME);
        assert!(queue.is_stale(1));
        queue.announce_assigned(2, Vec::new());
        assert!(!queue.is_stale(2));
    }

    #[test]
    fn invalid_epochs_are_purged_and_announcements_stay() {
        let queue = Queue::new(10, usize::MAX);
        queue.offer(&mut vec![message(1)], NO_TIME);
        queue.announce_assigned(1, Vec::new());
        queue.invalidate_before(2);
        let mut taken = VecDeque::new();
        queue.take_into(&mut taken);
        assert!(matches!(
            taken.make_contiguous(),
            [SourceEvent::Assigned { .. }]
        ));
        assert!(queue.is_stale(1) && !queue.is_stale(2));
    }
}
