//! What the forwarder counts, and how far it is behind.

use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::{CommittedOffsets, KafkaConfig, TopicEnds};
use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::counter::Counter;
use telemetron_runtime::prometheus_client::metrics::family::Family;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;

use super::lane::Lane;

/// How often the lag is looked at.
const LOOK: Duration = Duration::from_secs(5);

/// Counts of one forwarder; clones share them.
#[derive(Debug, Clone, Default)]
pub(super) struct Meters {
    sent: Family<BySignal, Counter>,
    refused: Family<BySignal, Counter>,
    put_off: Family<BySignal, Counter>,
    skipped: Family<BySignal, Counter>,
    lag: Family<BySignal, Gauge>,
}

/// The label that tells the lanes apart.
type BySignal = [(&'static str, &'static str); 1];

const fn of(lane: Lane) -> BySignal {
    [("signal", lane.as_str())]
}

impl Meters {
    pub(super) fn new(metrics: &mut MetricsBuilder) -> Self {
        let meters = Self::default();
        let group = metrics.group("forward");
        let sent = "Spans, log records and data points that the other endpoint took";
        group.register("items", sent, meters.sent.clone());
        let refused = "Spans, log records and data points that it refused for good";
        group.register("refused_items", refused, meters.refused.clone());
        let put_off = "Attempts after which the other endpoint was asked again";
        group.register("retries", put_off, meters.put_off.clone());
        let skipped = "Records that came from where they would go, or have gone too far already";
        group.register("skipped_items", skipped, meters.skipped.clone());
        let lag = "Records of the topics that have not gone on yet";
        group.register("lag_records", lag, meters.lag.clone());
        meters
    }

    pub(super) fn sent(&self, lane: Lane, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.sent.get_or_create(&of(lane)).inc_by(items);
    }

    pub(super) fn refused(&self, lane: Lane, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.refused.get_or_create(&of(lane)).inc_by(items);
    }

    pub(super) fn skipped(&self, lane: Lane, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.skipped.get_or_create(&of(lane)).inc_by(items);
    }

    pub(super) fn put_off(&self, lane: Lane) {
        self.put_off.get_or_create(&of(lane)).inc();
    }
}

/// Tells the lag of a lane, for ever.
pub(super) async fn watch(
    kafka: &KafkaConfig,
    group: &str,
    lane: Lane,
    ends: &TopicEnds,
    meters: &Meters,
) {
    let offsets = match CommittedOffsets::new(kafka, group) {
        Ok(offsets) => Arc::new(offsets),
        Err(error) => {
            tracing::warn!(%error, "the lag of the forwarder is not known");
            return;
        }
    };
    loop {
        match behind(&offsets, lane, ends).await {
            Ok(records) => drop(meters.lag.get_or_create(&of(lane)).set(records)),
            Err(error) => tracing::debug!(error, "the lag of the forwarder is not known now"),
        }
        tokio::time::sleep(LOOK).await;
    }
}

async fn behind(
    offsets: &Arc<CommittedOffsets>,
    lane: Lane,
    ends: &TopicEnds,
) -> Result<i64, String> {
    let mut marks = ends.watermarks().await.map_err(|error| error.to_string())?;
    marks.retain(|at, _| lane.topics().contains(&at.topic));
    let partitions: Vec<_> = marks.keys().copied().collect();
    let offsets = Arc::clone(offsets);
    let asked = tokio::task::spawn_blocking(move || offsets.committed(&partitions));
    let committed = asked.await.map_err(|error| error.to_string())?;
    let committed = committed.map_err(|error| error.to_string())?;
    let left = marks.iter().map(|(partition, marks)| {
        let next = committed.get(partition).copied().unwrap_or(marks.low);
        (marks.high - next.max(marks.low)).max(0)
    });
    Ok(left.sum())
}
