//! The signals that ask us to stop.

use std::io;

use rustix::process::Signal as Name;
use tokio::signal::unix::{Signal, SignalKind, signal};

/// SIGINT, SIGTERM and, when the terminal is closed, SIGHUP, as they come.
#[derive(Debug)]
pub(crate) struct Signals {
    hangup: Signal,
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Listens from now on; the signals no longer end the process by themselves.
    pub(crate) fn listen() -> io::Result<Self> {
        Ok(Self {
            hangup: signal(SignalKind::hangup())?,
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    /// Waits for the next one, and says which it is.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(crate) async fn next(&mut self) -> Name {
        tokio::select! {
            _ = self.hangup.recv() => Name::HUP,
            _ = self.interrupt.recv() => Name::INT,
            _ = self.terminate.recv() => Name::TERM,
        }
    }
}
