//! How often a source is asked.

use std::time::Duration;

use crate::OracleConfig;

/// How often a source is asked, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// From one question to the next.
    pub(crate) every: Duration,
    /// Longest for one.
    pub(crate) timeout: Duration,
}

impl Pace {
    /// So often, and no longer than the settings say.
    pub(crate) fn new(every: Duration, config: &OracleConfig) -> Self {
        Self {
            every,
            timeout: config.timeout_ms,
        }
    }

    /// How long the last word of a source stands when it says nothing more.
    pub(crate) fn lasts(self) -> Duration {
        self.every * 3 + self.timeout
    }
}

/// How many times as long as a question took is the pause that follows it.
pub(crate) const PAUSE: u32 = 9;
