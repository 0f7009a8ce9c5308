//! Log records of Claude Code: they name prompt and trace, and hold what was asked and answered.

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::common::v1::KeyValue;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::Span;
use telemetron_model::record::Record;
use telemetron_model::{SpanId, TraceId};

use super::attributes::{integer, said, set, text};
use super::clues::Clues;
use super::known;
use crate::claude_hooks::session::{Session, bounded};
use crate::claude_hooks::{Sessions, ids};
use crate::{Mapped, Prices, traces};

/// Where the answer stands in a span.
const ANSWER: &str = "response";

/// Gives the log records of Claude Code the ids of what they are about; returns what they tell beside.
pub(in crate::claude_hooks) fn logs(
    sessions: &mut Sessions,
    request: &mut ExportLogsServiceRequest,
    prices: &Prices,
) -> Vec<Record> {
    let mut records = Vec::new();
    let scopes = request
        .resource_logs
        .iter_mut()
        .flat_map(|resource| &mut resource.scope_logs);
    for scope in scopes {
        if !super::is_its(scope.scope.as_ref()) {
            continue;
        }
        for record in &mut scope.log_records {
            if let Some(id) = text(&record.attributes, "session.id").map(str::to_owned) {
                let told = log(sessions.of(&id), &id, record, prices);
                records.extend(told);
            }
        }
    }
    records
}

fn log(session: &mut Session, id: &str, record: &mut LogRecord, prices: &Prices) -> Vec<Record> {
    learn_agent(session, &record.attributes);
    if record.trace_id.is_empty() {
        return Vec::new();
    }
    let attributes = &record.attributes;
    let event = text(attributes, "event.name")
        .unwrap_or_default()
        .to_owned();
    let is_main = text(attributes, "agent_id").is_none()
        && !text(attributes, "query_source").is_some_and(|source| source.starts_with("agent"));
    let tells = is_main && ["user_prompt", "api_request", "assistant_response"].contains(&&*event);
    let clues = Clues {
        prompt: text(attributes, "prompt.id").filter(|_| tells),
        tools: text(attributes, "tool_use_id").into_iter().collect(),
        text: said(attributes, "prompt").filter(|_| event == "user_prompt"),
        began: None,
    };
    let asked = clues.text.map(bounded);
    let Some(trace) = session.trace_of_telemetry(id, &record.trace_id, &clues) else {
        return Vec::new();
    };
    let mut told = Vec::new();
    if event == "user_prompt" {
        if let Some(prompt) = session.prompt_in(trace) {
            prompt.text = prompt.text.take().or(asked);
        }
        told.extend(known(session, id, trace, record.time_unix_nano));
    }
    let answered = said(&record.attributes, "response");
    if let Some(response) = answered.filter(|_| is_main && event == "assistant_response") {
        let place = integer(&record.attributes, "event.sequence").unwrap_or_default();
        told.extend(session.heard(trace, response, place, prices));
        told.extend(known(session, id, trace, record.time_unix_nano));
    }
    record.span_id = span_of(&record.attributes, trace).as_bytes().to_vec();
    record.trace_id = trace.as_bytes().to_vec();
    told
}

/// The span that a log record is about: its tool, its sub-agent, or the main agent.
fn span_of(attributes: &[KeyValue], trace: TraceId) -> SpanId {
    match text(attributes, "tool_use_id") {
        Some(call) => ids::tool(trace, call),
        None => ids::agent(trace, text(attributes, "agent_id")),
    }
}

/// What a sub-agent is called.
fn learn_agent(session: &mut Session, attributes: &[KeyValue]) {
    let Some(id) = text(attributes, "agent_id") else {
        return;
    };
    let started =
        text(attributes, "hook_name").and_then(|name| name.strip_prefix("SubagentStart:"));
    let named = || text(attributes, "agent_type").or_else(|| text(attributes, "agent.name"));
    let Some(name) = started.or_else(named) else {
        return;
    };
    if let Some(agent) = session.agents.get_mut(id) {
        agent.name = agent.name.take().or_else(|| Some(name.to_owned()));
    }
}

impl Session {
    /// The main agent has said something: the last of it is the answer.
    fn heard(
        &mut self,
        trace: TraceId,
        response: &str,
        place: i64,
        prices: &Prices,
    ) -> Vec<Record> {
        let response = bounded(response);
        if let Some(prompt) = self.prompt_in(trace) {
            prompt.answer = Some(response.clone());
        }
        let Some((_, request)) = self
            .telemetry
            .interaction
            .as_ref()
            .filter(|(of, _)| *of == trace)
        else {
            return Vec::new();
        };
        let mut request = request.clone();
        let spans = request
            .resource_spans
            .iter_mut()
            .flat_map(|resource| &mut resource.scope_spans)
            .flat_map(|scope| &mut scope.spans);
        for span in spans {
            answer(span, &response, place);
        }
        let Mapped { records, .. } = traces::map(&request, prices);
        records
    }
}

/// Adds the answer to the main agent's span. What is told later ends later, by nanoseconds, so that it
/// is what counts.
pub(super) fn answer(span: &mut Span, answer: &str, place: i64) {
    set(&mut span.attributes, ANSWER, answer);
    let place = u64::try_from(place).unwrap_or_default().min(999_998);
    span.end_time_unix_nano += place + 1;
}
