//! Finding the platform that `telemetron up` runs on this machine.

use std::path::{Path, PathBuf};

use telemetron_local::{DataDir, Endpoints, Error};

/// The data directory in which the running platform notes its addresses.
#[derive(Debug, Clone)]
pub(crate) struct Platform(Option<PathBuf>);

impl Platform {
    /// The platform of this data directory, or of the usual one.
    pub(crate) fn new(data_dir: Option<PathBuf>) -> Self {
        Self(data_dir.filter(|dir| !dir.as_os_str().is_empty()))
    }

    /// The addresses of the running platform.
    pub(crate) fn endpoints(&self) -> Result<Endpoints, Error> {
        match &self.0 {
            Some(dir) => Endpoints::read(dir),
            None => Endpoints::find(),
        }
    }

    /// Makes the data directory ours.
    pub(crate) fn claim(&self) -> Result<DataDir, Error> {
        match &self.0 {
            Some(dir) => DataDir::open(dir),
            None => DataDir::open(&DataDir::default_path()?),
        }
    }

    /// The directory that was named, if one was.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}
