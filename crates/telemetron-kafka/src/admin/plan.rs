//! How the topics ought to be.

use std::time::Duration;

use rdkafka::admin::{NewTopic, TopicReplication};

use super::report::Partitions;
use crate::TopicNames;

const MIB: usize = 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How the topics ought to be.
#[derive(Debug, Clone)]
pub struct TopicPlan {
    /// Partitions of each record topic: as many consumers can share the work.
    pub partitions: usize,
    /// Copies of each partition; the broker's default when absent.
    pub replication: Option<i32>,
    /// How long records are kept.
    pub retention: Duration,
    /// How long dead letters are kept.
    pub dead_letter_retention: Duration,
}

impl Default for TopicPlan {
    fn default() -> Self {
        Self {
            partitions: 6,
            replication: None,
            retention: 7 * DAY,
            dead_letter_retention: 30 * DAY,
        }
    }
}

/// One topic as it ought to be.
#[derive(Debug)]
pub(super) struct Planned {
    pub(super) name: String,
    pub(super) record: bool,
    pub(super) partitions: usize,
    replication: i32,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl TopicPlan {
    pub(super) fn topics(&self, names: &TopicNames) -> Vec<Planned> {
        let records = names.records().map(|(_, name)| Planned {
            name: name.to_owned(),
            record: true,
            partitions: self.partitions,
            replication: self.replication.unwrap_or(-1),
            settings: settings(10 * MIB, self.retention),
        });
        // One partition: few messages, which people read newest first.
        let dead_letters = Planned {
            name: names.dead_letters().to_owned(),
            record: false,
            partitions: 1,
            replication: self.replication.unwrap_or(-1),
            settings: settings(12 * MIB, self.dead_letter_retention),
        };
        records.chain([dead_letters]).collect()
    }
}

fn settings(max_bytes: usize, retention: Duration) -> Vec<(&'static str, String)> {
    vec![
        ("cleanup.policy", "delete".to_owned()),
        ("max.message.bytes", max_bytes.to_string()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        ("retention.ms", retention.as_millis().to_string()),
    ]
}

/// Gives the record topics that are missing as many partitions as those that exist have.
pub(super) fn with_partitions_of(existing: &Partitions, planned: &mut [Planned]) {
    let records = planned.iter().filter(|topic| topic.record);
    let most = records.filter_map(|topic| existing.get(&topic.name)).max();
    let Some(most) = most.copied() else { return };
    for topic in planned.iter_mut().filter(|topic| topic.record) {
        topic.partitions = most;
    }
}

impl Planned {
    pub(super) fn to_kafka(&self) -> NewTopic<'_> {
        let partitions = i32::try_from(self.partitions).unwrap_or(i32::MAX);
        let replication = TopicReplication::Fixed(self.replication);
        let topic = NewTopic::new(&self.name, partitions, replication);
        self.settings
            .iter()
            .fold(topic, |topic, (name, value)| topic.set(name, value))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_record_topics_get_as_many_partitions_as_the_old_ones() {
        let names = TopicNames::new("");
        let mut planned = TopicPlan::default().topics(&names);
        let existing = [("agent-telemetry-spans".to_owned(), 12)].into();
        with_partitions_of(&existing, &mut planned);
        let counts: Vec<_> = planned.iter().map(|topic| topic.partitions).collect();
        assert_eq!(counts, [12, 12, 12, 12, 12, 12, 1]);
    }
}
