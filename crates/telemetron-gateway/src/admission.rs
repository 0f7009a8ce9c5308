//! What is worked on at a time: so many requests, so many bytes of them.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::refusal::Refusal;

/// Bytes are counted in units of so many, since a semaphore counts in 32 bits.
const UNIT: usize = 1024;

/// Who may come in.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    body_bytes: usize,
}

/// The place of one request, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _request: OwnedSemaphorePermit,
    held: Option<OwnedSemaphorePermit>,
    bytes: Arc<Semaphore>,
    body_bytes: usize,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        let units = limits.bytes_in_flight.div_ceil(UNIT);
        Self {
            requests: Arc::new(Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS))),
            bytes: Arc::new(Semaphore::new(units.min(Semaphore::MAX_PERMITS))),
            body_bytes: limits.body_bytes,
        }
    }

    /// A place for a request, or word that there is none now.
    pub(crate) fn enter(&self) -> Result<Place, Refusal> {
        let request = Arc::clone(&self.requests).try_acquire_owned();
        let request =
            request.map_err(|_| Refusal::Busy("too many requests are being worked on"))?;
        Ok(Place {
            _request: request,
            held: None,
            bytes: Arc::clone(&self.bytes),
            body_bytes: self.body_bytes,
        })
    }
}

impl Place {
    /// Makes sure that so many bytes are accounted for, before they are kept.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.body_bytes {
            return Err(Refusal::TooLarge(self.body_bytes));
        }
        let held = self
            .held
            .as_ref()
            .map_or(0, OwnedSemaphorePermit::num_permits);
        let more = bytes.div_ceil(UNIT).saturating_sub(held);
        let Ok(more) = u32::try_from(more) else {
            return Err(Refusal::TooLarge(self.body_bytes));
        };
        if more == 0 {
            return Ok(());
        }
        let permit = Arc::clone(&self.bytes).try_acquire_many_owned(more);
        let permit = permit.map_err(|_| Refusal::Busy("too many bytes are being worked on"))?;
        match &mut self.held {
            Some(held) => held.merge(permit),
            none => *none = Some(permit),
        }
        Ok(())
    }

    /// Most bytes that a body may have.
    pub(crate) const fn body_bytes(&self) -> usize {
        self.body_bytes
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn admission(requests: usize, in_flight: usize, body: usize) -> Admission {
        Admission::new(&Limits {
            body_bytes: body,
            bytes_in_flight: in_flight,
            requests,
            body_time: Duration::ZERO,
            queue_messages: 0,
            queue_bytes: 0,
            room_time: Duration::ZERO,
            ack_time: Duration::ZERO,
        })
    }

    #[test]
    fn a_place_is_given_back_when_it_is_dropped() {
        let admission = admission(1, UNIT, UNIT);
        let place = admission.enter().unwrap();
        assert!(matches!(admission.enter(), Err(Refusal::Busy(_))));
        drop(place);
        assert!(admission.enter().is_ok());
    }

    #[test]
    fn bytes_are_held_once_and_bounded_over_all_requests() {
        let admission = admission(2, 4 * UNIT, 3 * UNIT);
        let (mut one, mut other) = (admission.enter().unwrap(), admission.enter().unwrap());
        one.hold(2 * UNIT).unwrap();
        one.hold(3 * UNIT).unwrap();
        other.hold(1).unwrap();
        assert!(matches!(other.hold(2 * UNIT), Err(Refusal::Busy(_))));
        drop(one);
        other.hold(2 * UNIT).unwrap();
        assert_eq!(other.hold(4 * UNIT), Err(Refusal::TooLarge(3 * UNIT)));
    }
}
