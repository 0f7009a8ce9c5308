//! Listing dead letters: newest first, a page at a time.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use telemetron_model::Timestamp;

use super::{DeadLetter, DeadLetterId, InvalidId, Origin, REPLAY_OF};
use crate::watermarks::Watermarks;

/// A dead letter without its payload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterSummary {
    /// Its name, for [`super::DeadLetters::get`].
    pub id: DeadLetterId,
    /// Where the original stood; letters with one origin are one.
    pub origin: Origin,
    /// When the broker had appended the original.
    pub broker_time: Timestamp,
    /// The reason as a word.
    pub code: String,
    /// The reason as a sentence.
    pub reason: String,
    /// When it was rejected.
    pub time: Timestamp,
    /// The original key, as text.
    pub key: Option<String>,
    /// The original `schema` header, as text.
    pub schema: Option<String>,
    /// Size of the original value.
    pub bytes: usize,
    /// The origin of the letter whose replay was rejected here.
    pub replay_of: Option<String>,
}

impl DeadLetterSummary {
    pub(super) fn of(id: DeadLetterId, letter: DeadLetter) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self {
            id,
            broker_time: letter.broker_time,
            time: letter.time,
            key: letter.key.as_deref().map(text),
            schema: letter.headers.get("schema").map(text),
            bytes: (letter.cut.value).map_or_else(
                || letter.payload.map_or(0, |payload| payload.len()),
                |whole| whole.bytes,
            ),
            replay_of: letter.headers.get(REPLAY_OF).map(text),
            origin: letter.origin,
            code: letter.code,
            reason: letter.reason,
        }
    }
}

/// Some dead letters, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetterPage {
    /// The letters.
    pub letters: Vec<DeadLetterSummary>,
    /// Where older ones are, if there are any.
    pub next: Option<PageCursor>,
    /// How many messages the topic holds.
    pub total: i64,
}

/// Where a page ends: the offset before which each partition goes on. Text like `0-42.1-7`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageCursor(pub(super) BTreeMap<i32, i64>);

impl fmt::Display for PageCursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (partition, offset)) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(f, "{dot}{partition}-{offset}")?;
        }
        Ok(())
    }
}

impl FromStr for PageCursor {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bounds = text.split('.').map(|bound| {
            let id: DeadLetterId = bound.parse()?;
            Ok((id.partition, id.offset))
        });
        bounds.collect::<Result<_, _>>().map(Self)
    }
}

/// The offsets to look at in each partition: at most `limit`, ending before the cursor.
pub(super) fn windows(
    marks: &BTreeMap<i32, Watermarks>,
    before: Option<&PageCursor>,
    limit: usize,
) -> BTreeMap<i32, Watermarks> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    let window = |(partition, marks): (&i32, &Watermarks)| {
        let bound = before.and_then(|cursor| cursor.0.get(partition).copied());
        let high = bound.unwrap_or(marks.high).clamp(marks.low, marks.high);
        let low = high.saturating_sub(limit).max(marks.low);
        (*partition, Watermarks { low, high })
    };
    marks.iter().map(window).collect()
}

/// The newest `limit` letters of the windows, and where to go on.
pub(super) fn cut(
    mut letters: Vec<DeadLetterSummary>,
    windows: &BTreeMap<i32, Watermarks>,
    marks: &BTreeMap<i32, Watermarks>,
    limit: usize,
) -> DeadLetterPage {
    letters.sort_by_key(|letter| std::cmp::Reverse((letter.time, letter.id)));
    let rest = letters.split_off(limit.min(letters.len()));
    // A window is used up unless a letter of it was left: then the newest of those bounds it.
    let bound = |(partition, window): (&i32, &Watermarks)| {
        let left = rest
            .iter()
            .filter(|letter| letter.id.partition == *partition);
        let newest = left.map(|letter| letter.id.offset + 1).max();
        (*partition, newest.unwrap_or(window.low))
    };
    let bounds: BTreeMap<i32, i64> = windows.iter().map(bound).collect();
    let more = bounds
        .iter()
        .any(|(partition, bound)| marks.get(partition).is_some_and(|marks| *bound > marks.low));
    DeadLetterPage {
        letters,
        next: more.then_some(PageCursor(bounds)),
        total: marks.values().map(|marks| marks.high - marks.low).sum(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(partition: i32, offset: i64, time: i64) -> DeadLetterSummary {
        DeadLetterSummary {
            id: DeadLetterId { partition, offset },
            origin: Origin {
                cluster: String::new(),
                topic: String::new(),
                partition: 0,
                offset: 0,
            },
            broker_time: Timestamp::default(),
            code: String::new(),
            reason: String::new(),
            time: Timestamp::from_nanos(time),
            key: None,
            schema: None,
            bytes: 0,
            replay_of: None,
        }
    }

    #[test]
    fn pages_over_two_partitions_show_every_letter_once_newest_first() {
        let all: Vec<_> = (0..7)
            .map(|n| summary(0, n, 10 * n))
            .chain((3..9).map(|n| summary(1, n, 11 * n)))
            .collect();
        let marks = BTreeMap::from([
            (0, Watermarks { low: 0, high: 7 }),
            (1, Watermarks { low: 3, high: 9 }),
        ]);
        let mut seen = Vec::new();
        let mut cursor: Option<PageCursor> = None;
        loop {
            let windows = windows(&marks, cursor.as_ref(), 4);
            let inside = |letter: &&DeadLetterSummary| {
                let window = windows[&letter.id.partition];
                (window.low..window.high).contains(&letter.id.offset)
            };
            let read = all.iter().filter(inside).cloned().collect();
            let page = cut(read, &windows, &marks, 4);
            seen.extend(page.letters);
            match page.next {
                Some(next) => cursor = Some(next.to_string().parse().unwrap()),
                None => break,
            }
        }
        let mut expected = all;
        expected.sort_by_key(|letter| std::cmp::Reverse((letter.time, letter.id)));
        assert_eq!(seen, expected);
    }
}
