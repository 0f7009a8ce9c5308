//! `telemetron traces graph`.

use clap::Args;
use telemetron_model::record::HandoffMode;
use telemetron_view::{
    AgentGraph, AgentNode, AgentWork, EdgeKind, Follow, GraphEdge, Invocation, millis_between,
};

use super::list::tell_lag;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Most reasons of an edge that are shown.
const REASONS: usize = 3;

/// Which trace.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Its id, the beginning of it, `last` or `last-failed`
    trace_id: String,
    /// Read its whole run: `links`, all traces that links of spans join; `session`, all of its session
    #[arg(long, value_name = "BY", value_parser = |text: &str| text.parse::<Follow>())]
    follow: Option<Follow>,
}

/// Shows the agents of a trace, and who called whom.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let path = ["api", "v1", "traces", &choice.trace_id, "graph"];
    let mut query = Query::default();
    query.add("follow", choice.follow);
    let answer = client.get(&path, &query).await?;
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
    if graph.nodes.iter().any(is_invoked_again) {
        output::line(format_args!("\n{}", invocations(&graph)))?;
    }
    tell_lag(graph.freshness.lag)
}

fn agents(graph: &AgentGraph) -> Table {
    let heads = [
        "~AGENT", ">TIMES", ">SPANS", ">LLM", ">TOOLS", ">TOKENS", ">COST", ">ERRORS", ">AT WORK",
    ];
    let mut table = Table::new(&heads);
    for node in &graph.nodes {
        let name = Cell::painted(paint::STRONG, &node.name);
        table.row(row(name, Some(node.invocation_count), &node.work));
    }
    if graph.unattributed.spans > 0 {
        table.row(row(
            Cell::painted(paint::QUIET, "no agent"),
            None,
            &graph.unattributed,
        ));
    }
    table
}

fn row(name: Cell, times: Option<i64>, work: &AgentWork) -> Vec<Cell> {
    let errors = match work.errors {
        0 => Cell::plain(""),
        errors => Cell::painted(paint::FAILED, errors),
    };
    vec![
        name,
        Cell::plain(times.map(output::count_text).unwrap_or_default()),
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
    let (arrow, style) = match (edge.kind, edge.mode) {
        (EdgeKind::Handoff, Some(HandoffMode::Delegate)) => ("─delegates─▶", paint::LINK),
        (EdgeKind::Handoff, _) => ("─handoff───▶", paint::LINK),
        (EdgeKind::ParentChild, _) => ("─calls─────▶", paint::QUIET),
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

/// Whether an agent has invocations to be told apart.
const fn is_invoked_again(node: &AgentNode) -> bool {
    node.invocation_count > 1
}

/// The invocations of agents that have several, in order of time.
fn invocations(graph: &AgentGraph) -> Table {
    let heads = [
        "INVOKED", ">AFTER", "STATUS", ">SPANS", ">TOKENS", ">COST", ">TOOK", "~AS", "SPAN",
    ];
    let mut table = Table::new(&heads);
    let mut all: Vec<_> = graph
        .nodes
        .iter()
        .filter(|node| is_invoked_again(node))
        .flat_map(|node| node.invocations.iter().map(|one| (&node.name, one)))
        .collect();
    all.sort_by_key(|(_, one)| one.start_time.0);
    let everything = graph.nodes.iter().flat_map(|node| &node.invocations);
    let began = everything.map(|one| one.start_time.0).min();
    for (name, one) in all {
        let after = began.map(|began| millis_between(began, one.start_time.0));
        table.row(invocation_row(name, after, one));
    }
    table
}

fn invocation_row(name: &str, after_ms: Option<f64>, one: &Invocation) -> Vec<Cell> {
    let took = one
        .end_time
        .filter(|_| one.work.duration_ms > 0.0)
        .map(|_| output::duration_text(one.work.duration_ms));
    vec![
        Cell::painted(paint::STRONG, name),
        Cell::painted(
            paint::QUIET,
            after_ms.map(output::duration_text).unwrap_or_default(),
        ),
        Cell::painted(paint::status(one.status), one.status),
        Cell::plain(output::count_text(one.work.spans)),
        Cell::plain(output::count_text(one.work.tokens.total)),
        Cell::plain(output::cost_text(one.work.cost_usd)),
        Cell::plain(took.unwrap_or_default()),
        Cell::plain(&one.name),
        Cell::painted(paint::QUIET, one.span_id),
    ]
}
