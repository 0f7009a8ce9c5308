//! `telemetron dlq skip`: past a record that stops its partition, without the API and without a consumer.

use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use serde::Serialize;
use telemetron_kafka::{KafkaConfig, TopicEnds};
use telemetron_model::topic::{Topic, TopicPartition};
use telemetron_store::Database;
use telemetron_store::skip::{Outcome, Place, skip};

use crate::args::{KafkaTarget, StoreArgs, Use};
use crate::output;
use crate::platform::Platform;

/// How long Kafka may take to tell what it holds.
const PATIENCE: Duration = Duration::from_secs(20);

/// Which record, and why.
#[derive(Debug, Args)]
pub(super) struct Record {
    /// Its topic, with the prefix of the topics or without
    topic: String,
    /// Its partition
    #[arg(value_parser = clap::value_parser!(i32).range(0..))]
    partition: i32,
    /// Its offset, as the log of the consumer names it
    #[arg(value_parser = clap::value_parser!(i64).range(0..))]
    offset: i64,
    /// Why it is given up; kept with it
    #[arg(long, value_name = "TEXT")]
    reason: String,

    #[command(flatten)]
    kafka: KafkaTarget,

    #[command(flatten)]
    store: StoreArgs,
}

/// What is printed as JSON.
#[derive(Serialize)]
struct SkipReport<'a> {
    topic: &'a str,
    partition: i32,
    offset: i64,
    /// `skipped`, or `noted`: as soon as it is reached.
    outcome: &'a str,
    next_offset: i64,
}

/// Skips a record.
pub(super) async fn run(record: &Record, platform: &Platform, json: bool) -> anyhow::Result<()> {
    let kafka = record.kafka.resolve(platform)?;
    let place = tokio::time::timeout(PATIENCE, find(record, &kafka)).await;
    let place = place.context("Kafka does not answer; name it in KAFKA_BOOTSTRAP_SERVERS")??;
    let url = record.store.resolve(platform)?;
    let Database { pool, watch } = record.store.database(&url, Use::Api)?;
    let skipped = skip(&pool, &place, &record.reason);
    let outcome = watch.beside(skipped).await?;
    let name = place.topic.name();
    let (partition, offset) = (place.partition, place.offset);
    let (outcome, next) = match outcome {
        Outcome::Skipped => ("skipped", offset + 1),
        Outcome::Noted(next) => ("noted", next),
        Outcome::Passed(next) => bail!(
            "{name}/{partition}/{offset} was passed before: the partition stands at {next}; nothing \
             was skipped"
        ),
        Outcome::Unread => bail!("no consumer has read {name}/{partition} yet; start one first"),
    };
    if json {
        return output::json(&SkipReport {
            topic: name,
            partition,
            offset,
            outcome,
            next_offset: next,
        });
    }
    let told = if outcome == "skipped" {
        format!("skipped {name}/{partition}/{offset}; the partition goes on at {next}")
    } else {
        format!(
            "the partition stands at {next}; {name}/{partition}/{offset} is skipped as soon as it is \
             reached"
        )
    };
    Ok(output::line(told)?)
}

/// The record, if Kafka has it: an offset beyond the end must never be moved to.
async fn find(record: &Record, kafka: &KafkaConfig) -> anyhow::Result<Place> {
    let (named, partition, offset) = (&record.topic, record.partition, record.offset);
    let topics = kafka.topics();
    let topic = topics.find(named).or_else(|| named.parse::<Topic>().ok());
    let topic = topic.with_context(|| format!("`{named}` is no topic of records"))?;
    let ends = TopicEnds::new(kafka)?;
    let marks = ends.watermarks().await?;
    let marks = marks
        .get(&TopicPartition::new(topic, partition))
        .with_context(|| format!("{topic} has no partition {partition}"))?;
    ensure!(
        (marks.low..marks.high).contains(&offset),
        "{topic}/{partition} holds the offsets {} to {}, and not {offset}",
        marks.low,
        marks.high - 1
    );
    Ok(Place {
        cluster_id: ends.cluster_id().await?,
        topic_prefix: kafka.topic_prefix.clone(),
        topic,
        partition,
        offset,
    })
}
