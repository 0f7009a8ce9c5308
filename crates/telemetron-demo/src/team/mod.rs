//! A simulated team of agents, traced through the SDK like any other.
//!
//! ```text
//!  user ─▶ orchestrator ─┬▶ researcher-docs ─┐
//!                        └▶ researcher-web ──┴▶ coder ⇄ reviewer ─▶ answer
//! ```
//!
//! Models are called `demo-…` and their provider `simulated`, so that nobody takes their tokens
//! and costs for real ones. What goes wrong in a request is its [`Plot`].

mod actors;
pub(crate) mod dice;
mod plot;
mod request;
mod stage;
pub(crate) mod steps;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::KafkaConfig;
use telemetron_model::TraceId;
use telemetron_sdk::Collector;
use tokio::task::JoinSet;
use tokio::time::{Instant, MissedTickBehavior, interval_at};
use tokio_util::sync::CancellationToken;

pub use plot::Plot;
use request::Request;
use stage::Stage;

/// Between two requests of the first round.
const STAGGER: Duration = Duration::from_millis(400);

/// How the demonstration goes.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Whether things go wrong.
    pub faults: bool,
    /// Requests a minute after the first round; none ends after it.
    pub per_minute: Option<u32>,
}

/// A request that was played, or is still being played.
#[derive(Debug, Clone, Copy)]
pub struct Played {
    /// Its trace.
    pub trace_id: TraceId,
    /// What happens in it.
    pub plot: Plot,
}

/// Plays until the course is over or `stop`; `tell` hears of every request that begins.
///
/// # Errors
/// When the SDK cannot be started, or not everything reached Kafka.
pub async fn play(
    kafka: KafkaConfig,
    course: Course,
    stop: CancellationToken,
    tell: impl Fn(Played),
) -> anyhow::Result<()> {
    let telemetry = Collector::builder()
        .kafka(kafka)
        .service("telemetron-demo")
        .project("demo")
        .start()?;
    let stage = Arc::new(Stage::set(telemetry));
    let mut playing = JoinSet::new();
    let mut next = 0;
    first_round(&stage, &mut playing, &mut next, course, &stop, &tell).await;
    if let Some(per_minute) = course.per_minute {
        let pace = Duration::from_secs(60) / per_minute.max(1);
        trickle(&stage, &mut playing, next, (course, pace), &stop, &tell).await;
    }
    // The stuck request is still playing: its guards are dropped after the SDK has been shut
    // down, so that nothing says that it ended.
    stage.close().await
}

/// One request of each plot, in quick succession; waits for all but the stuck one.
async fn first_round(
    stage: &Arc<Stage>,
    playing: &mut JoinSet<()>,
    next: &mut u64,
    course: Course,
    stop: &CancellationToken,
    tell: &impl Fn(Played),
) {
    let plots = Plot::first_round(course.faults);
    let stuck = plots.iter().filter(|plot| **plot == Plot::Stuck).count();
    for plot in plots {
        begin(stage, playing, Request::new(*next, *plot), stop, tell);
        *next += 1;
        if pause(STAGGER, stop).await {
            return;
        }
    }
    while playing.len() > stuck && playing.join_next().await.is_some() {}
}

/// Requests at a steady pace, until stopped.
async fn trickle(
    stage: &Arc<Stage>,
    playing: &mut JoinSet<()>,
    mut next: u64,
    (course, pace): (Course, Duration),
    stop: &CancellationToken,
    tell: &impl Fn(Played),
) {
    let mut ticks = interval_at(Instant::now() + pace, pace);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        while playing.try_join_next().is_some() {}
        let plot = Plot::of_trickle(next, course.faults);
        begin(stage, playing, Request::new(next, plot), stop, tell);
        next += 1;
    }
}

fn begin(
    stage: &Arc<Stage>,
    playing: &mut JoinSet<()>,
    request: Request,
    stop: &CancellationToken,
    tell: &impl Fn(Played),
) {
    let trace = stage.open(&request);
    tell(Played {
        trace_id: trace.trace_id(),
        plot: request.plot,
    });
    let (stage, stop) = (Arc::clone(stage), stop.clone());
    playing.spawn(async move { stage.play(trace, request, stop).await });
}

/// Waits a while; whether it was stopped meanwhile.
async fn pause(time: Duration, stop: &CancellationToken) -> bool {
    tokio::time::timeout(time, stop.cancelled()).await.is_ok()
}

/// The demonstration as a service beside others: it never ends before them, and fails nobody.
pub async fn beside(
    kafka: KafkaConfig,
    course: Course,
    stop: CancellationToken,
) -> Result<(), Infallible> {
    if let Err(error) = play(kafka, course, stop.clone(), |_| {}).await {
        tracing::warn!(%error, "the demonstration ended early");
    }
    stop.cancelled().await;
    Ok(())
}
