//! From Kafka's tail into the hub.

use telemetron_kafka::{Message, Tail, TailEvent};
use telemetron_model::decode::{Decoded, decode};
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_runtime::{Component, Health, MetricsBuilder};

use super::Hub;
use super::hub::Arrival;

/// How many records are published in a row before those who listen get their turn: a burst is
/// no reason for a quick client to fall behind.
const IN_A_ROW: u32 = 64;

/// How the tail does, for health and metrics.
#[derive(Debug)]
pub(crate) struct TailState {
    component: Component,
    delivering: Gauge,
}

impl TailState {
    /// It is not delivering yet.
    pub(crate) fn new(health: &Health, metrics: &mut MetricsBuilder) -> Self {
        let delivering = Gauge::default();
        metrics.group("api").register(
            "live_delivering",
            "Whether the live stream hears Kafka: 1 or 0",
            delivering.clone(),
        );
        Self {
            component: health.register("live"),
            delivering,
        }
    }

    fn set(&self, hub: &Hub, trouble: Option<String>) {
        self.delivering.set(i64::from(trouble.is_none()));
        match &trouble {
            None => self.component.ready(),
            Some(reason) => self.component.not_ready(reason.as_str()),
        }
        hub.delivers(trouble);
    }
}

/// Publishes what the tail gives, until its thread dies, which it never should.
pub(crate) async fn pump(mut tail: Tail, hub: Hub, state: TailState) {
    let mut published = 0_u32;
    while let Some(event) = tail.recv().await {
        published = published.wrapping_add(1);
        if published.is_multiple_of(IN_A_ROW) {
            tokio::task::yield_now().await;
        }
        match event {
            TailEvent::Ready => state.set(&hub, None),
            TailEvent::Silent(reason) => state.set(&hub, Some(reason)),
            TailEvent::Message(message) => publish(&hub, &message),
        }
    }
}

fn publish(hub: &Hub, message: &Message) {
    let arrival = Arrival {
        topic: message.topic,
        partition: message.partition,
        offset: message.offset,
        time: message.broker_time,
    };
    match decode(message.raw()) {
        Decoded::Fold { record, .. } => hub.publish(arrival, Some(&record)),
        Decoded::Ignore | Decoded::Reject(_) => hub.publish(arrival, None),
    }
}
