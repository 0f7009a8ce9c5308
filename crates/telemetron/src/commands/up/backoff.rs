//! How long to wait before what died is started again.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use tokio::time::Instant;

/// The longest pause.
const LONGEST: Duration = Duration::from_secs(30);

/// The pauses: each twice the one before it.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(200))
    .with_max_delay(LONGEST)
    .without_max_times();

/// What has run this long does not die at once: pauses begin anew.
const STEADY: Duration = Duration::from_secs(60);

/// The pauses between the starts of one thing.
#[derive(Debug)]
pub(crate) struct Backoff {
    pauses: ExponentialBackoff,
    started: Instant,
}

impl Backoff {
    /// Begins when the thing is started for the first time.
    pub(crate) fn begin() -> Self {
        Self {
            pauses: PAUSES.build(),
            started: Instant::now(),
        }
    }

    /// It is started, or an attempt begins.
    pub(crate) fn started(&mut self) {
        self.started = Instant::now();
    }

    /// It died, or could not be started: how long to wait now.
    pub(crate) fn pause(&mut self) -> Duration {
        if self.started.elapsed() >= STEADY {
            self.pauses = PAUSES.build();
        }
        self.pauses.next().unwrap_or(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn pauses_grow_while_it_dies_at_once_and_begin_anew_when_it_was_steady() {
        let mut backoff = Backoff::begin();
        let first = backoff.pause();
        // Pauses are doubled in floating point.
        assert_eq!(backoff.pause().as_millis(), (first * 2).as_millis());
        backoff.started();
        tokio::time::advance(STEADY).await;
        assert_eq!(backoff.pause(), first);
    }

    #[tokio::test(start_paused = true)]
    async fn no_pause_is_longer_than_the_longest() {
        let mut backoff = Backoff::begin();
        let longest = (0..20).map(|_| backoff.pause()).max();
        assert_eq!(longest, Some(LONGEST));
    }
}
