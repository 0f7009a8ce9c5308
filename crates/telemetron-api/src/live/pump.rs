//! From Kafka's tail into the hub.

use telemetron_kafka::{Message, Tail, TailEvent};
use telemetron_model::decode::{Decoded, decode};

use super::Hub;
use super::hub::Arrival;

/// How many records are published in a row before those who listen get their turn: a burst is
/// no reason for a quick client to fall behind.
const IN_A_ROW: u32 = 64;

/// Publishes what the tail gives, until its thread dies, which it never should.
pub(crate) async fn pump(mut tail: Tail, hub: Hub) {
    let mut published = 0_u32;
    while let Some(event) = tail.recv().await {
        published = published.wrapping_add(1);
        if published.is_multiple_of(IN_A_ROW) {
            tokio::task::yield_now().await;
        }
        match event {
            TailEvent::Ready => tracing::info!("the live stream follows Kafka"),
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
