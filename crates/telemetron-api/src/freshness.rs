//! How fresh answers are: what waits in Kafka to be stored, looked at each second.
//!
//! Everything the broker took before `as_of` is stored. Nothing waits when every partition was
//! read up to its end; else `as_of` is the broker time of the oldest record that waits. Where the live
//! tail does not know that (it is not there yet, or the record is older than it keeps), it is the latest
//! moment of which is known that the record had not come: that of the last record before it that is
//! stored, or of the last look at which nothing waited in its partition. The Oracle is told of the same
//! look, so that its issue and the answers name one number.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use telemetron_kafka::{KafkaConfig, TopicEnds, Watermarks};
use telemetron_model::Timestamp;
use telemetron_model::topic::TopicPartition;
use telemetron_oracle::{Backlog, Waiting};
use telemetron_runtime::{Component, Health};
use telemetron_store::PgPool;
use telemetron_store::read::ingest::{self, Progress};
use telemetron_view::{Freshness, Lag};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::live::Hub;
use crate::meters::LagMeters;

/// How often it is looked.
const EVERY: Duration = Duration::from_secs(1);

/// Over how many looks the rate is taken.
const RATE_MEASUREMENTS: usize = 60;

/// The ends of the partitions of the record topics.
pub(crate) type Ends = BTreeMap<TopicPartition, Watermarks>;

/// What the last look found.
#[derive(Debug, Clone, Default)]
pub(crate) struct Measurement {
    /// How fresh answers are.
    pub(crate) freshness: Freshness,
    /// The ends of the partitions; none when Kafka is away.
    pub(crate) ends: Option<Arc<Ends>>,
    /// Id of the Kafka cluster, once it was heard of.
    pub(crate) cluster_id: Option<String>,
    /// Records read per second.
    pub(crate) records_per_second: Option<f64>,
}

/// The last look, for everybody who answers.
pub(crate) type Measurements = watch::Receiver<Measurement>;

/// Measurements each second.
pub(crate) struct FreshnessProbe {
    pool: PgPool,
    topic_prefix: String,
    ends: TopicEnds,
    live: Hub,
    kafka: Component,
    postgres: Component,
    measurements: watch::Sender<Measurement>,
    backlog: watch::Sender<Result<Waiting, String>>,
    cluster_id: Option<String>,
    /// When nothing waited in a partition at the last time.
    caught_up: CaughtUp,
    received: VecDeque<(Instant, i64)>,
    lag: LagMeters,
}

impl FreshnessProbe {
    /// A probe that says in `health` how Kafka and Postgres are, and what it looks at.
    pub(crate) fn new(
        pool: PgPool,
        kafka: &KafkaConfig,
        live: Hub,
        health: &Health,
    ) -> Result<(Self, Measurements, Backlog), telemetron_kafka::Error> {
        const UNASKED: &str = "Kafka was not asked yet";
        let before = Measurement {
            freshness: unknown(UNASKED),
            ..Measurement::default()
        };
        let (measurements, seen) = watch::channel(before);
        let (backlog, told) = watch::channel(Err(UNASKED.to_owned()));
        let probe = Self {
            pool,
            topic_prefix: kafka.topic_prefix.clone(),
            ends: TopicEnds::new(kafka)?,
            live,
            kafka: health.register("kafka"),
            postgres: health.register("postgres"),
            measurements,
            backlog,
            cluster_id: None,
            caught_up: CaughtUp::default(),
            received: VecDeque::new(),
            lag: LagMeters::default(),
        };
        Ok((probe, seen, told))
    }

    /// The same, counting what waits for Prometheus.
    pub(crate) fn counting(self, lag: LagMeters) -> Self {
        Self { lag, ..self }
    }

