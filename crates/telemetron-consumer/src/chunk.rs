//! Messages that are committed together, and where each partition stands before them.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use telemetron_kafka::Message;
use telemetron_model::decode::{Rejection, content_hash};
use telemetron_model::topic::{PartitionOffset, TopicPartition};
use telemetron_store::write::{Skip, Topics};

/// The offset at which each partition stands.
pub(crate) type Frontier = BTreeMap<TopicPartition, i64>;

/// Messages of one assignment, in order of arrival.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Where the partitions of these messages stand before them.
    pub(crate) start: Frontier,
    /// The messages.
    pub(crate) messages: Vec<Message>,
    /// Those of them that are not to be folded although they can be decoded, by where they stand.
    pub(crate) refused: HashMap<PartitionOffset, Rejection>,
    /// The topics they come from.
    pub(crate) topics: Arc<Topics>,
}

impl Chunk {
    /// Where the partitions stand after the messages.
    pub(crate) fn end(&self) -> Frontier {
        let mut end = self.start.clone();
        for message in &self.messages {
            end.insert(message.at(), message.offset + 1);
        }
        end
    }

    /// Cuts the chunk into at most `most` lanes of about the same size, each with all messages of its
    /// partition numbers; one of fewer than `worth` messages stays whole.
    pub(crate) fn lanes(self, most: usize, worth: usize) -> Vec<Self> {
        if most < 2 || self.messages.len() < worth {
            return vec![self];
        }
        let lane_of = balance(&self.messages, most);
        let mut lanes: Vec<_> = (0..most).map(|_| Self::empty(&self.topics)).collect();
        for (key, offset) in self.start {
            lanes[lane_of[&key.partition]].start.insert(key, offset);
        }
        for message in self.messages {
            lanes[lane_of[&message.partition]].messages.push(message);
        }
        lanes.retain(|lane| !lane.messages.is_empty());
        lanes
    }

    /// No messages yet.
    pub(crate) fn empty(topics: &Arc<Topics>) -> Self {
        Self {
            start: Frontier::new(),
            messages: Vec::new(),
            refused: HashMap::new(),
            topics: Arc::clone(topics),
        }
    }

    /// Has a message rejected, whatever it holds.
    pub(crate) fn refuse(&mut self, message: usize, reason: Rejection) {
        if let Some(message) = self.messages.get(message) {
            self.refused.insert(message.place(), reason);
        }
    }

    /// Has a message rejected that an operator gave up.
    pub(crate) fn skip(&mut self, skip: &Skip) {
        self.refused
            .insert(skip.place(), Rejection::skipped(&skip.reason));
    }

    /// The places that an operator gave up.
    pub(crate) fn skipped(&self) -> impl Iterator<Item = PartitionOffset> {
        let skipped = |reason: &Rejection| matches!(reason, Rejection::Skipped(_));
        let refused = self.refused.iter();
        refused.filter_map(move |(place, reason)| skipped(reason).then_some(*place))
    }

    /// Why a message is not to be folded, if it is not.
    pub(crate) fn refusal_of(&self, message: &Message) -> Option<&Rejection> {
        self.refused.get(&message.place())
    }

    /// The content hash of a message's record.
    pub(crate) fn hash_of(&self, message: usize) -> Option<i64> {
        self.messages
            .get(message)?
            .payload
            .as_deref()
            .map(content_hash)
    }

    /// The two halves, in order.
    pub(crate) fn split(mut self) -> (Self, Self) {
        let rest = self.messages.split_off(self.messages.len() / 2);
        let touched = |messages: &[Message], frontier: &Frontier| -> Frontier {
            let keys = messages.iter().map(Message::at);
            keys.filter_map(|key| Some((key, *frontier.get(&key)?)))
                .collect()
        };
        let middle = self.end();
        let second = Self {
            start: touched(&rest, &middle),
            messages: rest,
            refused: self.refused.clone(),
            topics: Arc::clone(&self.topics),
        };
        let first = Self {
            start: touched(&self.messages, &self.start),
            messages: self.messages,
            refused: self.refused,
            topics: self.topics,
        };
        (first, second)
    }
}

