//! Work that waits for itself: a circle of tasks that wait for tasks, or, within one trace, of open
//! handoffs between agents that all run and say nothing.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use telemetron_model::record::{Severity, SpanKind, Status, TaskStatus};
use telemetron_model::{Timestamp, TraceId};
use telemetron_store::read::oracle::tasks::TaskRow;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SourceName, SubjectKind, SystemState};

use super::Finding;
use super::spans::is_call;
use crate::Thresholds;
use crate::facts::{Facts, Telemetry};
use crate::measures::seconds;
use crate::words::ago;

/// Who waits. An agent at work on several things waits only where it waits: a task for a task, an
/// agent in one trace for another agent there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Waiter {
    Task(String),
    Agent(TraceId, String),
}

/// Somebody waits for somebody since then, and this shows it.
#[derive(Debug, Clone)]
struct Wait {
    to: Waiter,
    name: String,
    since: Timestamp,
    evidence: (EvidenceKind, String),
    trace: Option<TraceId>,
}

type Waits = BTreeMap<Waiter, Vec<Wait>>;

/// A way from a waiter back to itself: each with what it waits for.
type Circle = Vec<(Waiter, Wait)>;

/// Circles of tasks, or of agents, each of which waits for the next.
pub(super) fn waiting_for_each_other(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let Some(telemetry) = facts.telemetry.as_deref() else {
        return Vec::new();
    };
    let mut waits = Waits::new();
    tasks(telemetry, &mut waits);
    handoffs(facts, telemetry, limits, &mut waits);
    let mut found = BTreeMap::new();
    for start in waits.keys() {
        if let Some(circle) = circle(&waits, start) {
            let members: BTreeSet<_> = circle.iter().map(|(from, _)| from.clone()).collect();
            found.entry(members).or_insert(circle);
        }
    }
    let still = found
        .into_values()
        .filter_map(|circle| still(&circle, telemetry, facts.now, limits).map(|at| (circle, at)));
    still
        .map(|(circle, since)| finding(&circle, since, facts.now))
        .collect()
}

/// Since when a circle stands still, if that is long enough. A call that began in it since is work
/// in hand, and may take as long as any call may.
fn still(
    circle: &Circle,
    telemetry: &Telemetry,
    now: Timestamp,
    limits: &Thresholds,
) -> Option<Timestamp> {
    let since = circle.iter().map(|(_, wait)| wait.since).max()?;
    let traces: BTreeSet<_> = circle.iter().filter_map(|(_, wait)| wait.trace).collect();
    let calls = telemetry.running.iter().filter(|span| is_call(span.kind));
    let calls = calls.filter(|span| traces.contains(&span.trace_id));
    let at_work = calls
        .map(|span| span.started_at)
        .filter(|began| *began > since);
    let (moved, limit) = match at_work.max() {
        Some(began) => (
            began,
            limits.stuck_span_seconds.max(limits.deadlock_seconds),
        ),
        None => (since, limits.deadlock_seconds),
    };
    (now.duration_since(moved) > seconds(limit)).then_some(since)
}

/// A task that nobody is at work on waits for another one that has not ended.
fn tasks(telemetry: &Telemetry, waits: &mut Waits) {
    let open: HashMap<_, _> = telemetry
        .open
        .iter()
        .map(|task| (task.task_id.as_str(), task))
        .collect();
    let idle = |task: &&TaskRow| task.status != TaskStatus::Running;
    for task in telemetry.open.iter().filter(idle) {
        let blocker = task.blocked_by.as_deref().and_then(|id| open.get(id));
        let Some(blocker) = blocker else { continue };
        let agent = task.agent.clone();
        let from = waits.entry(Waiter::Task(task.task_id.clone()));
        from.or_default().push(Wait {
            to: Waiter::Task(blocker.task_id.clone()),
            name: agent.unwrap_or_else(|| format!("task {}", task.task_id)),
            since: task.said_at.max(blocker.said_at),
            evidence: (EvidenceKind::Task, task.task_id.clone()),
            trace: task.trace_id,
        });
    }
}

