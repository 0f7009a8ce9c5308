//! The dialects in which agent frameworks speak OpenTelemetry, one file each.
//!
//! ```text
//!  SpanSource ──▶ each dialect that it speaks ──▶ SemanticFields ┐
//!                 (most specific first)           SemanticFields ├─ fill ─▶ SemanticFields ─▶ settled
//!                                                 SemanticFields ┘
//! ```
//!
//! A dialect is recognised on the span, never on its resource: one process mixes them, and one span
//! often speaks two. Each dialect reads what it knows and nothing else; the first that says a thing
//! decides it, whole. The order of `DIALECTS` is therefore the order of precedence, for the kind of
//! a span as for every other field. Each decision that could have gone another way leaves a rule.

mod a2a;
mod ag2;
mod agno;
mod ai_sdk;
mod autogen;
mod claude_code;
pub(crate) mod control_flow;
mod crewai;
mod flattened;
mod generic;
mod genkit;
mod handoff;
mod kind;
mod koog;
mod langfuse;
mod langgraph;
mod langsmith;
mod llamaindex;
mod logfire;
mod mastra;
mod mlflow;
mod money;
mod openai_agents;
mod openinference;
mod openlit;
mod otel;
mod payload;
mod provider;
mod semantic_fields;
mod stated;
mod traceloop;
mod usage;
mod wrapper;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use telemetron_model::bounds::MAX_ID_BYTES;
use telemetron_model::record::SpanKind;

use crate::{SpanSource, attributes};
pub(crate) use claude_code::{SPAWNING_TOOLS, ScopeContext, USUAL_SUBAGENT, of_query_source};
pub use semantic_fields::{HandoffHint, Pending, SemanticFields};

/// One way of speaking.
struct Dialect {
    name: &'static str,
    /// The rule of a kind that this dialect decided.
    kind_rule: &'static str,
    matches: fn(&SpanSource<'_>) -> bool,
    read: fn(&SpanSource<'_>) -> SemanticFields,
}

macro_rules! dialects {
    ($($module:ident: $name:literal),+ $(,)?) => {
        &[$(Dialect {
            name: $name,
            kind_rule: concat!("kind:", $name),
            matches: $module::matches,
            read: $module::read,
        }),+]
    };
}

/// Every dialect, the most specific first; ordinary instrumentation speaks the last one alone.
const DIALECTS: &[Dialect] = dialects! {
    crewai: "crewai",
    openai_agents: "openai_agents",
    langgraph: "langgraph",
    openinference: "openinference",
    llamaindex: "llamaindex",
    langfuse: "langfuse",
    langsmith: "langsmith",
    mlflow: "mlflow",
    claude_code: "claude_code",
    agno: "agno",
    traceloop: "traceloop",
    autogen: "autogen",
    genkit: "genkit",
    ag2: "ag2",
    koog: "koog",
    a2a: "a2a",
    openlit: "openlit",
    mastra: "mastra",
    ai_sdk: "ai_sdk",
    otel: "otel_genai",
    logfire: "logfire",
};

/// Reads what a span says, in whatever dialects it speaks.
pub fn read(source: &SpanSource<'_>) -> SemanticFields {
    let mut fields = SemanticFields::default();
    for dialect in DIALECTS.iter().filter(|dialect| (dialect.matches)(source)) {
        let mut said = (dialect.read)(source);
        said.dialects.push(dialect.name);
        said.rules.extend(said.kind.map(|_| dialect.kind_rule));
        fields.fill(said);
    }
    fields.fill(generic::read(source, &fields));
    wrapper::take_off(&mut fields);
    stated::read(source, &mut fields);
    settle(source, &mut fields);
    fields
}

/// Completes what only the whole reading can tell.
fn settle(source: &SpanSource<'_>, fields: &mut SemanticFields) {
    if fields.model.is_none() {
        fields.model.clone_from(&fields.requested_model);
    }
    trim_agent(fields);
    name_after_span(source, fields);
    if fields.handoff.is_none() {
        fields.handoff = handoff::infer(source, fields);
    }
    fields
        .rules
        .extend(fields.handoff.as_ref().map(|handoff| handoff.evidence));
    // A longer id stays among the attributes.
    for id in [
        &mut fields.session_id,
        &mut fields.user_id,
        &mut fields.project,
    ] {
        *id = id.take().filter(|id| id.len() <= MAX_ID_BYTES);
    }
}

/// Takes blanks and quotes off the name and the id of an agent: roles are often written with them,
/// and `Researcher` with and without a line end is one agent. What is left of neither is no name.
fn trim_agent(fields: &mut SemanticFields) {
    for text in [&mut fields.agent_name, &mut fields.agent_id] {
        let Some(told) = text else { continue };
        let bare =
            told.trim_matches(|letter: char| letter.is_whitespace() || "\"'`".contains(letter));
        if bare.is_empty() {
            *text = None;
        } else if bare.len() < told.len() {
            *text = Some(bare.to_owned());
        }
    }
}

/// Names an agent or a tool that bears no name after its span, without what says only its kind.
///
/// A span that is called `agent` and nothing else (a step of a prebuilt graph) is the work of
/// whoever is at work above it, and an agent with an id is not called what one of its runs is.
fn name_after_span(source: &SpanSource<'_>, fields: &mut SemanticFields) {
    let (name, around, rule) = match fields.kind {
        Some(SpanKind::Agent) if fields.agent_id.is_none() => {
            (&mut fields.agent_name, AGENT_WORDS, "agent_name:span_name")
        }
        Some(SpanKind::Tool) => (&mut fields.tool_name, TOOL_WORDS, "tool_name:span_name"),
        _ => return,
    };
    let mut bare = source.span.name.trim();
    for word in around {
        bare = bare.strip_prefix(word).unwrap_or(bare);
        bare = bare.strip_suffix(word).unwrap_or(bare);
    }
    let says_nothing = ["agent", "invoke_agent", "execute_tool", "tools/call"];
    let says_nothing = says_nothing
        .iter()
        .any(|word| bare.eq_ignore_ascii_case(word));
    if name.is_none() && !bare.is_empty() && !says_nothing {
        *name = Some(bare.to_owned());
        fields.rules.push(rule);
    }
}

/// What says only that a span is an agent's.
const AGENT_WORDS: &[&str] = &["invoke_agent ", "agent run: ", ".agent", ".run"];

/// What says only that a span is a call of a tool.
const TOOL_WORDS: &[&str] = &[
    "MCP send ",
    "execute_tool ",
    "tools/call ",
    ".tool",
    ".__call__",
];

/// The first of several attributes that is a text, as a text of its own; ids are whole numbers too.
fn words(source: &SpanSource<'_>, names: &[&str]) -> Option<String> {
    let told = |name: &&str| match source.attributes.get(name)? {
        Value::IntValue(number) => Some(number.to_string()),
        other => attributes::text(other).map(str::to_owned),
    };
    names.iter().find_map(told)
}

#[cfg(test)]
mod tests;
