//! The state of a trace: what was reported of it, what its spans say, and what follows.

use std::collections::BTreeSet;

use super::{Rank, SpanFacts, Totals};
use crate::id::SpanId;
use crate::record::{Span, Status, Trace};
use crate::time::Timestamp;

/// Most names of agents, models or tools that a trace keeps of each: the first in order.
const MAX_NAMES: usize = 256;

/// Everything about a trace that follows from its records without reading its spans again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TraceState {
    /// What was said of the trace itself.
    pub report: Option<Report>,
    /// Earliest start of its spans.
    pub spans_start: Option<Timestamp>,
    /// Latest end of its spans, as far as it is believed.
    pub spans_end: Option<Timestamp>,
    /// The span that stands for the whole.
    pub lead: Option<Lead>,
    /// Whom and what it belongs to, and who worked in it.
    pub belonging: Belonging,
    /// Its sums.
    pub totals: Totals,
    /// Whether it died although its lead says that it completed: what only all its spans together
    /// tell, so whoever has them sets it where [`Self::may_have_died`] says so.
    pub died: bool,
}

/// Whom a trace belongs to and who worked in it: joined over every record that ever came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Belonging {
    /// The conversation, as the topmost that names one does.
    pub session_id: Option<Claim>,
    /// The user, likewise.
    pub user_id: Option<Claim>,
    /// The project, likewise.
    pub project: Option<Claim>,
    /// Agents at work in it.
    pub agents: Names,
    /// Models called in it.
    pub models: Names,
    /// Tools called in it.
    pub tools: Names,
}

impl Belonging {
    /// Takes in what a span record says.
    pub fn span(&mut self, span: &Span) {
        if let Some(agent) = span.agent_name.as_ref().or(span.agent_id.as_ref()) {
            self.agents.insert(agent);
        }
        let models = span
            .llm_calls
            .iter()
            .map(|call| &call.model)
            .chain(&span.model);
        models.for_each(|model| self.models.insert(model));
        let tools = span
            .tool_calls
            .iter()
            .map(|call| &call.tool_name)
            .chain(&span.tool_name);
        tools.for_each(|tool| self.tools.insert(tool));
        let rank = ClaimRank::of_span(span);
        let claim = |value: &Option<String>| Claim::of(rank, value.as_deref());
        self.named(
            claim(&span.session_id),
            claim(&span.user_id),
            claim(&span.project),
        );
    }

    /// Takes in what a record of the trace itself says.
    pub fn trace(&mut self, trace: &Trace) {
        let claim = |value: &Option<String>| Claim::of(ClaimRank::REPORT, value.as_deref());
        self.named(
            claim(&trace.session_id),
            claim(&trace.user_id),
            claim(&trace.project),
        );
    }

    /// Joins what other records said.
    pub fn join(&mut self, other: &Self) {
        other
            .agents
            .iter()
            .for_each(|name| self.agents.insert(name));
        other
            .models
            .iter()
            .for_each(|name| self.models.insert(name));
        other.tools.iter().for_each(|name| self.tools.insert(name));
        self.named(
            other.session_id.clone(),
            other.user_id.clone(),
            other.project.clone(),
        );
    }

    fn named(&mut self, session: Option<Claim>, user: Option<Claim>, project: Option<Claim>) {
        join_claim(&mut self.session_id, session);
        join_claim(&mut self.user_id, user);
        join_claim(&mut self.project, project);
    }
}

/// What somebody says of the whole trace, and how much the word counts. The smallest wins, so that
/// the order in which records come does not matter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claim {
    /// Whose word it is.
    pub rank: ClaimRank,
    /// What it says.
    pub value: String,
}

impl Claim {
    fn of(rank: ClaimRank, value: Option<&str>) -> Option<Self> {
        let value = value?.to_owned();
        Some(Self { rank, value })
    }
}

/// Whose word counts before whose: what was reported of the trace itself, then its root, then the
/// earliest span.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClaimRank(pub [u8; Self::BYTES]);

