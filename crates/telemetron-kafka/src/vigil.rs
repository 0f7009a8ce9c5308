//! Whether a client still delivers, and when it is to be made anew.
//!
//! librdkafka can lose its last broker and never find one again: a broker that is fenced answers
//! for metadata with topics and without brokers, upon which the client gives up all that it knows.
//! So no client is trusted to come back by itself: one that delivers nothing while the cluster
//! answers a fresh client is made anew.

use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};

use crate::clients::Pulse;
use crate::context::Watched;
use crate::watermarks::{self, Partitions};
use crate::{Error, KafkaConfig};

/// A client that was quiet for so long is asked whether it still hears the cluster.
const QUIET: Duration = Duration::from_secs(2);

/// How long a quiet client may take to answer.
pub(crate) const QUESTION: Duration = Duration::from_secs(3);

/// How long a client may fail to answer before a fresh one is asked.
const PATIENCE: Duration = Duration::from_secs(5);

/// How long a client may take to find its way back once the cluster answers others: it waits between its
/// attempts to connect.
const GRACE: Duration = Duration::from_secs(5);

/// How long records may wait, and how long a member may be without a place in its group, before the
/// client is at fault.
const STANDING: Duration = Duration::from_secs(30);

/// Watches one client, over its renewals.
pub(crate) struct Vigil {
    kafka: KafkaConfig,
    pulse: Pulse,
    quiet_since: Instant,
    failing_since: Option<Instant>,
    standing_since: Option<Instant>,
    /// Since when the cluster answers others while it does not answer this one.
    others_since: Option<Instant>,
    silent: bool,
}

/// What an answer says of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It hears the cluster and has all that there is.
    UpToDate,
    /// It hears the cluster, and something waits that it does not get.
    Waiting(&'static str),
}

/// What follows for a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It is well.
    Well,
    /// It is too early to tell.
    Unclear,
    /// It delivers nothing; the cluster may be away.
    Silent(String),
    /// It delivers nothing while the cluster answers others: to be made anew.
    Standing(String),
}

impl Vigil {
    pub(crate) fn new(kafka: &KafkaConfig, pulse: Pulse) -> Self {
        let now = Instant::now();
        Self {
            kafka: kafka.clone(),
            pulse,
            quiet_since: now,
            failing_since: None,
            standing_since: None,
            others_since: None,
            silent: false,
        }
    }

    pub(crate) const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// The client delivered. Says whether it had been silent before.
    pub(crate) fn delivered(&mut self) -> bool {
        self.pulse.delivered();
        self.quiet_since = Instant::now();
        self.failing_since = None;
        self.standing_since = None;
        self.others_since = None;
        std::mem::take(&mut self.silent)
    }

    /// Whether the client was quiet for so long that it is to be asked.
    pub(crate) fn is_due(&self) -> bool {
        self.quiet_since.elapsed() >= QUIET
    }

    /// Whether the client is known to be silent.
    pub(crate) const fn is_silent(&self) -> bool {
        self.silent
    }

    /// Judges what a quiet client answered. Blocks for some seconds when it did not.
    pub(crate) fn judge(&mut self, answer: &Result<Answer, Error>) -> Verdict {
        self.quiet_since = Instant::now();
        match answer {
            Ok(Answer::UpToDate) => {
                self.delivered();
                self.pulse.up_to_date();
                Verdict::Well
            }
            Ok(Answer::Waiting(what)) => self.waits(what),
            Err(error) => self.fails(error),
        }
    }

    fn waits(&mut self, what: &'static str) -> Verdict {
        self.pulse.delivered();
        self.failing_since = None;
        let since = *self.standing_since.get_or_insert_with(Instant::now);
        if since.elapsed() < STANDING {
            return Verdict::Unclear;
        }
        self.silent = true;
        let reason = format!("{what} for {} s", since.elapsed().as_secs());
        self.standing_or_silent(reason)
    }

    /// The client did not answer. Blocks for some seconds when the cluster answers nobody.
    pub(crate) fn fails(&mut self, error: &Error) -> Verdict {
        self.silent = true;
        let since = *self.failing_since.get_or_insert_with(Instant::now);
        // The question itself took a while.
        if since.elapsed() + QUESTION < PATIENCE {
            return Verdict::Silent(error.to_string());
        }
        self.standing_or_silent(error.to_string())
    }

