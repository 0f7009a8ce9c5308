//! How the topics are, told beside how they ought to be.

use std::collections::HashMap;
use std::fmt;

use rdkafka::admin::{ConfigResource, OwnedResourceSpecifier};

use super::plan::Planned;

/// Partition counts by topic name.
pub(super) type Partitions = HashMap<String, usize>;

/// Settings by topic name.
pub(super) type Settings = HashMap<String, HashMap<String, String>>;

/// One topic and what was done or found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TopicReport {
    /// Its name on the broker.
    pub name: String,
    /// How many partitions it has.
    pub partitions: usize,
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
    existing: &Partitions,
    created: &[String],
    settings: &Settings,
) -> Vec<TopicReport> {
    let report = |topic: &Planned| {
        let partitions = existing.get(&topic.name).copied();
        let partitions = partitions.unwrap_or(topic.partitions);
        let state = if created.contains(&topic.name) {
            TopicState::Created
        } else {
            state(topic, partitions, most(planned, existing), settings)
        };
        TopicReport {
            name: topic.name.clone(),
            partitions,
            state,
        }
    };
    planned.iter().map(report).collect()
}

/// The largest number of partitions of any record topic that exists.
fn most(planned: &[Planned], existing: &Partitions) -> usize {
    let records = planned.iter().filter(|topic| topic.record);
    let counts = records.filter_map(|topic| existing.get(&topic.name));
    counts.max().copied().unwrap_or_default()
}

fn state(topic: &Planned, partitions: usize, most: usize, settings: &Settings) -> TopicState {
    let mut differences = Vec::new();
    if topic.record && partitions < most {
        differences.push(format!(
            "it has {partitions} partitions and another record topic has {most}: all need the \
             same number, so that a trace meets on one"
        ));
    }
    let actual = settings.get(&topic.name);
    for (name, wanted) in &topic.settings {
        match actual.and_then(|actual| actual.get(*name)) {
            Some(value) if value != wanted => {
                differences.push(format!("`{name}` is {value} instead of {wanted}"));
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
