//! The callbacks of the group, which only note what happened: the polling loop acts on it.
//!
//! librdkafka waits for the assign or unassign that answers a rebalance, and goes on with its
//! heartbeats meanwhile, so the answer may come from the loop, once the offsets are known.

use std::collections::VecDeque;
use std::sync::atomic::AtomicBool;
use std::sync::atomic::Ordering::{AcqRel, Acquire};
use std::sync::{Mutex, PoisonError};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::{BaseConsumer, Consumer as _, ConsumerContext};
use rdkafka::error::{KafkaError, KafkaResult};
use rdkafka::types::RDKafkaRespErr;
use rdkafka::{ClientContext, TopicPartitionList};

use crate::clients::Pulse;
use crate::context;
use crate::watermarks::Partitions;

/// What the group decided.
#[derive(Debug)]
pub(super) enum Decision {
    /// These partitions are ours.
    Assign(Partitions),
    /// None is ours any more.
    Revoke,
}

#[derive(Debug)]
pub(super) struct GroupContext {
    pulse: Pulse,
    decisions: Mutex<VecDeque<Decision>>,
    closing: AtomicBool,
}

impl GroupContext {
    pub(super) fn new(pulse: Pulse) -> Self {
        Self {
            pulse,
            decisions: Mutex::default(),
            closing: AtomicBool::new(false),
        }
    }

    pub(super) fn next_decision(&self) -> Option<Decision> {
        let mut decisions = self
            .decisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        decisions.pop_front()
    }

    /// From now on rebalances are answered at once: the loop has ended.
    pub(super) fn close(&self) {
        self.closing.fetch_or(true, AcqRel);
    }
}

impl ClientContext for GroupContext {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::log(level, facility, message);
        self.pulse.logs(facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        context::log_error(&error, reason);
        self.pulse.errs(error.rdkafka_error_code(), reason);
    }
}

impl ConsumerContext for GroupContext {
    fn rebalance(
        &self,
        consumer: &BaseConsumer<Self>,
        event: RDKafkaRespErr,
        partitions: &mut TopicPartitionList,
    ) {
        if self.closing.load(Acquire) {
            let _client_is_going_away = consumer.unassign();
            return;
        }
        let decision = if event == RDKafkaRespErr::RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS {
            Decision::Assign(names(partitions))
        } else {
            Decision::Revoke
        };
        let mut decisions = self
            .decisions
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        decisions.push_back(decision);
    }

    fn commit_callback(&self, result: KafkaResult<()>, _offsets: &TopicPartitionList) {
        if let Err(error) = result {
            tracing::debug!(%error, "kafka did not take the copy of the offsets");
        }
    }
}

fn names(partitions: &TopicPartitionList) -> Partitions {
    let elements = partitions.elements();
    let named = elements
        .iter()
        .map(|element| (element.topic().to_owned(), element.partition()));
    named.collect()
}
