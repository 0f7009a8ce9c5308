//! Which handoffs of a trace stand, and between whom.
//!
//! What is said outright stands as it was said. Hints (a call of `transfer_to_x`, an agent span
//! below another agent) are found by looking at single spans, so they may lack their source, may
//! lead from an agent to itself, and several may tell of one handoff. The standing ones follow from
//! the whole trace, whatever the order in which its records came. Where a hint does not say to whom, or
//! nobody is at work around it, the agents that begin after and before it do:
//!
//! ```text
//!  hints ─▶ source = agent at work in the span ─▶ no source, or source = target: none
//!                                              └▶ of those that tell the same, the strongest
//! ```

mod names;
mod same;

use std::collections::{BTreeMap, HashMap, HashSet};

use super::Names;
use crate::id::SpanId;
use crate::record::{HandoffRule, SpanKind};
use crate::time::Timestamp;
use names::{Roll, alike};
use same::{Telling, told_once};

/// A handoff as somebody stated it.
#[derive(Debug, Clone, Copy)]
pub struct StatedHandoff<'h> {
    /// Its id, unique in the trace.
    pub id: &'h str,
    /// The source, where it is named.
    pub source: Option<&'h str>,
    /// The target.
    pub target: &'h str,
    /// How it was recognised; none when it was said outright.
    pub rule: Option<&'h str>,
    /// The span that it points to.
    pub span: Option<SpanId>,
    /// When.
    pub time: Timestamp,
    /// The end of what showed it.
    pub until: Option<Timestamp>,
}

/// What is known of a span: of those that handoffs point to, and of the agent spans beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The agent at work in it.
    pub agent: Option<String>,
    /// What it is.
    pub kind: SpanKind,
    /// Its parent.
    pub parent: Option<SpanId>,
    /// When it began.
    pub start: Timestamp,
}

/// An agent at work from a moment on: a span that names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    /// When the span began.
    pub start: Timestamp,
    /// When it ended, where it is the call of a tool.
    pub tool_end: Option<Timestamp>,
    /// The agent; empty where a tool is called and nobody is known around it.
    pub agent: String,
}

impl Turn {
    /// Whether it is an agent's own span rather than a tool that it calls.
    const fn is_work(&self) -> bool {
        self.tool_end.is_none()
    }
}

/// Whether a hint needs to know who worked before or after it: the turns of its trace.
pub fn needs_turns(stated: &StatedHandoff<'_>, spans: &HashMap<SpanId, Place>) -> bool {
    let rule = stated.rule.and_then(|rule| rule.parse().ok());
    match rule {
        Some(HandoffRule::NextAgent | HandoffRule::DuringTool | HandoffRule::GraphCommand) => true,
        Some(HandoffRule::HandoffTool) => {
            let place = stated.span.and_then(|span| spans.get(&span));
            stated.source.is_none() && place.is_some_and(|place| place.agent.is_none())
        }
        _ => false,
    }
}

/// A handoff that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingHandoff {
    /// Who passed the work on.
    pub source: String,
    /// Who took it.
    pub target: String,
}

/// Finds the handoffs that stand: for each that was stated, between whom, or none.
///
/// `agents` are those that spans of the trace name: a hint that spells one of them differently
/// means it all the same. `turns` are in order, and there where a hint [needs them](needs_turns).
pub fn resolve(
    stated: &[StatedHandoff<'_>],
    spans: &HashMap<SpanId, Place>,
    turns: &[Turn],
    agents: &Names,
) -> Vec<Option<StandingHandoff>> {
    let siblings = Siblings::of(spans);
    let roll = Roll::of(agents);
    let known = Known {
        spans,
        siblings: &siblings,
        turns,
        roll: &roll,
    };
    let mut standing = vec![None; stated.len()];
    let mut pairs: BTreeMap<(String, String), Vec<Telling<'_>>> = BTreeMap::new();
    let tools: HashSet<_> = stated
        .iter()
        .filter(|stated| stated.rule == Some(HandoffRule::HandoffTool.as_str()))
        .filter_map(|stated| stated.span)
        .collect();
    for (number, stated) in stated.iter().enumerate() {
        // A tool that is told by whoever calls it and by whoever runs it hands over once.
        let is_tool = stated.rule == Some(HandoffRule::HandoffTool.as_str());
        let span = stated.span.filter(|_| is_tool);
        let parent = span.and_then(|span| spans.get(&span)?.parent);
        if parent.is_some_and(|parent| tools.contains(&parent)) {
            continue;
        }
        let Some((found, from)) = known.between(stated) else {
            continue;
        };
        let pair = (alike(&found.source), alike(&found.target));
        let telling = Telling {
            number,
            strength: strength(stated),
            from,
            until: stated.until.unwrap_or(stated.time).max(stated.time),
            id: stated.id,
        };
        pairs.entry(pair).or_default().push(telling);
        standing[number] = Some(found);
    }
    for ((_, target), tellings) in &mut pairs {
        for number in known.passing_through(tellings, target) {
            standing[number] = None;
            tellings.retain(|telling| telling.number != number);
        }
    }
    for repeated in pairs.into_values().flat_map(told_once) {
        standing[repeated] = None;
    }
    standing
}

/// What is known of a trace, to say between whom a handoff is.
struct Known<'k> {
    spans: &'k HashMap<SpanId, Place>,
    siblings: &'k Siblings,
    turns: &'k [Turn],
    roll: &'k Roll<'k>,
}

