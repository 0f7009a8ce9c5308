//! How long the Oracle takes to answer while its collectors are at work: each form of the state,
//! beside an answer that costs nothing and the same bytes from a server that does nothing else; and how
//! long its look at recent traces takes when one of them is large.

mod large;
mod still;
mod system;

use std::time::{Duration, Instant};

use anyhow::Context as _;
use bytes::Bytes;
use serde_json::Value;
use telemetron_model::Timestamp;
use tokio::time::sleep;

use crate::report::{figure, line, percentile, spread, target};
use crate::target::Target;
use still::Still;
use system::{AGENTS, MODELS, System, WAITING};

/// Asked before anything is measured.
const WARM_UP: usize = 20;

/// Longest that an answer may take at the 99th percentile, in milliseconds.
const GOAL: f64 = 10.0;

/// Until everything that was emitted shows in the state, and in a state that is remembered.
const PATIENCE: Duration = Duration::from_secs(120);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(200);

/// What is asked, by name and path.
const QUESTIONS: [(&str, &str); 8] = [
    ("state, json", "/api/v1/oracle/state"),
    ("state, strict", "/system/state"),
    ("state, log", "/api/v1/oracle/state?format=log"),
    ("state, summary", "/api/v1/oracle/state?format=summary"),
    ("agents", "/api/v1/oracle/agents"),
    ("queues", "/api/v1/oracle/queues"),
    ("models", "/api/v1/oracle/llm"),
    ("issues", "/api/v1/oracle/issues"),
];

struct Bench {
    api: String,
    client: reqwest::Client,
}

pub(crate) async fn run(platform: &Target, rounds: usize) -> anyhow::Result<()> {
    let bench = Bench {
        api: platform.api_url()?,
        client: reqwest::Client::new(),
    };
    let mut system = System::begin(&platform.kafka()?)?;
    let at = bench.warm().await?;
    println!(
        "oracle: {}; one client, each round asks all in turn",
        system::SIZE
    );
    let asked = QUESTIONS.map(|(name, path)| (name.to_owned(), path.to_owned()));
    let then = (
        "state of a past moment".to_owned(),
        format!("/api/v1/oracle/state?at={at}"),
    );
    for (name, path) in asked.into_iter().chain([then]) {
        bench.measure(&name, &path, rounds, &mut system).await?;
    }
    bench.large_trace(&mut system).await?;
    system.end().await
}

impl Bench {
    /// Waits until the state shows the system whole, and remembers it so; gives that moment.
    async fn warm(&self) -> anyhow::Result<Timestamp> {
        let begun = Instant::now();
        loop {
            let shows = self.is_whole("/api/v1/oracle/state").await?;
            let now = Timestamp::now();
            let remembered = format!("/api/v1/oracle/state?at={now}");
            if shows && self.is_whole(&remembered).await? {
                return Ok(now);
            }
            anyhow::ensure!(
                begun.elapsed() < PATIENCE,
                "the state never shows the whole system"
            );
            sleep(PAUSE).await;
        }
    }

    async fn is_whole(&self, path: &str) -> anyhow::Result<bool> {
        let answer = self
            .client
            .get(format!("{}{path}", self.api))
            .send()
            .await?;
        let state: Value = serde_json::from_slice(&answer.bytes().await?)?;
        let count = |section: &str| state[section].as_array().map_or(0, Vec::len);
        let queues = state["queues"].as_array().into_iter().flatten();
        let waiting: usize = queues
            .filter_map(|queue| Some(queue["tasks"].as_array()?.len()))
            .sum();
        Ok(count("agents") >= AGENTS && count("litellm") >= MODELS && waiting >= WAITING)
    }

    async fn measure(
        &self,
        name: &str,
        path: &str,
        rounds: usize,
        system: &mut System,
    ) -> anyhow::Result<()> {
        let (url, health) = (
            format!("{}{path}", self.api),
            format!("{}/health", self.api),
        );
        let still = Still::serve(self.get(&url).await?).await?;
        let mut taken = [Vec::new(), Vec::new(), Vec::new()];
        for round in 0..rounds + WARM_UP {
            system.go_on();
            for (taken, url) in taken.iter_mut().zip([&url, &still.url, &health]) {
                let timer = Instant::now();
                self.get(url).await?;
                let millis = timer.elapsed().as_secs_f64() * 1e3;
                taken.extend((round >= WARM_UP).then_some(millis));
            }
        }
        report(name, still.bytes, taken);
        Ok(())
    }

    async fn get(&self, url: &str) -> anyhow::Result<Bytes> {
        let answer = self.client.get(url).send().await?.error_for_status()?;
        answer.bytes().await.context("an answer broke off")
    }
}

fn report(name: &str, bytes: usize, [asked, still, health]: [Vec<f64>; 3]) {
    let middle = |figures: &[f64]| {
        let mut sorted = figures.to_vec();
        sorted.sort_by(f64::total_cmp);
        percentile(&sorted, 0.5)
    };
    let ratio = middle(&asked) / middle(&still);
    let p99 = spread(&format!("{name} ({:.0} KB)", figure(bytes) / 1e3), asked);
    spread("  the same bytes, served still", still);
    spread("  GET /health", health);
    line("  Oracle / still, p50", ratio, "x");
    target(&format!("{name}, p99"), p99, GOAL, "ms");
}
