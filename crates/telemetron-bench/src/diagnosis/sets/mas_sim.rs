//! The simulated team: spans with a fault injected into one of them.
//!
//! Only what a real exporter would send is read: agents, messages, tool calls, statuses. The
//! events that name the injected fault, the metadata of the task and the expected result are not.

use serde_json::Value;
use telemetron_model::record::Status;

use super::{Conversation, field, items};
use crate::diagnosis::runs::Turn;

pub(super) fn read(run: &Value) -> Conversation {
    let mut spans: Vec<&Value> = items(&run["spans"])
        .iter()
        .filter(|span| span["parent_span_id"].is_string())
        .collect();
    spans.sort_by_key(|span| span["start_time_unix_ns"].as_i64());
    let status = match field(run, "status") {
        "FAILED" => Status::Failed,
        _ => Status::Completed,
    };
    (status, spans.into_iter().map(turn).collect())
}

fn turn(span: &Value) -> Turn {
    let attributes = &span["attributes"];
    let told = |name| Some(field(attributes, name).to_owned()).filter(|text| !text.is_empty());
    let is_call = field(attributes, "experiment.operation_type") == "tool_call";
    let tool = told("tool.name").filter(|_| is_call);
    let calls = tool.iter().map(|tool| {
        let (arguments, result) = (told("tool.args_json"), told("tool.result_json"));
        (tool.clone(), arguments, result)
    });
    let has_failed = field(&span["status"], "status_code") == "ERROR";
    Turn {
        agent: field(attributes, "gen_ai.agent.name").to_owned(),
        text: field(attributes, "agent.output_message").to_owned(),
        calls: calls.collect(),
        tool,
        error: has_failed.then(|| field(&span["status"], "description").to_owned()),
    }
}
