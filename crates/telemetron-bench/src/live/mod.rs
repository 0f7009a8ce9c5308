//! From the emit call until a span is seen live, and until it can be queried.
//!
//! ```text
//!  Load ── SDK ──▶ Kafka ──▶ API ── WebSocket ──▶ Watcher   every span
//!   │                └─────▶ consumer ─▶ Postgres
//!   └─ a sample ──▶ Asker: GET the span until it is there    20 a second
//! ```

mod asker;
mod watcher;

use std::collections::HashMap;
use std::time::{Duration, Instant};

use telemetron_model::SpanId;

use crate::load::{Emitted, Load};
use crate::report::{figure, line, spread, target};
use crate::target::Target;
use asker::Asker;
use watcher::Watcher;

/// How many spans a second are asked for.
const ASKED_PER_SECOND: u32 = 20;

/// How long the last spans may take to arrive.
const PATIENCE: Duration = Duration::from_secs(15);

/// Let pass before anything is measured: connections, caches and statements warm up.
const WARM_UP: Duration = Duration::from_secs(3);

pub(crate) async fn run(target: &Target, per_second: u32, length: Duration) -> anyhow::Result<()> {
    let (api, kafka) = (target.api_url()?, target.kafka()?);
    let watcher = Watcher::connect(&api).await?;
    let mut load = Load::start(&kafka)?;
    load.run(per_second, WARM_UP, |_| ()).await?;

    let mut asker = Asker::new(&api);
    let mut sent: Vec<Emitted> = Vec::new();
    let every = usize::try_from((per_second / ASKED_PER_SECOND).max(1))?;
    let timer = Instant::now();
    load.run(per_second, length, |emitted| {
        if sent.len().is_multiple_of(every) {
            asker.ask(emitted);
        }
        sent.push(emitted);
    })
    .await?;
    let rate = figure(sent.len()) / timer.elapsed().as_secs_f64();
    let report = load.stop().await;

    let seen = watcher.finish(&sent, PATIENCE).await?;
    let asked = asker.finish().await?;
    line("spans emitted a second", rate, "spans/s");
    let lost_live = live_figures(&sent, &seen.spans);
    let lost_asked = asked_figures(asked);
    println!(
        "lost: {lost_live} of {} live, {lost_asked} queried, {} dropped by the SDK, {} missed frames",
        sent.len(),
        report.dropped + report.failed,
        seen.missed
    );
    let lost = lost_live + lost_asked;
    anyhow::ensure!(lost == 0, "{lost} spans never arrived");
    Ok(())
}

/// Prints the latencies of the spans that were seen, and counts the others.
fn live_figures(sent: &[Emitted], seen: &HashMap<SpanId, Instant>) -> usize {
    let took = |emitted: &Emitted| Some((*seen.get(&emitted.span_id)?, emitted.at));
    let millis: Vec<_> = sent
        .iter()
        .filter_map(took)
        .map(|(seen, emitted)| seen.saturating_duration_since(emitted).as_secs_f64() * 1e3)
        .collect();
    let lost = sent.len() - millis.len();
    let p99 = spread("emit to WebSocket", millis);
    target("emit to WebSocket, p99", p99, 250.0, "ms");
    lost
}

fn asked_figures(answers: Vec<Option<Duration>>) -> usize {
    let lost = answers.iter().filter(|answer| answer.is_none()).count();
    let millis = answers.into_iter().flatten();
    let millis = millis.map(|took| took.as_secs_f64() * 1e3).collect();
    let p99 = spread("emit to queryable", millis);
    target("emit to queryable, p99", p99, 1_000.0, "ms");
    lost
}
