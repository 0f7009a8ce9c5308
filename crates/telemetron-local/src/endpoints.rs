//! Where the running platform is, for every other subcommand.

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::process::ProcessId;
use crate::{DataDir, Error, files};

const FILE: &str = "endpoints.json";

/// The addresses of a running platform, kept as `endpoints.json` in its data directory.
///
/// The file is readable by its owner alone: the database URL may carry a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoints {
    /// Base URL of the API.
    pub api_url: String,
    /// Endpoint of OTLP over gRPC.
    #[serde(default)]
    pub otlp_grpc: String,
    /// Endpoint of OTLP over HTTP.
    #[serde(default)]
    pub otlp_http: String,
    /// Bootstrap servers of the broker in use, local or not.
    pub kafka_bootstrap_servers: String,
    /// URL of the database in use, local or not.
    pub database_url: String,
    /// The process that serves them.
    pub pid: u32,
    /// When it started, RFC 3339.
    pub started_at: String,
}

impl Endpoints {
    /// Writes the file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn write(&self, dir: &DataDir) -> Result<(), Error> {
        let path = dir.path().join(FILE);
        let text = serde_json::to_string_pretty(self).map_err(|error| damaged(&path, &error))?;
        files::write_atomic(&path, &format!("{text}\n"))
    }

    /// Removes the file; the platform has stopped.
    ///
    /// # Errors
    /// [`Error::Io`] when the directory cannot be written.
    pub fn remove(dir: &DataDir) -> Result<(), Error> {
        files::remove(&dir.path().join(FILE))
    }

    /// Reads the file in `dir`.
    ///
    /// # Errors
    /// [`Error::NotRunning`] when there is none or its process has ended; [`Error::Damaged`] when
    /// it cannot be understood.
    pub fn read(dir: &Path) -> Result<Self, Error> {
        let path = dir.join(FILE);
        let not_running = || Error::NotRunning {
            path: dir.to_owned(),
        };
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(not_running());
            }
            Err(error) => return Err(Error::io("read", &path)(error)),
        };
        let found: Self = serde_json::from_str(&text).map_err(|error| damaged(&path, &error))?;
        ProcessId::of(found.pid)
            .map(|_| found)
            .ok_or_else(not_running)
    }

    /// Reads the file of the default data directory, or of the one `TELEMETRON_DATA_DIR` names.
    ///
    /// # Errors
    /// As [`Endpoints::read`].
    pub fn find() -> Result<Self, Error> {
        Self::read(&DataDir::default_path()?)
    }
}

fn damaged(path: &Path, error: &serde_json::Error) -> Error {
    Error::Damaged {
        path: path.to_owned(),
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoints(pid: u32) -> Endpoints {
        Endpoints {
            api_url: "http://127.0.0.1:8080".into(),
            otlp_grpc: "http://127.0.0.1:4317".into(),
            otlp_http: "http://127.0.0.1:4318".into(),
            kafka_bootstrap_servers: "127.0.0.1:9092".into(),
            database_url: "postgres://telemetron@localhost/telemetron?host=/run/t".into(),
            pid,
            started_at: "2026-01-02T03:04:05Z".into(),
        }
    }

    fn data_dir() -> (tempfile::TempDir, DataDir) {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(dir.path()).unwrap();
        (dir, data)
    }

    #[test]
    fn endpoints_are_read_back_while_their_process_runs() {
        let (_dir, data) = data_dir();
        let written = endpoints(std::process::id());
        written.write(&data).unwrap();
        assert_eq!(Endpoints::read(data.path()).unwrap(), written);
    }

    #[test]
    fn endpoints_of_a_process_that_ended_do_not_count() {
        let (_dir, data) = data_dir();
        endpoints(u32::MAX).write(&data).unwrap();
        assert!(matches!(
            Endpoints::read(data.path()),
            Err(Error::NotRunning { .. })
        ));
    }

    #[test]
    fn removed_endpoints_mean_that_nothing_runs() {
        let (_dir, data) = data_dir();
        endpoints(std::process::id()).write(&data).unwrap();
        Endpoints::remove(&data).unwrap();
        assert!(matches!(
            Endpoints::read(data.path()),
            Err(Error::NotRunning { .. })
        ));
    }

    #[test]
    fn a_damaged_file_is_named() {
        let (_dir, data) = data_dir();
        fs::write(data.path().join(FILE), "{").unwrap();
        let refused = Endpoints::read(data.path()).unwrap_err().to_string();
        assert!(refused.contains("endpoints.json is damaged"), "{refused}");
    }
}