impl ClaimRank {
    /// How many bytes a rank has.
    pub const BYTES: usize = 17;
    /// The rank of a record of the trace itself.
    pub const REPORT: Self = Self([0; Self::BYTES]);
    /// The rank of what was said before ranks were kept: anybody's word counts more.
    pub const UNKNOWN: Self = Self([0xff; Self::BYTES]);

    fn of_span(span: &Span) -> Self {
        let mut rank = [0; Self::BYTES];
        rank[0] = if span.parent_span_id.is_some() { 2 } else { 1 };
        // Flipping the sign makes bytes sort as numbers do.
        let start = span.start_time.nanos() ^ i64::MIN;
        rank[1..9].copy_from_slice(&start.to_be_bytes());
        let id = span.span_id.as_bytes();
        let length = id.len().min(8);
        rank[9..9 + length].copy_from_slice(&id[..length]);
        Self(rank)
    }
}

/// Where the trace's own records put it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Rank of the record that describes.
    pub rank: Rank,
    /// Earliest start that was reported.
    pub start: Timestamp,
    /// Latest end that was reported.
    pub end: Option<Timestamp>,
}

/// The span that stands for its trace: the earliest root. While no root has come it is the earliest
/// span here, and whoever has all of them sets the one at the top ([`super::topmost`]).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lead {
    /// Whether it names a parent.
    pub has_parent: bool,
    /// Its earliest start.
    pub start: Timestamp,
    /// Its id.
    pub span_id: SpanId,
    /// How far it is.
    pub status: Status,
    /// Its latest end.
    pub end: Option<Timestamp>,
    /// Its name.
    pub name: String,
    /// Its agent's name, or id.
    pub agent: Option<String>,
}

impl Lead {
    /// The lead that a span would be, with the times of its state.
    pub fn of(span: &Span, start: Timestamp, end: Option<Timestamp>) -> Self {
        Self {
            has_parent: span.parent_span_id.is_some(),
            start,
            span_id: span.span_id,
            status: span.status,
            end,
            name: span.name.clone(),
            agent: span.agent_name.clone().or_else(|| span.agent_id.clone()),
        }
    }

    /// What decides who leads: roots first, then the earliest, then the smallest id.
    pub fn key(&self) -> (bool, Timestamp, SpanId) {
        (self.has_parent, self.start, self.span_id)
    }
}

/// A bounded set of names that can be joined: the smallest 256 of all that came.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names(BTreeSet<String>);

impl Names {
    /// Adds a name.
    pub fn insert(&mut self, name: &str) {
        if name.is_empty() || self.0.contains(name) {
            return;
        }
        self.0.insert(name.to_owned());
        if self.0.len() > MAX_NAMES {
            self.0.pop_last();
        }
    }

    /// The names in order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }
}

impl FromIterator<String> for Names {
    fn from_iter<I: IntoIterator<Item = String>>(names: I) -> Self {
        let mut set = Self::default();
        for name in names {
            set.insert(&name);
        }
        set
    }
}

/// How a trace stands, once report and spans are seen together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// How far it is.
    pub status: Status,
    /// Earliest start of anything in it.
    pub start: Timestamp,
    /// When it ended; none while it runs.
    pub end: Option<Timestamp>,
}

impl TraceState {
    /// Takes in a span's new state, and takes back what it contributed before. `end` is its end as
    /// far as that is believed ([`crate::bounds::believed_end`]).
    ///
    /// Returns false when the span led before and no longer can: the caller then looks for the
    /// lead among all spans and sets it with [`Self::offer_lead`].
    pub fn span(
        &mut self,
        old: Option<(&SpanFacts, bool)>,
        new: (&SpanFacts, bool),
        end: Option<Timestamp>,
        lead: Lead,
    ) -> bool {
        if let Some((facts, counts)) = old {
            self.totals.subtract(&Totals::of(facts, counts));
        }
        self.totals.add(&Totals::of(new.0, new.1));
        self.spans_start = Some(
            self.spans_start
                .map_or(new.0.start, |start| start.min(new.0.start)),
        );
        self.spans_end = self.spans_end.max(end);
        let leads = self
            .lead
            .as_ref()
            .is_some_and(|current| current.span_id == lead.span_id);
        if leads {
            let kept = self
                .lead
                .as_ref()
                .is_some_and(|current| lead.key() <= current.key());
            self.lead = Some(lead);
            return kept;
        }
        self.offer_lead(lead);
        true
    }

