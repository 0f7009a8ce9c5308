//! A made-up trace: agents that think, use tools and hand work on; one of them may fail.
//!
//! It lies in the past: its end is the present, so that it is whole at once.

use serde::Deserialize;
use serde_json::json;
use telemetron_model::record::{
    ErrorInfo, ErrorRecord, Event, Handoff, HandoffMode, Record, Severity, Span, SpanKind, Status,
    TokenUsage, Trace, event_type,
};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};
use utoipa::ToSchema;

use crate::error::ApiError;

const MAX_AGENTS: usize = 50;
const MAX_STEPS: u32 = 200;

/// How long one step takes: half of it thinking, half of it with a tool.
const STEP_NS: i64 = 800_000_000;

/// What the made-up trace looks like.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SimulationRequest {
    /// Names of the agents; each hands its work to the next.
    #[schema(default = json!(["planner", "researcher", "writer"]), max_items = 50)]
    agents: Vec<String>,
    /// Steps of each agent: an LLM call and a tool call.
    #[schema(default = 2, minimum = 1, maximum = 200)]
    steps: u32,
    /// The last tool call of the last agent fails, and the trace with it.
    failure: bool,
    /// The trace does not end: its last agent still runs.
    unfinished: bool,
    /// The model that is called.
    model: String,
    /// What the user asks.
    user_input: String,
    /// The conversation.
    session_id: Option<String>,
    /// The user.
    user_id: Option<String>,
    /// The project.
    project: Option<String>,
}

impl Default for SimulationRequest {
    fn default() -> Self {
        Self {
            agents: ["planner", "researcher", "writer"]
                .map(str::to_owned)
                .into(),
            steps: 2,
            failure: false,
            unfinished: false,
            model: "simulated-model".to_owned(),
            user_input: "What happened in Kafka today?".to_owned(),
            session_id: None,
            user_id: None,
            project: None,
        }
    }
}

/// A made-up trace.
#[derive(Debug)]
pub(crate) struct Simulation {
    /// Its id.
    pub(crate) trace_id: TraceId,
    /// The agents at work in it.
    pub(crate) agents: Vec<String>,
    /// Its records, in the order in which they would come.
    pub(crate) records: Vec<Record>,
}

/// A new id as text.
pub(crate) fn new_id() -> String {
    span_id().to_string()
}

/// An id of 8 random bytes; zero, which is no id, comes once in 2⁶⁴.
fn span_id() -> SpanId {
    loop {
        if let Ok(id) = SpanId::from_slice(&rand::random::<[u8; 8]>()) {
            return id;
        }
    }
}

fn trace_id() -> TraceId {
    loop {
        if let Ok(id) = TraceId::from_bytes(rand::random()) {
            return id;
        }
    }
}

/// Makes up a trace that ends at `now`.
///
/// # Errors
/// When a field of the request is out of bounds.
pub(crate) fn trace(request: SimulationRequest, now: Timestamp) -> Result<Simulation, ApiError> {
    check(&request)?;
    let agents = i64::try_from(request.agents.len()).unwrap_or(1);
    let length = agents * i64::from(request.steps) * STEP_NS;
    let mut story = Story {
        trace_id: trace_id(),
        request,
        time: now.plus_nanos(-length),
        records: Vec::new(),
    };
    story.tell();
    Ok(Simulation {
        trace_id: story.trace_id,
        agents: story.request.agents,
        records: story.records,
    })
}

fn check(request: &SimulationRequest) -> Result<(), ApiError> {
    let names = &request.agents;
    if names.is_empty() || names.len() > MAX_AGENTS || names.iter().any(String::is_empty) {
        let detail = format!("`agents` must be 1 to {MAX_AGENTS} names, none of them empty");
        return Err(ApiError::field("agents", detail));
    }
    if !(1..=MAX_STEPS).contains(&request.steps) {
        let detail = format!("`steps` must be a whole number from 1 to {MAX_STEPS}");
        return Err(ApiError::field("steps", detail));
    }
    if request.failure && request.unfinished {
        let detail = "`failure` and `unfinished` cannot both be true";
        return Err(ApiError::field("failure", detail));
    }
    Ok(())
}

/// The trace while it is made up.
struct Story {
    trace_id: TraceId,
    request: SimulationRequest,
    time: Timestamp,
    records: Vec<Record>,
}

