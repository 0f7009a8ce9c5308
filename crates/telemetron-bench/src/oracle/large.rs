//! How long the Oracle's look at recent traces takes, without and with a trace of 20,000 spans among
//! them.

use std::time::Instant;

use anyhow::Context as _;
use serde_json::{Value, json};
use telemetron_sdk::TraceGuard;
use tokio::time::sleep;

use super::system::System;
use super::{Bench, PATIENCE, PAUSE};
use crate::report::{line, median, target};

/// Spans of the large trace, every other of them a call of a tool.
const SPANS: usize = 20_000;

/// Different calls: each is made again and again.
const CALLS: usize = 700;

/// Spans that are sent before the rest is made, so that none is dropped.
const AT_ONCE: usize = 500;

/// Looks that are watched each time.
const LOOKS: usize = 15;

/// How many times as long a look may take as one without the large trace.
const GOAL: f64 = 3.0;

impl Bench {
    /// Watches looks without the large trace, beside it while it grows, and once it is still.
    pub(super) async fn large_trace(&self, system: &mut System) -> anyhow::Result<()> {
        let without = self.looks(|| system.go_on()).await?;
        let trace = self.store(system).await?;
        let growing = self
            .looks(|| {
                system.go_on();
                trace.tool("search").complete();
            })
            .await?;
        let still = self.looks(|| system.go_on()).await?;
        trace.complete("done");
        line("a look at recent traces, p50", without, "ms");
        let grows = "  with one of 20,000 spans that grows, p50";
        line(grows, growing, "ms");
        line("  with one of 20,000 spans, p50", still, "ms");
        line("  growing / without", growing / without, "x");
        target("a large trace / without", still / without, GOAL, "x");
        Ok(())
    }

    /// Sends the large trace, and waits until it is stored.
    async fn store(&self, system: &System) -> anyhow::Result<TraceGuard> {
        let trace = system.trace("large");
        for n in 0..SPANS {
            let span = match n % 2 {
                0 => trace.tool(format!("tool {}", n % 7)),
                _ => trace.chain("a step"),
            };
            span.input(&json!({ "call": n % CALLS }));
            span.complete();
            if n % AT_ONCE == 0 {
                system.flush().await?;
            }
        }
        system.flush().await?;
        // It is the newest, and so the first that is listed.
        let url = format!("{}/api/v1/traces?limit=1", self.api);
        let id = Value::from(trace.trace_id().to_string());
        let is_stored = |list: &Value| {
            let first = &list["items"][0];
            first["trace_id"] == id
                && first["counts"]["spans"].as_u64() >= u64::try_from(SPANS).ok()
        };
        let begun = Instant::now();
        while !is_stored(&self.value(&url).await?) {
            let waits = begun.elapsed() < PATIENCE;
            anyhow::ensure!(waits, "the large trace is not stored");
            sleep(PAUSE).await;
        }
        Ok(trace)
    }

    /// What the middle one of some looks takes, in milliseconds; `meanwhile` something happens.
    async fn looks(&self, mut meanwhile: impl FnMut()) -> anyhow::Result<f64> {
        let url = format!("{}/api/v1/oracle/state", self.api);
        let (mut taken, mut last) = (Vec::new(), None);
        // The first one began before anybody watched.
        while taken.len() <= LOOKS {
            let state = self.value(&url).await?;
            let sources = state["sources"].as_array().into_iter().flatten();
            let traces = sources.clone().find(|source| source["name"] == "traces");
            let traces = traces.context("the Oracle does not look at traces")?;
            anyhow::ensure!(traces["status"] == "fresh", "the Oracle is blind: {traces}");
            let at = traces["updated_at"].as_str().map(str::to_owned);
            if at != last {
                taken.push(traces["took_ms"].as_f64().context("a look without time")?);
                last = at;
            }
            meanwhile();
            sleep(PAUSE).await;
        }
        Ok(median(taken.split_off(1)))
    }

    async fn value(&self, url: &str) -> anyhow::Result<Value> {
        let answer = self.client.get(url).send().await?;
        Ok(serde_json::from_slice(&answer.bytes().await?)?)
    }
}
