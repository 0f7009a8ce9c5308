//! Kafka and Postgres as children of ours: started, kept alive, stopped.

use std::process::ExitStatus;
use std::time::Duration;

use telemetron_local::{Error, KafkaOptions, LocalKafka, LocalPostgres, PostgresOptions};
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use tokio_util::sync::CancellationToken;

use super::backoff::Backoff;

/// How long a child may take to stop in order.
pub(crate) const GRACE: Duration = Duration::from_secs(10);

/// A process that can be started, waited for and stopped.
pub(crate) trait Child: Sized + Send + 'static {
    /// What people call it.
    const NAME: &'static str;
    /// How it is started; the same options start it again on the same address.
    type Options: Clone + Send + Sync;

    /// Starts it and waits until it serves.
    fn start(options: Self::Options) -> impl Future<Output = Result<Self, Error>> + Send;
    /// Waits until it ends by itself.
    fn wait(&mut self) -> impl Future<Output = Result<ExitStatus, Error>> + Send;
    /// Stops it in order.
    fn stop(self) -> impl Future<Output = Result<ExitStatus, Error>> + Send;
}

impl Child for LocalKafka {
    const NAME: &'static str = "Kafka";
    type Options = KafkaOptions;

    async fn start(options: KafkaOptions) -> Result<Self, Error> {
        Self::start(options).await
    }

    async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.wait().await
    }

    async fn stop(self) -> Result<ExitStatus, Error> {
        self.stop(GRACE).await
    }
}

impl Child for LocalPostgres {
    const NAME: &'static str = "Postgres";
    type Options = PostgresOptions;

    async fn start(options: PostgresOptions) -> Result<Self, Error> {
        Self::start(options).await
    }

    async fn wait(&mut self) -> Result<ExitStatus, Error> {
        self.wait().await
    }

    async fn stop(self) -> Result<ExitStatus, Error> {
        self.stop(GRACE).await
    }
}

/// Keeps a child alive until `stop`, then stops it. Each time it is back is counted.
///
/// # Errors
/// When it cannot be stopped.
pub(crate) async fn keep<C: Child>(
    mut child: C,
    options: C::Options,
    restarts: Counter,
    stop: CancellationToken,
) -> Result<(), Error> {
    let mut backoff = Backoff::begin();
    loop {
        let ended = tokio::select! {
            biased;
            () = stop.cancelled() => return child.stop().await.map(drop),
            ended = child.wait() => ended,
        };
        let how = ended.map_or_else(|error| error.to_string(), |status| status.to_string());
        tracing::warn!("{} ended ({how}); starting it again, others wait", C::NAME);
        let Some(again) = start_again::<C>(&options, &mut backoff, &stop).await else {
            return Ok(());
        };
        restarts.inc();
        child = again;
    }
}

/// Starts a child again, as often as it takes; `None` when told to stop.
async fn start_again<C: Child>(
    options: &C::Options,
    backoff: &mut Backoff,
    stop: &CancellationToken,
) -> Option<C> {
    loop {
        let pause = backoff.pause();
        let attempt = async {
            tokio::time::sleep(pause).await;
            C::start(options.clone()).await
        };
        // Giving up an attempt drops the child, which kills it.
        let started = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            started = attempt => started,
        };
        backoff.started();
        match started {
            Ok(child) => {
                tracing::info!("{} is back", C::NAME);
                return Some(child);
            }
            Err(error) => tracing::error!(%error, "{} cannot be started; trying again", C::NAME),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::sync::Arc;

    use tokio::sync::{Notify, mpsc};

    use super::*;

    /// A child that ends when it is told to, and reports what is done with it.
    struct Puppet(Script);

    #[derive(Clone)]
    struct Script {
        told: mpsc::UnboundedSender<&'static str>,
        end: Arc<Notify>,
    }

    impl Child for Puppet {
        const NAME: &'static str = "Puppet";
        type Options = Script;

        async fn start(script: Script) -> Result<Self, Error> {
            script.told.send("start").unwrap();
            Ok(Self(script))
        }

        async fn wait(&mut self) -> Result<ExitStatus, Error> {
            self.0.end.notified().await;
            Ok(ExitStatus::from_raw(9))
        }

        async fn stop(self) -> Result<ExitStatus, Error> {
            self.0.told.send("stop").unwrap();
            Ok(ExitStatus::from_raw(0))
        }
    }

    #[tokio::test]
    async fn a_child_that_dies_is_started_again_and_stopped_in_the_end() {
        let (told, mut tellings) = mpsc::unbounded_channel();
        let end = Arc::new(Notify::new());
        let script = Script {
            told,
            end: Arc::clone(&end),
        };
        let stop = CancellationToken::new();
        let child = Puppet::start(script.clone()).await.unwrap();
        let restarts = Counter::default();
        let kept = keep(child, script, restarts.clone(), stop.clone());
        let played = async {
            for _death in 0..2 {
                assert_eq!(tellings.recv().await, Some("start"));
                end.notify_one();
            }
            assert_eq!(tellings.recv().await, Some("start"));
            stop.cancel();
            assert_eq!(tellings.recv().await, Some("stop"));
        };
        let (kept, ()) = tokio::join!(kept, played);
        kept.unwrap();
        assert_eq!(restarts.get(), 2);
    }
}
