//! What librdkafka says, in our log.

use rdkafka::ClientContext;
use rdkafka::config::RDKafkaLogLevel;
use rdkafka::consumer::ConsumerContext;
use rdkafka::error::KafkaError;

/// A client whose only duty is to log.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Logging;

impl ClientContext for Logging {
    fn log(&self, level: RDKafkaLogLevel, facility: &str, message: &str) {
        log(level, facility, message);
    }

    fn error(&self, error: KafkaError, reason: &str) {
        log_error(&error, reason);
    }
}

impl ConsumerContext for Logging {}

/// Writes one line of librdkafka.
pub(crate) fn log(level: RDKafkaLogLevel, facility: &str, message: &str) {
    match level {
        RDKafkaLogLevel::Emerg | RDKafkaLogLevel::Alert | RDKafkaLogLevel::Critical => {
            tracing::error!(kafka.facility = facility, "kafka client: {message}");
        }
        RDKafkaLogLevel::Error | RDKafkaLogLevel::Warning => {
            tracing::warn!(kafka.facility = facility, "kafka client: {message}");
        }
        _ => tracing::debug!(kafka.facility = facility, "kafka client: {message}"),
    }
}

/// Writes an error that librdkafka goes on after: it reconnects by itself.
pub(crate) fn log_error(error: &KafkaError, reason: &str) {
    tracing::warn!(%error, "kafka client: {reason}");
}
