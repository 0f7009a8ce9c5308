//! LangGraph: the metadata of its runs, and the commands by which a node sends work on.
//!
//! The metadata stands in one JSON text (OpenInference's `metadata`) or in an attribute each
//! (LangSmith's). A conversation is `session_id`, else `conversation_id`, else `thread_id`.

use serde_json::{Map, Value as Json};
use telemetron_model::record::{HandoffMode, HandoffRule};

use super::{HandoffHint, Reading, payload, words};
use crate::SpanSource;

/// Words of the metadata that are worth a parse.
const WORTH: &[&str] = &[
    "langgraph_",
    "lc_agent_name",
    "session_id",
    "conversation_id",
    "thread_id",
];

/// Whether a span has metadata of a graph, or a command.
pub(super) fn speaks(source: &SpanSource<'_>) -> bool {
    let metadata = source.attributes.text("metadata").unwrap_or_default();
    source.attributes.any_below("langgraph.command.")
        || source.attributes.any_below("langsmith.metadata.langgraph_")
        || WORTH.iter().any(|word| metadata.contains(word))
}

/// Reads metadata and commands.
pub(super) fn read(source: &SpanSource<'_>) -> Reading {
    let metadata = payload::object(source, "metadata").unwrap_or_default();
    Reading {
        agent_name: of(&metadata, &["lc_agent_name"]),
        session_id: of(&metadata, &["session_id", "conversation_id", "thread_id"]),
        user_id: of(&metadata, &["user_id"]),
        handoff: goto(source),
        ..Reading::default()
    }
}

fn of(metadata: &Map<String, Json>, names: &[&str]) -> Option<String> {
    let text = |name: &&str| {
        metadata
            .get(*name)?
            .as_str()
            .filter(|text| !text.is_empty())
    };
    names.iter().find_map(text).map(str::to_owned)
}

/// The node that a span belongs to, from either form of the metadata.
pub(super) fn node(source: &SpanSource<'_>) -> Option<String> {
    words(source, &["langsmith.metadata.langgraph_node"]).or_else(|| {
        let metadata = source.attributes.text("metadata")?;
        if !metadata.contains("langgraph_node") {
            return None;
        }
        of(&payload::object(source, "metadata")?, &["langgraph_node"])
    })
}

/// A command that goes to another node. The end of the graph is no one to hand over to.
fn goto(source: &SpanSource<'_>) -> Option<HandoffHint> {
    let targets = [
        "langgraph.command.goto_node",
        "langgraph.command.goto_nodes",
    ];
    let target = words(source, &targets)?;
    let listed = serde_json::from_str::<Vec<String>>(&target).ok();
    let target = listed.map_or(Some(target), |nodes| nodes.into_iter().next())?;
    (target != "__end__").then(|| HandoffHint {
        rule: HandoffRule::GraphCommand.as_str(),
        evidence: "handoff:langgraph_goto",
        source: words(source, &["langgraph.command.source_node"]),
        target,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}
