//! `agent_graph`: who worked in a trace, and who called whom.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_model::record::HandoffMode;
use telemetron_view::{AgentGraph, AgentNode, AgentWork, EdgeKind, GraphEdge};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, lines, which};

/// Most invocations of an agent that are told.
const MOST_INVOCATIONS: usize = 5;

/// Which trace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AgentGraphOf {
    /// Trace id, or `last`, or `last-failed`
    trace_id: String,
    /// `links` reads the whole run: all traces that links of spans join to this one; `session` all
    /// traces of its session
    follow: Option<String>,
}

impl Tool for AgentGraphOf {
    const NAME: &'static str = "agent_graph";
    const TITLE: &'static str = "Agent graph";
    const ABOUT: &'static str = "Who worked in a trace and who called whom: agents with spans, time, \
        tokens, cost and errors; handoffs and delegations with their reasons; calls with their counts.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let id = which::trace(context, &self.trace_id).await?;
        let path = Path::new(&["traces", &id, "graph"]).with("follow", self.follow.as_ref());
        let graph: AgentGraph = context.read(&path).await?;
        let mut answer_text = context.answer_text();
        answer_text.line(format!("# Agents of trace {id}"));
        if graph.nodes.is_empty() {
            answer_text.line("No span of it names an agent.");
        }
        if graph.unattributed.spans > 0 && !graph.nodes.is_empty() {
            answer_text.line(format!("without an agent: {}", work(&graph.unattributed)));
        }
        answer_text.line(lines::stale(&graph.freshness));
        answer_text.line(graph.run.as_ref().map_or_else(String::new, lines::of_run));
        answer_text.section(edges(&graph, EdgeKind::Handoff, "Handoffs").share(45));
        answer_text.section(agents(&graph).share(60));
        answer_text.section(edges(&graph, EdgeKind::ParentChild, "Calls"));
        answer_text.next(format!(
            "timeline({}, only=[\"handoff\"]) has them in time",
            which::arguments(&id, self.follow.as_deref())
        ));
        Ok(answer_text.finish())
    }
}

/// The agents, those with errors first, then those with most time.
pub(super) fn agents(graph: &AgentGraph) -> Section {
    let mut nodes: Vec<&AgentNode> = graph.nodes.iter().collect();
    nodes.sort_by(|a, b| {
        let errors = b.work.errors.cmp(&a.work.errors);
        errors.then(b.work.duration_ms.total_cmp(&a.work.duration_ms))
    });
    let items = nodes.iter().map(|node| {
        let (name, work) = (format::line(&node.name, 60), work(&node.work));
        format!("- {name}: {work}{}", invocations(node))
    });
    Section::new("Agents", items.collect())
}

/// The invocations of an agent that was called more than once: what ran under one name, apart.
fn invocations(node: &AgentNode) -> String {
    if node.invocation_count < 2 {
        return String::new();
    }
    let told = node.invocations.iter().take(MOST_INVOCATIONS).map(|one| {
        let start = format::instant(one.start_time);
        let took = format::duration(one.work.duration_ms);
        let id = lines::span_id(one.trace_id, &one.span_id);
        format!("\n  {} [{id}] from {start}, {took}", one.status)
    });
    let told: String = told.collect();
    format!("\n  invoked {} times:{told}", node.invocation_count)
}

fn work(work: &AgentWork) -> String {
    format::joined([
        format::things(work.errors, "error"),
        format::things(work.spans, "span"),
        match work.running_spans {
            0 => String::new(),
            running => format!("{running} running"),
        },
        format::duration(work.duration_ms),
        format::things(work.llm_calls, "LLM call"),
        format::things(work.tool_calls, "tool call"),
        lines::spent(&work.tokens, work.cost_usd),
    ])
}

fn edges(graph: &AgentGraph, kind: EdgeKind, title: &str) -> Section {
    let name = |id: &str| {
        let node = graph.nodes.iter().find(|node| node.id == id);
        format::line(node.map_or(id, |node| node.name.as_str()), 60)
    };
    let edge = |edge: &GraphEdge| {
        let reasons = if edge.reasons.is_empty() {
            String::new()
        } else {
            format!(": {}", format::line(&edge.reasons.join("; "), 240))
        };
        let (source, target) = (name(&edge.source), name(&edge.target));
        let how = match edge.mode {
            Some(HandoffMode::Delegate) => " (delegates)",
            _ => "",
        };
        format!("- {source} → {target}{how} ×{}{reasons}", edge.count)
    };
    let mut edges: Vec<_> = graph
        .edges
        .iter()
        .filter(|edge| edge.kind == kind)
        .collect();
    edges.sort_by_key(|edge| std::cmp::Reverse(edge.count));
    Section::new(title, edges.into_iter().map(edge).collect())
}
