//! From Kafka's tail into the hub.

use telemetron_kafka::{Message, Tail, TailEvent};
use telemetron_model::decode::{Decoded, decode};

use super::Hub;
use super::hub::Arrival;

/// Publishes what the tail gives, until its thread dies, which it never should.
pub(crate) async fn pump(mut tail: Tail, hub: Hub) {
    while let Some(event) = tail.recv().await {
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
