//! What the forwarder counts, and how far it is behind.

use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::{CommittedOffsets, KafkaConfig, OffsetStore as _, TopicEnds};
use telemetron_model::topic::Topic;
use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;

/// How often the lag is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Counts of one forwarder; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters {
    sent: Counter,
    refused: Counter,
    put_off: Counter,
    lag: Gauge,
}

impl Meters {
    pub(super) fn new(metrics: &mut MetricsBuilder) -> Self {
        let meters = Self::default();
        let group = metrics.group("forward");
        group.register(
            "spans",
            "Spans that the other endpoint took",
            meters.sent.clone(),
        );
        let refused = "Spans that the other endpoint refused for good";
        group.register("refused_spans", refused, meters.refused.clone());
        let put_off = "Attempts after which the other endpoint was asked again";
        group.register("retries", put_off, meters.put_off.clone());
        let lag = "Records of the topic of spans that have not gone on yet";
        group.register("lag_records", lag, meters.lag.clone());
        meters
    }

    pub(super) fn sent(&self, spans: usize) {
        self.sent.inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
    }

    pub(super) fn refused(&self, spans: usize) {
        self.refused
            .inc_by(u64::try_from(spans).unwrap_or(u64::MAX));
    }

    pub(super) fn put_off(&self) {
        self.put_off.inc();
    }
}

/// Tells the lag, for ever.
pub(super) async fn watch(kafka: &KafkaConfig, group: &str, ends: &TopicEnds, meters: &Meters) {
    let offsets = match CommittedOffsets::new(kafka, group) {
        Ok(offsets) => Arc::new(offsets),
        Err(error) => {
            tracing::warn!(%error, "the lag of the forwarder is not known");
            return;
        }
    };
    loop {
        match behind(&offsets, ends).await {
            Ok(records) => drop(meters.lag.set(records)),
            Err(error) => tracing::debug!(error, "the lag of the forwarder is not known now"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn behind(offsets: &Arc<CommittedOffsets>, ends: &TopicEnds) -> Result<i64, String> {
    let mut marks = ends.watermarks().await.map_err(|error| error.to_string())?;
    marks.retain(|(topic, _), _| *topic == Topic::Spans);
    let partitions: Vec<_> = marks.keys().copied().collect();
    let offsets = Arc::clone(offsets);
    let asked = tokio::task::spawn_blocking(move || offsets.load("", &partitions));
    let committed = asked.await.map_err(|error| error.to_string())?;
    let committed = committed.map_err(|error| error.to_string())?;
    let left = marks.iter().map(|(partition, marks)| {
        let next = committed.get(partition).copied().unwrap_or(marks.low);
        (marks.high - next.max(marks.low)).max(0)
    });
    Ok(left.sum())
}
