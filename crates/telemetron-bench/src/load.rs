//! A steady load through the SDK: traces of 22 spans, one span ending at a time.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use serde_json::json;
use telemetron_model::{SpanId, TraceId};
use telemetron_sdk::{Collector, FlushReport, SpanGuard, TokenUsage, TraceGuard};
use tokio::time::MissedTickBehavior;

use crate::workload::{Chance, SPANS_PER_TRACE};

/// How long what was emitted may take to be acknowledged at the end.
const FLUSH: Duration = Duration::from_secs(30);

/// A span that has ended, and when the agent said so.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Emitted {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) at: Instant,
}

/// An agent that emits spans.
pub(crate) struct Load {
    collector: Collector,
    chance: Chance,
    open: Option<Open>,
}

/// The trace at work: its root ends last.
struct Open {
    trace: TraceGuard,
    root: SpanGuard,
    children: u32,
}

impl Load {
    pub(crate) fn start(bootstrap_servers: &str) -> anyhow::Result<Self> {
        let collector = Collector::builder()
            .bootstrap_servers(bootstrap_servers)
            .service("bench")
            .project("bench")
            .start()?;
        Ok(Self {
            collector,
            chance: Chance::new(1),
            open: None,
        })
    }

    /// Ends so many spans a second for so long; `emitted` hears of each.
    pub(crate) async fn run(
        &mut self,
        per_second: u32,
        length: Duration,
        mut emitted: impl FnMut(Emitted),
    ) -> anyhow::Result<()> {
        let mut ticks = tokio::time::interval(Duration::from_secs(1) / per_second.max(1));
        // A late tick is made up for, so that the rate holds.
        ticks.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let begun = Instant::now();
        while begun.elapsed() < length {
            ticks.tick().await;
            emitted(self.end_a_span()?);
        }
        Ok(())
    }

    /// Delivers what is left, and says what became of all records.
    pub(crate) async fn stop(self) -> FlushReport {
        drop(self.open);
        self.collector.shutdown(FLUSH).await
    }

    fn end_a_span(&mut self) -> anyhow::Result<Emitted> {
        let mut open = self.open.take().unwrap_or_else(|| self.begin());
        if open.children == 0 {
            let emitted = end(open.root)?;
            open.trace.complete("done");
            return Ok(emitted);
        }
        open.children -= 1;
        let emitted = end(self.child(&open));
        self.open = Some(open);
        emitted
    }

    fn begin(&mut self) -> Open {
        let words = self.chance.text(40);
        let trace = self.collector.trace("bench").user_input(&words).start();
        let root = trace.agent("orchestrator");
        Open {
            trace,
            root,
            children: SPANS_PER_TRACE - 1,
        }
    }

    fn child(&mut self, open: &Open) -> SpanGuard {
        if open.children.is_multiple_of(2) {
            let call = open.root.llm("gpt-5");
            let asked = json!([{"role": "user", "content": self.chance.text(105)}]);
            call.input(&asked)
                .output(&self.chance.text(70))
                .tokens(TokenUsage::new(1_200, 240))
                .cost_usd(0.004);
            call
        } else {
            let call = open.root.tool("web_search");
            call.input(&json!({"query": self.chance.text(25)}))
                .output(&self.chance.text(130));
            call
        }
    }
}

/// Ends a span; the clock is read just before.
fn end(span: SpanGuard) -> anyhow::Result<Emitted> {
    let span_id = span.context().context("a span without context")?.span_id;
    let trace_id = span.trace_id();
    let at = Instant::now();
    span.complete();
    Ok(Emitted {
        trace_id,
        span_id,
        at,
    })
}
