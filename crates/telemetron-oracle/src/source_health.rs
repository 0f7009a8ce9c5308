//! When a source was heard of, and how it stands by that.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_view::oracle::{SourceName, SourceState, SourceStatus};
use telemetron_view::seconds_of;

use crate::Error;
use crate::pace::PAUSE;

/// When a source was heard of, and what is the matter with it.
#[derive(Debug, Clone, Default)]
pub(crate) struct SourceHealth {
    at: Option<Timestamp>,
    took: Option<Duration>,
    trouble: Option<String>,
    is_off: bool,
    lacks: Option<String>,
    lasts: Duration,
}

impl SourceHealth {
    /// Nothing yet, of a source whose word lasts so long.
    pub(crate) fn nothing(lasts: Duration) -> Self {
        Self {
            lasts,
            ..Self::default()
        }
    }

    /// The same source, of which nothing was heard.
    pub(crate) fn anew(&self) -> Self {
        Self::nothing(self.lasts)
    }

    /// It told, though it may lack something.
    pub(crate) fn succeed(&mut self, took: Duration, lacks: Option<String>) {
        self.at = Some(Timestamp::now());
        self.took = Some(took);
        self.trouble = None;
        self.is_off = false;
        self.lacks = lacks;
    }

    /// It did not tell, or nobody wants it asked.
    pub(crate) fn fail(&mut self, error: &Error) {
        self.trouble = Some(error.to_string());
        self.is_off = matches!(error, Error::Off(_));
    }

    /// How it stands now.
    pub(crate) fn state(&self, name: SourceName, now: Timestamp) -> SourceState {
        let age = self.at.map(|at| seconds_of(now.since(at).max(0)));
        SourceState {
            name,
            status: self.status(age),
            configured: !self.is_off,
            updated_at: self.at.map(Into::into),
            age_seconds: age,
            took_ms: self.took.map(|took| took.as_secs_f64() * 1e3),
            reason: self.reason(age),
        }
    }

    fn status(&self, age: Option<f64>) -> SourceStatus {
        // A source that took long is left in peace for long, and its word stands meanwhile.
        let lasts = self.lasts + self.took.unwrap_or_default() * PAUSE;
        let lasts = age.is_some_and(|age| age <= lasts.as_secs_f64());
        match (&self.trouble, lasts && !self.is_off, self.at) {
            (None, true, _) => SourceStatus::Fresh,
            (None, false, None) => SourceStatus::Starting,
            (Some(_), true, _) => SourceStatus::Stale,
            (Some(_), false, _) | (None, false, Some(_)) => SourceStatus::Absent,
        }
    }

    fn reason(&self, age: Option<f64>) -> Option<String> {
        let silent = || format!("it was not heard of for {:.0} s", age.unwrap_or_default());
        match self.status(age) {
            SourceStatus::Fresh => self.lacks.clone(),
            SourceStatus::Starting => Some("it was not asked to the end yet".to_owned()),
            SourceStatus::Stale | SourceStatus::Absent => {
                Some(self.trouble.clone().unwrap_or_else(silent))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(second: i64) -> Timestamp {
        Timestamp::from_nanos(second * 1_000_000_000)
    }

    fn heard(took: u64) -> SourceHealth {
        SourceHealth {
            at: Some(at(0)),
            took: Some(Duration::from_secs(took)),
            lasts: Duration::from_secs(11),
            ..SourceHealth::default()
        }
    }

    #[test]
    fn the_word_of_a_source_that_took_long_stands_until_it_is_asked_again() {
        let status = |took, second| heard(took).state(SourceName::Kafka, at(second)).status;
        assert_eq!(status(0, 11), SourceStatus::Fresh);
        assert_eq!(status(0, 12), SourceStatus::Absent);
        assert_eq!(status(3, 38), SourceStatus::Fresh);
        assert_eq!(status(3, 39), SourceStatus::Absent);
    }

    #[test]
    fn what_a_source_told_does_not_stand_once_nobody_wants_it_asked() {
        let mut heard = heard(0);
        heard.fail(&Error::Absent("it hangs".to_owned()));
        let stale = heard.state(SourceName::Kubernetes, at(1));
        assert_eq!(
            (stale.status, stale.configured),
            (SourceStatus::Stale, true)
        );
        heard.fail(&Error::Off("it is switched off".to_owned()));
        let off = heard.state(SourceName::Kubernetes, at(1));
        assert_eq!((off.status, off.configured), (SourceStatus::Absent, false));
        heard.succeed(Duration::ZERO, None);
        let fresh = heard.state(SourceName::Kubernetes, Timestamp::now());
        assert_eq!(
            (fresh.status, fresh.configured),
            (SourceStatus::Fresh, true)
        );
    }
}
