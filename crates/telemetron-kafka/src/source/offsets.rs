//! Where reading starts: the stored offset, as far as the partition still has it and is still the same.

use std::collections::HashMap;

use telemetron_model::topic::TopicPartition;

use super::event::{AssignedPartition, Replaced};
use crate::SourceError;
use crate::watermarks::Watermarks;

/// Keeps the offset of the next message of each partition, in the consumer's own database.
pub trait OffsetStore: Send + Sync {
    /// The stored offsets of these partitions; those that have none are left out.
    ///
    /// Called on the polling thread: it may block, for a few seconds at most.
    ///
    /// # Errors
    /// [`OffsetError::Away`] to be asked again, [`OffsetError::Broken`] to stop the source.
    fn load(
        &self,
        cluster: &Cluster<'_>,
        partitions: &[TopicPartition],
    ) -> Result<HashMap<TopicPartition, StoredOffset>, OffsetError>;
}

/// The cluster whose offsets are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Cluster<'a> {
    /// Its id.
    pub id: &'a str,
    /// What stands before our topics there.
    pub topic_prefix: &'a str,
    /// Whether the cluster has record topics without a prefix, which another installation may use.
    pub has_topics_without_prefix: bool,
}

/// The id of a topic, as Kafka's own tools write it: a topic that was deleted and made anew under its
/// old name has another.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct TopicId(pub String);

/// Where a partition was read up to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredOffset {
    /// The offset of the next message.
    pub next: i64,
    /// The topic it belongs to; none when that was not known yet.
    pub topic_id: Option<TopicId>,
    /// The latest end of the partition that was seen, if one was.
    pub end_seen: Option<i64>,
}

impl From<i64> for StoredOffset {
    fn from(next: i64) -> Self {
        Self {
            next,
            topic_id: None,
            end_seen: None,
        }
    }
}

/// Why offsets cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OffsetError {
    /// The database is away; it is asked again.
    #[error("the database is away: {0}")]
    Away(String),
    /// Asking again does not help.
    #[error("{0}")]
    Broken(String),
}

/// Where one partition starts.
///
/// Without a stored offset at its beginning; where the stored offset has expired, at what is left. A
/// stored offset of a topic with another id says nothing of this one, which starts at its beginning.
pub(super) fn start_of(
    TopicPartition { topic, partition }: TopicPartition,
    stored: Option<StoredOffset>,
    topic_id: Option<&TopicId>,
    marks: Watermarks,
) -> Result<AssignedPartition, SourceError> {
    let mut start = AssignedPartition {
        topic,
        partition,
        offset: marks.low,
        expired: 0,
        end: marks.high,
        topic_id: topic_id.cloned(),
        replaced: None,
    };
    let Some(stored) = stored else {
        return Ok(start);
    };
    if let (Some(before), Some(now)) = (&stored.topic_id, topic_id)
        && before != now
    {
        start.replaced = Some(Replaced {
            topic_id: before.clone(),
            next: stored.next,
            unread: (stored.end_seen.unwrap_or(stored.next) - stored.next).max(0),
        });
        return Ok(start);
    }
    if stored.next > marks.high {
        return Err(SourceError::OffsetBeyondEnd {
            topic,
            partition,
            stored: stored.next,
            high: marks.high,
        });
    }
    start.offset = stored.next.max(marks.low);
    start.expired = (marks.low - stored.next).max(0);
    Ok(start)
}

#[cfg(test)]
mod tests {
    use telemetron_model::topic::Topic;

    use super::*;

    const PARTITION: TopicPartition = TopicPartition::new(Topic::Spans, 3);
    const MARKS: Watermarks = Watermarks { low: 10, high: 20 };

    fn start(stored: Option<i64>) -> (i64, i64) {
        let start = start_of(PARTITION, stored.map(Into::into), None, MARKS).unwrap();
        (start.offset, start.expired)
    }

    #[test]
    fn a_new_partition_starts_at_its_beginning_and_nothing_has_expired() {
        assert_eq!(start(None), (10, 0));
    }

    #[test]
    fn a_stored_offset_is_where_reading_goes_on_its_end_included() {
        assert_eq!(start(Some(15)), (15, 0));
        assert_eq!(start(Some(20)), (20, 0));
    }

    #[test]
    fn what_expired_is_counted() {
        assert_eq!(start(Some(4)), (10, 6));
    }

    #[test]
    fn an_offset_beyond_the_end_is_refused_with_instructions() {
        let error = start_of(PARTITION, Some(21.into()), None, MARKS).unwrap_err();
        assert!(error.to_string().contains("ends at 20"), "{error}");
        assert!(error.to_string().contains("ingest_offsets"), "{error}");
    }

    #[test]
    fn a_topic_made_anew_starts_at_its_beginning_wherever_the_old_one_stood() {
        let [old, new] = ["old", "new"].map(|id| TopicId(id.to_owned()));
        for (next, end_seen, unread) in [(15, Some(18), 3), (500, None, 0), (15, Some(12), 0)] {
            let stored = StoredOffset {
                next,
                topic_id: Some(old.clone()),
                end_seen,
            };
            let start = start_of(PARTITION, Some(stored), Some(&new), MARKS).unwrap();
            assert_eq!((start.offset, start.expired), (10, 0));
            let replaced = start.replaced.unwrap();
            assert_eq!((replaced.next, replaced.unread), (next, unread));
            assert_eq!(replaced.topic_id, old);
        }
    }

    #[test]
    fn an_offset_whose_topic_was_not_known_yet_belongs_to_the_one_that_is_there() {
        let now = TopicId("now".to_owned());
        let start = start_of(PARTITION, Some(15.into()), Some(&now), MARKS).unwrap();
        assert_eq!((start.offset, start.replaced), (15, None));
        assert_eq!(start.topic_id, Some(now));
    }
}