impl Story {
    fn tell(&mut self) {
        let began = self.time;
        self.records.push(self.trace(Status::Running, began).into());
        let agents = self.request.agents.clone();
        let mut above: Option<(SpanId, String)> = None;
        for (place, agent) in agents.iter().enumerate() {
            if let Some((span, source)) = &above {
                self.hand_on(*span, source, agent);
            }
            let last = place + 1 == agents.len();
            let span = self.work(agent, above.as_ref().map(|(span, _)| *span), last);
            above = Some((span, agent.clone()));
        }
        if !self.request.unfinished {
            let status = self.outcome(true);
            self.records.push(self.trace(status, began).into());
        }
    }

    /// How the trace ends, or an agent: the last one decides.
    const fn outcome(&self, last: bool) -> Status {
        match (last, self.request.failure, self.request.unfinished) {
            (true, true, _) => Status::Failed,
            (true, _, true) => Status::Running,
            _ => Status::Completed,
        }
    }

    fn trace(&self, status: Status, began: Timestamp) -> Trace {
        let ended = status != Status::Running;
        let output = (status == Status::Completed).then_some("Nothing was lost.");
        let mut trace = Trace::opened(self.trace_id, began);
        trace.name = Some("simulated request".to_owned());
        trace.status = status;
        trace.end_time = ended.then_some(self.time);
        trace.session_id.clone_from(&self.request.session_id);
        trace.user_id.clone_from(&self.request.user_id);
        trace.project.clone_from(&self.request.project);
        trace.root_agent_name = self.request.agents.first().cloned();
        trace.user_input = RawJson::of(&self.request.user_input);
        trace.final_output = output.and_then(RawJson::of);
        trace.error = (status == Status::Failed).then(failure);
        trace.metadata = RawJson::of(&json!({ "simulated": true }));
        trace
    }

    /// One agent at work: its span is told at its start, and again at its end unless it runs on.
    fn work(&mut self, agent: &str, parent: Option<SpanId>, last: bool) -> SpanId {
        let mut span = self.span(agent, agent, SpanKind::Agent);
        span.parent_span_id = parent;
        let id = span.span_id;
        self.records.push(span.clone().into());
        self.event(&span, event_type::AGENT_START, "agent started");
        for step in 1..=self.request.steps {
            let fails = last && self.request.failure && step == self.request.steps;
            self.think(agent, id);
            self.use_tool(agent, id, fails);
        }
        let outcome = self.outcome(last);
        if outcome != Status::Running {
            span.output_data = RawJson::of(&format!("{agent} is done"));
            self.end(&mut span, outcome);
            self.event(&span, event_type::AGENT_END, "agent ended");
        }
        id
    }

    fn think(&mut self, agent: &str, parent: SpanId) {
        let mut span = self.span("think", agent, SpanKind::Llm);
        span.parent_span_id = Some(parent);
        span.model = Some(self.request.model.clone());
        span.provider = Some("simulated".to_owned());
        span.token_usage = Some(TokenUsage::new(420, 80));
        span.cost_usd = Some(NanoUsd::from_nanos(1_250_000));
        span.finish_reason = Some("tool_calls".to_owned());
        let messages = json!([{ "role": "user", "content": self.request.user_input }]);
        span.input_data = RawJson::of(&messages);
        span.output_data = RawJson::of("I will look it up.");
        self.time = self.time.plus_nanos(STEP_NS / 2);
        self.end(&mut span, Status::Completed);
    }

    fn use_tool(&mut self, agent: &str, parent: SpanId, fails: bool) {
        let mut span = self.span("search", agent, SpanKind::Tool);
        span.parent_span_id = Some(parent);
        span.tool_name = Some("search".to_owned());
        span.input_data = RawJson::of(&json!({ "query": self.request.user_input }));
        self.time = self.time.plus_nanos(STEP_NS / 2);
        if fails {
            span.error = Some(failure());
            self.end(&mut span, Status::Failed);
            self.error(&span);
        } else {
            span.output_data = RawJson::of(&json!({ "results": ["one", "two"] }));
            self.end(&mut span, Status::Completed);
        }
    }

    fn span(&self, name: &str, agent: &str, kind: SpanKind) -> Span {
        let mut span = Span::started(self.trace_id, span_id(), name, kind, self.time);
        span.agent_id = Some(format!("simulated-{agent}"));
        span.agent_name = Some(agent.to_owned());
        span.session_id.clone_from(&self.request.session_id);
        span.user_id.clone_from(&self.request.user_id);
        span.project.clone_from(&self.request.project);
        span
    }

