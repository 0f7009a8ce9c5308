//! How the topics are, told beside how they ought to be.

use std::collections::HashMap;
use std::fmt;

use rdkafka::admin::{ConfigResource, OwnedResourceSpecifier};

use super::plan::{MIN_IN_SYNC, Planned};

/// A topic that is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Topic {
    pub(super) partitions: usize,
    /// Copies of the partition that has the fewest.
    pub(super) copies: usize,
    /// Whether each partition has a broker that takes records for it.
    pub(super) is_led: bool,
}

/// The topics that are there, by name.
pub(super) type Existing = HashMap<String, Topic>;

/// Settings by topic name.
pub(super) type Settings = HashMap<String, HashMap<String, String>>;

/// One topic and what was done or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicReport {
    /// Its name on the broker.
    pub name: String,
    /// How many partitions it has.
    pub partitions: usize,
    /// How many brokers keep each of them.
    pub copies: usize,
    /// Whether it is as it ought to be.
    pub state: TopicState,
}

/// Whether a topic is as it ought to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TopicState {
    /// It was missing and has been created.
    Created,
    /// It is there and as planned.
    AsPlanned,
    /// It is there and differs, each difference in a sentence.
    Differs(Vec<String>),
}

impl fmt::Display for TopicReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name, partitions, ..
        } = self;
        match &self.state {
            TopicState::Created => write!(f, "{name}: created with {partitions} partitions"),
            TopicState::AsPlanned => write!(f, "{name}: there, {partitions} partitions"),
            TopicState::Differs(how) => write!(f, "{name}: there, but {}", how.join("; ")),
        }
    }
}

/// The settings of each topic that answered.
pub(super) fn settings(answers: impl Iterator<Item = ConfigResource>) -> Settings {
    let topics = answers.filter_map(|answer| {
        let entries = answer.entries.into_iter();
        let values = entries.filter_map(|entry| Some((entry.name, entry.value?)));
        match answer.specifier {
            OwnedResourceSpecifier::Topic(name) => Some((name, values.collect())),
            _ => None,
        }
    });
    topics.collect()
}

pub(super) fn of(
    planned: &[Planned],
    existing: &Existing,
    created: &[String],
    settings: &Settings,
) -> Vec<TopicReport> {
    let report = |topic: &Planned| {
        let there = existing.get(&topic.name).copied();
        let there = there.unwrap_or_else(|| Topic {
            partitions: topic.partitions,
            copies: usize::try_from(topic.replication).unwrap_or_default(),
            is_led: true,
        });
        let state = if created.contains(&topic.name) {
            TopicState::Created
        } else {
            state(topic, there, most(planned, existing), settings)
        };
        TopicReport {
            name: topic.name.clone(),
            partitions: there.partitions,
            copies: there.copies,
            state,
        }
    };
    planned.iter().map(report).collect()
}

/// The largest number of partitions of any record topic that exists.
fn most(planned: &[Planned], existing: &Existing) -> usize {
    let records = planned.iter().filter(|topic| topic.record);
    let there = records.filter_map(|topic| existing.get(&topic.name));
    there
        .map(|topic| topic.partitions)
        .max()
        .unwrap_or_default()
}

/// How the copies of a topic differ from the plan, and what changes that.
fn copies_differ(topic: &Planned, copies: usize) -> Option<String> {
    let wanted = usize::try_from(topic.replication).unwrap_or_default();
    let differs = copies < wanted || (topic.exactly && copies > wanted);
    differs.then(|| {
        format!(
            "{copies} broker{} each partition instead of {wanted}; \
             `kafka-reassign-partitions.sh` moves them",
            if copies == 1 { " keeps" } else { "s keep" }
        )
    })
}

/// Whether a setting differs. More copies that must be in sync than planned are no difference, unless
/// they were asked for.
fn setting_differs(name: &str, value: &str, wanted: &str) -> bool {
    if name == MIN_IN_SYNC {
        let [value, wanted] = [value, wanted].map(|text| text.parse::<i32>().unwrap_or_default());
        return value < wanted;
    }
    value != wanted
}

fn state(topic: &Planned, there: Topic, most: usize, settings: &Settings) -> TopicState {
    let partitions = there.partitions;
    let mut differences: Vec<_> = copies_differ(topic, there.copies).into_iter().collect();
    if topic.record && partitions < most {
        differences.push(format!(
            "it has {partitions} partitions and another record topic has {most}: all need the \
             same number, so that a trace meets on one"
        ));
    }
    let actual = settings.get(&topic.name);
    for (name, wanted) in &topic.settings {
        match actual.and_then(|actual| actual.get(*name)) {
            Some(value) if setting_differs(name, value, wanted) => {
                differences.push(format!(
                    "`{name}` is {value} instead of {wanted}; `kafka-configs.sh --alter \
                     --entity-type topics --entity-name {} --add-config {name}={wanted}` changes it",
                    topic.name
                ));
            }
            _ => {}
        }
    }
    if differences.is_empty() {
        TopicState::AsPlanned
    } else {
        TopicState::Differs(differences)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::TopicNames;
    use crate::admin::TopicPlan;

    /// How the first topic differs on a cluster of three brokers.
    fn differences(copies: usize, in_sync: &str) -> Vec<String> {
        let planned = TopicPlan::default().topics(&TopicNames::new(""), 3);
        let planned = planned.unwrap().into_iter().next().unwrap();
        let settings = [(MIN_IN_SYNC.to_owned(), in_sync.to_owned())].into();
        let there = Topic {
            partitions: 6,
            copies,
            is_led: true,
        };
        match state(
            &planned,
            there,
            6,
            &[(planned.name.clone(), settings)].into(),
        ) {
            TopicState::Differs(differences) => differences,
            TopicState::AsPlanned | TopicState::Created => Vec::new(),
        }
    }

    #[test]
    fn one_copy_on_three_brokers_is_not_as_planned_and_is_told_with_what_changes_it() {
        let [copies, in_sync] = &differences(1, "1")[..] else {
            panic!("two differences")
        };
        assert!(
            copies.starts_with("1 broker keeps each partition instead of 3"),
            "{copies}"
        );
        assert!(copies.contains("kafka-reassign-partitions.sh"), "{copies}");
        assert!(
            in_sync.contains("`min.insync.replicas` is 1 instead of 2"),
            "{in_sync}"
        );
        assert!(in_sync.contains("kafka-configs.sh --alter"), "{in_sync}");
    }

    #[test]
    fn more_copies_than_usual_are_no_difference() {
        assert_eq!(differences(3, "2"), Vec::<String>::new());
        assert_eq!(differences(4, "3"), Vec::<String>::new());
    }
}
