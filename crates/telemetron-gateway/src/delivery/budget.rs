//! Room in the producer's queue, reserved for a whole request before anything of it is produced.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Pack;
use crate::config::Limits;
use crate::refusal::Refusal;

/// Bytes are counted in units of so many, since a semaphore counts in 32 bits.
const UNIT: usize = 1024;

/// The room that there is.
#[derive(Debug, Clone)]
pub(super) struct ProducerBudget {
    messages: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    most_messages: usize,
    most_units: usize,
    patience: Duration,
}

/// The room of one request, given back when it is dropped.
#[derive(Debug)]
pub(super) struct Reserved {
    _messages: OwnedSemaphorePermit,
    _bytes: OwnedSemaphorePermit,
}

impl ProducerBudget {
    pub(super) fn new(limits: &Limits) -> Self {
        let most_messages = limits.queue_messages.max(1);
        let most_units = (limits.queue_bytes / UNIT).max(1);
        Self {
            messages: Arc::new(Semaphore::new(most_messages)),
            bytes: Arc::new(Semaphore::new(most_units)),
            most_messages,
            most_units,
            patience: limits.room_time,
        }
    }

    /// Reserves room for all messages of a pack, in the order in which it was asked for.
    ///
    /// A pack larger than all the room there is gets all of it, and goes out alone.
    pub(super) async fn reserve(&self, pack: &Pack) -> Result<Reserved, Refusal> {
        let messages = permits(pack.len().min(self.most_messages));
        let units = permits(pack.queued_bytes().div_ceil(UNIT).min(self.most_units));
        let reserve = async {
            let messages = Arc::clone(&self.messages)
                .acquire_many_owned(messages)
                .await;
            let bytes = Arc::clone(&self.bytes).acquire_many_owned(units).await;
            Some(Reserved {
                _messages: messages.ok()?,
                _bytes: bytes.ok()?,
            })
        };
        let reserved = tokio::time::timeout(self.patience, reserve).await;
        let full = Refusal::Busy("what waits for Kafka has filled its queue");
        reserved.ok().flatten().ok_or(full)
    }
}

fn permits(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use telemetron_model::record::{Span, SpanKind};
    use telemetron_model::{SpanId, Timestamp, TraceId};

    use super::*;

    fn budget(messages: usize) -> ProducerBudget {
        ProducerBudget::new(&Limits {
            body_bytes: 0,
            bytes_in_flight: 0,
            requests: 0,
            body_time: Duration::ZERO,
            queue_messages: messages,
            queue_bytes: 1 << 20,
            room_time: Duration::from_millis(20),
            ack_time: Duration::ZERO,
        })
    }

    fn pack(spans: u8) -> Pack {
        let mut pack = Pack::default();
        let trace = TraceId::from_bytes([1; 16]).unwrap();
        for number in 1..=spans {
            let id = SpanId::from_slice(&[number; 8]).unwrap();
            let start = Timestamp::from_nanos(1);
            let span = Span::started(trace, id, "step", SpanKind::Chain, start);
            pack.add(&span.into()).unwrap();
        }
        pack
    }

    #[tokio::test]
    async fn two_requests_never_share_room_that_only_one_of_them_has() {
        let budget = budget(5);
        let first = budget.reserve(&pack(3)).await.unwrap();
        assert!(matches!(
            budget.reserve(&pack(3)).await,
            Err(Refusal::Busy(_))
        ));
        let small = budget.reserve(&pack(2)).await.unwrap();
        drop((first, small));
        budget.reserve(&pack(5)).await.unwrap();
    }

    #[tokio::test]
    async fn a_request_larger_than_all_the_room_goes_alone() {
        let budget = budget(2);
        let alone = budget.reserve(&pack(9)).await.unwrap();
        assert!(matches!(
            budget.reserve(&pack(1)).await,
            Err(Refusal::Busy(_))
        ));
        drop(alone);
        budget.reserve(&pack(1)).await.unwrap();
    }
}
