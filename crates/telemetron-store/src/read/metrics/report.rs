//! From the sums of groups to what is shown: totals, and those of each kind, agent, model, tool.

use std::collections::BTreeMap;

use telemetron_model::fold::{Measures, RollupKind};

use super::GroupRow;

/// Everything in a range, added up.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Metrics {
    /// By kind; whole traces are a kind too.
    pub kinds: BTreeMap<RollupKind, Work>,
    /// By agent: its agent spans, with the tokens of its LLM calls.
    pub agents: Vec<(String, Work)>,
    /// By model: its calls.
    pub models: Vec<(String, Work)>,
    /// By tool: its calls.
    pub tools: Vec<(String, Work)>,
    /// The slots that hold anything, by number.
    pub series: Vec<Slot>,
}

/// Sums of work.
pub type Work = Measures;

/// One slot of the series.
#[derive(Debug, Clone, PartialEq)]
pub struct Slot {
    /// Its number, from the start of the range.
    pub number: i64,
    /// By kind: traces, LLM calls, tool calls.
    pub kinds: BTreeMap<RollupKind, Work>,
}

pub(super) fn add_up(groups: Vec<GroupRow>, series: Vec<GroupRow>) -> Metrics {
    let mut kinds = BTreeMap::new();
    let [mut agents, mut models, mut tools] = <[BTreeMap<String, Work>; 3]>::default();
    for group in groups {
        add(kinds.entry(group.kind).or_default(), &group.measures);
        match group.kind {
            RollupKind::Agent => named(&mut agents, group.agent, &group.measures),
            RollupKind::Llm => {
                named(&mut agents, group.agent, &spent(&group.measures));
                named(&mut models, group.model, &group.measures);
            }
            RollupKind::Tool => named(&mut tools, group.tool, &group.measures),
            RollupKind::Trace | RollupKind::Retriever | RollupKind::Chain => {}
        }
    }
    Metrics {
        kinds,
        agents: busiest(agents),
        models: busiest(models),
        tools: busiest(tools),
        series: slots(series),
    }
}

fn slots(series: Vec<GroupRow>) -> Vec<Slot> {
    let mut slots: BTreeMap<i64, BTreeMap<RollupKind, Work>> = BTreeMap::new();
    for group in series {
        let kinds = slots.entry(group.slot).or_default();
        add(kinds.entry(group.kind).or_default(), &group.measures);
    }
    let slot = |(number, kinds)| Slot { number, kinds };
    slots.into_iter().map(slot).collect()
}

/// Only what was spent, for the agent on whose behalf it was.
fn spent(measures: &Measures) -> Measures {
    Measures {
        usage: measures.usage,
        cost: measures.cost,
        ..Measures::default()
    }
}

fn named(all: &mut BTreeMap<String, Work>, name: String, measures: &Measures) {
    if !name.is_empty() {
        add(all.entry(name).or_default(), measures);
    }
}

fn add(sum: &mut Work, measures: &Measures) {
    sum.started += measures.started;
    sum.finished += measures.finished;
    sum.failed += measures.failed;
    sum.duration_us = sum.duration_us.saturating_add(measures.duration_us);
    sum.durations.merge(&measures.durations);
    sum.usage += measures.usage;
    sum.cost += measures.cost;
}

/// Those with most work first.
fn busiest(all: BTreeMap<String, Work>) -> Vec<(String, Work)> {
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(_, work)| std::cmp::Reverse((work.started, work.usage.total)));
    all
}
