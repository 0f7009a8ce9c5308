//! Spans as OpenTelemetry SDKs print them: the console and file exporters of Python and JavaScript,
//! and what tools dump of their in-memory exporters. One span a document, or an object with `spans`.

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::foreign::{self, ForeignEvent, ForeignSpan, Id, TraceKey, nanos};
use crate::{Document, Format, Run};

/// The form of OpenTelemetry's SDKs.
pub(crate) struct OtelSdk;

#[derive(Deserialize)]
struct Dump<'a> {
    #[serde(borrow)]
    spans: Vec<&'a serde_json::value::RawValue>,
}

#[derive(Deserialize)]
struct Span {
    name: String,
    #[serde(alias = "spanContext")]
    context: Context,
    #[serde(default, alias = "parentSpanContext")]
    parent: Option<Context>,
    #[serde(default, alias = "parentSpanId")]
    parent_id: Option<Id>,
    #[serde(default)]
    kind: Value,
    /// As Phoenix writes it, beside the attributes.
    #[serde(default)]
    span_kind: Option<String>,
    #[serde(default, alias = "startTime")]
    start_time: Value,
    #[serde(default, alias = "endTime")]
    end_time: Value,
    #[serde(default)]
    status: Option<Status>,
    #[serde(default)]
    status_code: Option<String>,
    #[serde(default)]
    status_message: Option<String>,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
    #[serde(default)]
    events: Option<Vec<Event>>,
    #[serde(default)]
    links: Option<Vec<Link>>,
    #[serde(default)]
    resource: Option<Resource>,
    #[serde(
        default,
        alias = "instrumentationScope",
        alias = "instrumentationLibrary"
    )]
    instrumentation_scope: Option<Scope>,
}

#[derive(Deserialize)]
struct Context {
    #[serde(default, alias = "traceId")]
    trace_id: TraceKey,
    #[serde(default, alias = "spanId")]
    span_id: Id,
}

#[derive(Deserialize)]
struct Status {
    #[serde(default, alias = "code")]
    status_code: Value,
    #[serde(default, alias = "message")]
    description: Option<String>,
}

#[derive(Deserialize)]
struct Event {
    name: String,
    #[serde(default, alias = "time")]
    timestamp: Value,
    #[serde(default)]
    attributes: Option<Map<String, Value>>,
}

#[derive(Deserialize)]
struct Link {
    context: Context,
}

#[derive(Deserialize)]
struct Resource {
    #[serde(default)]
    attributes: Map<String, Value>,
}

/// A scope, or only its name.
#[derive(Deserialize)]
#[serde(untagged)]
enum Scope {
    Named { name: String },
    Name(String),
}

impl Scope {
    fn name(self) -> String {
        match self {
            Self::Named { name } | Self::Name(name) => name,
        }
    }
}

impl Format for OtelSdk {
    fn name(&self) -> &'static str {
        "otel-sdk"
    }

    fn recognises(&self, document: &Document<'_>) -> bool {
        let one = |context: &str| {
            document.has(&["name", context]) && document.field(context).starts_with('{')
        };
        let dump = document.field("spans");
        one("context")
            || one("spanContext")
            || (dump.starts_with('[')
                && ["\"context\"", "\"spanContext\""]
                    .iter()
                    .any(|field| dump.contains(field)))
    }

    fn read(&self, document: &Document<'_>) -> Result<Run, String> {
        if !document.has(&["spans"]) {
            let span: Span = document.parse()?;
            return Ok(foreign::records(vec![span.foreign()]));
        }
        let dump: Dump<'_> = document.parse()?;
        let mut spans = Vec::new();
        let mut rejected = Vec::new();
        for raw in dump.spans {
            match serde_json::from_str::<Span>(raw.get()) {
                Ok(span) => spans.push(span.foreign()),
                Err(error) => rejected.push(format!("a span of the dump: {error}")),
            }
        }
        let mut run = foreign::records(spans);
        run.rejected.extend(rejected);
        Ok(run)
    }
}

impl Span {
    fn foreign(self) -> ForeignSpan {
        let (failed, message) = self.ending();
        let mut attributes = self.attributes.unwrap_or_default();
        if let Some(kind) = self
            .span_kind
            .filter(|kind| kind.chars().all(|c| c.is_ascii_uppercase()))
        {
            attributes
                .entry("openinference.span.kind")
                .or_insert(kind.into());
        }
        ForeignSpan {
            trace: self.context.trace_id,
            id: self.context.span_id,
            parent: self
                .parent
                .map(|parent| parent.span_id)
                .or(self.parent_id)
                .and_then(Id::known),
            name: self.name,
            kind: kind(&self.kind),
            start: nanos(&self.start_time),
            end: nanos(&self.end_time),
            attributes,
            failed,
            message,
            events: self
                .events
                .unwrap_or_default()
                .into_iter()
                .map(event)
                .collect(),
            links: self
                .links
                .unwrap_or_default()
                .into_iter()
                .map(|link| (link.context.trace_id, link.context.span_id))
                .collect(),
            resource: self
                .resource
                .map(|resource| resource.attributes)
                .unwrap_or_default(),
            scope: self
                .instrumentation_scope
                .map(Scope::name)
                .unwrap_or_default(),
        }
    }

    /// Whether it failed, and what its status says.
    fn ending(&self) -> (Option<bool>, String) {
        let word = |value: &Value| match value {
            Value::String(word) => word.to_ascii_uppercase(),
            other => other.to_string(),
        };
        let status = self.status.as_ref();
        let code = status
            .map(|status| word(&status.status_code))
            .or_else(|| self.status_code.clone())
            .unwrap_or_default();
        let failed = match code.rsplit('.').next().unwrap_or_default() {
            "ERROR" | "2" => Some(true),
            "OK" | "1" => Some(false),
            _ => None,
        };
        let message = status
            .and_then(|status| status.description.clone())
            .or_else(|| self.status_message.clone());
        (failed, message.unwrap_or_default())
    }
}

/// A word, or the number of JavaScript's enumeration, which is one below OTLP's.
fn kind(value: &Value) -> i32 {
    match value {
        Value::String(word) => foreign::kind(word),
        Value::Number(number) => number
            .as_i64()
            .and_then(|number| i32::try_from(number + 1).ok())
            .filter(|kind| (1..=5).contains(kind))
            .unwrap_or_default(),
        _ => 0,
    }
}

fn event(event: Event) -> ForeignEvent {
    ForeignEvent {
        name: event.name,
        time: nanos(&event.timestamp),
        attributes: event.attributes.unwrap_or_default(),
    }
}
