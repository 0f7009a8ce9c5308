//! From the spans and handoffs of a trace to its graph. Pure.

use std::collections::BTreeMap;

use telemetron_model::fold::Totals;
use telemetron_model::record::HandoffMode;
use telemetron_view::{AgentNode, AgentWork, EdgeKind, GraphEdge, millis_of};

use super::agents::Agents;
use super::invocations::{Known, OfAgent, invocations};
use super::meant::Meant;
use super::owners::{owners, parents};
use super::{Graph, HandoffRow, SpanRow};

/// Most reasons that one edge names.
const MAX_REASONS: usize = 20;

/// Edges by source, target and what they are: their order.
type Edges = BTreeMap<(usize, usize, Way), (i64, Vec<String>)>;

/// What an edge is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// Work that was passed on for good.
    Transfer,
    /// Work that was given to be done.
    Delegation,
    /// Nothing but spans below spans.
    Below,
}

impl Way {
    const fn of(mode: Option<HandoffMode>) -> Self {
        match mode {
            Some(HandoffMode::Delegate) => Self::Delegation,
            _ => Self::Transfer,
        }
    }

    const fn told(self) -> (EdgeKind, Option<HandoffMode>) {
        match self {
            Self::Transfer => (EdgeKind::Handoff, Some(HandoffMode::Transfer)),
            Self::Delegation => (EdgeKind::Handoff, Some(HandoffMode::Delegate)),
            Self::Below => (EdgeKind::ParentChild, None),
        }
    }
}

/// Builds the graph.
pub(super) fn graph(spans: &[SpanRow], handoffs: &[HandoffRow]) -> Graph {
    let agents = Agents::of(spans, handoffs);
    let named: Vec<_> = spans
        .iter()
        .map(|span| agents.find(span.agent_id.as_deref(), span.agent_name.as_deref()))
        .collect();
    let parents = parents(spans);
    let owners = owners(&named, &parents);
    let mut work = vec![AgentWork::default(); agents.known.len()];
    let mut unattributed = AgentWork::default();
    let known = Known {
        spans,
        named: &named,
        parents: &parents,
        owners: &owners,
    };
    let mut edges = handed(handoffs, &Meant::of(handoffs, &agents, known));
    for (span, owner) in spans.iter().zip(&owners) {
        let enters = owner.enters();
        let mine = owner.own.and_then(|own| work.get_mut(own));
        add(mine.unwrap_or(&mut unattributed), span, enters);
        if let (Some(source), Some(target), true) = (owner.above, owner.own, enters)
            && !is_told(&edges, source, target)
        {
            edge(&mut edges, source, target, Way::Below, None);
        }
    }
    let invocations = invocations(known, agents.known.len());
    Graph {
        edges: named_edges(edges, &agents),
        nodes: nodes(agents, work, invocations),
        unattributed,
    }
}

/// The edges of what was passed on and of what was given to be done.
fn handed(handoffs: &[HandoffRow], meant: &Meant<'_>) -> Edges {
    let mut edges = Edges::new();
    for handoff in handoffs {
        let way = Way::of(handoff.mode);
        if let (Some(source), Some(target)) = meant.find(handoff) {
            edge(&mut edges, source, target, way, handoff.reason.as_ref());
        }
    }
    edges
}

/// Whether an edge tells already that one worked for the other.
fn is_told(edges: &Edges, source: usize, target: usize) -> bool {
    let mut ways = [Way::Transfer, Way::Delegation].into_iter();
    ways.any(|way| edges.contains_key(&(source, target, way)))
}

/// Adds a span to the work of its agent; `enters` says whether it began outside that work.
pub(super) fn add(work: &mut AgentWork, span: &SpanRow, enters: bool) {
    let totals = Totals::of(&span.facts, span.counts);
    work.spans += totals.spans;
    work.running_spans += totals.running;
    work.llm_calls += totals.llm_calls;
    work.tool_calls += totals.tool_calls;
    work.tokens += totals.usage;
    work.cost_usd += totals.cost;
    work.errors += totals.failed;
    if enters && span.measured {
        work.duration_ms += span.facts.duration_ns().map_or(0.0, millis_of);
    }
}

fn edge(edges: &mut Edges, source: usize, target: usize, way: Way, reason: Option<&String>) {
    let (count, reasons) = edges.entry((source, target, way)).or_default();
    *count += 1;
    if let Some(reason) = reason
        && reasons.len() < MAX_REASONS
        && !reasons.contains(reason)
    {
        reasons.push(reason.clone());
    }
}

fn named_edges(edges: Edges, agents: &Agents) -> Vec<GraphEdge> {
    let id_of = |place: usize| agents.known.get(place).map(|(id, _)| id.clone());
    let named = |((source, target, way), (count, reasons)): (_, (i64, Vec<String>))| {
        let (kind, mode) = Way::told(way);
        Some(GraphEdge {
            source: id_of(source)?,
            target: id_of(target)?,
            kind,
            mode,
            count,
            reasons,
        })
    };
    edges.into_iter().filter_map(named).collect()
}

fn nodes(agents: Agents, work: Vec<AgentWork>, invocations: Vec<OfAgent>) -> Vec<AgentNode> {
    let node = |(((id, name), work), (invocation_count, invocations))| AgentNode {
        id,
        name,
        work,
        invocation_count,
        invocations,
    };
    let known = agents.known.into_iter().zip(work).zip(invocations);
    known.map(node).collect()
}
