//! What librdkafka reports back: deliveries, and errors it cannot recover from.

use std::future::Future;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use rdkafka::config::RDKafkaLogLevel;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::BorrowedMessage;
use rdkafka::producer::{DeliveryResult, ProducerContext};
use rdkafka::{ClientContext, Message as _};
use tokio::sync::Notify;

use super::batch::Watch;
use super::{Outgoing, Producer};
use crate::clients::Pulse;
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

pub(super) struct Context {
    pub(super) counters: Counters,
    settled: Notify,
    begun: Instant,
    /// Milliseconds from `begun` since when messages are tried with none delivered; zero when the last
    /// word was a delivery and nothing waits.
    trying_since: AtomicU64,
    pulse: Pulse,
    /// The producer that took the place of this one, and takes over its messages.
    heir: OnceLock<Producer>,
}

impl Context {
    pub(super) fn new(pulse: Pulse) -> Self {
        Self {
            counters: Counters::default(),
            settled: Notify::default(),
            begun: Instant::now(),
            trying_since: AtomicU64::new(0),
            pulse,
            heir: OnceLock::new(),
        }
    }

    pub(super) const fn pulse(&self) -> &Pulse {
        &self.pulse
    }

    /// Names the producer that takes the place of this one.
    pub(super) fn succeed(&self, heir: Producer) {
        // There is one renewal at a time, and it names one.
        let _first = self.heir.set(heir);
    }

    /// The producer that took the place of this one, if one has.
    pub(super) fn heir(&self) -> Option<&Producer> {
        self.heir.get()
    }

    /// For how long messages have been tried with none delivered; none when the last word was a
    /// delivery.
    pub(super) fn trying_for(&self) -> Option<Duration> {
        let since = self.trying_since.load(Relaxed);
        let since = (since > 0).then(|| Duration::from_millis(since))?;
        Some(self.begun.elapsed().saturating_sub(since))
    }

    /// A message is tried.
    pub(super) fn tries(&self) {
        // Read first: a line that nobody writes is shared by all cores.
        if self.trying_since.load(Relaxed) == 0 {
            // The first of them stands.
            let _ = (self.trying_since).compare_exchange(0, self.now(), Relaxed, Relaxed);
        }
    }

    /// The cluster has answered: what still waits has waited since now.
    fn answers(&self) {
        self.pulse.delivered();
        let waits = self.stats().in_flight > 0;
        let since = if waits { self.now() } else { 0 };
        self.trying_since.store(since, Relaxed);
    }

    fn now(&self) -> u64 {
        let now = u64::try_from(self.begun.elapsed().as_millis());
        now.unwrap_or(u64::MAX).max(1)
    }

    /// Hands a message that the heir is to deliver to it; says whether it took it.
    fn hand_over(
        &self,
        error: &KafkaError,
        message: &BorrowedMessage<'_>,
        watch: &Arc<Watch>,
    ) -> bool {
        use RDKafkaErrorCode::{PurgeInflight, PurgeQueue};
        let purged = matches!(error.rdkafka_error_code(), Some(PurgeQueue | PurgeInflight));
        let Some(heir) = self.heir().filter(|_| purged) else {
            return false;
        };
        let headers = crate::message::headers(message);
        let outgoing = Outgoing {
            topic: message.topic(),
            partition: Some(message.partition()).filter(|partition| *partition >= 0),
            key: message.key(),
            headers: &headers,
            payload: message.payload(),
        };
        let taken = heir.enqueue(&outgoing, Arc::clone(watch)).is_ok();
        if taken {
            self.counters.queued.fetch_sub(1, Relaxed);
        }
        taken
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
        self.pulse.logs(facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        if error.rdkafka_error_code() == Some(RDKafkaErrorCode::Fatal) {
            tracing::error!(%error, "kafka producer failed for good: {reason}");
        } else {
            context::log_error(&error, reason);
        }
        self.pulse.errs(error.rdkafka_error_code(), reason);
    }
}

impl ProducerContext for Context {
    type DeliveryOpaque = Arc<Watch>;

    fn delivery(&self, result: &DeliveryResult<'_>, watch: Arc<Watch>) {
        let outcome = match result {
            Ok(message) => {
                self.counters.delivered.fetch_add(1, Relaxed);
                self.answers();
                Ok(Delivered {
                    partition: message.partition(),
                    offset: message.offset(),
                })
            }
            Err((error, message)) => {
                if self.hand_over(error, message, &watch) {
                    self.settled.notify_waiters();
                    return;
                }
                let error = SendError::of(error, message.topic(), message.payload_len());
                self.counters.failed.fetch_add(1, Relaxed);
                if !matches!(error, SendError::TimedOut | SendError::Closed) {
                    self.answers();
                }
                Err(error)
            }
        };
        watch.settle(outcome);
        self.settled.notify_waiters();
    }
}
