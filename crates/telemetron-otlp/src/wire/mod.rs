//! OTLP on the wire: requests from bytes, answers to bytes, in protobuf and in JSON.
//!
//! Both decoders count what they are about to make and ask whether there is room for it, and neither
//! panics, whatever the bytes. An id of wrong length or form is no error here: the span that has it
//! is rejected alone, later; a value that is nested too deep is cut alone, with a mark.

mod bounds;
mod json;
mod response;
mod scan;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use bounds::Meter;
pub use bounds::{MAX_ITEMS, MAX_VALUE_DEPTH, Room};
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
    /// The body is another signal's.
    #[error(
        "the body holds {}, and this is where {} are taken; send it to {}",
        .meant.items(), .sent_as.items(), .meant.path()
    )]
    WrongSignal {
        /// What it was sent as.
        sent_as: Signal,
        /// What it is.
        meant: Signal,
    },
    /// It holds more items than are taken at a time.
    #[error("the request holds more than {MAX_ITEMS} items; export smaller batches")]
    TooMany,
    /// It would become more than there can be room for.
    #[error("the request would take too much memory once it is read; export smaller batches")]
    TooMuch,
    /// There is no room now for what it would become.
    #[error("there is no room now for what the request would become; try again in a moment")]
    NoRoom,
}

/// A request that was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Read<T> {
    /// The request.
    pub request: T,
    /// About the bytes of memory that it takes.
    pub bytes: usize,
    /// Values that were nested too deep, and were cut.
    pub deep: usize,
}

impl WireError {
    /// The same with what the body looks like.
    fn with_hint(mut self, hint: Option<&str>) -> Self {
        if let Some(hint) = hint
            && let Self::Json { reason, .. } | Self::Protobuf(reason) = &mut self
        {
            *reason = format!("{hint} ({reason})");
        }
        self
    }
}

/// A message that carries a signal.
trait Request: Message + Default + json::Fill {
    const SIGNAL: Signal;
}

impl Request for ExportTraceServiceRequest {
    const SIGNAL: Signal = Signal::Traces;
}

impl Request for ExportLogsServiceRequest {
    const SIGNAL: Signal = Signal::Logs;
}

impl Request for ExportMetricsServiceRequest {
    const SIGNAL: Signal = Signal::Metrics;
}

/// Reads a request with spans; asks for room before anything large is made of it.
///
/// # Errors
/// When the body is not what the encoding says, is another signal's, or would become too much.
pub fn read_traces(
    body: &[u8],
    encoding: Encoding,
    room: Room<'_>,
) -> Result<Read<ExportTraceServiceRequest>, WireError> {
    decode(body, encoding, room)
}

/// Reads a request with log records, as [`read_traces`].
///
/// # Errors
/// As [`read_traces`].
pub fn read_logs(
    body: &[u8],
    encoding: Encoding,
    room: Room<'_>,
) -> Result<Read<ExportLogsServiceRequest>, WireError> {
    decode(body, encoding, room)
}

/// Reads a request with metrics, as [`read_traces`].
///
/// # Errors
/// As [`read_traces`].
pub fn read_metrics(
    body: &[u8],
    encoding: Encoding,
    room: Room<'_>,
) -> Result<Read<ExportMetricsServiceRequest>, WireError> {
    decode(body, encoding, room)
}

/// Reads a request with spans of a file, which may become large.
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_traces(
    body: &[u8],
    encoding: Encoding,
) -> Result<ExportTraceServiceRequest, WireError> {
    decode_file(body, encoding)
}

/// Reads a request with log records, as [`decode_traces`].
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_logs(body: &[u8], encoding: Encoding) -> Result<ExportLogsServiceRequest, WireError> {
    decode_file(body, encoding)
}

/// Reads a request with metrics, as [`decode_traces`].
///
/// # Errors
/// When the body is not what the encoding says.
pub fn decode_metrics(
    body: &[u8],
    encoding: Encoding,
) -> Result<ExportMetricsServiceRequest, WireError> {
    decode_file(body, encoding)
}

/// Most memory that a request of a file takes.
const MOST_OF_A_FILE: usize = 2 * 1024 * 1024 * 1024;

fn decode_file<T: Request>(body: &[u8], encoding: Encoding) -> Result<T, WireError> {
    let room = Room {
        items: usize::MAX,
        most: MOST_OF_A_FILE,
        hold: &mut |_| true,
    };
    decode(body, encoding, room).map(|read| read.request)
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

fn decode<T: Request>(
    body: &[u8],
    encoding: Encoding,
    room: Room<'_>,
) -> Result<Read<T>, WireError> {
    let meter = match encoding {
        Encoding::Protobuf => Meter::counting(room),
        Encoding::Json => Meter::holding(room),
    };
    let read = match encoding {
        Encoding::Protobuf => decode_protobuf(body, &meter),
        Encoding::Json => json::decode(body, &meter),
    };
    match read {
        Ok(request) => Ok(Read {
            request,
            bytes: meter.bytes(),
            deep: meter.deep.get(),
        }),
        Err(error @ (WireError::TooMany | WireError::TooMuch | WireError::NoRoom)) => Err(error),
        Err(error) => Err(wrong_signal(body, encoding, T::SIGNAL)
            .unwrap_or_else(|| error.with_hint(look(body, encoding)))),
    }
}

fn decode_protobuf<T: Request>(body: &[u8], meter: &Meter<'_>) -> Result<T, WireError> {
    let found = scan::scan(body, T::SIGNAL, meter)?;
    let read = if found.deep.is_empty() {
        T::decode(body)
    } else {
        meter.take(body.len())?;
        meter.hold()?;
        meter.deep.set(found.deep.len());
        let mut body = body.to_vec();
        scan::cut(&mut body, &found.deep);
        T::decode(body.as_slice())
    };
    read.map_err(|error| WireError::Protobuf(error.to_string()))
}

/// What a body is that was sent as another signal than its own; nothing when it was not.
///
/// Some such bodies can be read all the same, with nonsense or nothing in them: it is for those of
/// which nothing was taken.
pub fn wrong_signal(body: &[u8], encoding: Encoding, sent_as: Signal) -> Option<WireError> {
    let meant = match encoding {
        Encoding::Protobuf => scan::meant(body, sent_as),
        Encoding::Json => json::meant(body, sent_as),
    };
    meant.map(|meant| WireError::WrongSignal { sent_as, meant })
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
