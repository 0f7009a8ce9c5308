//! The HTTP API of a platform under test, asked until it answers as wanted.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long the platform may take to come to a state on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(120);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(50);

/// An API, and the file into which its processes write what they have to say.
#[derive(Debug)]
pub(crate) struct Api {
    port: u16,
    log: PathBuf,
}

impl Api {
    /// The API on a port of this machine.
    pub(crate) const fn new(port: u16, log: PathBuf) -> Self {
        Self { port, log }
    }

    /// The port.
    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// Where a path is.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// What the processes wrote so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap_or_default()
    }

    /// The file that they write to.
    pub(crate) fn log_file(&self) -> fs::File {
        let mut options = fs::OpenOptions::new();
        let file = options.create(true).append(true).open(&self.log);
        file.unwrap()
    }

    /// Whether everything behind the API is ready; says what it answers where it is not.
    pub(crate) async fn ready(&self) -> Result<(), String> {
        match reqwest::get(self.url("/ready")).await {
            Ok(answer) if answer.status().is_success() => Ok(()),
            Ok(answer) => Err(answer.text().await.unwrap_or_default()),
            Err(error) => Err(error.to_string()),
        }
    }

    /// Asks once.
    pub(crate) async fn get(&self, path: &str) -> reqwest::Result<Value> {
        reqwest::get(self.url(path)).await?.json().await
    }

    /// Asks until the answer is as wanted.
    pub(crate) async fn eventually(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.get(path).await;
            if seen.as_ref().is_ok_and(&wanted) {
                return seen.unwrap();
            }
            assert!(
                Instant::now() < deadline,
                "{path} never was as wanted; last seen {seen:?}\n{}",
                self.log()
            );
            tokio::time::sleep(PAUSE).await;
        }
    }
}