    /// Lets a span lead when it comes before the present lead.
    pub fn offer_lead(&mut self, lead: Lead) {
        if self
            .lead
            .as_ref()
            .is_none_or(|current| lead.key() < current.key())
        {
            self.lead = Some(lead);
        }
    }

    /// Joins where a record of the trace itself puts it; says whether that record describes now.
    pub fn reported(&mut self, report: Report) -> super::Change {
        let Some(mine) = &mut self.report else {
            self.report = Some(report);
            return super::Change::Body;
        };
        let mut state = super::Folded {
            rank: mine.rank,
            start: mine.start,
            end: mine.end,
            body: (),
        };
        let change = state.join(super::Folded {
            rank: report.rank,
            start: report.start,
            end: report.end,
            body: (),
        });
        *mine = Report {
            rank: state.rank,
            start: state.start,
            end: state.end,
        };
        change
    }

    /// How the trace stands; `first_seen` is its start when neither report nor span names one.
    ///
    /// A trace that was completed stands as reported. Else its root decides, unless a failure ended
    /// the run whatever the root says; while no root has come it runs as long as one of its spans
    /// does, and then stands as its earliest span.
    ///
    /// Nothing below a root can have begun before it: a span that says so has another clock, and
    /// the trace begins with its root.
    pub fn outcome(&self, first_seen: Timestamp) -> Outcome {
        let reported = self.report.map(|report| report.start);
        let root = self.lead.as_ref().filter(|lead| !lead.has_parent);
        let began = root.map_or(self.spans_start, |root| Some(root.start));
        let start = [reported, began]
            .into_iter()
            .flatten()
            .min()
            .unwrap_or(first_seen);
        let status = self.status();
        let running = status == Status::Running;
        let reported_end = self.report.and_then(|report| report.end);
        let lead_end = self.lead.as_ref().and_then(|lead| lead.end);
        let end = if running {
            None
        } else {
            reported_end.or(self.spans_end).max(lead_end)
        };
        Outcome { status, start, end }
    }

    fn status(&self) -> Status {
        self.stands(self.died)
    }

    fn stands(&self, died: bool) -> Status {
        let reported = self
            .report
            .map_or(Status::Running, |report| report.rank.status);
        match &self.lead {
            _ if reported != Status::Running => reported,
            None => Status::Running,
            Some(lead) if lead.has_parent && self.totals.running > 0 => Status::Running,
            Some(_) if died => Status::Failed,
            Some(lead) => lead.status,
        }
    }

    /// Whether it is no run, but an agent that was made, a graph that was built or an envelope that
    /// nobody had to answer, in a trace of its own: lists and rates leave it out.
    pub fn is_bookkeeping(&self) -> bool {
        const NAMES: &[&str] = &["create_agent", "workflow.build"];
        const BEGINNINGS: &[&str] = &[
            "create_agent ",
            "network.envelope ",
            "network.channel ",
            "agent.lifetime ",
        ];
        let name = self.lead.as_ref().map(|lead| lead.name.as_str());
        let is_noted = |name: &str| {
            NAMES.contains(&name) || BEGINNINGS.iter().any(|first| name.starts_with(first))
        };
        let alone = self.totals.spans == 1 && self.report.is_none();
        alone && self.status() == Status::Completed && name.is_some_and(is_noted)
    }

    /// Whether a failure in it may have ended it, whatever its lead says.
    pub fn may_have_died(&self) -> bool {
        let completed = self.stands(false) == Status::Completed;
        let open = |report: Report| report.rank.status == Status::Running;
        completed && self.totals.failed > 0 && self.report.is_none_or(open)
    }
}

fn join_claim(mine: &mut Option<Claim>, other: Option<Claim>) {
    match (&mine, &other) {
        (None, _) => *mine = other,
        (Some(known), Some(claim)) if claim < known => *mine = other,
        _ => {}
    }
}
