//! Collectors: each asks one source, side by side, in its own time.
//!
//! A source that hangs is cut off at its timeout and hangs nobody else; one that fails is asked
//! again at its next turn.

pub(crate) mod http;
pub(crate) mod kafka;
pub(crate) mod kubernetes;
pub(crate) mod litellm;
mod looked;
pub(crate) mod ollama;
#[cfg(test)]
mod played;
pub(crate) mod prometheus;
#[cfg(test)]
mod real_ollama;
#[cfg(test)]
mod real_proxy;
pub(crate) mod telemetry;
pub(crate) mod traces;

use telemetron_view::oracle::SourceName;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep, timeout};

use crate::Error;
use crate::hub::StateHub;
use crate::observation::Observation;
use crate::pace::{PAUSE, Pace};

/// Somebody to ask.
pub(crate) trait Source: Send {
    /// Who it is.
    fn name(&self) -> SourceName;

    /// Asks once.
    fn ask(&mut self) -> impl Future<Output = Result<Observation, Error>> + Send;
}

/// Asks a source again and again, until dropped.
///
/// An answer that took long is followed by a long pause, so that asking never costs its source more
/// than a tenth of its time. One that did not come is asked for again at the next turn: the source
/// may be back, and whoever asks `/ready` would know it before the Oracle does.
pub(crate) async fn keep_asking(mut source: impl Source, pace: Pace, hub: StateHub) {
    let mut turns = interval(pace.every);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        turns.tick().await;
        let began = Instant::now();
        match timeout(pace.timeout, source.ask()).await {
            Ok(Ok(told)) => {
                let took = began.elapsed();
                hub.observe(told, took);
                if took * PAUSE > pace.every {
                    sleep(took * PAUSE).await;
                }
            }
            Ok(Err(error)) => hub.fail(source.name(), &error),
            Err(_elapsed) => {
                let limit = pace.timeout.as_millis();
                let trouble = format!("it did not answer within {limit} ms");
                hub.fail(source.name(), &Error::Absent(trouble));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use telemetron_view::oracle::SourceStatus;

    use super::*;
    use crate::OracleConfig;
    use crate::facts::Telemetry;

    /// A source that never answers.
    struct Hanging;

    impl Source for Hanging {
        fn name(&self) -> SourceName {
            SourceName::Ollama
        }

        async fn ask(&mut self) -> Result<Observation, Error> {
            std::future::pending().await
        }
    }

    /// A source that answers at once.
    struct Prompt;

    impl Source for Prompt {
        fn name(&self) -> SourceName {
            SourceName::Telemetry
        }

        async fn ask(&mut self) -> Result<Observation, Error> {
            Ok(Observation::Telemetry(Telemetry::default()))
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_source_that_hangs_delays_nobody_and_is_said_to() {
        let pace = Pace {
            every: Duration::from_secs(1),
            timeout: Duration::from_secs(5),
        };
        let names = [SourceName::Telemetry, SourceName::Ollama];
        let sources = names.map(|name| (name, Duration::from_secs(60)));
        let hub = StateHub::new(OracleConfig::default(), &sources);
        let mut told = hub.watch();
        let both = async {
            tokio::join!(
                keep_asking(Hanging, pace, hub.clone()),
                keep_asking(Prompt, pace, hub.clone()),
                hub.clone().keep_publishing()
            )
        };
        let warm = told.wait_for(|now| now.warm);
        let now = tokio::select! {
            _ = both => panic!("asking never ends"),
            now = warm => now.unwrap().clone(),
        };
        let of = |name| now.sources().iter().find(|source| source.name == name);
        let hanging = of(SourceName::Ollama).unwrap();
        assert_eq!(hanging.status, SourceStatus::Absent);
        let reason = hanging.reason.as_deref();
        assert_eq!(reason, Some("it did not answer within 5000 ms"));
        let prompt = of(SourceName::Telemetry).unwrap();
        assert_eq!(prompt.status, SourceStatus::Fresh);
    }
}
