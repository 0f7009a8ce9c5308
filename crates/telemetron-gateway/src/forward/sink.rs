//! Where a lane ends: another endpoint, or files.

use std::net::SocketAddr;

use telemetron_model::record::Record;
use telemetron_otlp::via::Via;

use super::files::Files;
use super::lag::Meters;
use super::lane::Lane;
use super::target::{Target, WrongTarget};
use crate::config::ForwardConfig;

/// The end of a lane.
#[derive(Debug)]
pub(super) enum Sink {
    Endpoint(Target),
    Folder(Files),
}

impl Sink {
    /// The end that is named: a folder by `file:`, else an endpoint.
    pub(super) fn new(
        lane: Lane,
        named: &str,
        config: &ForwardConfig,
        own: &[SocketAddr],
    ) -> Result<Self, WrongTarget> {
        if named.starts_with("file:") {
            return Files::new(lane, named, config).map(Self::Folder);
        }
        Target::new(lane, named, &config.forward_headers, own).map(Self::Endpoint)
    }

    pub(super) const fn lane(&self) -> Lane {
        match self {
            Self::Endpoint(target) => target.lane,
            Self::Folder(files) => files.lane,
        }
    }

    /// Passes records on, however often it takes.
    ///
    /// # Cancel safety
    /// When dropped before it is ready, some may have gone on and go on again.
    pub(super) async fn send(&self, records: &[Record], via: &Via, meters: &Meters) {
        match self {
            Self::Endpoint(target) => target.send(records, via, meters).await,
            // A file goes nowhere; who imports it imports what was said, not the way it came.
            Self::Folder(files) => files.send(records, meters).await,
        }
    }

    /// Whether the end is known to be one of these platforms.
    pub(super) fn is_on(&self, via: &Via) -> bool {
        match self {
            Self::Endpoint(target) => target.is_on(via),
            Self::Folder(_) => false,
        }
    }
}
