//! Topics: making what is missing, and saying what is there.

mod plan;
mod reach;
mod report;

use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions, ResourceSpecifier};
use rdkafka::error::RDKafkaErrorCode;

pub use plan::TopicPlan;
use plan::{Planned, with_partitions_of};
pub use report::{TopicReport, TopicState};

use crate::context::Watched;
use crate::{Error, KafkaConfig};

/// The broker answers such requests in milliseconds, unless it has just been started.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Creates the topics that are missing and reports on all of them.
///
/// What was created can be written to: it is told once every partition has a broker that leads it.
///
/// Nothing that exists is changed. When record topics exist already, new ones get as many
/// partitions as those: what belongs to one trace has to meet on one partition number.
///
/// # Errors
/// When the plan contradicts itself, the cluster cannot be reached, or it refuses to create a topic.
/// Where waiting does not help, such as with a wrong password, the error comes within five seconds and
/// says what librdkafka said.
pub async fn ensure_topics(
    config: &KafkaConfig,
    plan: &TopicPlan,
) -> Result<Vec<TopicReport>, Error> {
    let mut there = reach::cluster(config).await?;
    let mut planned = plan.topics(&config.topics(), there.brokers)?;
    with_partitions_of(&there.topics, &mut planned);
    let admin = Admin::new(config)?;
    let Created { created, others } = admin.create(&planned, &there.topics).await?;
    if !created.is_empty() {
        reach::until_led(config, &created).await?;
    }
    if !others.is_empty() {
        // Made as somebody else planned them: they are reported as they are.
        there.topics = reach::until_led(config, &others).await?;
    }
    let settings = admin.settings(&planned, &created).await?;
    Ok(report::of(&planned, &there.topics, &created, &settings))
}

/// Reports on all topics without creating any: those that do not exist are missing from the list.
///
/// # Errors
/// When the plan contradicts itself, or the cluster cannot be reached, as in [`ensure_topics`].
pub async fn describe(config: &KafkaConfig, plan: &TopicPlan) -> Result<Vec<TopicReport>, Error> {
    let there = reach::cluster(config).await?;
    let mut planned = plan.topics(&config.topics(), there.brokers)?;
    planned.retain(|topic| there.topics.contains_key(&topic.name));
    let settings = Admin::new(config)?.settings(&planned, &[]).await?;
    Ok(report::of(&planned, &there.topics, &[], &settings))
}

/// The id of the cluster, which changes when Kafka is wiped and set up anew.
///
/// # Errors
/// When the cluster cannot be reached, as in [`ensure_topics`].
pub async fn cluster_id(config: &KafkaConfig) -> Result<String, Error> {
    Ok(reach::cluster(config).await?.id)
}

struct Admin(AdminClient<Watched>);

/// What became of topics that were missing, by name.
#[derive(Default)]
struct Created {
    /// Made by us.
    created: Vec<String>,
    /// Made by somebody else who was quicker, or unknown until now to the broker that was asked.
    others: Vec<String>,
}

impl Admin {
    fn new(config: &KafkaConfig) -> Result<Self, Error> {
        let client = config.client(&[], &[]);
        let pulse = config.clients.pulse(config.role, "admin");
        let client = client
            .create_with_context(Watched(pulse))
            .map_err(Error::config)?;
        Ok(Self(client))
    }

    /// Creates what is missing.
    async fn create(
        &self,
        planned: &[Planned],
        existing: &report::Existing,
    ) -> Result<Created, Error> {
        let missing = planned
            .iter()
            .filter(|topic| !existing.contains_key(&topic.name));
        let topics: Vec<_> = missing.map(Planned::to_kafka).collect();
        let mut outcome = Created::default();
        if topics.is_empty() {
            return Ok(outcome);
        }
        let results = self
            .0
            .create_topics(&topics, &options())
            .await
            .map_err(Error::request("create topics"))?;
        for result in results {
            match result {
                Ok(name) => outcome.created.push(name),
                Err((name, RDKafkaErrorCode::TopicAlreadyExists)) => outcome.others.push(name),
                Err((name, code)) => return Err(refused(&name, code)),
            }
        }
        Ok(outcome)
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
