//! Asks the API for single spans until they are there.

use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::{Instant, sleep};

use crate::load::Emitted;

/// Between two questions for the same span; latencies are exact to this.
const PAUSE: Duration = Duration::from_millis(10);

/// After this a span counts as lost.
const PATIENCE: Duration = Duration::from_secs(30);

pub(super) struct Asker {
    api: String,
    client: reqwest::Client,
    asked: JoinSet<reqwest::Result<Option<Duration>>>,
}

impl Asker {
    pub(super) fn new(api: &str) -> Self {
        Self {
            api: api.to_owned(),
            client: reqwest::Client::new(),
            asked: JoinSet::new(),
        }
    }

    /// Begins to ask for a span.
    pub(super) fn ask(&mut self, emitted: Emitted) {
        let (trace, span) = (emitted.trace_id, emitted.span_id);
        let url = format!("{}/api/v1/traces/{trace}/spans/{span}", self.api);
        let client = self.client.clone();
        self.asked
            .spawn(until_there(client, url, emitted.at.into()));
    }

    /// How long each span took; `None` stands for one that never came.
    pub(super) async fn finish(mut self) -> anyhow::Result<Vec<Option<Duration>>> {
        let mut answers = Vec::new();
        while let Some(answer) = self.asked.join_next().await {
            answers.push(answer??);
        }
        Ok(answers)
    }
}

async fn until_there(
    client: reqwest::Client,
    url: String,
    emitted: Instant,
) -> reqwest::Result<Option<Duration>> {
    while emitted.elapsed() < PATIENCE {
        // The clock stops when the whole answer is here.
        let answer = client.get(&url).send().await?;
        let there = answer.status().is_success();
        let body = answer.bytes().await?;
        if there && !body.is_empty() {
            return Ok(Some(emitted.elapsed()));
        }
        sleep(PAUSE).await;
    }
    Ok(None)
}
