//! From the bytes of a Kafka record to a [`Record`], or to a sentence that says what is wrong.
//!
//! Decoding repairs what has one obvious meaning (docs/BAD_INPUT.md lists each case) and rejects
//! the rest; a rejection names the field.

use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use crate::bounds::length_ns;
use crate::classify;
use crate::cut::cut_text;
use crate::id::TraceId;
use crate::json::storable;
use crate::record::{ErrorInfo, Handoff, Record, Schema, Span, Status, Trace};
use crate::topic::Topic;

/// Largest value that is folded, in bytes. Producers cut payloads below it, with a mark.
pub const MAX_RECORD_BYTES: usize = 8 * 1024 * 1024;

/// What a Kafka message says, before anything is believed.
#[derive(Debug, Clone, Copy)]
pub struct RawRecord<'a> {
    /// The topic it stood in.
    pub topic: Topic,
    /// Its `schema` header.
    pub schema: Option<&'a [u8]>,
    /// Its key.
    pub key: Option<&'a [u8]>,
    /// Its value; none is a tombstone.
    pub value: Option<&'a [u8]>,
}

/// What is to be done with a message.
#[derive(Debug)]
pub enum Decoded {
    /// Fold the record; `hash` is that of its bytes, which breaks ties in the fold.
    Fold {
        /// The record.
        record: Record,
        /// Hash of the value's bytes.
        hash: i64,
    },
    /// There is nothing to fold, on purpose: a tombstone.
    Ignore,
    /// It cannot be folded.
    Reject(Rejection),
}

/// Why a record cannot be folded. Its text says what to change.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The value is no JSON of the schema's form.
    #[error("malformed {schema} record at `{path}`: {reason}")]
    Malformed {
        /// The schema it was read as.
        schema: &'static str,
        /// The field, or `.` for the whole.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A newer producer wrote it.
    #[error("schema `{0}` is newer than this telemetron, which reads v1; upgrade, then replay it")]
    FutureSchema(String),
    /// Nobody knows this schema.
    #[error(
        "schema `{0}` is unknown; the schemas are telemetron.{{span,trace,handoff,event,error,metric,agent,task}}.v1"
    )]
    UnknownSchema(String),
    /// The schema belongs into another topic.
    #[error("schema `{schema}` does not belong into topic `{topic}`; produce it to `{wanted}`")]
    WrongTopic {
        /// The schema.
        schema: &'static str,
        /// Where it stood.
        topic: Topic,
        /// Where it belongs.
        wanted: Topic,
    },
    /// The key is not the trace id of the record.
    #[error("key `{key}` is not the record's trace id {trace_id}; use the trace id as the key")]
    WrongKey {
        /// The key.
        key: String,
        /// What it should be.
        trace_id: TraceId,
    },
    /// The value is too large.
    #[error(
        "the value has {bytes} bytes, more than the {MAX_RECORD_BYTES} that are folded; cut its payloads"
    )]
    TooLarge {
        /// Size of the value.
        bytes: usize,
    },
    /// A value that is well formed and means nothing.
    #[error("invalid {schema} record: {reason}")]
    Invalid {
        /// The schema.
        schema: &'static str,
        /// What is wrong.
        reason: String,
    },
    /// The database refused the row, and always will.
    #[error("the database refuses the row: {0}")]
    Refused(String),
    /// An operator gave it up.
    #[error("skipped by an operator: {0}")]
    Skipped(String),
}

/// Longest part of a reason that comes from the record or the database, in bytes: a dead letter has room
/// for a whole record and for this.
const MAX_REASON_BYTES: usize = 1024;

/// What a reason may say of something of any length.
fn said(text: &str) -> String {
    cut_text(text, MAX_REASON_BYTES)
}

impl Rejection {
    /// An operator gave the record up, for this reason.
    pub fn skipped(reason: &str) -> Self {
        Self::Skipped(said(reason))
    }

    /// The database refuses the row, for this reason.
    pub fn refused(reason: &str) -> Self {
        Self::Refused(said(reason))
    }

    /// A word for metrics and filters.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "malformed",
            Self::FutureSchema(_) => "future_schema",
            Self::UnknownSchema(_) => "unknown_schema",
            Self::WrongTopic { .. } => "wrong_topic",
            Self::WrongKey { .. } => "wrong_key",
            Self::TooLarge { .. } => "too_large",
            Self::Invalid { .. } => "invalid",
            Self::Refused(_) => "refused",
            Self::Skipped(_) => "skipped",
        }
    }
}

