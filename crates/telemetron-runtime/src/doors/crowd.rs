//! Who is connected at a door: so many at most, and nobody who only stands there.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// How long a new connection may take to ask for something.
const FIRST_REQUEST: Duration = Duration::from_secs(15);

/// How long a connection may rest between two requests. Exporters of metrics rest for a minute.
const REST: Duration = Duration::from_secs(150);

/// Everybody who is connected. Clones share them.
#[derive(Debug, Clone)]
pub(super) struct Crowd {
    guests: Arc<Mutex<Guests>>,
    most: usize,
}

#[derive(Debug, Default)]
struct Guests {
    next: u64,
    known: BTreeMap<u64, Known>,
}

#[derive(Debug)]
struct Known {
    /// Requests that were begun.
    requests: u64,
    /// Requests whose answer is not at its end.
    in_flight: u32,
    /// When the connection was opened, or the last answer ended.
    since: Instant,
    leave: CancellationToken,
}

/// How a newcomer was let in.
pub(super) struct Entered {
    /// The newcomer.
    pub(super) guest: Guest,
    /// Whether somebody had to go for it.
    pub(super) instead: bool,
}

/// One connection; it has left when this is dropped.
#[derive(Debug)]
pub(super) struct Guest {
    id: u64,
    guests: Arc<Mutex<Guests>>,
    /// Cancelled when its place is needed.
    pub(super) leave: CancellationToken,
}

/// A request of a connection, until its answer is at its end.
#[derive(Debug)]
pub(super) struct Asking {
    id: u64,
    guests: Arc<Mutex<Guests>>,
}

impl Crowd {
    /// Nobody yet, and room for so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            guests: Arc::default(),
            most,
        }
    }

    /// Lets a connection in. In a full crowd it takes the place of one that asks for nothing; `None`
    /// when all of them do.
    pub(super) fn enter(&self) -> Option<Entered> {
        let mut guests = lock(&self.guests);
        let instead = guests.known.len() >= self.most;
        if instead {
            let id = guests.idlest()?;
            if let Some(known) = guests.known.remove(&id) {
                known.leave.cancel();
            }
        }
        let id = guests.next;
        guests.next += 1;
        let leave = CancellationToken::new();
        let known = Known {
            requests: 0,
            in_flight: 0,
            since: Instant::now(),
            leave: leave.clone(),
        };
        guests.known.insert(id, known);
        drop(guests);
        let guest = Guest {
            id,
            guests: Arc::clone(&self.guests),
            leave,
        };
        Some(Entered { guest, instead })
    }
}

impl Guests {
    /// Who asks for nothing: first those who never did, of these who is there for longest.
    fn idlest(&self) -> Option<u64> {
        let idle = self.known.iter().filter(|(_, known)| known.in_flight == 0);
        idle.min_by_key(|(_, known)| (known.requests > 0, known.since))
            .map(|(id, _)| *id)
    }
}

impl Guest {
    /// Counts a request until its answer is at its end.
    pub(super) fn ask(&self) -> Asking {
        if let Some(known) = lock(&self.guests).known.get_mut(&self.id) {
            known.requests += 1;
            known.in_flight += 1;
        }
        Asking {
            id: self.id,
            guests: Arc::clone(&self.guests),
        }
    }

    /// When it has asked for nothing for too long, should it not ask until then; while it is served
    /// there is no such time, and one is named at which to look again.
    pub(super) fn expires(&self) -> Expiry {
        let guests = lock(&self.guests);
        let Some(known) = guests.known.get(&self.id) else {
            return Expiry::At(Instant::now());
        };
        match (known.in_flight, known.requests) {
            (0, 0) => Expiry::At(known.since + FIRST_REQUEST),
            (0, _) => Expiry::At(known.since + REST),
            _ => Expiry::LookAgain(Instant::now() + REST),
        }
    }
}

/// When a connection has rested for too long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// Then.
    At(Instant),
    /// Not known before then.
    LookAgain(Instant),
}

impl Drop for Guest {
    fn drop(&mut self) {
        lock(&self.guests).known.remove(&self.id);
    }
}

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(known) = lock(&self.guests).known.get_mut(&self.id) {
            known.in_flight = known.in_flight.saturating_sub(1);
            known.since = Instant::now();
        }
    }
}

fn lock(guests: &Mutex<Guests>) -> MutexGuard<'_, Guests> {
    guests.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn who_never_asked_goes_first_and_who_is_served_never() {
        let crowd = Crowd::new(3);
        let enter = || crowd.enter().map(|entered| entered.guest);
        let (rests, stares, served) = (enter().unwrap(), enter().unwrap(), enter().unwrap());
        drop(rests.ask());
        let asking = served.ask();

        let newcomer = crowd.enter().unwrap();
        assert!(newcomer.instead && stares.leave.is_cancelled());
        assert!(!rests.leave.is_cancelled());
        let asks = [newcomer.guest.ask(), rests.ask()];
        assert!(enter().is_none(), "all three are served");
        drop(asking);
        assert!(enter().is_some());
        assert!(served.leave.is_cancelled());
        drop(asks);
    }

    #[tokio::test(start_paused = true)]
    async fn a_connection_may_rest_longer_once_it_has_asked() {
        let guest = Crowd::new(1).enter().unwrap().guest;
        let begun = Instant::now();
        assert_eq!(guest.expires(), Expiry::At(begun + FIRST_REQUEST));
        let asking = guest.ask();
        assert!(matches!(guest.expires(), Expiry::LookAgain(_)));
        drop(asking);
        assert_eq!(guest.expires(), Expiry::At(begun + REST));
    }

    #[test]
    fn who_has_left_makes_room() {
        let crowd = Crowd::new(1);
        let guest = crowd.enter().unwrap().guest;
        drop(guest);
        assert!(!crowd.enter().unwrap().instead);
    }
}
