//! `telemetron traces graph`.

use clap::Args;
use telemetron_model::view::{AgentGraph, AgentNode, AgentWork, EdgeKind, GraphEdge};

use super::list::tell_lag;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Most reasons of an edge that are shown.
const REASONS: usize = 3;

/// Which trace.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Its id: 32 hex digits, or a UUID
    trace_id: String,
}

/// Shows the agents of a trace, and who called whom.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let path = ["api", "v1", "traces", &choice.trace_id, "graph"];
    let answer = client.get(&path, &Query::default()).await?;
    if json {
        return output::json(&answer);
    }
    let graph: AgentGraph = serde_json::from_str(answer.get())?;
    if graph.nodes.is_empty() {
        output::line("no span names an agent")?;
    } else {
        output::line(agents(&graph))?;
    }
    if !graph.edges.is_empty() {
        output::line(format_args!("\n{}", edges(&graph)))?;
    }
    tell_lag(graph.freshness.lag)
}

fn agents(graph: &AgentGraph) -> Table {
    let heads = [
        "~AGENT", ">SPANS", ">LLM", ">TOOLS", ">TOKENS", ">COST", ">ERRORS", ">AT WORK",
    ];
    let mut table = Table::new(&heads);
    for node in &graph.nodes {
        table.row(row(Cell::painted(paint::STRONG, &node.name), &node.work));
    }
    if graph.unattributed.spans > 0 {
        table.row(row(
            Cell::painted(paint::QUIET, "no agent"),
            &graph.unattributed,
        ));
    }
    table
}

fn row(name: Cell, work: &AgentWork) -> Vec<Cell> {
    let errors = match work.errors {
        0 => Cell::plain(""),
        errors => Cell::painted(paint::FAILED, errors),
    };
    vec![
        name,
        Cell::plain(output::count_text(work.spans)),
        Cell::plain(output::count_text(work.llm_calls)),
        Cell::plain(output::count_text(work.tool_calls)),
        Cell::plain(output::count_text(work.tokens.total)),
        Cell::plain(output::cost_text(work.cost_usd)),
        errors,
        Cell::plain(output::duration_text(work.duration_ms)),
    ]
}

fn edges(graph: &AgentGraph) -> Table {
    let mut table = Table::new(&["FROM", "", "TO", ">TIMES", "~WHY"]);
    for edge in &graph.edges {
        table.row(edge_row(&graph.nodes, edge));
    }
    table
}

fn edge_row(nodes: &[AgentNode], edge: &GraphEdge) -> Vec<Cell> {
    let name = |id: &str| {
        let node = nodes.iter().find(|node| node.id == id);
        node.map_or_else(|| id.to_owned(), |node| node.name.clone())
    };
    let (arrow, style) = match edge.kind {
        EdgeKind::Handoff => ("─handoff─▶", paint::LINK),
        EdgeKind::ParentChild => ("─calls───▶", paint::QUIET),
    };
    let reasons: Vec<&str> = edge
        .reasons
        .iter()
        .take(REASONS)
        .map(String::as_str)
        .collect();
    vec![
        Cell::plain(name(&edge.source)),
        Cell::painted(style, arrow),
        Cell::plain(name(&edge.target)),
        Cell::plain(edge.count),
        Cell::plain(reasons.join(" · ")),
    ]
}
