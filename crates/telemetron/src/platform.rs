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

    /// Makes the data directory ours, once a process that is just ending has let go of it.
    pub(crate) async fn claim(&self) -> Result<DataDir, Error> {
        DataDir::take(&self.path()?).await
    }

    /// The data directory.
    pub(crate) fn path(&self) -> Result<PathBuf, Error> {
        self.0.clone().map_or_else(DataDir::default_path, Ok)
    }

    /// Where the data directory is, or would be.
    pub(crate) fn data_dir(&self) -> Result<PathBuf, Error> {
        self.named()
            .map_or_else(DataDir::default_path, |named| Ok(named.to_owned()))
    }

    /// The directory that was named, if one was.
    pub(crate) fn named(&self) -> Option<&Path> {
        self.0.as_deref()
    }
}
