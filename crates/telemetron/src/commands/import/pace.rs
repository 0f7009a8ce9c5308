//! Lets a bulk of records go no faster than it is stored.
//!
//! A partition is a queue: what is sent to it waits behind what was sent before. So whoever sends a bulk
//! keeps the queue short, and a live record waits for some thousand others at most.

use std::time::Duration;

use telemetron_kafka::{Backlog, KafkaConfig, Progress};
use tokio::time::{Instant, sleep};

/// Most records that wait before the next ones are sent: about a second's work of one consumer, and
/// enough for its batches to be large.
const AHEAD: i64 = 4_000;

/// Between two looks at what waits.
const LOOK: Duration = Duration::from_millis(50);

/// When others keep the queue long, the bulk has its turn all the same after so many records were read.
const TURN: i64 = 4_000;

/// When nothing is read for this long, nobody reads, and there is nobody to wait for.
const NOBODY: Duration = Duration::from_secs(10);

/// Waits for the consumers of a group; not at all when there are none.
pub(super) struct Pace(Option<Backlog>);

impl Pace {
    /// Nobody is waited for.
    pub(super) const fn none() -> Self {
        Self(None)
    }

    /// The consumers of this group are waited for.
    pub(super) async fn of(kafka: &KafkaConfig, group: &str) -> anyhow::Result<Self> {
        Ok(Self(Some(Backlog::of(kafka, group).await?)))
    }

    /// Returns when more records may be sent.
    pub(super) async fn go(&mut self) {
        let (mut first, mut last, mut moved) = (None, None, Instant::now());
        while let Some(Progress { read, waiting }) = self.look().await {
            let first = *first.get_or_insert(read);
            if waiting <= AHEAD || read - first >= TURN {
                return;
            }
            if last != Some(read) {
                (last, moved) = (Some(read), Instant::now());
            } else if moved.elapsed() >= NOBODY {
                tracing::warn!("no consumer stores what is sent; it waits in Kafka");
                self.0 = None;
            }
            sleep(LOOK).await;
        }
    }

    /// Returns when what was sent is stored; at once when nobody is waited for.
    pub(super) async fn stored(&self) {
        let Some(Progress { read, waiting }) = self.look().await else {
            return;
        };
        let until = read.saturating_add(waiting);
        let (mut last, mut moved) = (read, Instant::now());
        while let Some(Progress { read, .. }) = self.look().await {
            if read >= until || moved.elapsed() >= NOBODY {
                return;
            }
            if read != last {
                (last, moved) = (read, Instant::now());
            }
            sleep(LOOK).await;
        }
    }

    /// How far the group has read. Before it has read anything, everything waits; none when it cannot
    /// be told.
    async fn look(&self) -> Option<Progress> {
        const NOTHING_YET: Progress = Progress {
            read: 0,
            waiting: i64::MAX,
        };
        match self.0.as_ref()?.progress().await {
            Ok(progress) => Some(progress.unwrap_or(NOTHING_YET)),
            Err(error) => {
                tracing::debug!(%error, "records are sent without a look at what waits");
                None
            }
        }
    }
}
