//! Sending records to Kafka in bounded batches, each of which is acknowledged.

use anyhow::Context as _;
use telemetron_kafka::{Batch, KafkaConfig, Producer, ProducerOptions};
use telemetron_model::record::Record;

use super::pace::Pace;

/// Records that are sent before their acknowledgement is awaited, and before those who store them are.
const BATCH_RECORDS: usize = 2_000;

/// Where records go.
pub(super) struct Sender(Option<Open>);

struct Open {
    producer: Producer,
    batch: Batch,
    waiting: usize,
    pace: Pace,
}

impl Sender {
    /// Records go nowhere.
    pub(super) const fn nowhere() -> Self {
        Self(None)
    }

    /// Records go to Kafka, at this pace.
    pub(super) fn to(kafka: &KafkaConfig, pace: Pace) -> anyhow::Result<Self> {
        let producer = Producer::new(kafka, &ProducerOptions::default())?;
        let batch = producer.batch();
        Ok(Self(Some(Open {
            producer,
            batch,
            waiting: 0,
            pace,
        })))
    }

    /// Queues records; now and then waits until Kafka has acknowledged them.
    pub(super) async fn send(&mut self, records: &[Record]) -> anyhow::Result<()> {
        let Some(open) = &mut self.0 else {
            return Ok(());
        };
        for record in records {
            open.batch.send(record).await?;
            open.waiting += 1;
            if open.waiting >= BATCH_RECORDS {
                open.settle().await?;
                open.pace.go().await;
            }
        }
        Ok(())
    }

    /// Waits until Kafka has acknowledged everything.
    pub(super) async fn finish(&mut self) -> anyhow::Result<()> {
        match &mut self.0 {
            Some(open) => open.settle().await,
            None => Ok(()),
        }
    }

    /// Waits until those who store it have stored everything.
    pub(super) async fn stored(&self) {
        if let Some(open) = &self.0 {
            open.pace.stored().await;
        }
    }
}

impl Open {
    async fn settle(&mut self) -> anyhow::Result<()> {
        let batch = std::mem::replace(&mut self.batch, self.producer.batch());
        let settled = batch.delivered().await;
        settled.context("not everything was imported; run it again, nothing is stored twice")?;
        self.waiting = 0;
        Ok(())
    }
}

/// Names the project in every record that has one.
pub(super) fn assign(records: &mut [Record], project: Option<&str>) {
    let Some(project) = project else { return };
    for record in records {
        match record {
            Record::Span(span) => span.project = Some(project.to_owned()),
            Record::Trace(trace) => trace.project = Some(project.to_owned()),
            _ => {}
        }
    }
}
