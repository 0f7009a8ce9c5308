//! The topics of Kafka, and the schemas that may stand in each.

use std::fmt;
use std::str::FromStr;

/// A topic that holds records of agents. The dead letters have a name of their own,
/// [`DEAD_LETTERS`], since nothing is folded from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Topic {
    /// Spans: their starts and their ends.
    Spans,
    /// Traces: opened and completed.
    Traces,
    /// Events, logs, agents and tasks.
    Events,
    /// Handoffs between agents.
    Handoffs,
    /// Metric points.
    Metrics,
    /// Errors.
    Errors,
}

/// The topic of records that could not be folded, each with its reason.
pub const DEAD_LETTERS: &str = "agent-telemetry-dlq";

impl Topic {
    /// Every record topic, in the order in which one trace is easiest to read.
    pub const ALL: [Self; 6] = [
        Self::Traces,
        Self::Spans,
        Self::Handoffs,
        Self::Events,
        Self::Errors,
        Self::Metrics,
    ];

    /// The name on the broker.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Spans => "agent-telemetry-spans",
            Self::Traces => "agent-telemetry-traces",
            Self::Events => "agent-telemetry-events",
            Self::Handoffs => "agent-telemetry-handoffs",
            Self::Metrics => "agent-telemetry-metrics",
            Self::Errors => "agent-telemetry-errors",
        }
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Topic {
    type Err = UnknownTopic;

    fn from_str(name: &str) -> Result<Self, UnknownTopic> {
        let found = Self::ALL.into_iter().find(|topic| topic.name() == name);
        found.ok_or_else(|| UnknownTopic(name.to_owned()))
    }
}

/// A partition of a record topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TopicPartition {
    /// The topic.
    pub topic: Topic,
    /// The number of the partition.
    pub partition: i32,
}

/// An offset in a partition: of a message, or of the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitionOffset {
    /// The partition.
    pub at: TopicPartition,
    /// The offset.
    pub offset: i64,
}

impl TopicPartition {
    /// A partition of a topic.
    pub const fn new(topic: Topic, partition: i32) -> Self {
        Self { topic, partition }
    }

    /// An offset in it.
    pub const fn offset(self, offset: i64) -> PartitionOffset {
        PartitionOffset { at: self, offset }
    }
}

/// A name that is none of ours.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a topic of telemetron")]
pub struct UnknownTopic(pub String);