/// Decodes one message. Never panics.
pub fn decode(raw: RawRecord<'_>) -> Decoded {
    let Some(value) = raw.value else {
        return Decoded::Ignore;
    };
    match decode_value(raw, value) {
        Ok(record) => Decoded::Fold {
            record,
            hash: content_hash(value),
        },
        Err(rejection) => Decoded::Reject(rejection),
    }
}

/// The hash that breaks ties between records and names what has no id of its own.
pub fn content_hash(value: &[u8]) -> i64 {
    xxh3_64(value).cast_signed()
}

fn decode_value(raw: RawRecord<'_>, value: &[u8]) -> Result<Record, Rejection> {
    if value.len() > MAX_RECORD_BYTES {
        return Err(Rejection::TooLarge { bytes: value.len() });
    }
    let schema = schema_of(raw.topic, raw.schema)?;
    let value = &*storable(value);
    let record = match schema {
        Schema::Span => Record::Span(parse(schema, value)?),
        Schema::Trace => Record::Trace(parse(schema, value)?),
        Schema::Handoff => Record::Handoff(parse(schema, value)?),
        Schema::Event => Record::Event(parse(schema, value)?),
        Schema::Error => Record::Error(parse(schema, value)?),
        Schema::Metric => Record::Metric(parse(schema, value)?),
        Schema::Agent => Record::Agent(parse(schema, value)?),
        Schema::Task => Record::Task(parse(schema, value)?),
    };
    check_key(raw.key, &record)?;
    limits::check(&record)?;
    normalise(record)
}

fn schema_of(topic: Topic, header: Option<&[u8]>) -> Result<Schema, Rejection> {
    let Some(header) = header else {
        return Ok(Schema::default_of(topic));
    };
    let text = String::from_utf8_lossy(header);
    let known = Schema::ALL
        .into_iter()
        .find(|schema| schema.header() == text);
    let schema = known.ok_or_else(|| unknown_schema(&text))?;
    if schema.topic() == topic {
        return Ok(schema);
    }
    Err(Rejection::WrongTopic {
        schema: schema.header(),
        topic,
        wanted: schema.topic(),
    })
}

fn unknown_schema(text: &str) -> Rejection {
    let family = text
        .rsplit_once(".v")
        .filter(|(_, version)| version.parse::<u32>().is_ok());
    let ours = family.is_some_and(|(family, _)| {
        Schema::ALL
            .iter()
            .any(|schema| schema.header().strip_suffix(".v1") == Some(family))
    });
    if ours {
        Rejection::FutureSchema(said(text))
    } else {
        Rejection::UnknownSchema(said(text))
    }
}

/// Parses the value. Only a failure pays for finding the path of the wrong field.
fn parse<T: DeserializeOwned>(schema: Schema, value: &[u8]) -> Result<Box<T>, Rejection> {
    serde_json::from_slice(value).map_err(|error| {
        let mut reader = serde_json::Deserializer::from_slice(value);
        let (path, reason) = match serde_path_to_error::deserialize::<_, T>(&mut reader) {
            Ok(_) => (".".to_owned(), said(&error.to_string())),
            Err(traced) => (
                said(&traced.path().to_string()),
                said(&traced.inner().to_string()),
            ),
        };
        Rejection::Malformed {
            schema: schema.header(),
            path,
            reason,
        }
    })
}

/// A record of a trace stands under its trace id, or has no key at all.
fn check_key(key: Option<&[u8]>, record: &Record) -> Result<(), Rejection> {
    let by_trace = matches!(
        record.schema().topic(),
        Topic::Spans | Topic::Traces | Topic::Handoffs | Topic::Errors
    ) || matches!(record, Record::Event(_));
    let (Some(key), Some(trace_id), true) = (key, record.trace_id(), by_trace) else {
        return Ok(());
    };
    let text = String::from_utf8_lossy(key);
    if text.parse() == Ok(trace_id) {
        return Ok(());
    }
    Err(Rejection::WrongKey {
        key: said(&text),
        trace_id,
    })
}

