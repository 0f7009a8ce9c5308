//! What librdkafka reports back: deliveries, and errors it cannot recover from.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message as _};
use tokio::sync::Notify;

use super::batch::Watch;
use crate::{SendError, context};

/// Where a delivered message stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivered {
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// What has become of the messages of a producer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ProducerStats {
    /// Acknowledged by all replicas.
    pub delivered: u64,
    /// Given up.
    pub failed: u64,
    /// Neither yet.
    pub in_flight: u64,
}

#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) queued: AtomicU64,
    delivered: AtomicU64,
    failed: AtomicU64,
}

#[derive(Debug)]
pub(super) struct Context {
    pub(super) counters: Counters,
    settled: Notify,
    begun: Instant,
    /// Milliseconds from `begun` to the first message that ran out of time since one was delivered;
    /// zero when none has.
    failing_since: AtomicU64,
}

impl Default for Context {
    fn default() -> Self {
        Self {
            counters: Counters::default(),
            settled: Notify::default(),
            begun: Instant::now(),
            failing_since: AtomicU64::new(0),
        }
    }
}

impl Context {
    /// For how long messages have been running out of time with none delivered; none when the last
    /// word was a delivery.
    pub(super) fn failing_for(&self) -> Option<Duration> {
        let since = self.failing_since.load(Relaxed);
        let since = (since > 0).then(|| Duration::from_millis(since))?;
        Some(self.begun.elapsed().saturating_sub(since))
    }

    fn delivers(&self) {
        self.counters.delivered.fetch_add(1, Relaxed);
        // Read first: a line that nobody writes is shared by all cores.
        if self.failing_since.load(Relaxed) > 0 {
            self.failing_since.store(0, Relaxed);
        }
    }

    fn fails(&self, error: &SendError) {
        self.counters.failed.fetch_add(1, Relaxed);
        if *error == SendError::TimedOut {
            let now = u64::try_from(self.begun.elapsed().as_millis()).unwrap_or(u64::MAX);
            // The first of them stands; an error means that there was one.
            let _ = (self.failing_since).compare_exchange(0, now.max(1), Relaxed, Relaxed);
        }
    }

    /// Completes when the next message is settled. Enabled at once: no report is missed.
    pub(super) fn settled(&self) -> impl Future<Output = ()> {
        let mut notified = Box::pin(self.settled.notified());
        notified.as_mut().enable();
        notified
    }

    pub(super) fn stats(&self) -> ProducerStats {
        // Settled counts first: what is queued meanwhile only adds to `in_flight`.
        let delivered = self.counters.delivered.load(Relaxed);
        let failed = self.counters.failed.load(Relaxed);
        let queued = self.counters.queued.load(Relaxed);
        ProducerStats {
            delivered,
            failed,
            in_flight: queued.saturating_sub(delivered + failed),
        }
    }
}

impl ClientContext for Context {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        context::log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            tracing::error!(%error, "kafka producer failed for good: {reason}");
        } else {
            context::log_error(&error, reason);
        }
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Arc<Watch>;

    fn delivery(&self, result: &DeliveryResult<'_>, watch: Arc<Watch>) {
        let outcome = match result {
            Ok(message) => {
                self.delivers();
                Ok(Delivered {
                    partition: message.partition(),
                    offset: message.offset(),
                })
            }
            Err((error, message)) => {
                let error = SendError::of(error, message.topic(), message.payload_len());
                self.fails(&error);
                Err(error)
            }
        };
        watch.settle(outcome);
        self.settled.notify_waiters();
    }
}