    fn end(&mut self, span: &mut Span, status: Status) {
        span.status = status;
        span.end_time = Some(self.time);
        self.records.push(span.clone().into());
    }

    fn hand_on(&mut self, span: SpanId, source: &str, target: &str) {
        let handoff = Handoff {
            handoff_id: new_id(),
            trace_id: self.trace_id,
            span_id: Some(span),
            source_agent_id: Some(format!("simulated-{source}")),
            source_agent_name: source.to_owned(),
            target_agent_id: Some(format!("simulated-{target}")),
            target_agent_name: target.to_owned(),
            timestamp: self.time,
            reason: Some(format!("{target} goes on")),
            mode: Some(HandoffMode::Transfer),
            rule: None,
            context: RawJson::of(&json!({ "question": self.request.user_input })),
        };
        self.records.push(handoff.into());
    }

    fn event(&mut self, span: &Span, event_type: &str, event_name: &str) {
        let event = Event {
            event_id: Some(new_id()),
            trace_id: Some(self.trace_id),
            span_id: Some(span.span_id),
            agent_id: span.agent_id.clone(),
            agent_name: span.agent_name.clone(),
            event_type: event_type.to_owned(),
            event_name: event_name.to_owned(),
            severity: Severity::Info,
            message: None,
            data: None,
            timestamp: self.time,
            correlation_id: None,
            cause: None,
        };
        self.records.push(event.into());
    }

    fn error(&mut self, span: &Span) {
        let ErrorInfo {
            error_type,
            message,
            ..
        } = failure();
        let error = ErrorRecord {
            error_id: Some(new_id()),
            trace_id: self.trace_id,
            span_id: Some(span.span_id),
            agent_id: span.agent_id.clone(),
            agent_name: span.agent_name.clone(),
            error_type,
            message,
            stack: None,
            category: None,
            severity: None,
            retryable: None,
            attempts: Some(1),
            suggested_fixes: vec!["give the search more time".to_owned()],
            timestamp: self.time,
        };
        self.records.push(error.into());
    }
}

fn failure() -> ErrorInfo {
    ErrorInfo {
        error_type: "TimeoutError".to_owned(),
        message: "the search timed out after 400 ms".to_owned(),
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::decode::{Decoded, RawRecord, decode};

    use super::*;

    fn simulate(request: serde_json::Value) -> Simulation {
        let now = Timestamp::from_nanos(1_769_860_800_000_000_000);
        trace(serde_json::from_value(request).unwrap(), now).unwrap()
    }

    #[test]
    fn every_record_can_be_folded() {
        let story = simulate(json!({ "agents": ["a", "b"], "steps": 3, "failure": true }));
        for record in &story.records {
            let (value, key) = (record.to_json().unwrap(), record.key());
            let raw = RawRecord {
                topic: record.schema().topic(),
                schema: Some(record.schema().header().as_bytes()),
                key: Some(key.as_bytes()),
                value: Some(&value),
            };
            assert!(matches!(decode(raw), Decoded::Fold { .. }), "{record:?}");
        }
    }

    #[test]
    fn a_failure_fails_the_last_tool_its_agent_and_the_trace() {
        let story = simulate(json!({ "agents": ["a", "b"], "failure": true }));
        let failed: Vec<_> = story
            .records
            .iter()
            .filter_map(|record| match record {
                Record::Span(span) if span.status == Status::Failed => Some(span.name.as_str()),
                Record::Trace(trace) if trace.status == Status::Failed => Some("trace"),
                Record::Error(_) => Some("error"),
                _ => None,
            })
            .collect();
        assert_eq!(failed, ["search", "error", "b", "trace"]);
    }

    #[test]
    fn an_unfinished_trace_leaves_its_last_agent_running() {
        let story = simulate(json!({ "agents": ["a", "b"], "unfinished": true }));
        let ended = |record: &Record| match record {
            Record::Trace(trace) => trace.end_time.is_some(),
            Record::Span(span) => span.name == "b" && span.end_time.is_some(),
            _ => false,
        };
        assert!(!story.records.iter().any(ended));
    }

    #[test]
    fn absurd_requests_are_refused() {
        for request in [
            json!({ "agents": [] }),
            json!({ "steps": 0 }),
            json!({ "steps": 201 }),
        ] {
            let request = serde_json::from_value(request).unwrap();
            assert!(trace(request, Timestamp::now()).is_err());
        }
    }
}
