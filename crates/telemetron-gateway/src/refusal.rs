//! The one place where what went wrong becomes a status, of HTTP and of gRPC.
//!
//! Exporters try again on 429 and 503 (gRPC: on UNAVAILABLE, and on RESOURCE_EXHAUSTED with
//! `RetryInfo`), and drop the data on everything else. So a refusal is either one that a later
//! attempt cures, and says when, or one that says what to change.

use std::time::Duration;

use axum::http::StatusCode;
use tonic::Code;

/// Why a request was not taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Refusal {
    /// Too much is being worked on.
    #[error("{0}; try again in a moment")]
    Busy(&'static str),
    /// Kafka did not take it.
    #[error("Kafka has not acknowledged the request; send it again, what is stored stays single")]
    Unavailable {
        /// What Kafka or its client said. For the log.
        cause: String,
    },
    /// The gateway is about to end.
    #[error("the gateway is stopping; send the request again, to the next one")]
    Stopping,
    /// It is too large.
    #[error(
        "the request is larger than {0} bytes after decompression; export smaller batches, or raise \
         OTLP_MAX_REQUEST_BYTES"
    )]
    TooLarge(usize),
    /// It would become too large.
    #[error(
        "the request would take more than {0} bytes of memory once it is read; export smaller \
         batches, or raise OTLP_MAX_BYTES_IN_FLIGHT"
    )]
    TooMuch(usize),
    /// It holds too many items.
    #[error("{0}")]
    TooMany(String),
    /// It took too long to arrive.
    #[error("the body of the request did not arrive in time")]
    TooSlow,
    /// It broke off.
    #[error("the body of the request broke off")]
    BrokenOff,
    /// It cannot be understood.
    #[error("{0}")]
    Garbage(String),
    /// It has no type that is understood.
    #[error(
        "{}; send `application/x-protobuf` or `application/json`",
        content_type_of(.0)
    )]
    ContentType(String),
    /// It is packed in a way that is not understood.
    #[error("the encoding `{0}` is not understood; send gzip, zstd or none")]
    ContentCoding(String),
    /// There is nothing at this address.
    #[error(
        "there is nothing at `{0}`; OTLP is taken at /v1/traces, /v1/logs and /v1/metrics, hooks of \
         Claude Code at /hooks/claude-code"
    )]
    UnknownPath(String),
    /// The address takes POST alone.
    #[error("`{0}` is not a method of this address; telemetry is sent with POST")]
    Method(String),
    /// It is our fault.
    #[error("the request failed on our side; the log says why")]
    Internal(String),
}

/// What is wrong with a content type.
fn content_type_of(named: &str) -> String {
    if named.is_empty() {
        return "the request names no content type".to_owned();
    }
    format!("the content type `{named}` is not understood")
}

impl Refusal {
    /// The status over HTTP.
    pub(crate) const fn status(&self) -> StatusCode {
        match self {
            Self::Busy(_) => StatusCode::TOO_MANY_REQUESTS,
            // 500 would make exporters drop what a second attempt may save.
            Self::Unavailable { .. } | Self::Stopping | Self::Internal(_) => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            Self::TooLarge(_) | Self::TooMuch(_) | Self::TooMany(_) => {
                StatusCode::PAYLOAD_TOO_LARGE
            }
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::BrokenOff | Self::Garbage(_) => StatusCode::BAD_REQUEST,
            Self::ContentType(_) | Self::ContentCoding(_) => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::UnknownPath(_) => StatusCode::NOT_FOUND,
            Self::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
        }
    }

    /// The code over gRPC.
    pub(crate) const fn code(&self) -> Code {
        match self {
            Self::Busy(_) | Self::TooLarge(_) | Self::TooMuch(_) | Self::TooMany(_) => {
                Code::ResourceExhausted
            }
            Self::Unavailable { .. } | Self::Stopping | Self::Internal(_) => Code::Unavailable,
            Self::TooSlow => Code::DeadlineExceeded,
            Self::BrokenOff => Code::Cancelled,
            Self::Garbage(_) => Code::InvalidArgument,
            Self::ContentType(_)
            | Self::ContentCoding(_)
            | Self::UnknownPath(_)
            | Self::Method(_) => Code::Unimplemented,
        }
    }

    /// When to try again, where that helps.
    pub(crate) const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Busy(_) | Self::Stopping => Some(Duration::from_secs(1)),
            Self::Unavailable { .. } | Self::Internal(_) => Some(Duration::from_secs(3)),
            _ => None,
        }
    }

    /// Its word in the metrics.
    pub(crate) const fn outcome(&self) -> &'static str {
        match self {
            Self::Busy(_) => "busy",
            Self::Unavailable { .. } => "kafka_unavailable",
            Self::Stopping => "stopping",
            Self::TooLarge(_) | Self::TooMuch(_) | Self::TooMany(_) => "too_large",
            Self::TooSlow | Self::BrokenOff => "body_lost",
            Self::Internal(_) => "internal",
            _ => "bad_request",
        }
    }

    /// Says in the log what operators ought to know.
    pub(crate) fn log(&self) {
        match self {
            Self::Unavailable { cause } => tracing::warn!(cause, "a request was not acknowledged"),
            Self::Internal(cause) => tracing::error!(cause, "a request failed"),
            _ => tracing::debug!(reason = %self, "a request was refused"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_later_attempt_cures_is_retryable_over_both_ways() {
        let cured = [
            Refusal::Busy("full"),
            Refusal::Unavailable {
                cause: String::new(),
            },
            Refusal::Stopping,
            Refusal::Internal(String::new()),
        ];
        for refusal in cured {
            assert!(
                matches!(refusal.status().as_u16(), 429 | 503),
                "{refusal:?}"
            );
            assert!(refusal.retry_after().is_some(), "{refusal:?}");
        }
        let final_ones = [
            Refusal::TooLarge(1),
            Refusal::TooMuch(1),
            Refusal::TooMany("more".to_owned()),
            Refusal::Garbage("no".to_owned()),
            Refusal::ContentType("text/plain".to_owned()),
            Refusal::ContentCoding("br".to_owned()),
            Refusal::UnknownPath("/".to_owned()),
            Refusal::Method("PUT".to_owned()),
        ];
        for refusal in final_ones {
            assert!(
                !matches!(refusal.status().as_u16(), 429 | 502..=504),
                "{refusal:?}"
            );
            assert!(
                !matches!(
                    refusal.code(),
                    Code::Unavailable | Code::Aborted | Code::OutOfRange
                ),
                "{refusal:?}"
            );
            assert_eq!(refusal.retry_after(), None, "{refusal:?}");
        }
    }
}
