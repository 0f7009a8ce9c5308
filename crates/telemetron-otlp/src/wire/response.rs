//! What a sender is answered: all went well, some was rejected, or nothing could be read.
//!
//! In JSON by hand, since 64-bit integers are texts there and what is unset must be absent.

use prost::Message;

use super::Encoding;

/// What a request carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
}

impl Signal {
    /// Every signal.
    pub const ALL: [Self; 3] = [Self::Traces, Self::Logs, Self::Metrics];

    /// Where it is taken over HTTP.
    pub const fn path(self) -> &'static str {
        match self {
            Self::Traces => "/v1/traces",
            Self::Logs => "/v1/logs",
            Self::Metrics => "/v1/metrics",
        }
    }

    /// What it carries, for people.
    pub(super) const fn items(self) -> &'static str {
        match self {
            Self::Traces => "spans",
            Self::Logs => "log records",
            Self::Metrics => "metrics",
        }
    }

    /// The field of OTLP/JSON that holds it.
    pub(super) const fn json_field(self) -> &'static str {
        match self {
            Self::Traces => "resourceSpans",
            Self::Logs => "resourceLogs",
            Self::Metrics => "resourceMetrics",
        }
    }

    /// The field that counts what was rejected.
    const fn rejected_field(self) -> &'static str {
        match self {
            Self::Traces => "rejectedSpans",
            Self::Logs => "rejectedLogRecords",
            Self::Metrics => "rejectedDataPoints",
        }
    }
}

/// `Export*ServiceResponse`; the three of them differ in names only.
#[derive(Clone, PartialEq, Message)]
struct Response {
    #[prost(message, optional, tag = "1")]
    partial_success: Option<PartialSuccess>,
}

#[derive(Clone, PartialEq, Message)]
struct PartialSuccess {
    #[prost(int64, tag = "1")]
    rejected: i64,
    #[prost(string, tag = "2")]
    message: String,
}

/// `google.rpc.Status` without details.
#[derive(Clone, PartialEq, Message)]
struct RpcStatus {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// The body when everything was taken.
pub fn success_body(encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => Vec::new(),
        Encoding::Json => b"{}".to_vec(),
    }
}

/// The body when the rest was taken; nothing rejected and a message is a warning.
pub fn partial_body(signal: Signal, encoding: Encoding, rejected: usize, message: &str) -> Vec<u8> {
    let rejected = i64::try_from(rejected).unwrap_or(i64::MAX);
    match encoding {
        Encoding::Protobuf => Response {
            partial_success: Some(PartialSuccess {
                rejected,
                message: message.to_owned(),
            }),
        }
        .encode_to_vec(),
        Encoding::Json => serde_json::json!({
            "partialSuccess": {
                signal.rejected_field(): rejected.to_string(),
                "errorMessage": message,
            }
        })
        .to_string()
        .into_bytes(),
    }
}

/// The body of an answer that is no success: `google.rpc.Status` with a code of gRPC.
pub fn error_body(encoding: Encoding, code: i32, message: &str) -> Vec<u8> {
    let status = RpcStatus {
        code,
        message: message.to_owned(),
    };
    match encoding {
        Encoding::Protobuf => status.encode_to_vec(),
        Encoding::Json => serde_json::json!({ "code": status.code, "message": status.message })
            .to_string()
            .into_bytes(),
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceResponse;

    use super::*;

    #[test]
    fn a_success_says_nothing() {
        assert_eq!(success_body(Encoding::Json), b"{}");
        let body = success_body(Encoding::Protobuf);
        let answer = ExportTraceServiceResponse::decode(body.as_slice()).unwrap();
        assert_eq!(answer.partial_success, None);
    }

    #[test]
    fn a_partial_success_counts_in_either_encoding() {
        let json = partial_body(Signal::Logs, Encoding::Json, 3, "no time");
        let text = String::from_utf8(json).unwrap();
        let expected = r#"{"partialSuccess":{"errorMessage":"no time","rejectedLogRecords":"3"}}"#;
        assert_eq!(text, expected);

        let body = partial_body(Signal::Traces, Encoding::Protobuf, 3, "no time");
        let answer = ExportTraceServiceResponse::decode(body.as_slice()).unwrap();
        let partial = answer.partial_success.unwrap();
        assert_eq!(
            (partial.rejected_spans, partial.error_message.as_str()),
            (3, "no time")
        );
    }

    #[test]
    fn an_error_is_a_status() {
        let json = error_body(Encoding::Json, 3, "no");
        assert_eq!(json, br#"{"code":3,"message":"no"}"#);
        let body = error_body(Encoding::Protobuf, 3, "no");
        let status = RpcStatus::decode(body.as_slice()).unwrap();
        assert_eq!((status.code, status.message.as_str()), (3, "no"));
    }
}
