//! Where reading starts: the stored offset, as far as the partition still has it.

use std::collections::HashMap;

use telemetron_model::topic::Topic;

use super::event::AssignedPartition;
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
        cluster_id: &str,
        partitions: &[(Topic, i32)],
    ) -> Result<HashMap<(Topic, i32), i64>, OffsetError>;
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
/// Without a stored offset at its beginning; where the stored offset has expired, at what is left.
pub(super) fn start_of(
    (topic, partition): (Topic, i32),
    stored: Option<i64>,
    marks: Watermarks,
) -> Result<AssignedPartition, SourceError> {
    let wanted = stored.unwrap_or(marks.low);
    if wanted > marks.high {
        return Err(SourceError::OffsetBeyondEnd {
            topic,
            partition,
            stored: wanted,
            high: marks.high,
        });
    }
    Ok(AssignedPartition {
        topic,
        partition,
        offset: wanted.max(marks.low),
        expired: (marks.low - wanted).max(0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARTITION: (Topic, i32) = (Topic::Spans, 3);
    const MARKS: Watermarks = Watermarks { low: 10, high: 20 };

    fn start(stored: Option<i64>) -> (i64, i64) {
        let start = start_of(PARTITION, stored, MARKS).unwrap();
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
        let error = start_of(PARTITION, Some(21), MARKS).unwrap_err();
        assert!(error.to_string().contains("ends at 20"), "{error}");
        assert!(error.to_string().contains("ingest_offsets"), "{error}");
    }
}
