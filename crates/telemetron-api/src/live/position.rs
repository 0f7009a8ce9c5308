//! Where the stream stands: what every partition gives next, and when the latest record came.
//!
//! As a cursor it is text: numbers of variable length (seven bits a byte, the lowest first) in
//! base64. First the latest broker time in milliseconds, then pairs of `partition × 6 + topic`, as
//! the distance to the one before, and next offset.

use std::collections::BTreeMap;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use telemetron_model::topic::Topic;

/// A partition of a record topic, as a number.
pub(crate) type Place = u32;

/// Most partitions that a cursor may name.
const MAX_PARTITIONS: usize = 6 * 1024;

/// The number of a partition.
pub(crate) fn place_of(topic: Topic, partition: i32) -> Place {
    let topics = Topic::ALL.len();
    let topic = Topic::ALL
        .iter()
        .position(|known| *known == topic)
        .unwrap_or(topics);
    let partition = usize::try_from(partition).unwrap_or_default();
    Place::try_from(partition * topics + topic).unwrap_or(Place::MAX)
}

/// Where the stream stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Position {
    /// The latest broker time so far, in milliseconds.
    pub(crate) time_ms: i64,
    next: BTreeMap<Place, i64>,
}

/// A text that is no cursor of the live stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor of the live stream; take it from a record")]
pub(crate) struct NoPosition;

impl FromStr for Position {
    type Err = NoPosition;

    fn from_str(text: &str) -> Result<Self, NoPosition> {
        Self::decode(text).ok_or(NoPosition)
    }
}

impl Position {
    /// Moves past a record.
    pub(crate) fn advance(&mut self, place: Place, offset: i64, time_ms: i64) {
        self.time_ms = self.time_ms.max(time_ms);
        self.next.insert(place, offset + 1);
    }

    /// Whether the stream has been past this record.
    ///
    /// Offsets that begin anew, after Kafka lost its data, come with later times: not seen.
    pub(crate) fn covers(&self, place: Place, offset: i64, time_ms: i64) -> bool {
        let next = self.next.get(&place);
        next.is_some_and(|next| offset < *next) && time_ms <= self.time_ms
    }

    /// Whether this position has been past an offset of a partition, at whatever time.
    pub(crate) fn is_past(&self, place: Place, offset: i64) -> bool {
        self.next.get(&place).is_some_and(|next| offset < *next)
    }

    /// Moves on to where this or another position is, partition by partition.
    pub(crate) fn join(&mut self, other: &Self) {
        self.time_ms = self.time_ms.max(other.time_ms);
        for (place, next) in &other.next {
            let mine = self.next.entry(*place).or_insert(*next);
            *mine = (*mine).max(*next);
        }
    }

    /// The position as a cursor.
    pub(crate) fn encode(&self) -> String {
        let mut bytes = Vec::with_capacity(8 + 5 * self.next.len());
        put(&mut bytes, self.time_ms.max(0).unsigned_abs());
        let mut before = 0;
        for (place, next) in &self.next {
            put(&mut bytes, u64::from(place - before));
            put(&mut bytes, next.max(&0).unsigned_abs());
            before = *place;
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The position that a cursor names.
    pub(crate) fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        let mut rest = bytes.as_slice();
        let mut position = Self {
            time_ms: take(&mut rest)?,
            next: BTreeMap::new(),
        };
        let mut place: Place = 0;
        while !rest.is_empty() && position.next.len() < MAX_PARTITIONS {
            place = place.checked_add(Place::try_from(take(&mut rest)?).ok()?)?;
            position.next.insert(place, take(&mut rest)?);
        }
        rest.is_empty().then_some(position)
    }
}

fn put(bytes: &mut Vec<u8>, mut number: u64) {
    while number > 0x7f {
        bytes.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    bytes.push(number.to_le_bytes()[0]);
}

fn take(rest: &mut &[u8]) -> Option<i64> {
    let mut number = 0_u64;
    for shift in (0..63).step_by(7) {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        number |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return i64::try_from(number).ok();
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_position_survives_its_cursor() {
        let mut position = Position::default();
        for (n, topic) in (0..).zip(Topic::ALL) {
            position.advance(
                place_of(topic, n),
                i64::from(n) * 1_000_003,
                1_769_860_800_000,
            );
        }
        let cursor = position.encode();
        assert_eq!(Position::decode(&cursor), Some(position));
        assert!(cursor.len() < 60, "{cursor}");
        assert_eq!(
            Position::decode(&Position::default().encode()),
            Some(Position::default())
        );
    }

    #[test]
    fn foreign_text_is_no_cursor() {
        for text in ["", "%", "AA==", "gICA", "_____________________w"] {
            assert_eq!(Position::decode(text), None, "{text}");
        }
    }

    #[test]
    fn offsets_that_begin_anew_are_not_covered() {
        let mut position = Position::default();
        let place = place_of(Topic::Spans, 3);
        position.advance(place, 100, 5_000);
        assert!(position.covers(place, 100, 5_000));
        assert!(!position.covers(place, 101, 5_000));
        assert!(
            !position.covers(place, 0, 5_001),
            "a later record with a lower offset is new"
        );
        assert!(!position.covers(place_of(Topic::Spans, 4), 0, 1));
    }
}
