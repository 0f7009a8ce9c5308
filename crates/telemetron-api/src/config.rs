//! Settings of the API.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use telemetron_oracle::OracleConfig;
use telemetron_runtime::doors::Origins;

use crate::dashboard;

/// How the API listens and what it bounds.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "API")]
pub struct ApiConfig {
    /// Address to listen on; anything but loopback is open to the network
    #[arg(long = "server-host", env = "SERVER_HOST", default_value = "127.0.0.1")]
    pub host: IpAddr,

    /// Port to listen on
    #[arg(long = "server-port", env = "SERVER_PORT", default_value = "8080")]
    pub port: u16,

    /// Longest a request may take, in milliseconds; streams are not bounded
    #[arg(long, env, default_value = "15000", value_parser = millis)]
    pub request_timeout_ms: Duration,

    /// Largest body that is taken, in bytes
    #[arg(long, env, default_value_t = 1024 * 1024)]
    pub max_body_bytes: usize,

    /// Origins of other web pages that may read the API, separated by commas; loopback always may
    #[arg(long, env, value_delimiter = ',')]
    pub cors_origins: Vec<String>,

    /// Directory with the built dashboard; else the one beside the binary, where there is one
    #[arg(long, env, value_parser = dashboard::built)]
    pub dashboard_dir: Option<PathBuf>,

    /// Most clients of the live stream at a time
    #[arg(long, env, default_value_t = 1000)]
    pub max_live_clients: usize,

    /// The Oracle, which every API runs.
    #[command(flatten)]
    pub oracle: OracleConfig,
}

impl ApiConfig {
    /// Which web pages may use the API.
    pub(crate) fn origins(&self) -> Origins {
        Origins::new("CORS_ORIGINS", &self.cors_origins)
    }
}

impl Default for ApiConfig {
    fn default() -> Self {
        Self {
            host: IpAddr::from([127, 0, 0, 1]),
            port: 8080,
            request_timeout_ms: Duration::from_secs(15),
            max_body_bytes: 1024 * 1024,
            cors_origins: Vec::new(),
            dashboard_dir: None,
            max_live_clients: 1000,
            oracle: OracleConfig::default(),
        }
    }
}

fn millis(text: &str) -> Result<Duration, String> {
    let millis = text.parse().ok().filter(|millis| *millis > 0);
    let millis = millis.map(Duration::from_millis);
    millis.ok_or_else(|| format!("`{text}` is not a number of milliseconds above 0"))
}
