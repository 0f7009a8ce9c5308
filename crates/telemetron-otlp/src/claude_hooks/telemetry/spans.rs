//! Spans of Claude Code under the ids of what they are about.
//!
//! ```text
//!  interaction            the main agent
//!  llm_request            the request, below its agent
//!  tool                   the tool call, below its agent
//!    tool.execution       its execution, below the call; what it did is its sub-agent's, which stands
//!    tool.blocked_on_user below the call too
//! ```
//!
//! A wait for a decision names no tool and may come before it: it stands below the agent until the
//! span of the tool comes, and is told again then, a nanosecond longer, since the longer one counts.

use std::collections::BTreeSet;

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::trace::v1::span::Link;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use serde_json::json;
use telemetron_model::record::{self, Record, SpanKind, Status};
use telemetron_model::{RawJson, SpanId, TraceId};

use super::attributes::{said, set, text};
use super::clues::Clues;
use super::read::{
    agent_of, call_of, failed, request_of, session_of, sessions_of, target_of, word,
};
use super::{instant, key};
use crate::bounds;
use crate::claude_hooks::session::{Agent, Session};
use crate::claude_hooks::{Sessions, ids};
use crate::dialect::of_query_source;
use crate::reserved::DIALECT;

/// Gives the spans of Claude Code the ids of what they are about; returns what they tell beside.
pub(in crate::claude_hooks) fn spans(
    sessions: &mut Sessions,
    request: &mut ExportTraceServiceRequest,
) -> Vec<Record> {
    let mut records = Vec::new();
    for resource in &mut request.resource_spans {
        for place in 0..resource.scope_spans.len() {
            if !super::is_its(resource.scope_spans[place].scope.as_ref()) {
                continue;
            }
            let mut spans = std::mem::take(&mut resource.scope_spans[place].spans);
            for id in sessions_of(&spans) {
                let session = sessions.of(&id);
                let mut visit = Visit {
                    session,
                    id: &id,
                    records: Vec::new(),
                    again: Vec::new(),
                };
                visit.join(&spans);
                visit.learn(&spans);
                visit.place(&mut spans);
                let (again, told) = (visit.again, visit.records);
                remember_interaction(session, resource, place, &spans, &id);
                spans.extend(again);
                records.extend(told);
            }
            resource.scope_spans[place].spans = spans;
        }
    }
    records
}

/// Spans of one session that came together.
struct Visit<'a> {
    session: &'a mut Session,
    id: &'a str,
    records: Vec<Record>,
    /// Spans that are told again.
    again: Vec<Span>,
}

