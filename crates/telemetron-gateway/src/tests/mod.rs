//! The routes, from a request to its answer, on a Kafka that is played.

mod answers;
mod grpc;
mod signals;
mod support;
