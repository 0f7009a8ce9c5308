//! Against a real Kafka: the one named in `KAFKA_BOOTSTRAP_SERVERS`, else one that is started
//! from the jars in the cache. Without either the tests say so and pass.

mod group;
mod round_trip;
mod support;
