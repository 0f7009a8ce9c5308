//! OTLP on the wire: requests from bytes, answers to bytes, in protobuf and in JSON.
//!
//! Both decoders bound how deep a request may nest, and neither panics, whatever the bytes. An id of
//! wrong length or form is no error here: the span that has it is rejected alone, later.

mod json;
mod response;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

pub(crate) use json::{Double, Typed, read_value};
pub use response::{Signal, error_body, partial_body, success_body};

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`, as OTLP writes it.
    Json,
}

impl Encoding {
    /// The encoding that a `content-type` names, its parameters ignored.
    pub fn of_content_type(content_type: &str) -> Option<Self> {
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let is = |name: &str| essence.eq_ignore_ascii_case(name);
        if is("application/x-protobuf") || is("application/protobuf") {
            Some(Self::Protobuf)
        } else {
            is("application/json").then_some(Self::Json)
        }
    }

    /// The `content-type` of this encoding.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Protobuf => "application/x-protobuf",
            Self::Json => "application/json",
        }
    }
}

/// Why a body is no request. Its text is one sentence that says where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// The body is no OTLP/JSON.
    #[error("the body is no OTLP/JSON: {reason} at `{path}`")]
    Json {
        /// The field, or `.` for the whole.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The body is no protobuf message of this signal.
    #[error("the body is no OTLP protobuf message: {0}")]
    Protobuf(String),
}

impl WireError {
    /// The same with what the body looks like.
    fn with_hint(mut self, hint: Option<&str>) -> Self {
        if let Some(hint) = hint {
            let (Self::Json { reason, .. } | Self::Protobuf(reason)) = &mut self;
            *reason = format!("{hint} ({reason})");
        }
        self
    }
}

/// Reads a request with spans.
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_traces(
    body: &[u8],
    encoding: Encoding,
) -> Result<ExportTraceServiceRequest, WireError> {
    decode(body, encoding)
}

/// Reads a request with log records.
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_logs(body: &[u8], encoding: Encoding) -> Result<ExportLogsServiceRequest, WireError> {
    decode(body, encoding)
}

/// Reads a request with metrics.
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_metrics(
    body: &[u8],
    encoding: Encoding,
) -> Result<ExportMetricsServiceRequest, WireError> {
    decode(body, encoding)
}

/// Writes a request with spans.
pub fn encode_traces(request: &ExportTraceServiceRequest, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => request.encode_to_vec(),
        Encoding::Json => json::encode(request),
    }
}

/// Writes a request with log records.
pub fn encode_logs(request: &ExportLogsServiceRequest, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => request.encode_to_vec(),
        Encoding::Json => json::encode(request),
    }
}

/// Writes a request with metrics.
pub fn encode_metrics(request: &ExportMetricsServiceRequest, encoding: Encoding) -> Vec<u8> {
    match encoding {
        Encoding::Protobuf => request.encode_to_vec(),
        Encoding::Json => json::encode(request),
    }
}

fn decode<T: Message + Default + json::Fill>(
    body: &[u8],
    encoding: Encoding,
) -> Result<T, WireError> {
    let read = match encoding {
        // prost stops at a hundred levels by itself.
        Encoding::Protobuf => {
            T::decode(body).map_err(|error| WireError::Protobuf(error.to_string()))
        }
        Encoding::Json => json::decode(body),
    };
    read.map_err(|error| error.with_hint(look(body, encoding)))
}

/// What a body that cannot be read looks like instead.
fn look(body: &[u8], encoding: Encoding) -> Option<&'static str> {
    match (body, encoding) {
        ([0x1f, 0x8b, ..], _) => Some("it is packed with gzip, and no header says so"),
        ([b'{' | b'[', ..], Encoding::Protobuf) => {
            Some("it looks like JSON, whose content type is `application/json`")
        }
        ([0x0a, ..], Encoding::Json) if body.iter().any(|byte| *byte < b'\t') => {
            Some("it looks like protobuf, whose content type is `application/x-protobuf`")
        }
        _ => None,
    }
}
