//! Offsets kept in Kafka itself, for readers that have no database and may read something twice.

use std::collections::HashMap;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;
use telemetron_model::topic::TopicPartition;

use super::offsets::{Cluster, OffsetError, OffsetStore, StoredOffset};
use crate::asker::Asker;
use crate::watermarks::list_of;
use crate::{Error, KafkaConfig, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);

/// The offsets that a group has committed to Kafka, as [`super::Source::commit_copy`] does.
pub struct CommittedOffsets {
    asker: Asker,
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
        Ok(Self {
            asker: Asker::new(config, "group offsets", client)?,
            topics: config.topics(),
        })
    }
}

impl CommittedOffsets {
    /// The offsets of these partitions; those that have none are left out. Blocks.
    ///
    /// # Errors
    /// When the cluster does not answer.
    pub fn committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, i64>, OffsetError> {
        let away = |error: &dyn std::fmt::Display| OffsetError::Away(error.to_string());
        let named: Vec<_> = partitions
            .iter()
            .map(|at| (self.topics.of(at.topic).to_owned(), at.partition))
            .collect();
        let asked = list_of(&named, Offset::Invalid).map_err(|error| away(&error))?;
        let committed = self.asker.ask(|client| {
            let committed = client.committed_offsets(asked.clone(), REQUEST);
            committed.map_err(Error::request("tell how far a group has read"))
        });
        let committed = committed.map_err(|error| away(&error))?;
        let known = committed.elements().into_iter().filter_map(|element| {
            let Offset::Offset(offset) = element.offset() else {
                return None;
            };
            let topic = self.topics.find(element.topic())?;
            Some((TopicPartition::new(topic, element.partition()), offset))
        });
        Ok(known.collect())
    }
}

impl OffsetStore for CommittedOffsets {
    fn load(
        &self,
        _cluster: &Cluster<'_>,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, StoredOffset>, OffsetError> {
        let committed = self.committed(partitions)?.into_iter();
        // Kafka forgets the offsets of a topic with the topic.
        Ok(committed
            .map(|(partition, next)| (partition, StoredOffset::from(next)))
            .collect())
    }
}
