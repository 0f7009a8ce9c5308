//! What a file became, in one line.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use telemetron_model::SpanId;
use telemetron_model::fold::SpanFacts;
use telemetron_model::fold::acting::{Acting, Said};
use telemetron_model::fold::calls::{Calls, Node};
use telemetron_model::fold::handoffs::{Place, StatedHandoff, Turn, resolve};
use telemetron_model::record::{Handoff, Record, Span, SpanKind, Status, TokenUsage};

/// Counts and names.
#[derive(Default)]
pub(crate) struct Outcome {
    spans: usize,
    kinds: BTreeMap<SpanKind, usize>,
    failed: usize,
    usage: TokenUsage,
    agents: BTreeSet<String>,
    models: BTreeSet<String>,
    tools: BTreeSet<String>,
    handoffs: BTreeMap<String, usize>,
}

impl Outcome {
    /// Sums up records. What only announces a span is left out: the end of the span is there too.
    pub(crate) fn of(records: Vec<Record>) -> Self {
        let mut spans = Vec::new();
        let mut handoffs = Vec::new();
        for record in records {
            match record {
                Record::Span(span) if span.status != Status::Running => spans.push(*span),
                Record::Handoff(handoff) => handoffs.push(*handoff),
                _ => {}
            }
        }
        let mut outcome = Self::default();
        spans.iter().for_each(|span| outcome.add(span));
        outcome.usage = usage(&spans);
        outcome.handoffs = standing(&spans, &handoffs);
        outcome
    }

    fn add(&mut self, span: &Span) {
        self.spans += 1;
        *self.kinds.entry(span.span_kind).or_default() += 1;
        self.failed += usize::from(span.status == Status::Failed);
        self.agents.extend(span.agent_name.clone());
        let (llm, tool) = (
            span.span_kind == SpanKind::Llm,
            span.span_kind == SpanKind::Tool,
        );
        self.models.extend(span.model.clone().filter(|_| llm));
        self.tools.extend(span.tool_name.clone().filter(|_| tool));
    }
}

/// The tokens that count.
fn usage(spans: &[Span]) -> TokenUsage {
    let facts = |span: &Span| SpanFacts::of(span, span.start_time, span.end_time);
    let tree: HashMap<_, _> = spans
        .iter()
        .map(|span| (span.span_id, facts(span)))
        .collect();
    let node = |id: SpanId| {
        let facts = tree.get(&id)?;
        Some(Node {
            parent: facts.parent,
            role: facts.role(),
        })
    };
    let calls = Calls::of(tree.keys().copied(), node);
    let mut sum = TokenUsage::default();
    for (id, facts) in &tree {
        if facts.carries_tokens() && calls.counts(*id, node) {
            sum += facts.usage;
        }
    }
    sum
}

/// The handoffs that stand, and how often.
fn standing(spans: &[Span], handoffs: &[Handoff]) -> BTreeMap<String, usize> {
    let stated: Vec<_> = handoffs.iter().map(stated).collect();
    let places = places(spans);
    let named = spans
        .iter()
        .filter_map(|span| span.agent_name.clone())
        .collect();
    let mut found = BTreeMap::new();
    for passed in resolve(&stated, &places, &turns(spans), &named)
        .into_iter()
        .flatten()
    {
        *found
            .entry(format!("{} > {}", passed.source, passed.target))
            .or_default() += 1;
    }
    found
}

/// Who began to work when.
fn turns(spans: &[Span]) -> Vec<Turn> {
    let turn = |span: &Span| {
        let agent = span.agent_name.clone().or_else(|| span.agent_id.clone());
        let is_tool = span.span_kind == SpanKind::Tool;
        let agent = agent.or_else(|| is_tool.then(String::new))?;
        Some(Turn {
            start: span.start_time,
            tool_end: span.end_time.filter(|_| is_tool),
            agent,
        })
    };
    let mut turns: Vec<_> = spans.iter().filter_map(turn).collect();
    turns.sort_unstable();
    turns
}

fn stated(handoff: &Handoff) -> StatedHandoff<'_> {
    StatedHandoff {
        id: &handoff.handoff_id,
        source: handoff.source_agent_name.as_deref(),
        target: &handoff.target_agent_name,
        rule: handoff.rule.as_deref(),
        span: handoff.span_id,
        time: handoff.timestamp,
        until: handoff.until,
    }
}

/// Every span with whoever is at work in it.
fn places(spans: &[Span]) -> HashMap<SpanId, Place> {
    let by_id: HashMap<_, _> = spans.iter().map(|span| (span.span_id, span)).collect();
    let said = |id: SpanId| match by_id.get(&id) {
        Some(span) => match (&span.agent_name, span.parent_span_id) {
            (None, Some(parent)) => Said::AsAbove(parent),
            (agent, _) => Said::This(agent.clone()),
        },
        None => Said::This(None),
    };
    let mut acting = Acting::default();
    let mut place = |span: &Span| Place {
        agent: acting.of(span.span_id, said),
        kind: span.span_kind,
        parent: span.parent_span_id,
        start: span.start_time,
    };
    spans
        .iter()
        .map(|span| (span.span_id, place(span)))
        .collect()
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = |kind| self.kinds.get(&kind).copied().unwrap_or_default();
        write!(
            f,
            "{}\tA{} L{} T{} R{} C{}\t{}\t{}/{}/{}\t{}\t{}\t{}\t",
            self.spans,
            kind(SpanKind::Agent),
            kind(SpanKind::Llm),
            kind(SpanKind::Tool),
            kind(SpanKind::Retriever),
            kind(SpanKind::Chain),
            self.failed,
            self.usage.input,
            self.usage.output,
            self.usage.total,
            listed(&self.agents),
            listed(&self.models),
            listed(&self.tools),
        )?;
        let handoffs = self.handoffs.iter().map(|(pair, times)| match times {
            1 => pair.clone(),
            times => format!("{pair} x{times}"),
        });
        f.write_str(&listed(&handoffs.collect()))
    }
}

fn listed(names: &BTreeSet<String>) -> String {
    if names.is_empty() {
        return "-".to_owned();
    }
    names
        .iter()
        .map(String::as_str)
        .collect::<Vec<_>>()
        .join("; ")
}
