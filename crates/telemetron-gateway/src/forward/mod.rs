//! Everything that was accepted goes on to another endpoint of OTLP, or into files: at its pace, not
//! at ours.
//!
//! ```text
//!  Kafka ─▶ Source (group of its own) ─▶ Batch ─▶ Sink ─┬▶ Target: tried until taken, or refused
//!              ▲                                  │     └▶ Files: lines of OTLP/JSON, rotated
//!              └──────── offsets, kept in Kafka ◀─┘          once for each lane
//! ```
//!
//! It reads what Kafka has acknowledged, so it slows nobody down and loses nothing while the other
//! endpoint is away, up to the retention of the topic. Offsets move after a batch was taken: after a
//! crash the last batch is sent again, which OTLP allows for. A new group begins with the oldest
//! record that Kafka has. Spans, log records and metrics go in lanes of their own ([`Lane`]), each
//! with its group, its offsets and its pauses.
//!
//! What goes on names the platforms that it came through ([`telemetron_otlp::via`]), this one last:
//! none takes what has been there before, so two that forward to each other exchange everything once.

mod batch;
mod files;
mod lag;
mod lane;
mod sink;
mod target;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use telemetron_kafka::{
    CommittedOffsets, KafkaConfig, Source, SourceEvent, SourceOptions, TopicEnds,
};
use telemetron_model::record::Record;
use telemetron_otlp::via::Via;
use telemetron_runtime::MetricsBuilder;
use tokio::time::{Instant, timeout_at};

use crate::config::GatewayConfig;
use crate::identity::Identity;
use batch::Batch;
use lag::Meters;
pub use lane::Lane;
use sink::Sink;
pub use target::WrongTarget;

/// How long a batch waits to be filled.
const GATHER: Duration = Duration::from_millis(500);

/// How long after a failure of its own the forwarder begins anew.
const PAUSE: Duration = Duration::from_secs(10);

/// Sends records on.
pub(crate) struct Forwarder {
    kafka: KafkaConfig,
    identity: Identity,
    group: String,
    sinks: Vec<Sink>,
    meters: Meters,
}

impl Forwarder {
    /// The forwarder of a configuration, if it asks for one.
    pub(crate) fn new(
        config: &GatewayConfig,
        kafka: &KafkaConfig,
        identity: Identity,
        metrics: &mut MetricsBuilder,
    ) -> Result<Option<Self>, WrongTarget> {
        let forward = &config.forward;
        let Some(url) = forward.forward_to.as_deref().filter(|url| !url.is_empty()) else {
            return Ok(None);
        };
        let own = [config.otlp_grpc_listen, config.otlp_http_listen];
        let lanes = forward.forward_signals.iter();
        let sinks = lanes.map(|lane| Sink::new(*lane, url, forward, &own));
        Ok(Some(Self {
            kafka: kafka.clone(),
            identity,
            group: forward.forward_group.clone(),
            sinks: sinks.collect::<Result<_, _>>()?,
            meters: Meters::new(metrics),
        }))
    }

    /// Forwards for ever.
    pub(crate) async fn run(&self, ends: &TopicEnds) {
        join_all(self.sinks.iter().map(|sink| self.lane(sink, ends))).await;
    }

    /// Forwards one signal for ever.
    async fn lane(&self, sink: &Sink, ends: &TopicEnds) {
        let lane = sink.lane();
        let group = lane.group(&self.group);
        let lag = lag::watch(&self.kafka, &group, lane, ends, &self.meters);
        let forward = async {
            loop {
                let Err(error) = self.forward(sink, &group, ends).await;
                let signal = lane.as_str();
                tracing::error!(
                    error,
                    signal,
                    "forwarding failed; it begins anew in {PAUSE:?}"
                );
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::join!(lag, forward);
    }

    async fn forward(
        &self,
        sink: &Sink,
        group: &str,
        ends: &TopicEnds,
    ) -> Result<Infallible, String> {
        let text = |error: telemetron_kafka::Error| error.to_string();
        let own = self.identity.learn(ends).await.map_err(text)?;
        let offsets = CommittedOffsets::new(&self.kafka, group).map_err(text)?;
        let options = SourceOptions {
            group: group.to_owned(),
            topics: sink.lane().topics(),
            ..SourceOptions::default()
        };
        let mut source = Source::start(&self.kafka, options, Arc::new(offsets)).map_err(text)?;
        loop {
            let batch = gather(&mut source).await?;
            for (via, records) in &batch.records {
                self.pass_on(sink, own, via, records).await;
            }
            let next = batch.next.into_iter();
            source.commit_copy(next.map(|(at, next)| at.offset(next)));
        }
    }
}

impl Forwarder {
    /// Passes on what came one way, unless it has been where it would go, or here, or everywhere.
    async fn pass_on(&self, sink: &Sink, own: &str, via: &Via, records: &[Record]) {
        let has_been = via.has(own) || via.is_long() || sink.is_on(via);
        if has_been {
            self.meters.skipped(sink.lane(), records.len());
            return;
        }
        sink.send(records, &via.and(own), &self.meters).await;
    }
}

/// The next records: until there are enough, or some have waited long enough.
async fn gather(source: &mut Source) -> Result<Batch, String> {
    let mut batch = Batch::default();
    take(&mut batch, source.recv().await)?;
    let deadline = Instant::now() + GATHER;
    while !batch.is_full() {
        let Ok(event) = timeout_at(deadline, source.recv()).await else {
            break;
        };
        take(&mut batch, event)?;
    }
    Ok(batch)
}

fn take(batch: &mut Batch, event: SourceEvent) -> Result<(), String> {
    match event {
        SourceEvent::Message(message) => batch.add(&message),
        // Whoever has the partitions now reads what is in hand again.
        SourceEvent::Revoked { ack, .. } => {
            *batch = Batch::default();
            ack.done();
        }
        SourceEvent::Assigned { .. } | SourceEvent::Heard => {}
        SourceEvent::Silent(reason) => tracing::warn!(reason, "nothing can be forwarded now"),
        SourceEvent::Failed(error) => return Err(error.to_string()),
    }
    Ok(())
}
