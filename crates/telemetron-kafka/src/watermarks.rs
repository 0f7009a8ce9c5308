//! Where partitions begin and end: two requests to each broker for any number of partitions.

use std::collections::HashMap;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult, RDKafkaErrorCode};
use rdkafka::{Offset, TopicPartitionList};

use crate::Error;

/// The first offset of a partition, and the one its next message gets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Watermarks {
    /// The first offset that is still there.
    pub low: i64,
    /// The offset of the next message.
    pub high: i64,
}

/// Partitions by the topic's name on the broker.
pub(crate) type Partitions = Vec<(String, i32)>;

/// Asks for the watermarks of partitions. Blocks for at most twice `timeout`.
pub(crate) fn query<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[(String, i32)],
    timeout: Duration,
) -> Result<HashMap<(String, i32), Watermarks>, Error> {
    let lows = offsets_at(consumer, partitions, Offset::Beginning, timeout)?;
    let highs = offsets_at(consumer, partitions, Offset::End, timeout)?;
    let marks = lows.into_iter().map(|(partition, low)| {
        let high = highs.get(&partition).copied().unwrap_or(low);
        (partition, Watermarks { low, high })
    });
    Ok(marks.collect())
}

/// The offsets at an instant, which is a time in milliseconds, the beginning or the end.
///
/// librdkafka passes the number on to ListOffsets, where -1 is the end and -2 the beginning. A
/// partition without a message at or after the instant has its end.
pub(crate) fn offsets_at<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    partitions: &[(String, i32)],
    instant: Offset,
    timeout: Duration,
) -> Result<HashMap<(String, i32), i64>, Error> {
    if partitions.is_empty() {
        return Ok(HashMap::new());
    }
    let asked = list_of(partitions, instant)?;
    let answered = answer(consumer, &asked, timeout).map_err(Error::request(ACTION))?;
    let mut offsets = HashMap::with_capacity(partitions.len());
    for element in answered.elements() {
        let partition = (element.topic().to_owned(), element.partition());
        match element.offset() {
            Offset::Offset(offset) => offsets.insert(partition, offset),
            Offset::End if instant != Offset::End => None,
            other => return Err(unanswered(&partition, other)),
        };
    }
    Ok(offsets)
}

const ACTION: &str = "tell the watermarks";

/// Between two questions while a partition has no leader that answers.
const PAUSE: Duration = Duration::from_millis(50);

/// Asks until every partition answers: one that was just made, or whose leader moves, does not for
/// a moment.
#[expect(
    clippy::disallowed_methods,
    reason = "no event tells that a leader was found; the deadline ends it"
)]
fn answer<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    asked: &TopicPartitionList,
    timeout: Duration,
) -> KafkaResult<TopicPartitionList> {
    let deadline = Instant::now() + timeout;
    loop {
        let left = deadline.saturating_duration_since(Instant::now());
        match answer_once(consumer, asked, left) {
            Err(error) if has_no_leader(&error) && left > PAUSE => thread::sleep(PAUSE),
            answer => return answer,
        }
    }
}

fn answer_once<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    asked: &TopicPartitionList,
    timeout: Duration,
) -> KafkaResult<TopicPartitionList> {
    let answered = consumer.offsets_for_times(asked.clone(), timeout)?;
    for element in answered.elements() {
        element.error()?;
    }
    Ok(answered)
}

fn has_no_leader(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{LeaderNotAvailable, NotLeaderForPartition};
    matches!(
        error.rdkafka_error_code(),
        Some(LeaderNotAvailable | NotLeaderForPartition)
    )
}

fn unanswered((topic, partition): &(String, i32), offset: Offset) -> Error {
    Error::Request {
        action: ACTION,
        reason: format!("partition {partition} of `{topic}` answered {offset:?}"),
    }
}

/// A list of partitions, all with the same offset.
pub(crate) fn list_of(
    partitions: &[(String, i32)],
    offset: Offset,
) -> Result<TopicPartitionList, Error> {
    let mut list = TopicPartitionList::with_capacity(partitions.len());
    for (topic, partition) in partitions {
        list.add_partition_offset(topic, *partition, offset)
            .map_err(Error::config)?;
    }
    Ok(list)
}

/// The partitions of these topics; a topic that does not exist has none. Blocks.
///
/// Asks for each topic by its name: a shared cluster may have thousands of others.
pub(crate) fn partitions_of<'a, C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    topics: impl IntoIterator<Item = &'a str>,
    timeout: Duration,
) -> Result<Partitions, Error> {
    let mut partitions = Partitions::new();
    for name in topics {
        let metadata = consumer
            .fetch_metadata(Some(name), timeout)
            .map_err(Error::request("describe a topic"))?;
        let ours = metadata
            .topics()
            .iter()
            .filter(|topic| topic.name() == name);
        let numbers = ours.flat_map(|topic| topic.partitions().iter());
        partitions.extend(numbers.map(|partition| (name.to_owned(), partition.id())));
    }
    Ok(partitions)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_partition_without_a_leader_is_asked_again() {
        let no_leader = RDKafkaErrorCode::NotLeaderForPartition;
        assert!(has_no_leader(&KafkaError::MetadataFetch(no_leader)));
        let no_leader = RDKafkaErrorCode::LeaderNotAvailable;
        assert!(has_no_leader(&KafkaError::OffsetFetch(no_leader)));
        let unknown = RDKafkaErrorCode::UnknownTopicOrPartition;
        assert!(!has_no_leader(&KafkaError::MetadataFetch(unknown)));
    }
}
