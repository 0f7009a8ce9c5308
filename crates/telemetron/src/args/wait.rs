//! Waiting for what is away: jobs of a cluster start before what they need.

use std::time::{Duration, Instant};

use telemetron_runtime::config::duration;
use tokio::time::sleep;

/// Between two attempts.
const PAUSE: Duration = Duration::from_secs(1);

/// How long something that is away is waited for.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Wait {
    /// How long what is away may take to come
    #[arg(
        long,
        env = "TELEMETRON_WAIT",
        default_value = "0s",
        value_name = "TIME"
    )]
    #[arg(value_parser = duration)]
    wait: Duration,
}

impl Wait {
    /// Tries again while the failure is one that passes and there is time.
    ///
    /// # Errors
    /// The last one.
    pub(crate) async fn until_done<T>(
        self,
        passes: impl Fn(&anyhow::Error) -> bool,
        mut attempt: impl AsyncFnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<T> {
        let began = Instant::now();
        loop {
            match attempt().await {
                Err(error) if passes(&error) && began.elapsed() < self.wait => {
                    tracing::info!("{error:#}; it is tried again");
                    sleep(PAUSE).await;
                }
                ended => return ended,
            }
        }
    }
}
