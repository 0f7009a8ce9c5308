//! What librdkafka says, in our log.

use std::sync::atomic::AtomicI64;
use std::sync::atomic::Ordering::Relaxed;

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;
use telemetron_model::Timestamp;

use crate::clients::Pulse;

/// A client that logs what librdkafka says, and notes what troubles it.
#[derive(Debug, Clone)]
pub(crate) struct Watched(pub(crate) Pulse);

impl ClientContext for Watched {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
        self.0.logs(facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log_error(&error, reason);
        self.0.errs(error.rdkafka_error_code(), reason);
    }
}

impl ConsumerContext for Watched {}

/// Writes one line of librdkafka.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(kafka.facility = facility, "kafka client: {message}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning if may_warn() => {
            tracing::warn!(kafka.facility = facility, "kafka client: {message}");
        }
        _ => tracing::debug!(kafka.facility = facility, "kafka client: {message}"),
    }
}

/// When the last warning was written, in seconds since the epoch.
static LAST_WARNING: AtomicI64 = AtomicI64::new(0);

/// Whether a warning may be written: one each five seconds. While a broker is away, every client
/// says so at every try, which is news once.
fn may_warn() -> bool {
    let now = Timestamp::now().millis() / 1_000;
    let last = LAST_WARNING.load(Relaxed);
    now >= last + 5
        && LAST_WARNING
            .compare_exchange(last, now, Relaxed, Relaxed)
            .is_ok()
}

/// Writes an error that librdkafka goes on after: it reconnects by itself.
pub(crate) fn log_error(error: &KafkaError, reason: &str) {
    if may_warn() {
        tracing::warn!(%error, "kafka client: {reason}");
    } else {
        tracing::debug!(%error, "kafka client: {reason}");
    }
}