    /// Measurements until it is dropped.
    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(EVERY);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            let measured = self.measured().await;
            self.measurements.send_replace(measured);
        }
    }

    async fn measured(&mut self) -> Measurement {
        let now = Timestamp::now();
        let (ends, progress) = tokio::join!(
            self.ask_kafka(),
            ingest::progress(&self.pool, &self.topic_prefix)
        );
        self.report(&ends, &progress);
        self.cluster_id = ends
            .as_ref()
            .ok()
            .map(|(id, _)| id.clone())
            .or_else(|| self.cluster_id.take());
        let waiting = match (&ends, &progress) {
            (Ok((cluster, ends)), Ok(progress)) => {
                let progress = of_cluster(progress, cluster);
                self.caught_up.note(&progress, ends, now);
                self.lag.set(lags(&progress, ends));
                Ok(self.waiting(&progress, ends))
            }
            (Err(_), _) => Err("Kafka is not available".to_owned()),
            (_, Err(_)) => Err("the database is not available".to_owned()),
        };
        if waiting.is_err() {
            self.lag.clear();
        }
        drop(self.backlog.send_replace(waiting.clone()));
        Measurement {
            freshness: freshness(now, waiting),
            records_per_second: progress.ok().and_then(|progress| self.rate(&progress)),
            ends: ends.ok().map(|(_, ends)| Arc::new(ends)),
            cluster_id: self.cluster_id.clone(),
        }
    }

    async fn ask_kafka(&self) -> Result<(String, Ends), telemetron_kafka::Error> {
        let cluster_id = match &self.cluster_id {
            Some(id) => id.clone(),
            None => self.ends.cluster_id().await?,
        };
        Ok((cluster_id, self.ends.watermarks().await?))
    }

    fn report<A, B>(
        &self,
        kafka: &Result<A, telemetron_kafka::Error>,
        postgres: &Result<B, telemetron_store::StoreError>,
    ) {
        match kafka {
            Ok(_) => self.kafka.ready(),
            Err(error) => self.kafka.not_ready(error.to_string()),
        }
        match postgres {
            Ok(_) => self.postgres.ready(),
            Err(error) => self.postgres.not_ready(error.to_string()),
        }
    }

    /// What waits, and since when as far as that is known.
    fn waiting(&self, progress: &ByPartition<'_>, ends: &Ends) -> Waiting {
        let partitions: Vec<_> = waiting(progress, ends).collect();
        let since = |&(at, next, _): &(TopicPartition, i64, i64)| {
            let last = progress.get(&at).and_then(|row| row.broker_time);
            let known = self.live.time_of(at, next);
            let stored = last.map(|time| time.0);
            known.or_else(|| stored.max(self.caught_up.at(at)))
        };
        let oldest: Option<Vec<_>> = partitions.iter().map(since).collect();
        let most = partitions.iter().max_by_key(|(_, _, records)| *records);
        Waiting {
            records: partitions.iter().map(|(_, _, records)| records).sum(),
            since: oldest.and_then(|times| times.into_iter().min()),
            topic: most.map(|(at, _, _)| at.topic.name().to_owned()),
        }
    }

    fn rate(&mut self, progress: &[Progress]) -> Option<f64> {
        let received = progress.iter().map(|row| row.ledger.received).sum();
        self.received.push_back((Instant::now(), received));
        if self.received.len() > RATE_MEASUREMENTS {
            self.received.pop_front();
        }
        let ((first, before), (last, after)) = (*self.received.front()?, *self.received.back()?);
        let seconds = last.duration_since(first).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
        let records = (after - before).max(0) as f64;
        (seconds > 0.0).then_some(records / seconds)
    }
}

/// When nothing waited in a partition at the last time.
#[derive(Debug, Default)]
struct CaughtUp(BTreeMap<TopicPartition, Timestamp>);

impl CaughtUp {
    /// Notes the partitions in which nothing waits; their ends were read after `now`.
    fn note(&mut self, progress: &ByPartition<'_>, ends: &Ends, now: Timestamp) {
        let behind: BTreeSet<_> = waiting(progress, ends)
            .map(|(partition, ..)| partition)
            .collect();
        let done = ends.keys().filter(|partition| !behind.contains(partition));
        self.0.extend(done.map(|partition| (*partition, now)));
    }

    fn at(&self, partition: TopicPartition) -> Option<Timestamp> {
        self.0.get(&partition).copied()
    }
}

/// How far each partition is read.
pub(crate) type ByPartition<'a> = BTreeMap<TopicPartition, &'a Progress>;

/// The rows of one cluster; rows of another are of the past.
pub(crate) fn of_cluster<'a>(progress: &'a [Progress], cluster: &str) -> ByPartition<'a> {
    progress
        .iter()
        .filter(|row| row.cluster_id == cluster)
        .filter_map(|row| {
            Some((
                TopicPartition::new(row.topic.parse().ok()?, row.partition),
                row,
            ))
        })
        .collect()
}

/// The records that wait in each partition: where they begin and how many they are.
pub(crate) fn waiting(
    progress: &ByPartition<'_>,
    ends: &Ends,
) -> impl Iterator<Item = (TopicPartition, i64, i64)> {
    ends.iter().filter_map(|(partition, marks)| {
        let stored = progress
            .get(partition)
            .map_or(marks.low, |row| row.next_offset);
        let next = stored.max(marks.low);
        (next < marks.high).then_some((*partition, next, marks.high - next))
    })
}

