//! Offsets kept in Kafka itself, for readers that have no database and may read something twice.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::{BaseConsumer, Consumer as _};
use telemetron_model::topic::Topic;

use super::offsets::{OffsetError, OffsetStore};
use crate::context::Logging;
use crate::watermarks::list_of;
use crate::{Error, KafkaConfig, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);

/// The offsets that a group has committed to Kafka, as [`super::Source::commit_copy`] does.
pub struct CommittedOffsets {
    consumer: BaseConsumer<Logging>,
    topics: TopicNames,
}

impl CommittedOffsets {
    /// Makes a client. It connects by itself, and never joins the group.
    ///
    /// # Errors
    /// When librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig, group: &str) -> Result<Self, Error> {
        let mut client = config.client(&[], &[]);
        client.set("group.id", group);
        let consumer = client.create_with_context(Logging).map_err(Error::config)?;
        Ok(Self {
            consumer,
            topics: config.topics(),
        })
    }
}

impl OffsetStore for CommittedOffsets {
    fn load(
        &self,
        _cluster_id: &str,
        partitions: &[(Topic, i32)],
    ) -> Result<HashMap<(Topic, i32), i64>, OffsetError> {
        // What librdkafka has to say is taken off its queue, which would grow otherwise.
        drop(self.consumer.poll(Duration::ZERO));
        let away = |error: &dyn std::fmt::Display| OffsetError::Away(error.to_string());
        let named: Vec<_> = partitions
            .iter()
            .map(|(topic, partition)| (self.topics.of(*topic).to_owned(), *partition))
            .collect();
        let asked = list_of(&named, Offset::Invalid).map_err(|error| away(&error))?;
        let committed = self.consumer.committed_offsets(asked, REQUEST);
        let committed = committed.map_err(|error| away(&error))?;
        let known = committed.elements().into_iter().filter_map(|element| {
            let Offset::Offset(offset) = element.offset() else {
                return None;
            };
            Some((
                (self.topics.find(element.topic())?, element.partition()),
                offset,
            ))
        });
        Ok(known.collect())
    }
}
