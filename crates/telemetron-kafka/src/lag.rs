//! Where the record topics begin and end, asked each second: one client is kept for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::Consumer as _;
use telemetron_model::topic::TopicPartition;

use crate::asker::{Asked, Asker};
use crate::watermarks::{self, Partitions, Watermarks};
use crate::{Error, KafkaConfig, TopicNames};

/// Short, since the health of a process waits for it.
const REQUEST: Duration = Duration::from_secs(4);

/// Partitions are looked for again after this time.
const PARTITIONS_STAY: Duration = Duration::from_secs(30);

/// Tells the watermarks of all record topics, in two requests to each broker. Cheap to clone.
#[derive(Clone)]
pub struct TopicEnds {
    asker: Asker,
    view: Arc<View>,
}

/// What is known of the topics.
struct View {
    topics: TopicNames,
    known: Mutex<Option<(Instant, Partitions)>>,
}

impl TopicEnds {
    /// Makes a client. It connects by itself.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig) -> Result<Self, Error> {
        let asker = Asker::new(config, "watermarks", config.client(&[], &[]))?;
        let view = View {
            topics: config.topics(),
            known: Mutex::new(None),
        };
        Ok(Self {
            asker,
            view: Arc::new(view),
        })
    }

    /// The watermarks of every partition of the record topics that exist.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds; the error says what librdkafka
    /// complains of.
    pub async fn watermarks(&self) -> Result<BTreeMap<TopicPartition, Watermarks>, Error> {
        let view = Arc::clone(&self.view);
        self.asker
            .asking(ACTION, move |client| view.watermarks(client))
            .await
    }

    /// The id of the cluster.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds.
    pub async fn cluster_id(&self) -> Result<String, Error> {
        let action = "tell its cluster id";
        let ask = move |client: &Asked| {
            let id = client.client().fetch_cluster_id(REQUEST);
            id.ok_or_else(|| Error::Request {
                action,
                reason: "no answer".to_owned(),
            })
        };
        self.asker.asking(action, ask).await
    }
}

const ACTION: &str = "tell the watermarks";

impl View {
    fn watermarks(&self, client: &Asked) -> Result<BTreeMap<TopicPartition, Watermarks>, Error> {
        let partitions = self.partitions(client)?;
        let marks = watermarks::query(client, &partitions, REQUEST).inspect_err(|_| {
            // A topic may have been deleted: look again next time.
            *self.lock() = None;
        })?;
        let ours = marks.into_iter().filter_map(|((name, partition), marks)| {
            Some((
                TopicPartition::new(self.topics.find(&name)?, partition),
                marks,
            ))
        });
        Ok(ours.collect())
    }

    fn partitions(&self, client: &Asked) -> Result<Partitions, Error> {
        if let Some((since, partitions)) = self.lock().as_ref()
            && since.elapsed() < PARTITIONS_STAY
        {
            return Ok(partitions.clone());
        }
        let names = self.topics.records().map(|(_, name)| name);
        let partitions = watermarks::partitions_of(client, names, REQUEST)?;
        let is_there = |name| partitions.iter().any(|(topic, _)| topic == name);
        // Topics that are missing may be made at any moment, and somebody waits for them.
        if self.topics.records().all(|(_, name)| is_there(name)) {
            *self.lock() = Some((Instant::now(), partitions.clone()));
        }
        Ok(partitions)
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Instant, Partitions)>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
