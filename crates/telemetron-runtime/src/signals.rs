//! SIGINT and SIGTERM: the first asks to stop, the second does not ask.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::Error;

/// The task that listens; it ends when this is dropped.
pub(crate) type Watch = JoinSet<()>;

/// Cancels `shutdown` on the first signal and ends the process on the second.
pub(crate) fn watch(shutdown: CancellationToken) -> Result<Watch, Error> {
    let signals = Signals::listen().map_err(Error::Signals)?;
    let mut watch = JoinSet::new();
    watch.spawn(obey(signals, shutdown, |code| std::process::exit(code)));
    Ok(watch)
}

async fn obey(mut signals: Signals, shutdown: CancellationToken, exit: impl FnOnce(i32)) {
    let name = signals.next().await.name;
    tracing::info!(
        signal = name,
        "stopping; a second signal ends the process at once"
    );
    shutdown.cancel();
    exit(signals.next().await.exit_code);
}

/// A signal that came, as people and shells know it.
struct Request {
    name: &'static str,
    exit_code: i32,
}

struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    fn listen() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) -> Request {
        tokio::select! {
            _ = self.interrupt.recv() => Request { name: "SIGINT", exit_code: 130 },
            _ = self.terminate.recv() => Request { name: "SIGTERM", exit_code: 143 },
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use tokio::sync::oneshot;

    use super::*;

    fn send(signal: &str) {
        let pid = std::process::id().to_string();
        assert!(
            Command::new("kill")
                .args([signal, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    #[tokio::test]
    async fn the_first_signal_asks_and_the_second_ends() {
        let shutdown = CancellationToken::new();
        let (exited, exit_code) = oneshot::channel();
        let mut tasks = JoinSet::new();
        let signals = Signals::listen().unwrap();
        tasks.spawn(obey(signals, shutdown.clone(), |code| {
            exited.send(code).unwrap()
        }));

        send("-TERM");
        shutdown.cancelled().await;
        send("-INT");

        assert_eq!(exit_code.await.unwrap(), 130);
    }
}
