//! Against a real Kafka: the one named in `KAFKA_BOOTSTRAP_SERVERS`, else one that is started
//! from the jars in the cache. Without either the tests say so and pass.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test ends where something is not as it should be, in its helpers too"
)]

mod dead_letters;
mod frozen;
mod group;
mod live;
mod made_anew;
mod queues;
mod refused;
mod restart;
mod round_trip;
mod support;
