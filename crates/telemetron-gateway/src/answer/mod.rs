//! What a sender is told.

pub(crate) mod grpc;
pub(crate) mod http;