/// How many records wait in each partition, those in which none does included.
fn lags(progress: &ByPartition<'_>, ends: &Ends) -> impl Iterator<Item = (TopicPartition, i64)> {
    let behind: BTreeMap<_, _> = waiting(progress, ends)
        .map(|(partition, _, records)| (partition, records))
        .collect();
    let lag = move |partition| behind.get(partition).copied().unwrap_or_default();
    ends.keys()
        .map(move |partition| (*partition, lag(partition)))
}

/// How fresh answers are while so much waits.
fn freshness(now: Timestamp, waiting: Result<Waiting, String>) -> Freshness {
    let Waiting { records, since, .. } = match waiting {
        Ok(waiting) => waiting,
        Err(reason) => return unknown(&reason),
    };
    let as_of = if records == 0 { Some(now) } else { since };
    #[expect(clippy::cast_precision_loss, reason = "seconds for people")]
    let seconds = as_of.map_or(0.0, |time| now.since(time).max(0) as f64 / 1e9);
    Freshness {
        as_of: as_of.map(Into::into),
        lag: Some(Lag { records, seconds }),
        lag_reason: None,
    }
}

fn unknown(reason: &str) -> Freshness {
    Freshness {
        as_of: None,
        lag: None,
        lag_reason: Some(reason.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use telemetron_view::Ledger;

    use telemetron_model::topic::Topic;

    use super::*;

    const fn partition(topic: Topic, partition: i32) -> TopicPartition {
        TopicPartition::new(topic, partition)
    }

    fn progress(cluster: &str, partition: i32, next_offset: i64) -> Progress {
        Progress {
            cluster_id: cluster.to_owned(),
            topic: Topic::Spans.name().to_owned(),
            partition,
            next_offset,
            broker_time: None,
            ledger: Ledger::default(),
            updated_at: Timestamp::default().into(),
        }
    }

    #[test]
    fn answers_are_as_fresh_as_the_oldest_record_that_waits() {
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let seconds = |waiting| freshness(at(400), waiting).lag.map(|lag| lag.seconds);
        let waiting = |since| Waiting {
            records: 7,
            since,
            topic: None,
        };
        assert_eq!(seconds(Ok(waiting(Some(at(103))))), Some(297.0));
        assert_eq!(seconds(Ok(Waiting::default())), Some(0.0));
        assert_eq!(seconds(Ok(waiting(None))), Some(0.0));
        assert_eq!(
            freshness(at(400), Ok(Waiting::default())).as_of,
            Some(at(400).into())
        );
        let away = freshness(at(400), Err("Kafka is away".to_owned()));
        assert_eq!(
            (away.lag, away.lag_reason.as_deref()),
            (None, Some("Kafka is away"))
        );
    }

    #[test]
    fn what_waits_is_counted_from_the_stored_offset_and_from_the_low_watermark() {
        let rows = [
            progress("here", 0, 10),
            progress("here", 1, 3),
            progress("here", 2, 20),
            progress("gone", 3, 100),
        ];
        let marks = |low, high| Watermarks { low, high };
        let ends = Ends::from([
            (partition(Topic::Spans, 0), marks(0, 12)),
            (partition(Topic::Spans, 1), marks(5, 9)),
            (partition(Topic::Spans, 2), marks(0, 20)),
            (partition(Topic::Spans, 3), marks(7, 8)),
        ]);
        let waiting: Vec<_> = waiting(&of_cluster(&rows, "here"), &ends).collect();
        let expected = [
            (partition(Topic::Spans, 0), 10, 2),
            (partition(Topic::Spans, 1), 5, 4),
            (partition(Topic::Spans, 3), 7, 1),
        ];
        assert_eq!(waiting, expected);
    }

    #[test]
    fn a_record_that_just_came_has_not_waited_since_the_one_before_it() {
        let rows = [progress("here", 0, 10), progress("here", 1, 3)];
        let rows = of_cluster(&rows, "here");
        let ends = |high| {
            let marks = |high| Watermarks { low: 0, high };
            Ends::from([
                (partition(Topic::Spans, 0), marks(high)),
                (partition(Topic::Spans, 1), marks(9)),
            ])
        };
        let at = |second: i64| Timestamp::from_millis(second * 1000);
        let mut caught_up = CaughtUp::default();
        caught_up.note(&rows, &ends(10), at(1));
        caught_up.note(&rows, &ends(12), at(2));
        assert_eq!(caught_up.at(partition(Topic::Spans, 0)), Some(at(1)));
        assert_eq!(caught_up.at(partition(Topic::Spans, 1)), None);
    }
}
