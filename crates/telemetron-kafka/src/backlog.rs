//! How much a group of consumers has still to read of the record topics: for those who send much.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::Offset;
use rdkafka::consumer::Consumer as _;

use crate::asker::{Asked, Asker};
use crate::watermarks::{self, Partitions, Watermarks, list_of};
use crate::{Error, KafkaConfig};

const REQUEST: Duration = Duration::from_secs(5);

const ACTION: &str = "tell how much waits";

/// Tells how far a group is behind. Joins nothing and commits nothing. Cheap to clone.
#[derive(Clone)]
pub struct Backlog {
    asker: Asker,
    partitions: Arc<Partitions>,
}

/// How far a group has read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// Records that it has read, by its own word, which may be a moment late.
    pub read: i64,
    /// Records that it has not.
    pub waiting: i64,
}

impl Backlog {
    /// Looks up the partitions of the record topics.
    ///
    /// # Errors
    /// When the client refuses its configuration, or the cluster does not answer.
    pub async fn of(config: &KafkaConfig, group: &str) -> Result<Self, Error> {
        let fixed = [("group.id", group), ("enable.auto.commit", "false")];
        let asker = Asker::new(config, "backlog", config.client(&[], &fixed))?;
        let topics = config.topics();
        let look = move |client: &Asked| {
            let names = topics.records().map(|(_, name)| name);
            watermarks::partitions_of(client, names, REQUEST)
        };
        let partitions = Arc::new(asker.asking(ACTION, look).await?);
        Ok(Self { asker, partitions })
    }

    /// How far the group has read; none when it has never read anything.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds.
    pub async fn progress(&self) -> Result<Option<Progress>, Error> {
        let partitions = Arc::clone(&self.partitions);
        let ask = move |client: &Asked| progress(client, &partitions);
        self.asker.asking(ACTION, ask).await
    }
}

fn progress(client: &Asked, partitions: &Partitions) -> Result<Option<Progress>, Error> {
    let marks = watermarks::query(client, partitions, REQUEST)?;
    let asked = list_of(partitions, Offset::Invalid)?;
    let committed = client.committed_offsets(asked, REQUEST);
    let committed = committed.map_err(Error::request(ACTION))?;
    let read = committed.elements().into_iter().filter_map(|element| {
        let Offset::Offset(offset) = element.offset() else {
            return None;
        };
        Some(((element.topic().to_owned(), element.partition()), offset))
    });
    Ok(sum(&marks, &read.collect()))
}

/// What the partitions add up to. One that the group has not committed was not read.
fn sum(
    marks: &HashMap<(String, i32), Watermarks>,
    read: &HashMap<(String, i32), i64>,
) -> Option<Progress> {
    if read.is_empty() {
        return None;
    }
    let mut progress = Progress::default();
    for (partition, Watermarks { low, high }) in marks {
        let stands = read.get(partition).copied().unwrap_or(*low);
        let stands = stands.clamp(*low, *high);
        progress.read += stands - low;
        progress.waiting += high - stands;
    }
    Some(progress)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_consumer_has_committed_waits_and_a_group_that_never_read_is_none() {
        let place = |n| ("t".to_owned(), n);
        let marks = HashMap::from([
            (place(0), Watermarks { low: 5, high: 15 }),
            (place(1), Watermarks { low: 0, high: 4 }),
            (place(2), Watermarks { low: 8, high: 9 }),
        ]);
        assert_eq!(sum(&marks, &HashMap::new()), None);
        let read = HashMap::from([(place(0), 12), (place(2), 3)]);
        let progress = sum(&marks, &read).unwrap();
        assert_eq!((progress.read, progress.waiting), (7, 3 + 4 + 1));
    }
}