/// An open handoff in a silent trace: source and target both run, and nothing moves.
fn handoffs(facts: &Facts, telemetry: &Telemetry, limits: &Thresholds, waits: &mut Waits) {
    let quiet = seconds(limits.deadlock_seconds);
    let agents = telemetry
        .running
        .iter()
        .filter(|span| span.kind == SpanKind::Agent);
    let running: BTreeSet<_> = agents
        .filter_map(|span| Some((span.trace_id, span.agent.as_deref()?)))
        .collect();
    let traces = facts.traces.as_deref().into_iter();
    for handoff in traces.flat_map(|traces| traces.handoffs.iter()) {
        let trace = handoff.trace_id;
        let silent = facts.now.duration_since(handoff.heard_at) > quiet;
        let runs = |agent: &str| running.contains(&(trace, agent));
        let open = handoff.from != handoff.to && runs(&handoff.from) && runs(&handoff.to);
        if handoff.trace_status == Status::Running && silent && open {
            let from = waits.entry(Waiter::Agent(trace, handoff.from.clone()));
            let id = format!("{trace}/{}", handoff.handoff_id);
            from.or_default().push(Wait {
                to: Waiter::Agent(trace, handoff.to.clone()),
                name: handoff.from.clone(),
                since: handoff.at,
                evidence: (EvidenceKind::Handoff, id),
                trace: Some(trace),
            });
        }
    }
}

/// A way from `start` back to itself, if there is one.
fn circle(waits: &Waits, start: &Waiter) -> Option<Circle> {
    let mut came: HashMap<Waiter, (Waiter, Wait)> = HashMap::new();
    let mut todo = vec![start.clone()];
    while let Some(at) = todo.pop() {
        for wait in waits.get(&at).into_iter().flatten() {
            if came.contains_key(&wait.to) {
                continue;
            }
            came.insert(wait.to.clone(), (at.clone(), wait.clone()));
            if wait.to == *start {
                return Some(way_back(&came, start));
            }
            todo.push(wait.to.clone());
        }
    }
    None
}

fn way_back(came: &HashMap<Waiter, (Waiter, Wait)>, start: &Waiter) -> Circle {
    let mut way = Vec::new();
    let mut at = start.clone();
    while let Some((from, wait)) = came.get(&at) {
        way.push((from.clone(), wait.clone()));
        at.clone_from(from);
        if at == *start {
            break;
        }
    }
    way.reverse();
    way
}

/// What the members are called: by their agents, or as tasks where one agent has several.
fn names(circle: &Circle) -> Vec<String> {
    let agents: Vec<_> = circle.iter().map(|(_, wait)| wait.name.clone()).collect();
    let distinct: BTreeSet<_> = agents.iter().collect();
    if distinct.len() == agents.len() {
        return agents;
    }
    let waiters = circle.iter().map(|(waiter, _)| match waiter {
        Waiter::Task(id) => format!("task {id}"),
        Waiter::Agent(_, name) => name.clone(),
    });
    waiters.collect()
}

fn finding(circle: &Circle, since: Timestamp, now: Timestamp) -> Finding {
    let names = names(circle);
    let members: BTreeSet<_> = names.iter().map(String::as_str).collect();
    let members: Vec<_> = members.into_iter().collect();
    let first = names.first().cloned().unwrap_or_default();
    let (kind, subject) = match first.strip_prefix("task ") {
        Some(task) => (SubjectKind::Task, task),
        None => (SubjectKind::Agent, first.as_str()),
    };
    let whom = match members.as_slice() {
        [alone] => format!("{alone} waits for itself"),
        all => format!("{} wait for each other", all.join(" and ")),
    };
    let finding = Finding::new(IssueKind::Deadlock, Severity::Critical, kind, subject)
        .keyed(members.join("+"))
        .needs(SourceName::Telemetry)
        .since(since)
        .says(format!(
            "{whom} ({} → {first}), and nothing moved for {}",
            names.join(" → "),
            ago(since, now)
        ));
    let finding = circle.iter().fold(finding, |finding, (_, wait)| {
        let (kind, id) = &wait.evidence;
        finding
            .shows(*kind, id)
            .may_show(EvidenceKind::Trace, wait.trace)
    });
    match circle.iter().find_map(|(_, wait)| wait.trace) {
        Some(trace) => finding.next(
            Next::Graph { trace_id: trace },
            "shows who passed what to whom",
        ),
        None => finding.next(Next::Queues { at: None }, "shows the tasks that wait"),
    }
}
