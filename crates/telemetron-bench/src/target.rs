//! Which running platform is measured: the one of a data directory, or what is named instead.

use std::path::PathBuf;

use anyhow::Context as _;
use telemetron_local::Endpoints;

/// Where the running platform is.
#[derive(Debug, clap::Args)]
pub(crate) struct TargetArgs {
    /// Data directory of a running `telemetron up`; its default one otherwise.
    #[arg(long)]
    data_dir: Option<PathBuf>,
    /// Base URL of the API, instead of that of the data directory.
    #[arg(long)]
    api_url: Option<String>,
    /// Bootstrap servers, instead of those of the data directory.
    #[arg(long)]
    kafka: Option<String>,
    /// URL of the database, instead of that of the data directory.
    #[arg(long)]
    database_url: Option<String>,
    /// Process of the consumer and the API, instead of that of the data directory.
    #[arg(long)]
    pid: Option<u32>,
}

/// What a running platform is reached by; asking for what nobody named is an error.
pub(crate) struct Target {
    args: TargetArgs,
    found: Option<Endpoints>,
}

impl From<TargetArgs> for Target {
    fn from(args: TargetArgs) -> Self {
        let found = match &args.data_dir {
            Some(dir) => Endpoints::read(dir),
            None => Endpoints::find(),
        };
        let found = found.ok();
        Self { args, found }
    }
}

impl Target {
    /// Base URL of the API.
    pub(crate) fn api_url(&self) -> anyhow::Result<String> {
        let found = || Some(self.found.as_ref()?.api_url.clone());
        let url = self.args.api_url.clone().or_else(found);
        url.context("no API: start `telemetron up` and name its --data-dir, or give --api-url")
    }

    /// Bootstrap servers of the broker.
    pub(crate) fn kafka(&self) -> anyhow::Result<String> {
        let found = || Some(self.found.as_ref()?.kafka_bootstrap_servers.clone());
        let servers = self.args.kafka.clone().or_else(found);
        servers.context("no broker: start `telemetron up` and name its --data-dir, or give --kafka")
    }

    /// URL of the database.
    pub(crate) fn database_url(&self) -> anyhow::Result<String> {
        let found = || Some(self.found.as_ref()?.database_url.clone());
        let url = self.args.database_url.clone().or_else(found);
        url.context(
            "no database: start `telemetron up` and name its --data-dir, or give --database-url",
        )
    }

    /// The process of consumer and API.
    pub(crate) fn pid(&self) -> anyhow::Result<u32> {
        let found = || Some(self.found.as_ref()?.pid);
        let pid = self.args.pid.or_else(found);
        pid.context("no process: start `telemetron up` and name its --data-dir, or give --pid")
    }
}
