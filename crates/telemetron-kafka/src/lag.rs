//! Where the record topics begin and end, asked each second: one client is kept for it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;
use telemetron_model::topic::Topic;

use crate::context::Logging;
use crate::watermarks::{self, Partitions, Watermarks};
use crate::{Error, KafkaConfig, TopicNames};

const REQUEST: Duration = Duration::from_secs(5);

/// Partitions are looked for again after this time.
const PARTITIONS_STAY: Duration = Duration::from_secs(30);

/// Tells the watermarks of all record topics, in two requests to each broker. Cheap to clone.
#[derive(Clone)]
pub struct TopicEnds(Arc<Client>);

struct Client {
    consumer: BaseConsumer<Logging>,
    topics: TopicNames,
    known: Mutex<Option<(Instant, Partitions)>>,
}

impl TopicEnds {
    /// Makes a client. It connects by itself.
    ///
    /// # Errors
    /// [`Error::Config`] when librdkafka refuses the configuration.
    pub fn new(config: &KafkaConfig) -> Result<Self, Error> {
        let consumer = config
            .client(&[], &[])
            .create_with_context(Logging)
            .map_err(Error::config)?;
        Ok(Self(Arc::new(Client {
            consumer,
            topics: config.topics(),
            known: Mutex::new(None),
        })))
    }

    /// The watermarks of every partition of the record topics that exist.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds.
    pub async fn watermarks(&self) -> Result<BTreeMap<(Topic, i32), Watermarks>, Error> {
        self.blocking("tell the watermarks", Client::watermarks)
            .await
    }

    /// The id of the cluster.
    ///
    /// # Errors
    /// When the cluster does not answer within some seconds.
    pub async fn cluster_id(&self) -> Result<String, Error> {
        self.blocking("tell its cluster id", Client::cluster_id)
            .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        action: &'static str,
        ask: impl FnOnce(&Client) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let client = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || {
            client.serve_log();
            ask(&client)
        });
        let canceled = |_ended| Err(Error::request(action)(KafkaError::Canceled));
        asked.await.unwrap_or_else(canceled)
    }
}

impl Client {
    /// Takes what librdkafka has to say off its queue, which would grow otherwise.
    fn serve_log(&self) {
        const MOST: usize = 100;
        for _ in 0..MOST {
            // Nothing is assigned, so there are only errors, which the context has logged.
            if self.consumer.poll(Duration::ZERO).is_none() {
                return;
            }
        }
    }

    fn watermarks(&self) -> Result<BTreeMap<(Topic, i32), Watermarks>, Error> {
        let partitions = self.partitions()?;
        let marks = watermarks::query(&self.consumer, &partitions, REQUEST).inspect_err(|_| {
            // A topic may have been deleted: look again next time.
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
        })?;
        let ours = marks.into_iter().filter_map(|((name, partition), marks)| {
            Some(((self.topics.find(&name)?, partition), marks))
        });
        Ok(ours.collect())
    }

    fn partitions(&self) -> Result<Partitions, Error> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((since, partitions)) = known.as_ref()
            && since.elapsed() < PARTITIONS_STAY
        {
            return Ok(partitions.clone());
        }
        let names = self.topics.records().map(|(_, name)| name);
        let partitions = watermarks::partitions_of(&self.consumer, names, REQUEST)?;
        *known = Some((Instant::now(), partitions.clone()));
        Ok(partitions)
    }

    fn cluster_id(&self) -> Result<String, Error> {
        let id = self.consumer.client().fetch_cluster_id(REQUEST);
        id.ok_or_else(|| Error::Request {
            action: "tell its cluster id",
            reason: "no answer".to_owned(),
        })
    }
}
