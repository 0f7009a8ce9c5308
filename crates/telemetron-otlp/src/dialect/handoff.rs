//! Handoffs that nobody called by that name (rungs two, three, four and six of the ladder).
//!
//! | rung | evidence | rule |
//! |---|---|---|
//! | 1 | attributes that say so | `handoff:explicit`, in the dialects |
//! | 2 | a tool span `handoff to X` of OpenInference | `handoff:openinference` |
//! | 3 | the name of a tool: `transfer_to_x`, delegation of CrewAI, a sub-agent of Claude | `handoff:transfer_tool`, `handoff:delegation_tool`, `handoff:claude_subagent` |
//! | 4 | a command of LangGraph; an agent in a node of its own, which the fold holds against the agent beside it | `handoff:langgraph_goto`, in its dialect; `handoff:langgraph_sibling` |
//! | – | a model that asks for such a tool; `transfer_to_agent` that does not say to whom | `handoff:model_request`, `handoff:transfer_tool`; the fold decides |
//! | 5 | an agent below another agent | not here: it takes two spans |
//! | 6 | the parent in a graph of agents | `handoff:graph_parent`, `handoff:handoff_parent` |

use memchr::memmem;
use serde_json::{Map, Value as Json};
use telemetron_model::RawJson;
use telemetron_model::record::{HandoffMode, HandoffRule, SpanKind};

use super::claude_code::{self, SPAWNING_TOOLS};
use super::openinference::is_of_one_run;
use super::{HandoffHint, SemanticFields, langgraph, payload, words};
use crate::SpanSource;

/// Longest reason; the whole of it is in the context.
const MAX_REASON_BYTES: usize = 2_000;

/// What one span tells of work passed on, when no dialect said it outright.
pub(super) fn infer(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    match fields.kind? {
        SpanKind::Tool => handoff_span(source, fields).or_else(|| tool_call(source, fields)),
        SpanKind::Agent => parent_in_graph(source, fields)
            .or_else(|| sibling(source, fields))
            .or_else(|| beside(source, fields)),
        SpanKind::Llm => request(fields),
        _ => None,
    }
}

