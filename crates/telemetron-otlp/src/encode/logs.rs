//! What is no span and no measurement, as a log record.
//!
//! ```text
//!  Event ────▶ as it came: attributes, body, resource, scope ┐
//!  Handoff ──▶ `telemetron.handoff`, between whom, and why   ├─▶ + `telemetron.schema`, `telemetron.record`
//!  Error ────▶ `telemetron.error`, `exception.*`             │
//!  Trace, Agent, Task ─▶ `telemetron.trace`, …               ┘
//! ```
//!
//! Any collector can show it; another Telemetron takes the record itself, ids included, so that
//! what goes round comes back the same. What an event carries is not written twice: its attributes
//! are its data, where they can be told apart from nothing else.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};
use serde_json::{Map, Value as Json};
use telemetron_model::record::{ErrorRecord, Event, Handoff, Record, Severity};
use telemetron_model::{Entries, RawJson, SpanId, Timestamp, TraceId};

use super::groups::Origin;
use super::ids;
use super::plain::{self, pair, value};
use crate::Attributes;
use crate::cut::MAX_ERROR_BYTES;
use crate::plain::Plain;
use crate::reserved::{BODY, RECORD, RESOURCE, SCHEMA, SCOPE};

/// A log record, and the groups it belongs into.
pub(super) struct Line {
    pub(super) record: LogRecord,
    pub(super) resource: Origin,
    pub(super) scope: Origin,
}

impl Line {
    /// Writes a record; none for spans and metric points.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let mut line = match record {
            Record::Event(event) => return Some(of_event(event)),
            Record::Handoff(handoff) => of_handoff(handoff),
            Record::Error(error) => of_error(error),
            Record::Trace(trace) => {
                let name = trace.name.clone().unwrap_or_default();
                let place = Place::of(Some(trace.trace_id), None);
                Self::new("telemetron.trace", place, trace.start_time, name)
            }
            Record::Agent(agent) => {
                let name = agent.name.clone();
                Self::new("telemetron.agent", Place::default(), agent.timestamp, name)
            }
            Record::Task(task) => {
                let (place, name) = (Place::of(task.trace_id, None), task.task_id.clone());
                Self::new("telemetron.task", place, task.timestamp, name)
            }
            Record::Span(_) | Record::Metric(_) => return None,
        };
        line.carry(record);
        Some(line)
    }

    fn new(name: &str, place: Place, time: Timestamp, body: String) -> Self {
        let mut record = LogRecord {
            event_name: name.to_owned(),
            time_unix_nano: nanos(time),
            trace_id: place.trace,
            span_id: place.span,
            body: Some(text(body)),
            ..LogRecord::default()
        };
        severity(&mut record, Severity::Info);
        Self {
            record,
            resource: Origin::of(None),
            scope: Origin::of(None),
        }
    }

    fn say(&mut self, name: &str, said: Option<&String>) {
        if let Some(said) = said {
            let said = Some(Value::StringValue(said.clone()));
            self.record.attributes.push(pair(name, said));
        }
    }

    /// Adds the record itself.
    fn carry(&mut self, record: &Record) {
        let Some(json) = record.to_json().ok().map(String::from_utf8) else {
            return;
        };
        self.say(SCHEMA, Some(&record.schema().header().to_owned()));
        self.say(RECORD, json.ok().as_ref());
    }
}

/// Where in which trace; empty ids are none.
#[derive(Default)]
struct Place {
    trace: Vec<u8>,
    span: Vec<u8>,
}

impl Place {
    fn of(trace: Option<TraceId>, span: Option<SpanId>) -> Self {
        Self {
            trace: trace.map_or_else(Vec::new, |id| id.as_bytes().to_vec()),
            span: span.map(ids::span_id).unwrap_or_default(),
        }
    }
}

fn of_handoff(handoff: &Handoff) -> Line {
    let (source, target) = (&handoff.source_agent_name, &handoff.target_agent_name);
    let from = source.as_deref().unwrap_or("?");
    let body = match &handoff.reason {
        Some(reason) => format!("{from} → {target}: {reason}"),
        None => format!("{from} → {target}"),
    };
    let place = Place::of(Some(handoff.trace_id), handoff.span_id);
    let mut line = Line::new("telemetron.handoff", place, handoff.timestamp, body);
    line.say("gen_ai.handoff.from_agent", source.as_ref());
    line.say("gen_ai.handoff.to_agent", Some(target));
    line
}

fn of_error(error: &ErrorRecord) -> Line {
    let place = Place::of(Some(error.trace_id), error.span_id);
    let body = error.message.clone();
    let mut line = Line::new("telemetron.error", place, error.timestamp, body);
    severity(&mut line.record, error.severity.unwrap_or(Severity::Error));
    line.say("exception.type", Some(&error.error_type));
    line.say("exception.message", Some(&error.message));
    line.say("exception.stacktrace", error.stack.as_ref());
    line.say("gen_ai.agent.name", error.agent_name.as_ref());
    line
}

/// An event as it came; what its attributes tell of its data, its record leaves out.
fn of_event(event: &Event) -> Line {
    let json = event.data.as_ref().map_or("{}", RawJson::get);
    let entries = Entries::of(json);
    let attributes = plain::attributes(&entries);
    let told = event
        .data
        .as_ref()
        .is_none_or(|data| tells(&attributes, data));
    let mut bare = event.clone();
    if told {
        bare.data = None;
    }
    let place = Place::of(event.trace_id, event.span_id);
    let mut line = Line::new(&event.event_name, place, event.timestamp, String::new());
    line.record.attributes = attributes;
    line.record.body = body(event, entries.get(BODY));
    severity(&mut line.record, event.severity);
    line.resource = Origin::of(entries.get(RESOURCE));
    line.scope = Origin::of(entries.get(SCOPE));
    line.carry(&bare.into());
    line
}

/// The body as it came; else the message, unless it is so long that it would be taken for data.
fn body(event: &Event, body: Option<&str>) -> Option<AnyValue> {
    body.and_then(value).or_else(|| {
        let message = event.message.as_ref()?;
        (message.len() <= MAX_ERROR_BYTES).then(|| text(message.clone()))
    })
}

/// Whether attributes read back as this data.
fn tells(attributes: &[KeyValue], data: &RawJson) -> bool {
    let Ok(mut own) = data.parse::<Map<String, Json>>() else {
        return false;
    };
    let is_empty = own.is_empty();
    own.retain(|name, _| ![BODY, RESOURCE, SCOPE].contains(&name.as_str()));
    let again = RawJson::of(&Plain::of(&Attributes::new(attributes)));
    let again = again.and_then(|json| json.parse::<Map<String, Json>>().ok());
    !is_empty && again == Some(own)
}

fn severity(record: &mut LogRecord, severity: Severity) {
    let number = match severity {
        Severity::Debug => SeverityNumber::Debug,
        Severity::Info => SeverityNumber::Info,
        Severity::Warning => SeverityNumber::Warn,
        Severity::Error => SeverityNumber::Error,
        Severity::Critical => SeverityNumber::Fatal,
    };
    record.severity_number = number.into();
    record.severity_text = severity.as_str().to_ascii_uppercase();
}

fn text(text: String) -> AnyValue {
    AnyValue {
        value: Some(Value::StringValue(text)),
    }
}

fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.nanos()).unwrap_or_default()
}
