//! What is worked on at a time: so many requests, and so many bytes of memory for all of them.
//!
//! Bytes are held as they are there, not as they are announced: a sender that announces much and
//! sends nothing holds nothing. Large bodies that are still arriving share a part of the room, so that
//! a few that never arrive leave enough for the others.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;
use crate::refusal::Refusal;

/// Bytes are counted in units of so many, since a semaphore counts in 32 bits.
const UNIT: usize = 1024;

/// Up to this size a body arrives beside the large ones.
const SMALL: usize = 1024 * 1024;

/// Who may come in.
#[derive(Debug, Clone)]
pub(crate) struct Admission {
    requests: Arc<Semaphore>,
    bytes: Arc<Semaphore>,
    arriving: Arc<Semaphore>,
    body_bytes: usize,
    in_flight: usize,
}

/// What one request holds, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct AdmissionPermit {
    admission: Admission,
    request: Option<OwnedSemaphorePermit>,
    held: Option<OwnedSemaphorePermit>,
    arriving: Option<OwnedSemaphorePermit>,
}

impl Admission {
    pub(crate) fn new(limits: &Limits) -> Self {
        let units = |bytes: usize| Semaphore::new(bytes.div_ceil(UNIT).min(Semaphore::MAX_PERMITS));
        Self {
            requests: Arc::new(Semaphore::new(limits.requests.min(Semaphore::MAX_PERMITS))),
            bytes: Arc::new(units(limits.bytes_in_flight)),
            // One body of the largest size can always arrive.
            arriving: Arc::new(units((limits.bytes_in_flight / 2).max(limits.body_bytes))),
            body_bytes: limits.body_bytes,
            in_flight: limits.bytes_in_flight,
        }
    }

    /// The permit of a request that begins to arrive.
    pub(crate) fn enter(&self) -> AdmissionPermit {
        AdmissionPermit {
            admission: self.clone(),
            request: None,
            held: None,
            arriving: None,
        }
    }
}

impl AdmissionPermit {
    /// Makes sure that so many bytes of a body are accounted for, before they are kept.
    pub(crate) fn hold_body(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.admission.body_bytes {
            return Err(Refusal::TooLarge(self.admission.body_bytes));
        }
        if bytes > SMALL {
            let arriving = &self.admission.arriving;
            grow(&mut self.arriving, arriving, (bytes - SMALL).div_ceil(UNIT))?;
        }
        self.hold(bytes)
    }

    /// Says that the body is there: it counts among those that are worked on now.
    pub(crate) fn arrived(&mut self) -> Result<(), Refusal> {
        self.arriving = None;
        let request = Arc::clone(&self.admission.requests).try_acquire_owned();
        let request =
            request.map_err(|_| Refusal::Busy("too many requests are being worked on"))?;
        self.request = Some(request);
        Ok(())
    }

    /// Makes sure that so many bytes of memory are accounted for, all in all, before they are used. A
    /// request that needs a little more than all there are gets all of them, and is alone then.
    pub(crate) fn hold(&mut self, bytes: usize) -> Result<(), Refusal> {
        if bytes > self.most() {
            return Err(Refusal::TooMuch(self.most()));
        }
        let units = bytes.min(self.admission.in_flight).div_ceil(UNIT);
        grow(&mut self.held, &self.admission.bytes, units)
    }

    /// Most bytes that a request can ever take.
    pub(crate) const fn most(&self) -> usize {
        let all = self.admission.in_flight;
        all.saturating_add(all / 4)
    }

    /// Gives back what is not needed any more.
    pub(crate) fn shrink(&mut self, bytes: usize) {
        let Some(held) = &mut self.held else {
            return;
        };
        let units = bytes.min(self.admission.in_flight).div_ceil(UNIT);
        drop(held.split(held.num_permits().saturating_sub(units)));
    }

    /// Most bytes that a body may have.
    pub(crate) const fn body_bytes(&self) -> usize {
        self.admission.body_bytes
    }
}

/// Holds so many units, where it holds fewer.
fn grow(
    held: &mut Option<OwnedSemaphorePermit>,
    room: &Arc<Semaphore>,
    units: usize,
) -> Result<(), Refusal> {
    const FULL: Refusal = Refusal::Busy("too many bytes are being worked on");
    let has = held.as_ref().map_or(0, OwnedSemaphorePermit::num_permits);
    let more = u32::try_from(units.saturating_sub(has)).map_err(|_| FULL)?;
    if more == 0 {
        return Ok(());
    }
    let permit = Arc::clone(room).try_acquire_many_owned(more);
    let permit = permit.map_err(|_| FULL)?;
    match held {
        Some(held) => held.merge(permit),
        none => *none = Some(permit),
    }
    Ok(())
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
        let (mut one, mut other) = (admission.enter(), admission.enter());
        one.arrived().unwrap();
        assert!(matches!(other.arrived(), Err(Refusal::Busy(_))));
        drop(one);
        other.arrived().unwrap();
    }

    #[test]
    fn bytes_are_held_once_and_bounded_over_all_requests() {
        let admission = admission(2, 4 * UNIT, 3 * UNIT);
        let (mut one, mut other) = (admission.enter(), admission.enter());
        one.hold_body(2 * UNIT).unwrap();
        one.hold_body(3 * UNIT).unwrap();
        other.hold(1).unwrap();
        assert!(matches!(other.hold(2 * UNIT), Err(Refusal::Busy(_))));
        one.shrink(UNIT);
        other.hold(3 * UNIT).unwrap();
        drop(one);
        other.hold(5 * UNIT).unwrap();
        assert_eq!(other.hold(6 * UNIT), Err(Refusal::TooMuch(5 * UNIT)));
        let too_large = Err(Refusal::TooLarge(3 * UNIT));
        assert_eq!(other.hold_body(4 * UNIT), too_large);
    }

    #[test]
    fn large_bodies_that_do_not_arrive_leave_room_for_small_ones() {
        let admission = admission(100, 16 * SMALL, 4 * SMALL);
        let stalled: Vec<_> = std::iter::from_fn(|| {
            let mut permit = admission.enter();
            permit.hold_body(4 * SMALL).ok().map(|()| permit)
        })
        .collect();
        assert_eq!(stalled.len(), 2);
        for _ in 0..8 {
            let mut small = admission.enter();
            small.hold_body(SMALL).unwrap();
        }
    }
}
