//! Reaching the cluster for the first time, and finding out why that fails.

use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer as _};
use rdkafka::error::KafkaError;

use super::report::{Existing, Topic};
use crate::asker::{Asked, serve};
use crate::context::Watched;
use crate::{Error, KafkaConfig};

/// One attempt. Short, so that a refusal is told soon: a wrong password shows within it.
const ATTEMPT: Duration = Duration::from_secs(2);

/// A cluster that has just been started takes a while.
const PATIENCE: Duration = Duration::from_secs(20);

/// Topics that were just created take longer on a busy machine: each broker learns of them in its turn.
const SPREAD: Duration = Duration::from_secs(60);

/// Between two questions for topics that were just created.
const PAUSE: Duration = Duration::from_millis(100);

const ACTION: &str = "list its topics";

/// What is there.
pub(super) struct Cluster {
    pub(super) id: String,
    pub(super) brokers: usize,
    pub(super) topics: Existing,
}

/// Asks what is there, until the cluster answers or refuses.
pub(super) async fn cluster(config: &KafkaConfig) -> Result<Cluster, Error> {
    let pulse = config.clients.pulse(config.role, "admin");
    let client: BaseConsumer<Watched> = config
        .client(&[], &[])
        .create_with_context(Watched(pulse))
        .map_err(Error::config)?;
    let asked = tokio::task::spawn_blocking(move || ask(&client));
    let canceled = |_ended| Err(Error::request(ACTION)(KafkaError::Canceled));
    asked.await.unwrap_or_else(canceled)
}

/// Waits until topics that were just created can be written to: the brokers hear of them a moment
/// later, and choose who leads each partition. Gives what is there then.
pub(super) async fn until_led(config: &KafkaConfig, created: &[String]) -> Result<Existing, Error> {
    let deadline = Instant::now() + SPREAD;
    loop {
        let there = cluster(config).await?.topics;
        let is_led = |name: &&String| there.get(*name).is_some_and(|topic| topic.is_led);
        let Some(waits) = created.iter().find(|name| !is_led(name)) else {
            return Ok(there);
        };
        if Instant::now() >= deadline {
            return Err(Error::Request {
                action: "use a topic that was just created",
                reason: format!("no broker leads all partitions of `{waits}` yet"),
            });
        }
        tokio::time::sleep(PAUSE).await;
    }
}

fn ask(client: &Asked) -> Result<Cluster, Error> {
    let deadline = Instant::now() + PATIENCE;
    let Watched(pulse) = &**client.context();
    loop {
        let error = match attempt(client) {
            Ok(cluster) => {
                pulse.delivered();
                return Ok(cluster);
            }
            Err(error) => error,
        };
        serve(client);
        if let Some(refusal) = pulse.refusal() {
            return Err(Error::Request {
                action: ACTION,
                reason: refusal,
            });
        }
        if Instant::now() >= deadline {
            return Err(error.because(pulse.trouble()));
        }
    }
}

fn attempt(client: &Asked) -> Result<Cluster, Error> {
    let metadata = client
        .fetch_metadata(None, ATTEMPT)
        .map_err(Error::request(ACTION))?;
    let id = client.client().fetch_cluster_id(ATTEMPT);
    let (Some(id), false) = (id, metadata.brokers().is_empty()) else {
        return Err(Error::Request {
            action: ACTION,
            reason: "no broker of it is up yet".to_owned(),
        });
    };
    let topics = metadata.topics().iter();
    let topics = topics.filter(|topic| topic.error().is_none()).map(|topic| {
        let partitions = topic.partitions();
        let copies = partitions.iter().map(|it| it.replicas().len());
        let there = Topic {
            partitions: partitions.len(),
            copies: copies.min().unwrap_or_default(),
            is_led: !partitions.is_empty() && partitions.iter().all(|it| it.leader() >= 0),
        };
        (topic.name().to_owned(), there)
    });
    Ok(Cluster {
        id,
        brokers: metadata.brokers().len(),
        topics: topics.collect(),
    })
}