/// `handoff to X`: input is who passes on, output who takes over.
fn handoff_span(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    let target = source.span.name.strip_prefix("handoff to ")?.trim();
    let source = fields
        .input
        .as_ref()
        .and_then(|input| payload::parsed(input.get()));
    (!target.is_empty()).then(|| HandoffHint {
        rule: HandoffRule::HandoffName.as_str(),
        evidence: "handoff:openinference",
        source,
        target: target.to_owned(),
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// A model that asks for a tool by which work passes on; whether it did is known from the trace.
fn request(fields: &SemanticFields) -> Option<HandoffHint> {
    let output = fields.output.as_ref()?.get();
    let bytes = output.as_bytes();
    memmem::find(bytes, b"to_").filter(|_| {
        let mut prefixes = TRANSFERS.iter();
        prefixes.any(|prefix| memmem::find(bytes, prefix.as_bytes()).is_some())
    })?;
    let target = asked_for(&payload::parsed::<Json>(output)?)?;
    Some(HandoffHint {
        rule: HandoffRule::ModelRequest.as_str(),
        evidence: "handoff:model_request",
        source: None,
        target,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// The target of the first call of such a tool in a model's answer. A tool that is only described
/// has a name as well, but no arguments.
fn asked_for(answer: &Json) -> Option<String> {
    const ARGUMENTS: &[&str] = &["arguments", "args", "input"];
    match answer {
        Json::Array(items) => items.iter().find_map(asked_for),
        Json::Object(fields) => {
            let called = ARGUMENTS.iter().any(|name| fields.contains_key(*name));
            let name = fields.get("name").and_then(Json::as_str);
            let target = name.filter(|_| called).and_then(transfer_target);
            let target = target.filter(|target| *target != ANYONE);
            let below = || fields.values().find_map(asked_for);
            target.map(str::to_owned).or_else(below)
        }
        _ => None,
    }
}

/// How tools begin that hand over.
const TRANSFERS: &[&str] = &["transfer_to_", "handoff_to_", "hand_off_to_"];

/// What a tool is called that hands over to whomever its arguments name.
const ANYONE: &str = "agent";

/// A tool whose call passes work on.
fn tool_call(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    let tool = Tool::of(fields.tool_name.as_deref()?)?;
    let arguments = Arguments::of(fields);
    let target = tool.target(source, &arguments);
    // Whoever starts next is meant, where nothing of the call came along.
    let next = || matches!(tool, Tool::Transfer(ANYONE)).then(|| ANYONE.to_owned());
    let rule = match target {
        Some(_) => HandoffRule::HandoffTool,
        None => HandoffRule::NextAgent,
    };
    Some(HandoffHint {
        rule: rule.as_str(),
        evidence: tool.evidence(),
        source: None,
        target: target.or_else(next)?,
        reason: arguments.reason(),
        mode: Some(tool.mode()),
        context: fields.input.clone(),
    })
}

/// The tools by whose name a handoff is recognised.
enum Tool<'a> {
    /// `transfer_to_x`: the tail of the name.
    Transfer(&'a str),
    /// CrewAI's delegation to a coworker, Agno's to a member of a team.
    Delegation,
    /// Claude's start of a sub-agent.
    Subagent,
}

impl<'a> Tool<'a> {
    fn of(name: &'a str) -> Option<Self> {
        let transfer = transfer_target(name).map(Self::Transfer);
        transfer
            .or_else(|| is_delegation(name).then_some(Self::Delegation))
            .or_else(|| SPAWNING_TOOLS.contains(&name).then_some(Self::Subagent))
    }

    /// Who takes over. Google's kit has one tool for all: `transfer_to_agent(agent_name)`.
    fn target(&self, source: &SpanSource<'_>, arguments: &Arguments<'_>) -> Option<String> {
        match self {
            Self::Transfer(ANYONE) => {
                let names = ["agent_name", "agent", "to_agent", "target", "name"];
                names.iter().find_map(|name| arguments.text(name))
            }
            Self::Transfer(tail) => Some((*tail).to_owned()),
            Self::Delegation => ["coworker", "member_id"]
                .iter()
                .find_map(|name| arguments.text(name)),
            Self::Subagent => words(source, &["subagent_type"])
                .or_else(|| arguments.text("subagent_type"))
                .or_else(|| claude_code::unnamed_subagent(source)),
        }
    }

    const fn evidence(&self) -> &'static str {
        match self {
            Self::Transfer(_) => "handoff:transfer_tool",
            Self::Delegation => "handoff:delegation_tool",
            Self::Subagent => "handoff:claude_subagent",
        }
    }

    const fn mode(&self) -> HandoffMode {
        match self {
            Self::Transfer(_) => HandoffMode::Transfer,
            Self::Delegation | Self::Subagent => HandoffMode::Delegate,
        }
    }
}

/// The tail of `transfer_to_x`, `handoff_to_x` and `hand_off_to_x`, whatever stands before.
fn transfer_target(tool: &str) -> Option<&str> {
    // Plugins stand before the name: `HandoffPlugin-transfer_to_x`, `mcp__desk__transfer_to_x`.
    let tail = TRANSFERS.iter().find_map(|prefix| {
        let (before, tail) = tool.split_once(prefix)?;
        (before.is_empty() || before.ends_with(['-', '_', '.', ':', '/'])).then_some(tail)
    })?;
    (!tail.is_empty()).then_some(tail)
}

/// The two tools by which CrewAI's agents give work to each other, sanitised or not, and the one of
/// Agno's teams.
fn is_delegation(tool: &str) -> bool {
    if tool == "delegate_task_to_member" {
        return true;
    }
    if !tool.ends_with("coworker") {
        return false;
    }
    let plain = tool.to_ascii_lowercase().replace(['_', '-'], " ");
    ["delegate work to coworker", "ask question to coworker"].contains(&plain.trim())
}

/// The agent before this one in a graph of agents; the empty text is a root.
fn parent_in_graph(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    let graph =
        words(source, &["graph.node.parent_id"]).map(|parent| ("handoff:graph_parent", parent));
    let last = || words(source, &["gen_ai.agent.handoff_parent"]);
    let (evidence, parent) = graph.or_else(|| Some(("handoff:handoff_parent", last()?)))?;
    let target = fields.agent_name.clone()?;
    let itself = parent == target || fields.agent_id.as_ref() == Some(&parent);
    let nobody = BEGINNINGS.contains(&parent.as_str()) || is_of_one_run(&parent);
    (!itself && !nobody).then_some(HandoffHint {
        rule: HandoffRule::GraphParent.as_str(),
        evidence,
        source: Some(parent),
        target,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// Where a graph begins, which is nobody.
const BEGINNINGS: &[&str] = &["start", "__start__", "root"];

/// An agent that is a node of a graph takes over from the agent before it, if there is one.
fn sibling(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    langgraph::Metadata::of(source).node()?;
    Some(HandoffHint {
        rule: HandoffRule::SiblingAgents.as_str(),
        evidence: "handoff:langgraph_sibling",
        source: None,
        target: fields.agent_name.clone()?,
        reason: None,
        mode: Some(HandoffMode::Transfer),
        context: None,
    })
}

/// OpenLLMetry puts all agents of OpenAI's SDK side by side, those too that one calls as a tool.
fn beside(source: &SpanSource<'_>, fields: &SemanticFields) -> Option<HandoffHint> {
    let flat = source.scope == "opentelemetry.instrumentation.openai_agents";
    let target = fields.agent_name.clone().filter(|_| flat)?;
    Some(HandoffHint {
        rule: HandoffRule::DuringTool.as_str(),
        evidence: "handoff:during_tool",
        source: None,
        target,
        reason: None,
        mode: Some(HandoffMode::Delegate),
        context: None,
    })
}

/// The arguments of a call, wherever the dialect put them.
struct Arguments<'a> {
    object: Map<String, Json>,
    text: &'a str,
}

impl<'a> Arguments<'a> {
    fn of(fields: &'a SemanticFields) -> Self {
        let input = fields.input.as_ref();
        Self {
            object: input
                .and_then(|input| payload::parsed(input.get()))
                .unwrap_or_default(),
            text: input.map_or("", RawJson::get),
        }
    }

    /// An argument of the call itself, else of what the call was made from.
    fn text(&self, name: &str) -> Option<String> {
        let direct = self.object.get(name).and_then(Json::as_str);
        let found = direct.map(str::to_owned).or_else(|| self.quoted(name));
        found.filter(|text| !text.trim().is_empty())
    }

    /// CrewAI's instrumentation writes the call as the text of a Python object, inside a field.
    fn quoted(&self, name: &str) -> Option<String> {
        if !self.text.contains(name) {
            return None;
        }
        let texts = self.object.values().filter_map(Json::as_str);
        texts.filter_map(|text| quoted_value(text, name)).next()
    }

    fn reason(&self) -> Option<String> {
        let names = ["reason", "task", "question", "description", "prompt"];
        let reason = names.iter().find_map(|name| self.text(name))?;
        let end = reason.floor_char_boundary(MAX_REASON_BYTES);
        Some(reason[..end].to_owned())
    }
}

/// The value after `"name":` or `'name':`, up to the quote that closes it.
fn quoted_value(text: &str, name: &str) -> Option<String> {
    let after = ['"', '\''].iter().find_map(|quote| {
        let (_, rest) = text.split_once(&format!("{quote}{name}{quote}"))?;
        rest.trim_start().strip_prefix(':').map(str::trim_start)
    })?;
    let quote = after
        .chars()
        .next()
        .filter(|first| ['"', '\''].contains(first))?;
    let mut value = String::new();
    let mut rest = after[1..].chars();
    loop {
        match rest.next()? {
            '\\' => value.extend(
                rest.next()
                    .map(|escaped| if escaped == 'n' { '\n' } else { escaped }),
            ),
            end if end == quote => return Some(value),
            other => value.push(other),
        }
    }
}
