//! Tasks that start together and stop together.

use std::collections::HashMap;
use std::time::Duration;

use tokio::task::{Id, JoinError, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::signals::{self, Watch};
use crate::{BoxError, Error};

/// The tasks of one process.
///
/// Each service gets the shutdown token and ends soon after it is cancelled. When any service
/// ends, well or not, all are asked to stop. Dropping the set aborts what still runs.
///
/// ```
/// # use std::time::Duration;
/// # use telemetron_runtime::Services;
/// # async fn example() -> Result<(), telemetron_runtime::Error> {
/// let mut services = Services::new();
/// let shutdown = services.shutdown();
/// services.add("greeter", async move {
///     shutdown.cancelled().await;
///     Ok::<(), std::io::Error>(())
/// });
/// services.stop_on_signals()?;
/// services.run(Duration::from_secs(10)).await
/// # }
/// ```
#[derive(Debug, Default)]
pub struct Services {
    shutdown: CancellationToken,
    tasks: JoinSet<Result<(), BoxError>>,
    names: HashMap<Id, &'static str>,
    signals: Option<Watch>,
}

impl Services {
    /// An empty set with a shutdown token of its own.
    pub fn new() -> Self {
        Self::default()
    }

    /// A token that is cancelled when the services are to stop; cancelling it stops them.
    pub fn shutdown(&self) -> CancellationToken {
        self.shutdown.clone()
    }

    /// Starts a service.
    pub fn add<E: Into<BoxError>>(
        &mut self,
        name: &'static str,
        service: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let task = self
            .tasks
            .spawn(async move { service.await.map_err(Into::into) });
        self.names.insert(task.id(), name);
    }

    /// Stops the services on SIGINT and SIGTERM; a second signal ends the process at once.
    ///
    /// # Errors
    /// [`Error::Signals`] when they cannot be listened to.
    pub fn stop_on_signals(&mut self) -> Result<(), Error> {
        self.signals = Some(signals::watch(self.shutdown())?);
        Ok(())
    }

    /// Runs until a service ends or the shutdown token is cancelled, then gives the rest `grace`
    /// to drain.
    ///
    /// # Errors
    /// The first failure of a service, or [`Error::DidNotDrain`] with those that were cut off.
    pub async fn run(mut self, grace: Duration) -> Result<(), Error> {
        let shutdown = self.shutdown();
        let first = tokio::select! {
            () = shutdown.cancelled() => Ok(()),
            ended = self.next() => ended.unwrap_or(Ok(())),
        };
        shutdown.cancel();

        match tokio::time::timeout(grace, self.drain()).await {
            Ok(rest) => first.and(rest),
            Err(_elapsed) => first.and(Err(self.left(grace))),
        }
    }

    /// Waits for all; gives the first failure.
    async fn drain(&mut self) -> Result<(), Error> {
        let mut verdict = Ok(());
        while let Some(ended) = self.next().await {
            verdict = verdict.and(ended);
        }
        verdict
    }

    /// Waits for one; logs how it ended.
    async fn next(&mut self) -> Option<Result<(), Error>> {
        let ended = self.tasks.join_next_with_id().await?;
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let service = self.names.remove(&id).unwrap_or("service");
        let verdict = match ended {
            Ok((_, result)) => result.map_err(|source| Error::Failed { service, source }),
            Err(error) => Err(Error::Panicked {
                service,
                message: message_of(error),
            }),
        };
        match &verdict {
            Ok(()) => tracing::info!(service, "service ended"),
            Err(error) => tracing::error!(service, %error, "service ended with an error"),
        }
        Some(verdict)
    }

    fn left(&self, grace: Duration) -> Error {
        let mut names: Vec<_> = self.names.values().copied().collect();
        names.sort_unstable();
        Error::DidNotDrain {
            services: names.join(", "),
            grace,
        }
    }
}

/// What a panic said, where it said it in words.
fn message_of(error: JoinError) -> String {
    let Ok(panic) = error.try_into_panic() else {
        return "cancelled".into();
    };
    let words = panic
        .downcast_ref::<&str>()
        .map(|words| (*words).to_owned());
    words
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into())
}

#[cfg(test)]
mod tests;
