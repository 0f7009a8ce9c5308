//! How the topics ought to be.

use std::time::Duration;

use rdkafka::admin::{NewTopic, TopicReplication};

use super::report::Existing;
use crate::{Error, TopicNames};

const MIB: usize = 1024 * 1024;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// How the topics ought to be.
#[derive(Debug, Clone)]
pub struct TopicPlan {
    /// Partitions of each record topic: as many consumers can share the work.
    pub partitions: usize,
    /// Copies of each partition; three when absent, or as many as there are brokers.
    pub replication: Option<i32>,
    /// How many of the copies must have a record before it counts as delivered; when absent, two where
    /// there are three copies, so that one broker may be away, and one where there are fewer.
    pub min_in_sync: Option<i32>,
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
            min_in_sync: None,
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
    pub(super) replication: i32,
    /// Whether more copies than that are a difference too.
    pub(super) exactly: bool,
    pub(super) settings: Vec<(&'static str, String)>,
}

impl TopicPlan {
    /// The topics on a cluster of so many brokers.
    ///
    /// # Errors
    /// When more copies must have a record than there are.
    pub(super) fn topics(&self, names: &TopicNames, brokers: usize) -> Result<Vec<Planned>, Error> {
        let usual = i32::try_from(brokers.clamp(1, 3)).unwrap_or(1);
        let replication = self.replication.unwrap_or(usual);
        let safe = if replication >= 3 { 2 } else { 1 };
        let min_in_sync = self.min_in_sync.unwrap_or(safe);
        if min_in_sync > replication {
            return Err(Error::Config(format!(
                "{min_in_sync} copies cannot be in sync where there are {replication}: nothing could \
                 be written"
            )));
        }
        let exactly = self.replication.is_some();
        let settings = |max_bytes, retention| settings(max_bytes, retention, min_in_sync);
        let records = names.records().map(|(_, name)| Planned {
            name: name.to_owned(),
            record: true,
            partitions: self.partitions,
            replication,
            exactly,
            settings: settings(10 * MIB, self.retention),
        });
        // One partition: few messages, which people read newest first.
        let dead_letters = Planned {
            name: names.dead_letters().to_owned(),
            record: false,
            partitions: 1,
            replication,
            exactly,
            settings: settings(12 * MIB, self.dead_letter_retention),
        };
        Ok(records.chain([dead_letters]).collect())
    }
}

/// The setting that says how many copies must have a record.
pub(super) const MIN_IN_SYNC: &str = "min.insync.replicas";

fn settings(
    max_bytes: usize,
    retention: Duration,
    min_in_sync: i32,
) -> Vec<(&'static str, String)> {
    vec![
        ("cleanup.policy", "delete".to_owned()),
        ("max.message.bytes", max_bytes.to_string()),
        ("message.timestamp.type", "LogAppendTime".to_owned()),
        (MIN_IN_SYNC, min_in_sync.to_string()),
        ("retention.ms", retention.as_millis().to_string()),
    ]
}

/// Gives the record topics that are missing as many partitions as those that exist have.
pub(super) fn with_partitions_of(existing: &Existing, planned: &mut [Planned]) {
    let records = planned.iter().filter(|topic| topic.record);
    let there = records.filter_map(|topic| existing.get(&topic.name));
    let Some(most) = there.map(|topic| topic.partitions).max() else {
        return;
    };
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
        let mut planned = TopicPlan::default().topics(&names, 1).unwrap();
        let spans = super::super::report::Topic {
            partitions: 12,
            copies: 1,
            is_led: true,
        };
        let existing = [("agent-telemetry-spans".to_owned(), spans)].into();
        with_partitions_of(&existing, &mut planned);
        let counts: Vec<_> = planned.iter().map(|topic| topic.partitions).collect();
        assert_eq!(counts, [12, 12, 12, 12, 12, 12, 1]);
    }

    #[test]
    fn copies_are_three_of_which_two_must_be_in_sync_where_there_are_brokers_for_it() {
        let planned = |brokers, plan: TopicPlan| {
            let topics = plan.topics(&TopicNames::new(""), brokers).unwrap();
            let topic = topics.into_iter().next().unwrap();
            let in_sync = topic
                .settings
                .into_iter()
                .find(|(name, _)| *name == MIN_IN_SYNC);
            (topic.replication, in_sync.unwrap().1)
        };
        let usual = |brokers| planned(brokers, TopicPlan::default());
        assert_eq!(usual(1), (1, "1".to_owned()));
        assert_eq!(usual(2), (2, "1".to_owned()));
        assert_eq!(usual(3), (3, "2".to_owned()));
        assert_eq!(usual(9), (3, "2".to_owned()));
        let four = TopicPlan {
            replication: Some(4),
            min_in_sync: Some(3),
            ..TopicPlan::default()
        };
        assert_eq!(planned(5, four), (4, "3".to_owned()));
        let impossible = TopicPlan {
            min_in_sync: Some(2),
            ..TopicPlan::default()
        };
        let error = impossible.topics(&TopicNames::new(""), 1).unwrap_err();
        assert!(error.to_string().contains("2 copies"), "{error}");
    }
}
