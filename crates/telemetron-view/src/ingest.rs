//! How the way from Kafka into the store stands.

use serde::{Deserialize, Serialize};

use crate::Freshness;
use telemetron_model::Rfc3339;

/// What became of every record that was read, and what waits.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestReport {
    /// All topics together.
    pub ledger: Ledger,
    /// Records read per second, over the last minute that was watched; `null` before that.
    pub records_per_second: Option<f64>,
    /// By topic.
    pub topics: Vec<TopicProgress>,
    /// By partition.
    pub partitions: Vec<PartitionProgress>,
    /// Topics that were deleted and made anew before all of them was read, the latest first; at most
    /// 100 of their partitions.
    #[serde(default)]
    pub gaps: Vec<IngestGap>,
    /// How retention stands; `null` before it ran for the first time.
    #[serde(default)]
    pub retention: Option<RetentionState>,
    /// How fresh the answer is.
    #[serde(flatten)]
    pub freshness: Freshness,
}

/// Whether what is old is dropped.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RetentionState {
    /// When it ran last, by the clock of whoever ran it.
    pub ran_at: Rfc3339,
    /// Until when nothing is dropped: that clock was more than a day after the last run before, so it may
    /// run ahead, or nothing ran for so long. `null` while what is old is dropped.
    pub held_until: Option<Rfc3339>,
}

/// One partition of a topic that was deleted, and in whose place another was made under the same name.
/// The new one is read from its beginning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngestGap {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Kafka's id of the topic that was deleted.
    pub topic_id: String,
    /// Kafka's id of the one that took its place.
    pub replaced_by: Option<String>,
    /// The offset up to which the old one was read.
    pub next_offset: i64,
    /// How many of its records were never read: at least so many, as far as its end was seen.
    pub unread: i64,
    /// When it was noticed.
    pub noticed_at: Rfc3339,
}

/// What became of the records that were read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Ledger {
    /// Read from Kafka.
    pub received: i64,
    /// Changed something.
    pub stored: i64,
    /// Changed nothing, since it was known.
    pub duplicate: i64,
    /// Meant nothing, on purpose.
    pub ignored: i64,
    /// Went to the dead letters.
    pub rejected: i64,
    /// Was gone from Kafka before it was read; not among the received.
    pub expired: i64,
    /// Whether received = stored + duplicate + ignored + rejected.
    pub balanced: bool,
}

/// The ledger of one topic.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TopicProgress {
    /// The topic.
    pub topic: String,
    /// What became of its records.
    pub ledger: Ledger,
    /// Records that wait; `null` when Kafka is away.
    pub lag: Option<i64>,
}

/// How far one partition is read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartitionProgress {
    /// The topic.
    pub topic: String,
    /// The partition.
    pub partition: i32,
    /// Offset of the next record to be read.
    pub next_offset: i64,
    /// Offset of the next record that Kafka will take; `null` when Kafka is away.
    pub high_watermark: Option<i64>,
    /// Records that wait; `null` when Kafka is away.
    pub lag: Option<i64>,
    /// Broker time of the latest record that was read.
    pub broker_time: Option<Rfc3339>,
    /// When it moved last.
    pub updated_at: Rfc3339,
}

impl Ledger {
    /// The ledger of these counts.
    pub const fn new(received: i64, outcomes: [i64; 4], expired: i64) -> Self {
        let [stored, duplicate, ignored, rejected] = outcomes;
        Self {
            received,
            stored,
            duplicate,
            ignored,
            rejected,
            expired,
            balanced: received == stored + duplicate + ignored + rejected,
        }
    }

    /// Both ledgers together; balanced only when each of them is.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let outcomes = [
            self.stored + other.stored,
            self.duplicate + other.duplicate,
            self.ignored + other.ignored,
            self.rejected + other.rejected,
        ];
        let mut sum = Self::new(
            self.received + other.received,
            outcomes,
            self.expired + other.expired,
        );
        sum.balanced = self.balanced && other.balanced;
        sum
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_two_partitions_do_not_cancel_each_other() {
        let over = Ledger::new(10, [11, 0, 0, 0], 0);
        let under = Ledger::new(10, [7, 1, 1, 0], 0);
        let sum = over.plus(under);
        assert_eq!(
            sum.received,
            sum.stored + sum.duplicate + sum.ignored + sum.rejected
        );
        assert!(!sum.balanced);
        assert!(Ledger::new(4, [1, 1, 1, 1], 9).balanced);
    }
}