/// The lane of each partition number: the fullest number first, always into the emptiest lane.
fn balance(messages: &[Message], lanes: usize) -> BTreeMap<i32, usize> {
    let mut counts: BTreeMap<i32, usize> = BTreeMap::new();
    for message in messages {
        *counts.entry(message.partition).or_default() += 1;
    }
    let mut numbers: Vec<_> = counts.into_iter().collect();
    numbers.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut loads = vec![0; lanes];
    let place = |(number, count)| {
        let lane = (0..lanes)
            .min_by_key(|lane| loads[*lane])
            .unwrap_or_default();
        loads[lane] += count;
        (number, lane)
    };
    numbers.into_iter().map(place).collect()
}

#[cfg(test)]
mod tests {
    use telemetron_kafka::Headers;
    use telemetron_model::Timestamp;
    use telemetron_model::topic::Topic;

    use super::*;

    fn message(partition: i32, offset: i64) -> Message {
        Message {
            epoch: 1,
            topic: Topic::Spans,
            partition,
            offset,
            broker_time: Timestamp::default(),
            key: None,
            headers: Headers::new(),
            payload: None,
        }
    }

    fn frontier(stands: &[(i32, i64)]) -> Frontier {
        stands
            .iter()
            .map(|(partition, offset)| (TopicPartition::new(Topic::Spans, *partition), *offset))
            .collect()
    }

    #[test]
    fn lanes_share_the_messages_and_no_partition_number() {
        let messages: Vec<_> = [(0, 6), (1, 3), (2, 2), (3, 2)]
            .into_iter()
            .flat_map(|(partition, count)| (0..count).map(move |offset| message(partition, offset)))
            .collect();
        let chunk = Chunk {
            start: frontier(&[(0, 0), (1, 0), (2, 0), (3, 0)]),
            messages,
            refused: HashMap::new(),
            topics: Arc::default(),
        };
        let lanes = chunk.lanes(2, 4);
        let numbers = |lane: &Chunk| {
            lane.start
                .keys()
                .map(|key| key.partition)
                .collect::<Vec<_>>()
        };
        assert_eq!(
            lanes.iter().map(numbers).collect::<Vec<_>>(),
            [vec![0], vec![1, 2, 3]]
        );
        let sizes: Vec<_> = lanes.iter().map(|lane| lane.messages.len()).collect();
        assert_eq!(sizes, [6, 7]);
        assert_eq!(lanes[1].end(), frontier(&[(1, 3), (2, 2), (3, 2)]));
    }

    #[test]
    fn a_small_chunk_and_one_of_a_single_partition_stay_whole() {
        let chunk = |count| Chunk {
            start: frontier(&[(0, 0)]),
            messages: (0..count).map(|offset| message(0, offset)).collect(),
            refused: HashMap::new(),
            topics: Arc::default(),
        };
        assert_eq!(chunk(3).lanes(2, 4).len(), 1);
        assert_eq!(chunk(8).lanes(2, 4).len(), 1);
    }

    #[test]
    fn halves_meet_where_the_first_ends_and_name_only_their_own_partitions() {
        let messages = vec![
            message(0, 10),
            message(0, 12),
            message(0, 13),
            message(1, 7),
        ];
        let (first, second) = Chunk {
            start: frontier(&[(0, 9), (1, 5)]),
            messages,
            refused: HashMap::new(),
            topics: Arc::default(),
        }
        .split();
        assert_eq!(
            (first.start.clone(), first.end()),
            (frontier(&[(0, 9)]), frontier(&[(0, 13)]))
        );
        assert_eq!(
            (second.start.clone(), second.end()),
            (frontier(&[(0, 13), (1, 5)]), frontier(&[(0, 14), (1, 8)]))
        );
    }
}
