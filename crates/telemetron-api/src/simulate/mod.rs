//! A made-up trace: agents that think, use tools and hand work on; one of them may fail.
//!
//! It lies in the past: its end is the present, so that it is whole at once.

mod story;

use serde::Deserialize;
use telemetron_model::record::Record;
use telemetron_model::{SpanId, Timestamp, TraceId};
use utoipa::ToSchema;

use crate::error::ApiError;
use story::Story;

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

#[cfg(test)]
mod tests;
