//! How a made-up trace is told: record by record, in the order in which they would come.

use serde_json::json;
use telemetron_model::record::{
    ErrorInfo, ErrorRecord, Event, Handoff, HandoffMode, Record, Severity, Span, SpanKind, Status,
    TokenUsage, Trace, event_type,
};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};

use super::{STEP_NS, SimulationRequest, new_id, span_id};

/// The trace while it is made up.
pub(super) struct Story {
    pub(super) trace_id: TraceId,
    pub(super) request: SimulationRequest,
    pub(super) time: Timestamp,
    pub(super) records: Vec<Record>,
}

impl Story {
    /// Tells the trace from its opening to its end.
    pub(super) fn tell(&mut self) {
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
            source_agent_name: Some(source.to_owned()),
            target_agent_id: Some(format!("simulated-{target}")),
            target_agent_name: target.to_owned(),
            timestamp: self.time,
            until: None,
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