impl Known<'_> {
    /// Between whom a handoff is, and from when on it was to be expected.
    fn between(&self, stated: &StatedHandoff<'_>) -> Option<(StandingHandoff, Timestamp)> {
        if let (Some(source), None) = (stated.source, stated.rule) {
            let (source, target) = (source.to_owned(), stated.target.to_owned());
            return Some((StandingHandoff { source, target }, stated.time));
        }
        let rule = stated.rule.and_then(|rule| rule.parse().ok());
        let place = stated
            .span
            .and_then(|span| Some((span, self.spans.get(&span)?)));
        let (source, from) = match (stated.source, rule) {
            (Some(source), _) => (Some(source), stated.time),
            (None, Some(HandoffRule::SiblingAgents)) => {
                let (span, place) = place?;
                let before = self.spans.get(&self.siblings.before(span, place)?)?;
                (before.agent.as_deref(), before.start)
            }
            (None, Some(HandoffRule::DuringTool)) => (None, stated.time),
            (None, _) => (place?.1.agent.as_deref(), stated.time),
        };
        let before = || match rule {
            Some(HandoffRule::HandoffTool) => self.before(stated.time, stated.target),
            Some(HandoffRule::DuringTool) => self.during(stated),
            _ => None,
        };
        let source = self.roll.spelled(source.or_else(before)?);
        let target = match rule {
            Some(HandoffRule::NextAgent) => self.after(stated.time, source)?,
            Some(HandoffRule::ModelRequest) => self.roll.known(stated.target)?,
            _ => self.roll.spelled(stated.target),
        };
        let handoff = StandingHandoff {
            source: source.to_owned(),
            target: target.to_owned(),
        };
        (alike(source) != alike(target)).then_some((handoff, from))
    }

    /// Commands of a graph that only pass through: each graph that one leaves tells it again, before
    /// the target has begun to work.
    fn passing_through(&self, tellings: &mut [Telling<'_>], target: &str) -> Vec<usize> {
        let command = HandoffRule::GraphCommand.code();
        if !tellings.iter().any(|telling| telling.strength == command) {
            return Vec::new();
        }
        tellings.sort_unstable_by_key(|telling| (telling.from, telling.id));
        let mut passing = Vec::new();
        let mut before: Option<Timestamp> = None;
        for telling in tellings
            .iter()
            .filter(|telling| telling.strength <= command)
        {
            let again = before.is_some_and(|before| !self.began(target, before, telling.from));
            if again && telling.strength == command {
                passing.push(telling.number);
            }
            before = Some(telling.from);
        }
        passing
    }

    /// Whether an agent began to work between two times.
    fn began(&self, agent: &str, from: Timestamp, until: Timestamp) -> bool {
        let begun = self.turns.partition_point(|turn| turn.start <= from);
        let turns = self.turns[begun..].iter();
        turns
            .take_while(|turn| turn.start <= until)
            .any(|turn| turn.is_work() && alike(&turn.agent) == agent)
    }

    /// Who else had last begun to work at a time.
    fn before(&self, time: Timestamp, target: &str) -> Option<&str> {
        let begun = self.turns.partition_point(|turn| turn.start <= time);
        let mut turns = self.turns[..begun]
            .iter()
            .rev()
            .filter(|turn| turn.is_work());
        let found = turns.find(|turn| alike(&turn.agent) != alike(target))?;
        Some(&found.agent)
    }

    /// Who else was first to begin to work from a time on.
    fn after(&self, time: Timestamp, source: &str) -> Option<&str> {
        let begun = self.turns.partition_point(|turn| turn.start < time);
        let mut turns = self.turns[begun..].iter().filter(|turn| turn.is_work());
        let found = turns.find(|turn| alike(&turn.agent) != alike(source))?;
        Some(&found.agent)
    }

    /// Who else waited for a tool all the time that an agent worked; the last to have begun. Where
    /// nobody is known around the tool, whoever had last begun to work before it.
    fn during(&self, stated: &StatedHandoff<'_>) -> Option<&str> {
        let begun = self.turns.partition_point(|turn| turn.start <= stated.time);
        let turns = self.turns[..begun].iter().rev();
        let mut waited =
            turns.filter(|turn| turn.tool_end.is_some_and(|end| Some(end) >= stated.until));
        let is_other =
            |turn: &&Turn| !turn.agent.is_empty() && alike(&turn.agent) != alike(stated.target);
        let known = waited.clone().find(is_other);
        known.map(|turn| turn.agent.as_str()).or_else(|| {
            let tool = waited.find(|turn| turn.agent.is_empty())?;
            self.before(tool.start, stated.target)
        })
    }
}

/// The rung of the ladder, from 0 for what was said outright to what no rule is known of.
fn strength(stated: &StatedHandoff<'_>) -> i16 {
    match stated.rule {
        None => 0,
        Some(rule) => rule
            .parse::<HandoffRule>()
            .map_or(i16::MAX, HandoffRule::code),
    }
}

/// The agent spans below each parent, earliest first.
struct Siblings(HashMap<SpanId, Vec<(Timestamp, SpanId)>>);

impl Siblings {
    fn of(spans: &HashMap<SpanId, Place>) -> Self {
        let mut below: HashMap<SpanId, Vec<_>> = HashMap::new();
        let agents = spans
            .iter()
            .filter(|(_, place)| place.kind == SpanKind::Agent);
        for (span, place) in agents {
            if let Some(parent) = place.parent {
                below.entry(parent).or_default().push((place.start, *span));
            }
        }
        below.values_mut().for_each(|spans| spans.sort_unstable());
        Self(below)
    }

    /// The sibling that began last before this span.
    fn before(&self, span: SpanId, place: &Place) -> Option<SpanId> {
        let beside = self.0.get(&place.parent?)?;
        let earlier = beside.partition_point(|(start, _)| *start < place.start);
        let before = beside[..earlier].last().map(|(_, before)| *before);
        before.filter(|before| *before != span)
    }
}

#[cfg(test)]
mod tests;
