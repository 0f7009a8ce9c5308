//! Options that several commands share, one file a concern.

mod consumer;
mod kafka;
mod settings;
mod store;
mod topics;

pub(crate) use consumer::ConsumerArgs;
pub(crate) use kafka::KafkaTarget;
pub(crate) use settings::Settings;
pub(crate) use store::{StoreArgs, Use};
pub(crate) use topics::TopicArgs;
