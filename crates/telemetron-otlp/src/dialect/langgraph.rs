//! LangGraph: the metadata of its runs, and the commands by which a node sends work on.
//!
//! The metadata stands in one JSON text (OpenInference's `metadata`) or in an attribute each
//! (LangSmith's, OpenLLMetry's). A conversation is `session_id`, else `conversation_id`, else
//! `thread_id`.
//!
//! Who is at work follows from where a span stands: `langgraph_checkpoint_ns` has a segment for each
//! graph and node around it (`supervisor:uuid|tools:uuid`). A node with a graph inside is an agent; a
//! node of a prebuilt agent (`agent`, `tools`), a router or any other function is not, unless it sends
//! work on to another node itself.

use memchr::memmem;
use serde_json::{Map, Value as Json};
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::{HandoffHint, SemanticFields, payload, words};
use crate::SpanSource;

/// Words of the metadata that are worth a parse.
const WORTH: &[&str] = &[
    "langgraph_",
    "lc_agent_name",
    "session_id",
    "conversation_id",
    "thread_id",
];

/// Where instrumentations put metadata in an attribute each.
const PREFIXES: &[&str] = &[
    "langsmith.metadata.",
    "traceloop.association.properties.",
    "langfuse.observation.metadata.",
];

/// Nodes of prebuilt agents: whatever graph has them, they are no agents themselves.
const MACHINERY: &[&str] = &[
    "agent",
    "call_agent",
    "call_model",
    "call_tools",
    "model",
    "model_request",
    "tool",
    "tool_node",
    "tools",
    "__start__",
    "__end__",
    "__root__",
];

/// How the instrumentation of LangChain names itself; LangGraph.js by its `@`.
const INSTRUMENTATIONS: &[&str] = &[
    "openinference.instrumentation.langchain",
    "@arizeai/openinference-instrumentation-langchain",
];

/// How such attributes begin that are worth a look.
const MARKS: &[&str] = &[
    "langsmith.metadata.langgraph_",
    "langsmith.metadata.lc_agent_name",
    "traceloop.association.properties.langgraph_",
    "traceloop.association.properties.lc_agent_name",
    "langfuse.observation.metadata.langgraph_",
    "langfuse.observation.metadata.lc_agent_name",
];

/// Exports that tell the run of an agent as any other chain.
const EXPORTS: &[&str] = &["langsmith", "langfuse-sdk", "mlflow.tracing.provider"];

/// Whether a span has metadata of a graph, or a command.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    let metadata = source.attributes.text("metadata").unwrap_or_default();
    source.attributes.any_below("langgraph.command.")
        || MARKS.iter().any(|mark| source.attributes.any_below(mark))
        || WORTH.iter().any(|word| metadata.contains(word))
}

/// Reads metadata and commands.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let metadata = Metadata::of(source);
    let command = command(source, &metadata);
    let named = metadata.agent(source, command.is_some());
    let (kind, rule) = kind_of(source, &metadata, named.as_deref()).unzip();
    SemanticFields {
        kind,
        rules: rule.into_iter().collect(),
        agent_name: named,
        session_id: metadata.first(&["session_id", "conversation_id", "thread_id"]),
        user_id: metadata.first(&["user_id"]),
        handoff: command,
        ..SemanticFields::default()
    }
}

/// The metadata of a run, from whatever form it has.
pub(super) struct Metadata<'a> {
    source: &'a SpanSource<'a>,
    object: Map<String, Json>,
}

impl<'a> Metadata<'a> {
    /// Reads it.
    pub(super) fn of(source: &'a SpanSource<'a>) -> Self {
        let object = payload::object(source, "metadata").unwrap_or_default();
        Self { source, object }
    }

    fn first(&self, names: &[&str]) -> Option<String> {
        names.iter().find_map(|name| self.get(name))
    }

    /// A text of it.
    pub(super) fn get(&self, name: &str) -> Option<String> {
        let direct = self.object.get(name).and_then(|value| match value {
            Json::String(text) => (!text.is_empty()).then(|| text.clone()),
            Json::Number(number) => Some(number.to_string()),
            _ => None,
        });
        direct.or_else(|| {
            let mut prefixes = PREFIXES.iter();
            let told = prefixes.find_map(|prefix| {
                let name = format!("{prefix}{name}");
                self.source.attributes.text(&name)
            })?;
            // Langfuse writes each value as JSON.
            let bare = told
                .strip_prefix('"')
                .and_then(|told| told.strip_suffix('"'));
            let bare = bare.unwrap_or(told);
            (!bare.is_empty()).then(|| bare.to_owned())
        })
    }

    /// The node that a span belongs to.
    pub(super) fn node(&self) -> Option<String> {
        self.get("langgraph_node")
    }

    /// The agent at work.
    fn agent(&self, source: &SpanSource<'_>, sends_on: bool) -> Option<String> {
        let said = self.get("lc_agent_name").or_else(|| self.enclosing());
        said.or_else(|| {
            let node = self.node()?;
            if is_machinery(&node) {
                return speaker(source);
            }
            (sends_on || self.runs_inside(source, &node)).then_some(node)
        })
    }

