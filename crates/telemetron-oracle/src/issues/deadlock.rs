//! Agents that wait for each other: a circle of open handoffs and of tasks that wait for tasks.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use telemetron_model::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};
use telemetron_model::record::{Severity, SpanKind, Status};
use telemetron_model::{Timestamp, TraceId};

use super::{Finding, ago};
use crate::Thresholds;
use crate::facts::{Facts, Telemetry};

/// Somebody waits for somebody since then, and this shows it.
#[derive(Debug, Clone)]
struct Wait {
    to: String,
    since: Timestamp,
    evidence: (EvidenceKind, String),
    trace: Option<TraceId>,
}

type Waits = BTreeMap<String, Vec<Wait>>;

/// Circles of agents, or of tasks that nobody has begun, each of which waits for the next.
pub(super) fn waiting_for_each_other(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let mut waits = Waits::new();
    if let Some(telemetry) = facts.telemetry.as_deref() {
        tasks(telemetry, &mut waits);
        handoffs(facts, telemetry, limits, &mut waits);
    }
    let mut found = BTreeMap::new();
    for start in waits.keys() {
        if let Some(circle) = circle(&waits, start) {
            let members: BTreeSet<_> = circle.iter().map(|(from, _)| from.clone()).collect();
            found.entry(members).or_insert(circle);
        }
    }
    let quiet = i64::from(limits.deadlock_seconds) * 1_000_000_000;
    found
        .into_iter()
        .filter_map(|(members, circle)| {
            let since = circle.iter().map(|(_, wait)| wait.since).max()?;
            let old = facts.now.since(since) > quiet;
            old.then(|| finding(&members, &circle, since, facts.now))
        })
        .collect()
}

/// A task waits for another: then its agent waits for the other's, else the tasks themselves do.
fn tasks(telemetry: &Telemetry, waits: &mut Waits) {
    let name = |task: &telemetron_store::read::oracle::tasks::TaskRow| {
        let agent = task.agent.clone();
        agent.unwrap_or_else(|| format!("task {}", task.task_id))
    };
    let open: HashMap<_, _> = telemetry
        .open
        .iter()
        .map(|task| (task.task_id.as_str(), task))
        .collect();
    for task in &telemetry.open {
        let blocker = task.blocked_by.as_deref().and_then(|id| open.get(id));
        let Some(blocker) = blocker else { continue };
        waits.entry(name(task)).or_default().push(Wait {
            to: name(blocker),
            since: task.said_at.max(blocker.said_at),
            evidence: (EvidenceKind::Task, task.task_id.clone()),
            trace: task.trace_id,
        });
    }
}

/// An open handoff in a silent trace: source and target both run, and nothing moves.
fn handoffs(facts: &Facts, telemetry: &Telemetry, limits: &Thresholds, waits: &mut Waits) {
    let quiet = i64::from(limits.deadlock_seconds) * 1_000_000_000;
    let running: BTreeSet<_> = telemetry
        .running
        .iter()
        .filter(|span| span.kind == SpanKind::Agent)
        .filter_map(|span| Some((span.trace_id, span.agent.as_deref()?)))
        .collect();
    let traces = facts.traces.as_deref().into_iter();
    for handoff in traces.flat_map(|traces| traces.handoffs.iter()) {
        let silent = facts.now.since(handoff.heard_at) > quiet;
        let runs = |agent: &str| running.contains(&(handoff.trace_id, agent));
        let open = runs(&handoff.from) && runs(&handoff.to);
        if handoff.trace_status == Status::Running && silent && open {
            waits.entry(handoff.from.clone()).or_default().push(Wait {
                to: handoff.to.clone(),
                since: handoff.at,
                evidence: (
                    EvidenceKind::Handoff,
                    format!("{}/{}", handoff.trace_id, handoff.handoff_id),
                ),
                trace: Some(handoff.trace_id),
            });
        }
    }
}

/// A way from `start` back to itself, if there is one.
fn circle(waits: &Waits, start: &str) -> Option<Vec<(String, Wait)>> {
    let mut came: HashMap<String, (String, Wait)> = HashMap::new();
    let mut todo = vec![start.to_owned()];
    while let Some(at) = todo.pop() {
        for wait in waits.get(&at).into_iter().flatten() {
            if came.contains_key(&wait.to) {
                continue;
            }
            came.insert(wait.to.clone(), (at.clone(), wait.clone()));
            if wait.to == start {
                return Some(way_back(&came, start));
            }
            todo.push(wait.to.clone());
        }
    }
    None
}

fn way_back(came: &HashMap<String, (String, Wait)>, start: &str) -> Vec<(String, Wait)> {
    let mut way = Vec::new();
    let mut at = start.to_owned();
    while let Some((from, wait)) = came.get(&at) {
        way.push((from.clone(), wait.clone()));
        at.clone_from(from);
        if at == start {
            break;
        }
    }
    way.reverse();
    way
}

fn finding(
    members: &BTreeSet<String>,
    circle: &[(String, Wait)],
    since: Timestamp,
    now: Timestamp,
) -> Finding {
    let names: Vec<_> = circle.iter().map(|(from, _)| from.as_str()).collect();
    let key: Vec<_> = members.iter().map(String::as_str).collect();
    let first = names.first().copied().unwrap_or_default();
    let severity = Severity::Critical;
    let finding = Finding::new(IssueKind::Deadlock, severity, SubjectKind::Agent, first)
        .keyed(key.join("+"))
        .since(since)
        .says(format!(
            "{} wait for each other ({} → {first}), and nothing moved for {}",
            key.join(" and "),
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
            format!("/api/v1/traces/{trace}/graph"),
            "shows who passed what to whom",
        ),
        None => finding.next("/api/v1/oracle/queues", "shows the tasks that wait"),
    }
}
