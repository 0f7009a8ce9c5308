//! Which API: the one that is named, else the running platform's, else the one at the usual place.

use anyhow::Context as _;

use crate::client::Client;
use crate::platform::Platform;

/// Where the API usually listens.
const USUAL: &str = "http://127.0.0.1:8080";

/// Which API is asked, and how the answer is shown.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ApiTarget {
    /// Base URL of the API; else that of the running platform, else http://127.0.0.1:8080
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
        if let Some(url) = named {
            return Ok(url);
        }
        match platform.endpoints() {
            Ok(running) => Ok(running.api_url),
            // Who names a platform does not mean another one.
            Err(error) if platform.named().is_some() => {
                Err(error).context("TELEMETRON_API_URL is not set")
            }
            Err(_) => Ok(USUAL.to_owned()),
        }
    }
}
