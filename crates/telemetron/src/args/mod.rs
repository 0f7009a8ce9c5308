//! Options that several commands share, one file a concern.

mod api;
mod consumer;
pub(crate) mod dashboard;
mod gateway;
mod kafka;
mod save;
pub(crate) mod settings;
mod store;
mod topics;
mod wait;

pub(crate) use api::ApiTarget;
pub(crate) use consumer::ConsumerArgs;
pub(crate) use gateway::{GatewayArgs, OtlpPorts};
pub(crate) use kafka::{KafkaTarget, check};
pub(crate) use save::Save;
pub(crate) use store::{StoreArgs, Use};
pub(crate) use topics::TopicArgs;
pub(crate) use wait::Wait;
