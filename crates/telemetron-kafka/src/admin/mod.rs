//! Topics: making what is missing, and saying what is there.

mod plan;
mod report;

use std::sync::Arc;
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};

pub use plan::TopicPlan;
use plan::{Planned, with_partitions_of};
pub use report::{TopicReport, TopicState};

use crate::context::Logging;
use crate::{Error, KafkaConfig};

/// The broker answers such requests in milliseconds, unless it has just been started.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Creates the topics that are missing and reports on all of them.
///
/// Nothing that exists is changed. When record topics exist already, new ones get as many
/// partitions as those: what belongs to one trace has to meet on one partition number.
///
/// # Errors
/// When the cluster cannot be reached or refuses to create a topic.
pub async fn ensure_topics(
    config: &KafkaConfig,
    plan: &TopicPlan,
) -> Result<Vec<TopicReport>, Error> {
    let admin = Admin::new(config)?;
    let mut planned = plan.topics(&config.topics());
    let existing = admin.partitions(&planned).await?;
    with_partitions_of(&existing, &mut planned);
    let created = admin.create(&planned, &existing).await?;
    let settings = admin.settings(&planned, &created).await?;
    Ok(report::of(&planned, &existing, &created, &settings))
}

/// Reports on all topics without creating any: those that do not exist are missing from the list.
///
/// # Errors
/// When the cluster cannot be reached.
pub async fn describe(config: &KafkaConfig, plan: &TopicPlan) -> Result<Vec<TopicReport>, Error> {
    let admin = Admin::new(config)?;
    let mut planned = plan.topics(&config.topics());
    let existing = admin.partitions(&planned).await?;
    planned.retain(|topic| existing.contains_key(&topic.name));
    let settings = admin.settings(&planned, &[]).await?;
    Ok(report::of(&planned, &existing, &[], &settings))
}

/// The id of the cluster, which changes when Kafka is wiped and set up anew.
///
/// # Errors
/// When the cluster cannot be reached.
pub async fn cluster_id(config: &KafkaConfig) -> Result<String, Error> {
    let admin = Admin::new(config)?;
    admin
        .blocking(|client| {
            client
                .inner()
                .fetch_cluster_id(TIMEOUT)
                .ok_or(KafkaError::AdminOp(RDKafkaErrorCode::OperationTimedOut))
        })
        .await
        .map_err(Error::request("tell its cluster id"))
}

struct Admin(Arc<AdminClient<Logging>>);

impl Admin {
    fn new(config: &KafkaConfig) -> Result<Self, Error> {
        let client = config.client(&[], &[]);
        let client = client.create_with_context(Logging).map_err(Error::config)?;
        Ok(Self(Arc::new(client)))
    }

    async fn blocking<T: Send + 'static>(
        &self,
        ask: impl FnOnce(&AdminClient<Logging>) -> Result<T, KafkaError> + Send + 'static,
    ) -> Result<T, KafkaError> {
        let client = Arc::clone(&self.0);
        let asked = tokio::task::spawn_blocking(move || ask(&client)).await;
        asked.unwrap_or(Err(KafkaError::Canceled))
    }

    /// How many partitions each of our topics has, for those that exist.
    async fn partitions(&self, planned: &[Planned]) -> Result<report::Partitions, Error> {
        let names: Vec<String> = planned.iter().map(|topic| topic.name.clone()).collect();
        let metadata = self
            .blocking(|client| client.inner().fetch_metadata(None, TIMEOUT))
            .await
            .map_err(Error::request("list its topics"))?;
        let ours = metadata.topics().iter().filter(|topic| {
            topic.error().is_none() && names.iter().any(|name| name == topic.name())
        });
        let counts = ours.map(|topic| (topic.name().to_owned(), topic.partitions().len()));
        Ok(counts.collect())
    }

    /// Creates what is missing; returns the names of what was created.
    async fn create(
        &self,
        planned: &[Planned],
        existing: &report::Partitions,
    ) -> Result<Vec<String>, Error> {
        let missing = planned
            .iter()
            .filter(|topic| !existing.contains_key(&topic.name));
        let topics: Vec<_> = missing.map(Planned::to_kafka).collect();
        if topics.is_empty() {
            return Ok(Vec::new());
        }
        let results = self
            .0
            .create_topics(&topics, &options())
            .await
            .map_err(Error::request("create topics"))?;
        let mut created = Vec::new();
        for result in results {
            match result {
                Ok(name) => created.push(name),
                // Somebody else was quicker.
                Err((_, RDKafkaErrorCode::TopicAlreadyExists)) => {}
                Err((name, code)) => return Err(refused(&name, code)),
            }
        }
        Ok(created)
    }

    /// The settings of the topics that were there before.
    async fn settings(
        &self,
        planned: &[Planned],
        created: &[String],
    ) -> Result<report::Settings, Error> {
        let old = planned
            .iter()
            .filter(|topic| !created.contains(&topic.name));
        let asked: Vec<_> = old
            .map(|topic| ResourceSpecifier::Topic(&topic.name))
            .collect();
        if asked.is_empty() {
            return Ok(report::Settings::new());
        }
        let answers = self
            .0
            .describe_configs(&asked, &options())
            .await
            .map_err(Error::request("describe its topics"))?;
        Ok(report::settings(answers.into_iter().flatten()))
    }
}

fn options() -> AdminOptions {
    AdminOptions::new()
        .request_timeout(Some(TIMEOUT))
        .operation_timeout(Some(TIMEOUT))
}

fn refused(topic: &str, code: RDKafkaErrorCode) -> Error {
    Error::Request {
        action: "create a topic",
        reason: format!("`{topic}`: {code}"),
    }
}