    fn standing_or_silent(&mut self, reason: String) -> Verdict {
        if !cluster_answers(&self.kafka) {
            self.others_since = None;
            return Verdict::Silent(reason);
        }
        let since = *self.others_since.get_or_insert_with(Instant::now);
        if since.elapsed() < GRACE || !self.pulse.may_renew() {
            return Verdict::Silent(reason);
        }
        tracing::warn!(
            reason,
            "a Kafka client delivers nothing while the cluster answers others; it is made anew"
        );
        self.pulse.renewed();
        self.failing_since = None;
        self.standing_since = None;
        self.others_since = None;
        Verdict::Standing(reason)
    }
}

/// Lets go of a client that is not needed any more, on a thread of its own: one that has lost the cluster
/// may take its time to leave, or never end.
pub(crate) fn let_go<T: Send + 'static>(client: T) {
    let aside = std::thread::Builder::new().name("kafka-farewell".to_owned());
    if let Err(error) = aside.spawn(move || drop(client)) {
        tracing::warn!(%error, "a Kafka client could not be let go aside");
    }
}

/// Whether the cluster answers a fresh client, and names a broker. Blocks for some seconds when not.
pub(crate) fn cluster_answers(kafka: &KafkaConfig) -> bool {
    let pulse = kafka.clients.pulse(kafka.role, "probe");
    let client = kafka.client(&[], &[]);
    let Ok(fresh) = client.create_with_context::<_, BaseConsumer<Watched>>(Watched(pulse.clone()))
    else {
        return false;
    };
    let topic = kafka.topics();
    let topic = topic.records().next().map(|(_, name)| name);
    let answered = fresh.fetch_metadata(topic, QUESTION);
    let answers = answered.is_ok_and(|metadata| !metadata.brokers().is_empty());
    if answers {
        pulse.delivered();
    }
    answers
}

/// Asks a client that reads partitions where they end, and tells whether it has read up to there.
/// `starts` says where each was begun.
pub(crate) fn ask_reader<C: ConsumerContext>(
    consumer: &BaseConsumer<C>,
    starts: &TopicPartitionList,
) -> Result<Answer, Error> {
    let partitions: Partitions = starts
        .elements()
        .iter()
        .map(|element| (element.topic().to_owned(), element.partition()))
        .collect();
    let ends = watermarks::offsets_at(consumer, &partitions, rdkafka::Offset::End, QUESTION)?;
    let positions = consumer
        .position()
        .map_err(Error::request("tell where it reads"))?;
    let behind = starts.elements().iter().any(|start| {
        let read = positions.find_partition(start.topic(), start.partition());
        let read = read.and_then(|read| read.offset().to_raw());
        let next = read
            .filter(|offset| *offset >= 0)
            .or_else(|| start.offset().to_raw());
        let end = ends.get(&(start.topic().to_owned(), start.partition()));
        matches!((next, end), (Some(next), Some(end)) if next < *end)
    });
    Ok(if behind {
        Answer::Waiting("records wait and none is delivered")
    } else {
        Answer::UpToDate
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn vigil() -> Vigil {
        // Nobody listens there.
        let kafka = KafkaConfig::new("127.0.0.1:1");
        let pulse = kafka.clients.pulse("test", "client");
        Vigil::new(&kafka, pulse)
    }

    fn failure() -> Result<Answer, Error> {
        Err(Error::Request {
            action: "answer",
            reason: "no answer".to_owned(),
        })
    }

    #[test]
    fn a_client_that_fails_is_silent_at_once_and_not_made_anew_while_the_cluster_is_away() {
        let mut vigil = vigil();
        let first = vigil.judge(&failure());
        assert!(matches!(first, Verdict::Silent(_)) && vigil.is_silent());
        vigil.failing_since = Instant::now().checked_sub(PATIENCE);
        assert!(matches!(vigil.judge(&failure()), Verdict::Silent(_)));
        assert!(vigil.delivered(), "it was silent");
        assert_eq!(vigil.judge(&Ok(Answer::UpToDate)), Verdict::Well);
    }
}
