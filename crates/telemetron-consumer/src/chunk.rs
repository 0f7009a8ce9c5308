//! Messages that are committed together, and where each partition stands before them.

use std::collections::BTreeMap;

use telemetron_kafka::Message;
use telemetron_model::topic::Topic;

/// The offset at which each partition stands.
pub(crate) type Frontier = BTreeMap<(Topic, i32), i64>;

/// Messages of one assignment, in order of arrival.
#[derive(Debug)]
pub(crate) struct Chunk {
    /// Where the partitions of these messages stand before them.
    pub(crate) start: Frontier,
    /// The messages.
    pub(crate) messages: Vec<Message>,
}

impl Chunk {
    /// Where the partitions stand after the messages.
    pub(crate) fn end(&self) -> Frontier {
        let mut end = self.start.clone();
        for message in &self.messages {
            end.insert((message.topic, message.partition), message.offset + 1);
        }
        end
    }

    /// The two halves, in order.
    pub(crate) fn split(mut self) -> (Self, Self) {
        let rest = self.messages.split_off(self.messages.len() / 2);
        let touched = |messages: &[Message], frontier: &Frontier| -> Frontier {
            let keys = messages
                .iter()
                .map(|message| (message.topic, message.partition));
            keys.filter_map(|key| Some((key, *frontier.get(&key)?)))
                .collect()
        };
        let middle = self.end();
        let second = Self {
            start: touched(&rest, &middle),
            messages: rest,
        };
        let first = Self {
            start: touched(&self.messages, &self.start),
            messages: self.messages,
        };
        (first, second)
    }
}

#[cfg(test)]
mod tests {
    use telemetron_kafka::Headers;
    use telemetron_model::Timestamp;

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
            .map(|(partition, offset)| ((Topic::Spans, *partition), *offset))
            .collect()
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
