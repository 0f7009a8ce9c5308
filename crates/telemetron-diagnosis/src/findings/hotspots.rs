//! What tokens and money went into: the agent, and the one call.

use std::collections::BTreeMap;

use telemetron_model::NanoUsd;
use telemetron_view::FindingKind;

use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// Less than this part of the whole is no hot-spot.
const LEAST_SHARE: f64 = 0.3;

/// Hot-spots of tokens and of cost.
pub(super) fn find(tree: &Tree<'_>) -> Vec<Noted> {
    let tokens = Spent::of(tree, |tree, place| {
        tree.span(place).tokens.map(|tokens| tokens.total)
    });
    let cost = Spent::of(tree, |tree, place| {
        tree.span(place).cost.map(NanoUsd::nanos)
    });
    let of_tokens = tokens.note(tree, |count| format!("{count} tokens"));
    match (of_tokens, tokens.peak(), cost.peak()) {
        (Some(mut noted), peak, same) if peak == same => {
            let also = format!(" The cost is spread alike, {} in all.", dollars(cost.total));
            noted.finding.sentence.push_str(&also);
            vec![noted]
        }
        (of_tokens, ..) => of_tokens
            .into_iter()
            .chain(cost.note(tree, dollars))
            .collect(),
    }
}

/// `$0.0123`; with more digits where four would hide it.
fn dollars(nanos: i64) -> String {
    let digits = if nanos < 1_000_000 { 6 } else { 4 };
    format!("${:.digits$}", NanoUsd::from_nanos(nanos).usd())
}

/// How something is spread over agents and calls.
struct Spent<'a> {
    total: i64,
    agents: BTreeMap<Option<&'a str>, (i64, usize)>,
    largest: Option<(i64, Place)>,
    spenders: usize,
}

impl<'a> Spent<'a> {
    /// Sums what counts, as a trace's own sums do.
    fn of(tree: &Tree<'a>, of: impl Fn(&Tree<'a>, Place) -> Option<i64>) -> Self {
        let mut spent = Self {
            total: 0,
            agents: BTreeMap::new(),
            largest: None,
            spenders: 0,
        };
        for place in tree.places().filter(|place| is_counted(tree, *place)) {
            let Some(amount) = of(tree, place).filter(|amount| *amount > 0) else {
                continue;
            };
            spent.add(tree.agent(place), amount, place);
        }
        spent
    }

    fn add(&mut self, agent: Option<&'a str>, amount: i64, place: Place) {
        self.total = self.total.saturating_add(amount);
        self.spenders += 1;
        let (sum, calls) = self.agents.entry(agent).or_default();
        *sum = sum.saturating_add(amount);
        *calls += 1;
        if self.largest.is_none_or(|(most, _)| amount > most) {
            self.largest = Some((amount, place));
        }
    }

    /// The agent that spent most, and the largest call.
    fn peak(&self) -> Option<(Option<&'a str>, Place)> {
        let (_, place) = self.largest?;
        let (agent, _) = self.agents.iter().max_by_key(|(_, (sum, _))| *sum)?;
        Some((*agent, place))
    }

    /// Nothing when there is but one call, or everything is spread evenly.
    fn note(&self, tree: &Tree<'_>, words: impl Fn(i64) -> String) -> Option<Noted> {
        let (most, place) = self.largest?;
        let (agent, _) = self.peak()?;
        let (sum, calls) = self.agents.get(&agent)?;
        let by_agent = words::share(*sum, self.total);
        let by_call = words::share(most, self.total);
        let is_uneven = self.agents.len() > 1 && by_agent >= LEAST_SHARE || by_call >= LEAST_SHARE;
        if self.spenders < 2 || !is_uneven {
            return None;
        }
        let calls = words::counted(*calls, "call");
        let whole = words(self.total);
        let spent = match agent.map(|agent| words::short(agent, 40)) {
            Some(agent) if self.agents.len() == 1 => format!("{agent} spent {whole} in {calls}"),
            None if self.agents.len() == 1 => format!("{whole} went into {calls}"),
            agent => {
                let agent = agent.unwrap_or_else(|| "No agent".to_owned());
                let (part, share) = (words(*sum), words::percent(by_agent));
                format!("{agent} spent {part} of {whole} ({share}) in {calls}")
            }
        };
        let sentence = format!(
            "{spent}; the largest is {} with {} ({}).",
            tree.label(place),
            words(most),
            words::percent(by_call),
        );
        let (ids, next) = (tree.ids(&[place]), tree.call(place));
        Some(Noted::new(FindingKind::Hotspot, 0.2, sentence, ids, next))
    }
}

/// Sums of a trace are those of its calls; what wraps calls repeats them.
fn is_counted(tree: &Tree<'_>, place: Place) -> bool {
    use telemetron_model::record::SpanKind::Llm;
    let span = tree.span(place);
    span.counts && (span.kind == Llm || tree.children(place).is_empty())
}
