//! Which API: the one that is named, else the running platform's.

use anyhow::Context as _;

use crate::client::Client;
use crate::platform::Platform;

/// Which API is asked, and how the answer is shown.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ApiTarget {
    /// Base URL of the API; else that of the running platform
    #[arg(long, env = "TELEMETRON_API_URL", value_name = "URL", global = true)]
    api_url: Option<String>,

    /// Print the API's answer as JSON
    #[arg(long, global = true)]
    pub(crate) json: bool,
}

impl ApiTarget {
    /// A client of that API.
    pub(crate) fn client(&self, platform: &Platform) -> anyhow::Result<Client> {
        Client::new(&self.url(platform)?)
    }

    /// Where that API is now.
    pub(crate) fn url(&self, platform: &Platform) -> anyhow::Result<String> {
        let named = self.api_url.clone().filter(|url| !url.trim().is_empty());
        match named {
            Some(url) => Ok(url),
            None => {
                let running = platform.endpoints();
                Ok(running.context("TELEMETRON_API_URL is not set")?.api_url)
            }
        }
    }
}