impl Visit<'_> {
    /// Finds out which of our traces theirs are.
    fn join(&mut self, spans: &[Span]) {
        let mut seen: BTreeSet<&[u8]> = BTreeSet::new();
        for first in spans
            .iter()
            .filter(|span| session_of(span) == Some(self.id))
        {
            let theirs = first.trace_id.as_slice();
            if !seen.insert(theirs) {
                continue;
            }
            let its = || {
                spans
                    .iter()
                    .filter(|span| span.trace_id == theirs && session_of(span) == Some(self.id))
            };
            let interaction = its().find(|span| word(span) == "interaction");
            let clues = Clues {
                prompt: None,
                tools: its().filter_map(call_of).collect(),
                text: interaction.and_then(|span| said(&span.attributes, "user_prompt")),
                began: its().map(|span| instant(span.start_time_unix_nano)).min(),
            };
            self.session.trace_of_telemetry(self.id, theirs, &clues);
        }
    }

    fn trace_of(&self, span: &Span) -> Option<TraceId> {
        let joined = &self.session.joined;
        let found = joined.iter().find(|joined| joined.theirs == span.trace_id);
        found.map(|joined| joined.trace)
    }

    /// Learns what the spans tell of each other.
    fn learn(&mut self, spans: &[Span]) {
        for span in spans
            .iter()
            .filter(|span| session_of(span) == Some(self.id))
        {
            let Some(trace) = self.trace_of(span) else {
                continue;
            };
            let known = &mut self.session.telemetry;
            match (word(span), call_of(span)) {
                ("interaction", _) => {
                    *known
                        .spans
                        .entry(&key(&span.span_id), || ids::agent(trace, None)) =
                        ids::agent(trace, None);
                }
                ("tool", Some(call)) => {
                    known
                        .spans
                        .entry(&key(&span.span_id), || ids::tool(trace, call));
                    let target = target_of(&span.attributes);
                    let noted = self.session.note_call(call, trace);
                    noted.target = noted.target.take().or(target);
                }
                ("tool.execution", Some(call)) => {
                    let id = key(&span.span_id);
                    known.spans.entry(&id, || ids::execution(trace, call));
                    known.executions.entry(&id, || call.to_owned());
                    let works = known.works.get(&id).cloned();
                    let agent = works.and_then(|id| self.session.agents.get_mut(&id));
                    if let Some(agent) = agent {
                        agent.call = Some(call.to_owned());
                    }
                }
                ("llm_request", _) if text(&span.attributes, "agent_id").is_none() => {
                    let (end, failed) = (span.end_time_unix_nano, failed(span));
                    let last = known.last_request;
                    if last.is_none_or(|(of, last, _)| of != trace || last <= end) {
                        known.last_request = Some((trace, end, failed));
                    }
                }
                _ => {}
            }
        }
        let mut at_work = BTreeSet::new();
        for span in spans
            .iter()
            .filter(|span| session_of(span) == Some(self.id))
        {
            if let Some(id) = self.work_of(span) {
                at_work.insert(id);
            }
        }
        for id in at_work {
            self.tell_agent(&id);
        }
    }

    /// Notes the work of a sub-agent, or the call that started one; returns whose it is.
    fn work_of(&mut self, span: &Span) -> Option<String> {
        let trace = self.trace_of(span)?;
        if word(span) == "tool" {
            // The call ends after all that its sub-agent did, unless that goes on in the background.
            let started = call_of(span).and_then(|call| self.session.agent_of_call(call));
            if let Some(id) = started {
                let agent = self.session.agents.get_mut(&id)?;
                let end = span.end_time_unix_nano;
                agent.at_work = agent.at_work.map(|(first, last)| (first, last.max(end)));
                return Some(id);
            }
        }
        let id = text(&span.attributes, "agent_id")?;
        let above = key(&span.parent_span_id);
        let call = self.session.telemetry.executions.get(&above).cloned();
        self.session.telemetry.works.entry(&above, || id.to_owned());
        let query = ["query_source", "query_source_safe"];
        let query = query.iter().find_map(|name| text(&span.attributes, name));
        let agent = self.session.agents.entry(id, || Agent::new(trace));
        agent.call = agent.call.take().or(call);
        agent.name = agent.name.take().or_else(|| of_query_source(query?));
        let (start, end) = (span.start_time_unix_nano, span.end_time_unix_nano);
        let (first, last) = agent.at_work.unwrap_or((start, end));
        agent.at_work = Some((first.min(start), last.max(end)));
        Some(id.to_owned())
    }

    /// Tells of a sub-agent what its work tells, unless hooks do.
    fn tell_agent(&mut self, id: &str) {
        let Some(agent) = self.session.agents.get(id) else {
            return;
        };
        let call = agent
            .call
            .as_deref()
            .and_then(|call| self.session.calls.get(call));
        let name = call
            .and_then(|call| call.target.clone())
            .or_else(|| agent.name.clone());
        let (Some(name), Some((start, end)), false) = (name, agent.at_work, agent.is_hooked) else {
            return;
        };
        let trace = agent.trace;
        let parent = agent
            .call
            .as_deref()
            .map_or_else(|| ids::agent(trace, None), |call| ids::tool(trace, call));
        let own = ids::agent(trace, Some(id));
        let mut span = record::Span::started(trace, own, &name, SpanKind::Agent, instant(start));
        span.parent_span_id = Some(parent);
        span.status = Status::Completed;
        span.end_time = Some(instant(end));
        span.agent_id = bounds::id(Some(id.to_owned()));
        span.agent_name = bounds::id(Some(name));
        span.session_id = bounds::id(Some(self.id.to_owned()));
        span.attributes = RawJson::of(&json!({DIALECT: ["claude_code"]}));
        self.records.push(span.into());
    }

    /// Puts each span where it belongs.
    fn place(&mut self, spans: &mut [Span]) {
        for span in spans.iter_mut() {
            if session_of(span) != Some(self.id) {
                continue;
            }
            let Some(trace) = self.trace_of(span) else {
                continue;
            };
            let theirs = (span.trace_id.clone(), span.parent_span_id.clone());
            let own = key(&span.span_id);
            let parent = self.parent_of(span, trace);
            if let Some(id) = self.id_of(span, trace) {
                span.span_id = id.as_bytes().to_vec();
            }
            match word(span) {
                "interaction" => {
                    let now = span.end_time_unix_nano;
                    let known = super::known(self.session, self.id, trace, now);
                    self.records.extend(known);
                    self.interaction(span, trace, theirs);
                    continue;
                }
                "tool.blocked_on_user" => self.waited(span, trace, theirs.1.as_slice()),
                "tool" => {
                    self.called(span, &own);
                    // What a hook told of its end is more: it has what came back.
                    let call = call_of(span).and_then(|call| self.session.calls.get(call));
                    if call.is_some_and(|call| call.has_ended) {
                        span.end_time_unix_nano = span.start_time_unix_nano;
                    }
                }
                _ => {}
            }
            if let Some(parent) = parent {
                span.parent_span_id = parent.as_bytes().to_vec();
            }
            span.trace_id = trace.as_bytes().to_vec();
        }
    }

    fn id_of(&mut self, span: &Span, trace: TraceId) -> Option<SpanId> {
        match word(span) {
            "interaction" => Some(ids::agent(trace, None)),
            "tool" => Some(ids::tool(trace, call_of(span)?)),
            "tool.execution" => Some(ids::execution(trace, call_of(span)?)),
            "llm_request" => self.request(span, trace),
            _ => None,
        }
    }

    /// The id of a request, unless another one has it: an API that gives all its answers one id.
    fn request(&mut self, span: &Span, trace: TraceId) -> Option<SpanId> {
        let id = request_of(&span.attributes, trace)?;
        let known = &mut self.session.telemetry.requests;
        let first = known.entry(&id.to_string(), || span.span_id.clone());
        (*first == span.span_id).then_some(id)
    }

    /// Below which of our spans a span stands; none where it says nothing that is known.
    fn parent_of(&self, span: &Span, trace: TraceId) -> Option<SpanId> {
        let agent = || ids::agent(trace, agent_of(span));
        let above = || {
            self.session
                .telemetry
                .spans
                .get(&key(&span.parent_span_id))
                .copied()
        };
        match (word(span), call_of(span)) {
            ("interaction", _) => None,
            ("tool.execution", Some(call)) => Some(ids::tool(trace, call)),
            ("tool", _) => Some(agent()),
            ("llm_request", _) if text(&span.attributes, "agent_id").is_some() => Some(agent()),
            _ => Some(above().unwrap_or_else(agent)),
        }
    }

    /// The main agent's span: it knows what hooks or log records told of prompt and answer.
    fn interaction(&self, span: &mut Span, trace: TraceId, theirs: (Vec<u8>, Vec<u8>)) {
        let (trace_id, parent) = theirs;
        if !parent.is_empty() && trace_id != trace.as_bytes() {
            // Somebody else's trace, which Claude Code was started in.
            span.links.push(Link {
                trace_id,
                span_id: std::mem::take(&mut span.parent_span_id),
                ..Link::default()
            });
        }
        span.trace_id = trace.as_bytes().to_vec();
        let mut prompts = self.session.prompts.iter();
        let Some(prompt) = prompts.find(|prompt| prompt.trace == trace) else {
            return;
        };
        if let Some(text) = &prompt.text {
            set(&mut span.attributes, "user_prompt", text);
        }
        if let Some(answer) = &prompt.answer {
            super::logs::answer(span, answer, 0);
        }
    }

    /// A wait for a decision: below its tool, where that has come.
    fn waited(&mut self, span: &mut Span, trace: TraceId, above: &[u8]) {
        let above = key(above);
        if self.session.telemetry.spans.get(&above).is_some() {
            span.end_time_unix_nano += 1;
        } else {
            let mut wait = span.clone();
            wait.trace_id = trace.as_bytes().to_vec();
            self.session.telemetry.waits.entry(&above, || wait);
        }
    }

    /// A tool has come: what waited for it stands below it now.
    fn called(&mut self, span: &Span, own: &str) {
        if let Some(mut wait) = self.session.telemetry.waits.remove(own) {
            wait.parent_span_id.clone_from(&span.span_id);
            wait.end_time_unix_nano += 1;
            self.again.push(wait);
        }
    }
}

/// Keeps the last interaction, to tell it again when its answer comes; tells what its trace is.
fn remember_interaction(
    session: &mut Session,
    resource: &ResourceSpans,
    place: usize,
    spans: &[Span],
    id: &str,
) {
    let is_its = |span: &&Span| word(span) == "interaction" && session_of(span) == Some(id);
    for span in spans.iter().filter(is_its) {
        let Ok(trace) = TraceId::from_slice(&span.trace_id) else {
            continue;
        };
        let scope = &resource.scope_spans[place];
        let request = ExportTraceServiceRequest {
            resource_spans: vec![ResourceSpans {
                resource: resource.resource.clone(),
                schema_url: resource.schema_url.clone(),
                scope_spans: vec![ScopeSpans {
                    scope: scope.scope.clone(),
                    schema_url: scope.schema_url.clone(),
                    spans: vec![span.clone()],
                }],
            }],
        };
        session.telemetry.interaction = Some((trace, Box::new(request)));
    }
}
