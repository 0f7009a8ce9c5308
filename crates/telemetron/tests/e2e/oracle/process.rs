//! A process of the platform.

use std::fs::File;
use std::process::{Child, Command, Stdio};

/// A running process; dropping it kills it.
#[derive(Debug)]
pub(super) struct Process(Child);

impl Process {
    /// Starts it; what it says goes to a file.
    pub(super) fn start(command: &mut Command, log: File) -> Self {
        let child = command
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn();
        Self(child.unwrap())
    }

    /// Whether it has ended by itself.
    pub(super) fn has_ended(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // An error means that it is gone already.
        drop(self.0.kill());
        drop(self.0.wait());
    }
}
