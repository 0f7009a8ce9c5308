//! One log record as an event.

use opentelemetry_proto::tonic::logs::v1::LogRecord;
use prost::Message;
use telemetron_model::record::{Event, Severity, event_type};
use telemetron_model::{SpanId, Timestamp, TraceId};
use xxhash_rust::xxh3::Xxh3;

use super::name::{EVALUATION, Name};
use super::{Scope, data, severity};
use crate::attributes::text_of;
use crate::cut::{MAX_ERROR_BYTES, cut_text};
use crate::dialect::control_flow::is_control_flow;
use crate::dialect::of_query_source;
use crate::{Attributes, bounds};

/// A log record with what surrounds it.
pub(super) struct Source<'a> {
    pub(super) record: &'a LogRecord,
    pub(super) attributes: Attributes<'a>,
    pub(super) scope: &'a Scope<'a>,
}

impl Source<'_> {
    /// When it happened, else when it was observed, else what its attributes say.
    pub(super) fn time(&self) -> Option<Timestamp> {
        let times = [
            self.record.time_unix_nano,
            self.record.observed_time_unix_nano,
        ];
        let time = times.into_iter().find(|time| *time > 0);
        let time = time.and_then(|nanos| i64::try_from(nanos).ok());
        time.map(Timestamp::from_nanos).or_else(|| {
            let text = self.attributes.text("event.timestamp")?;
            Timestamp::parse_rfc3339(text).ok()
        })
    }

    /// The record as an event.
    pub(super) fn event(&self, name: &Name, timestamp: Timestamp, event_id: String) -> Event {
        let text =
            |names: &[&str]| bounds::id(self.attributes.first_text(names).map(str::to_owned));
        Event {
            event_id: Some(event_id),
            trace_id: self.trace_id(),
            span_id: self.span_id(),
            agent_id: text(&["gen_ai.agent.id", "agent_id"]),
            agent_name: text(&["gen_ai.agent.name", "agent.name", "agent_type"])
                .or_else(|| self.queried_agent()),
            event_type: name.event_type.to_owned(),
            event_name: cut_text(&name.text, MAX_NAME_BYTES),
            severity: self.severity(name),
            message: self
                .judgement(name)
                .or_else(|| self.message(name).map(str::to_owned))
                .map(|text| cut_text(&text, MAX_ERROR_BYTES)),
            data: data::of(self),
            timestamp,
            correlation_id: text(&["gen_ai.conversation.id", "session.id"]),
            cause: text(&["prompt.id"]),
        }
    }

    /// How bad it is. Claude Code says nothing of it, so what failed there is an error.
    fn severity(&self, name: &Name) -> Severity {
        let said = severity::of(self.record);
        let unsaid = self.record.severity_number == 0 && self.record.severity_text.is_empty();
        let failed = || {
            name.event_type == event_type::ERROR
                || self.attributes.boolean("success") == Some(false)
        };
        if unsaid && name.claude_code().is_some() && failed() {
            return Severity::Error;
        }
        said
    }

    /// The agent that Claude Code asked a model for.
    fn queried_agent(&self) -> Option<String> {
        let query = self.attributes.text("query_source")?;
        bounds::id(of_query_source(query))
    }

    /// The trace; an id of zeros or of wrong length is none.
    pub(super) fn trace_id(&self) -> Option<TraceId> {
        TraceId::from_slice(&self.record.trace_id).ok()
    }

    fn span_id(&self) -> Option<SpanId> {
        self.trace_id()?;
        SpanId::from_slice(&self.record.span_id).ok()
    }

    /// Whether it tells of a failure: an exception that is no mere note, or a severe line. One by
    /// which a framework goes elsewhere is none.
    pub(super) fn is_error(&self) -> bool {
        let severity = severity::of(self.record);
        let quiet = matches!(severity, Severity::Debug | Severity::Info);
        let unsaid = self.record.severity_number == 0 && self.record.severity_text.is_empty();
        let exception = self.attributes.any_below("exception.") && (!quiet || unsaid);
        let is_severe = matches!(severity, Severity::Error | Severity::Critical);
        (exception || is_severe) && !self.goes_elsewhere()
    }

    fn goes_elsewhere(&self) -> bool {
        let text = |name| self.attributes.text(name).unwrap_or_default();
        is_control_flow(text("exception.type"), text("exception.message"))
    }

    /// How bad a failure is. An exception that is not said to be an error may have been caught.
    pub(super) fn severity_of_failure(&self) -> Severity {
        severity::of(self.record).max(Severity::Warning)
    }

    /// The sentence for people: what was said, else the body where it is a text.
    pub(super) fn message(&self, name: &Name) -> Option<&str> {
        let said: &[&str] = match name.claude_code() {
            Some("user_prompt") => &["prompt"],
            Some("assistant_response") => &["response"],
            Some("tool_result" | "tool_decision") => &["error", "tool_name"],
            Some("api_request") => &["model"],
            Some("subagent_completed") => &["agent_type"],
            Some(name) if name.starts_with("hook_") => &["hook_name", "hook_event"],
            Some(_) => &["error"],
            None => &[],
        };
        let said = self.attributes.first_text(said);
        // Claude Code has the name of the event as its body.
        let body = || text_of(self.record.body.as_ref()).filter(|body| *body != name.text);
        said.or_else(body)
            .or_else(|| self.attributes.text("exception.message"))
    }

    /// What somebody judged, as a sentence: `Relevance: relevant (4), it names the city`.
    fn judgement(&self, name: &Name) -> Option<String> {
        if name.event_type != EVALUATION {
            return None;
        }
        let text = |part: &str| self.attributes.text(&format!("gen_ai.evaluation.{part}"));
        let mut said = text("name")?.to_owned();
        let score = self.attributes.number("gen_ai.evaluation.score.value");
        match (text("score.label"), score) {
            (Some(label), Some(score)) => said += &format!(": {label} ({score})"),
            (Some(label), None) => said += &format!(": {label}"),
            (None, Some(score)) => said += &format!(": {score}"),
            (None, None) => {}
        }
        if let Some(why) = text("explanation") {
            said += &format!(", {why}");
        }
        Some(said)
    }

    /// The hash of all that it says, and where.
    pub(super) fn content_hash(&self) -> u128 {
        let mut hasher = Xxh3::new();
        let surroundings = [self.scope.origin.json.as_ref(), self.scope.json.as_ref()];
        for json in surroundings {
            hasher.update(json.map_or("", |json| json.get()).as_bytes());
            hasher.update(b"\n");
        }
        hasher.update(&self.record.encode_to_vec());
        hasher.digest128()
    }
}

/// Longest name of an event.
const MAX_NAME_BYTES: usize = 256;
