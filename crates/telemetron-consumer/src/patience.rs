//! Waiting for what must pass by itself or be put right by somebody, and saying why.

use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBackoff, ExponentialBuilder};
use telemetron_model::cut::cut_text;
use telemetron_runtime::Component;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::metrics::Counters;

/// Longest pause between two tries.
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// The pauses between tries: each twice the one before it.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_millis(100))
    .with_max_delay(LONGEST_PAUSE)
    .without_max_times();

/// Longest reason that is shown, in bytes.
const MAX_REASON_BYTES: usize = 1024;

/// How long work that has begun may go on once the consumer is asked to stop.
const LAST_CALL: Duration = Duration::from_secs(7);

/// Tries of one piece of work, whose component is not ready as long as they fail.
pub(crate) struct Tries<'a> {
    count: u32,
    pauses: ExponentialBackoff,
    component: &'a Component,
    counters: &'a Counters,
    shutdown: &'a CancellationToken,
}

impl<'a> Tries<'a> {
    pub(crate) fn new(
        component: &'a Component,
        counters: &'a Counters,
        shutdown: &'a CancellationToken,
    ) -> Self {
        Self {
            count: 0,
            pauses: PAUSES.build(),
            component,
            counters,
            shutdown,
        }
    }

    /// Counts a try that failed and whose cause is mended; says whether it was the first.
    pub(crate) const fn first(&mut self) -> bool {
        let first = self.count == 0;
        self.count += 1;
        first
    }

    /// Waits before the next try; says false when the consumer is asked to stop.
    pub(crate) async fn pause(&mut self, error: &(impl ToString + ?Sized)) -> bool {
        self.count += 1;
        let reason = cut_text(&error.to_string(), MAX_REASON_BYTES);
        if self.count <= 2 || self.count.is_multiple_of(30) {
            let tries = self.count;
            tracing::warn!(reason, tries, "waiting to try again; nothing is skipped");
        }
        self.component.not_ready(reason);
        self.counters.retries.inc();
        let wait = self.pauses.next().unwrap_or(LONGEST_PAUSE);
        tokio::select! {
            () = self.shutdown.cancelled() => false,
            () = sleep(wait) => true,
        }
    }
}

/// Lets work go on to its end, but not long once the consumer is asked to stop: none then.
pub(crate) async fn unless_stopped<F: Future>(
    work: F,
    shutdown: &CancellationToken,
) -> Option<F::Output> {
    let last_call = async {
        shutdown.cancelled().await;
        sleep(LAST_CALL).await;
    };
    tokio::select! {
        biased;
        done = work => Some(done),
        () = last_call => None,
    }
}