    /// The innermost node with a graph inside that is around a span.
    fn enclosing(&self) -> Option<String> {
        let namespace = self.get("langgraph_checkpoint_ns")?;
        let mut nodes: Vec<_> = namespace
            .split('|')
            .map(|segment| segment.split(':').next().unwrap_or(segment))
            .collect();
        nodes.pop();
        let mut around = nodes.into_iter().rev();
        let found = around.find(|node| !node.is_empty() && !is_machinery(node))?;
        Some(found.to_owned())
    }

    /// Whether the span is the run of a graph inside of the node that it is named after. (In Python
    /// the namespace is handed on to what a node calls; LangGraph.js tells it of the node itself.)
    fn runs_inside(&self, source: &SpanSource<'_>, node: &str) -> bool {
        let handed_on = self.get("checkpoint_ns").is_some();
        // OpenLLMetry says `execute_task` before the name.
        let name = source.span.name.as_str();
        let name = name.strip_prefix("execute_task ").unwrap_or(name);
        handed_on && name == node && !source.scope.starts_with('@')
    }
}

/// Whether a name is that of a part of a prebuilt agent.
pub(super) fn is_machinery(node: &str) -> bool {
    MACHINERY.contains(&node)
}

/// Whether OpenLLMetry calls a graph an agent that has no name of its own, but that of its class.
pub(super) fn is_unnamed_graph(source: &SpanSource<'_>) -> bool {
    source.scope == "opentelemetry.instrumentation.langchain"
        && source.attributes.text("gen_ai.agent.name") == Some("LangGraph")
}

/// The kind, where the one that OpenInference gives is only a guess at a name: whatever is called
/// something with `agent` is an AGENT to it.
fn kind_of(
    source: &SpanSource<'_>,
    metadata: &Metadata<'_>,
    agent: Option<&str>,
) -> Option<(SpanKind, &'static str)> {
    if EXPORTS.contains(&source.scope) {
        let named = metadata.get("lc_agent_name")?;
        let is_run = named == source.span.name && agent.is_some();
        return is_run.then_some((SpanKind::Agent, "kind:langgraph_run"));
    }
    if !INSTRUMENTATIONS.contains(&source.scope) {
        return None;
    }
    let guessed = source.attributes.text("openinference.span.kind") == Some("AGENT");
    let node = metadata.node()?;
    let is_run = agent == Some(source.span.name.as_str())
        && (metadata.get("lc_agent_name").is_some() || metadata.runs_inside(source, &node));
    if is_run {
        return Some((SpanKind::Agent, "kind:langgraph_run"));
    }
    guessed.then(|| {
        if source.attributes.has("tool.name") {
            (SpanKind::Tool, "kind:langgraph_tool")
        } else {
            (SpanKind::Chain, "kind:langgraph_step")
        }
    })
}

/// The agent in whose name a prebuilt agent's node spoke: `createReactAgent` writes it on messages.
fn speaker(source: &SpanSource<'_>) -> Option<String> {
    let text = source.attributes.text("output.value")?;
    memmem::find(text.as_bytes(), b"AIMessage")?;
    let output: Json = payload::parsed(text)?;
    let messages = output.get("messages").unwrap_or(&output);
    let last = messages.as_array().and_then(|all| all.last());
    let message = last.unwrap_or(messages);
    let fields = message.get("kwargs").or_else(|| message.get("data"))?;
    let name = fields.get("name")?.as_str()?;
    (!name.is_empty()).then(|| name.to_owned())
}

/// A command that goes to another node. The end of the graph is no one to hand over to, and neither
/// is a part of a prebuilt agent.
fn command(source: &SpanSource<'_>, metadata: &Metadata<'_>) -> Option<HandoffHint> {
    let target = told_target(source).or_else(|| returned_target(source))?;
    let from = words(source, &["langgraph.command.source_node"]).or_else(|| metadata.node());
    (!is_machinery(&target)).then(|| HandoffHint {
        rule: HandoffRule::GraphCommand.as_str(),
        evidence: "handoff:langgraph_goto",
        // A prebuilt agent sends on from its tools: the agent is whoever is at work there.
        source: from.filter(|node| !is_machinery(node)),
        target,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// The target in OpenLLMetry's attributes.
fn told_target(source: &SpanSource<'_>) -> Option<String> {
    let targets = [
        "langgraph.command.goto_node",
        "langgraph.command.goto_nodes",
    ];
    let target = words(source, &targets)?;
    let listed = serde_json::from_str::<Vec<String>>(&target).ok();
    listed.map_or(Some(target), |nodes| nodes.into_iter().next())
}

/// The target of a `Command` that the span returned.
fn returned_target(source: &SpanSource<'_>) -> Option<String> {
    let text = source.attributes.text("output.value")?;
    memmem::find(text.as_bytes(), b"\"goto\"")?;
    let output: Map<String, Json> = payload::parsed(text)?;
    let is_command = output.get("lg_name").and_then(Json::as_str) == Some("Command")
        || (output.contains_key("graph") && output.contains_key("update"));
    let goto = output.get("goto").filter(|_| is_command)?;
    let first = goto.as_array().and_then(|nodes| nodes.first());
    let target = first.unwrap_or(goto).as_str()?;
    (!target.is_empty()).then(|| target.to_owned())
}