fn normalise(record: Record) -> Result<Record, Rejection> {
    match record {
        Record::Span(span) => normalise_span(span).map(Record::Span),
        Record::Trace(trace) => normalise_trace(trace).map(Record::Trace),
        Record::Error(mut error) => {
            let class = classify::classify(&error.error_type, &error.message);
            error.category.get_or_insert(class.category);
            error.severity.get_or_insert(class.severity);
            error.retryable.get_or_insert(class.retryable);
            Ok(Record::Error(error))
        }
        Record::Handoff(handoff) => normalise_handoff(handoff).map(Record::Handoff),
        Record::Event(mut event) => {
            // Words in capitals are ours, spelled as an enumeration.
            let is_shouted = !event.event_type.contains(char::is_lowercase);
            if is_shouted && event.event_type.contains(char::is_uppercase) {
                event.event_type.make_ascii_lowercase();
            }
            Ok(Record::Event(event))
        }
        Record::Metric(point) if !point.value.is_finite() => {
            Err(invalid(Schema::Metric, "`value` must be finite"))
        }
        other => Ok(other),
    }
}

fn normalise_span(mut span: Box<Span>) -> Result<Box<Span>, Rejection> {
    expect_object(Schema::Span, "attributes", span.attributes.as_ref())?;
    expect_array(Schema::Span, "events", span.events.as_ref())?;
    expect_array(Schema::Span, "links", span.links.as_ref())?;
    if span.name.trim().is_empty() {
        let agent = span.agent_name.clone().or_else(|| span.agent_id.clone());
        span.name = agent.unwrap_or_else(|| span.span_kind.as_str().to_ascii_lowercase());
    }
    if span.parent_span_id == Some(span.span_id) {
        span.parent_span_id = None;
    }
    // An end before the start is a clock that was set back: the span is as short as can be.
    span.end_time = span.end_time.map(|end| end.max(span.start_time));
    if span.status == Status::Running {
        span.end_time = None;
    } else if span.end_time.is_none() {
        span.end_time = Some(span.start_time);
    }
    span.token_usage = span
        .token_usage
        .map(|usage| usage.normalised())
        .filter(|usage| !usage.is_zero());
    span.time_to_first_token_ns = length_ns(span.time_to_first_token_ns);
    for call in &mut span.llm_calls {
        call.token_usage = call.token_usage.map(|usage| usage.normalised());
        call.latency_ns = length_ns(call.latency_ns);
        call.time_to_first_token_ns = length_ns(call.time_to_first_token_ns);
    }
    for call in &mut span.tool_calls {
        call.duration_ns = length_ns(call.duration_ns);
    }
    span.error = span.error.map(complete_error);
    Ok(span)
}

/// A handoff that names agents by their ids alone.
fn normalise_handoff(mut handoff: Box<Handoff>) -> Result<Box<Handoff>, Rejection> {
    if handoff.target_agent_name.is_empty() {
        let id = handoff.target_agent_id.clone().filter(|id| !id.is_empty());
        let named = || {
            invalid(
                Schema::Handoff,
                "nobody takes the work; set `target_agent_name` or `target_agent_id`",
            )
        };
        handoff.target_agent_name = id.ok_or_else(named)?;
    }
    if handoff.source_agent_name.is_none() {
        handoff
            .source_agent_name
            .clone_from(&handoff.source_agent_id);
    }
    Ok(handoff)
}

fn normalise_trace(mut trace: Box<Trace>) -> Result<Box<Trace>, Rejection> {
    expect_object(Schema::Trace, "metadata", trace.metadata.as_ref())?;
    trace.end_time = trace.end_time.map(|end| end.max(trace.start_time));
    if trace.status == Status::Running {
        trace.end_time = None;
    }
    trace.error = trace.error.map(complete_error);
    Ok(trace)
}

/// Adds the class of an error where its sender named none.
fn complete_error(mut error: ErrorInfo) -> ErrorInfo {
    let class = classify::classify(&error.error_type, &error.message);
    error.category.get_or_insert(class.category);
    error.severity.get_or_insert(class.severity);
    error.retryable.get_or_insert(class.retryable);
    error
}

fn expect_object(
    schema: Schema,
    field: &str,
    value: Option<&crate::RawJson>,
) -> Result<(), Rejection> {
    match value {
        Some(value) if !value.is_object() => {
            Err(invalid(schema, &format!("`{field}` must be an object")))
        }
        _ => Ok(()),
    }
}

fn expect_array(
    schema: Schema,
    field: &str,
    value: Option<&crate::RawJson>,
) -> Result<(), Rejection> {
    match value {
        Some(value) if !value.is_array() => {
            Err(invalid(schema, &format!("`{field}` must be an array")))
        }
        _ => Ok(()),
    }
}

fn invalid(schema: Schema, reason: &str) -> Rejection {
    Rejection::Invalid {
        schema: schema.header(),
        reason: said(reason),
    }
}

mod limits;

#[cfg(test)]
mod tests;
