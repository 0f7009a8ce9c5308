//! Which of several records of one span or trace describes it.

use crate::record::{Span, Status, Trace};
use crate::time::Timestamp;

/// The place of a record among those of the same identity: the greatest describes.
///
/// Status first (FAILED over COMPLETED over RUNNING), then the end, then a hash of the record's
/// bytes, so that every order of arrival finds the same winner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    /// Status of the record.
    pub status: Status,
    /// End of the record; none comes before all.
    pub end: Option<Timestamp>,
    /// Hash of the record's bytes.
    pub hash: i64,
}

/// What joining a record into a state did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Nothing: the record was known.
    Nothing,
    /// Only the earliest start or the latest end moved.
    Times,
    /// Another record describes now.
    Body,
}

/// The state of one span or trace: the winning record, the earliest start, the latest end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Folded<B> {
    /// Rank of the record that describes.
    pub rank: Rank,
    /// Earliest start of all records.
    pub start: Timestamp,
    /// Latest end of all records.
    pub end: Option<Timestamp>,
    /// What describes it.
    pub body: B,
}

impl<B> Folded<B> {
    /// Joins another state of the same identity into this one.
    pub fn join(&mut self, other: Self) -> Change {
        let mut change = Change::Nothing;
        if other.start < self.start {
            self.start = other.start;
            change = Change::Times;
        }
        if other.end > self.end {
            self.end = other.end;
            change = Change::Times;
        }
        if other.rank > self.rank {
            self.rank = other.rank;
            self.body = other.body;
            change = Change::Body;
        }
        change
    }
}

impl From<(Box<Span>, i64)> for Folded<Box<Span>> {
    /// The state after one record with this content hash.
    fn from((span, hash): (Box<Span>, i64)) -> Self {
        let rank = Rank {
            status: span.status,
            end: span.end_time,
            hash,
        };
        Self {
            rank,
            start: span.start_time,
            end: span.end_time,
            body: span,
        }
    }
}

impl From<(Box<Trace>, i64)> for Folded<Box<Trace>> {
    /// The state after one record with this content hash.
    fn from((trace, hash): (Box<Trace>, i64)) -> Self {
        let rank = Rank {
            status: trace.status,
            end: trace.end_time,
            hash,
        };
        Self {
            rank,
            start: trace.start_time,
            end: trace.end_time,
            body: trace,
        }
    }
}
