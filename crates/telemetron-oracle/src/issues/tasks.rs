//! Tasks that failed, do not get on, or wait for another one that does not.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};

use telemetron_model::record::{Priority, Severity, TaskStatus};
use telemetron_model::{Timestamp, TraceId};
use telemetron_store::read::oracle::tasks::TaskRow;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};
use xxhash_rust::xxh3::xxh3_64;

use super::Finding;
use crate::Thresholds;
use crate::facts::{Facts, Telemetry};
use crate::measures::seconds;
use crate::words::{ago, cut};

/// Tasks that failed lately: one finding for those of one queue that say the same.
pub(super) fn failed(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let window = seconds(limits.failed_task_seconds);
    let failed = told(facts).flat_map(|told| told.ended.iter());
    let failed = failed
        .filter(|task| task.status == TaskStatus::Failed)
        .filter(|task| facts.now.duration_since(ended(task)) <= window);
    let mut alike: BTreeMap<(&str, u64), Vec<&TaskRow>> = BTreeMap::new();
    for task in failed {
        let group = (task.queue.as_str(), gist(error(task)));
        alike.entry(group).or_default().push(task);
    }
    alike
        .into_iter()
        .map(|((queue, gist), tasks)| failure(queue, gist, tasks, facts.now))
        .collect()
}

fn failure(queue: &str, gist: u64, mut tasks: Vec<&TaskRow>, now: Timestamp) -> Finding {
    tasks.sort_by_key(|task| (Reverse(ended(task)), task.task_id.clone()));
    let last = tasks[0];
    let first = tasks.iter().map(|task| ended(task)).min().unwrap_or(now);
    let severity = tasks.iter().map(|task| urgency(task.priority)).max();
    let (id, when) = (&last.task_id, ago(ended(last), now));
    let which = match tasks.len() {
        1 => format!("task {id} of queue {queue} failed {when} ago"),
        count => format!("{count} tasks of queue {queue} failed, the last ({id}) {when} ago"),
    };
    let severity = severity.unwrap_or(Severity::Error);
    let finding = Finding::new(IssueKind::FailedTask, severity, SubjectKind::Queue, queue)
        .keyed(format!("{queue}/{gist:016x}"))
        .since(first)
        .says(format!("{which}{}: {}", by(last), cut(error(last))))
        .shows(EvidenceKind::Queue, queue);
    let finding = tasks.iter().take(5).fold(finding, |finding, task| {
        finding
            .shows(EvidenceKind::Task, &task.task_id)
            .may_show(EvidenceKind::Trace, task.trace_id)
            .may_show(EvidenceKind::Agent, task.agent.as_ref())
    });
    next(finding, last.trace_id, AGENTS)
}

fn ended(task: &TaskRow) -> Timestamp {
    task.ended_at.unwrap_or(task.said_at)
}

fn error(task: &TaskRow) -> &str {
    task.error.as_deref().unwrap_or("nobody said why")
}

/// What an error says, without the numbers that differ each time.
fn gist(error: &str) -> u64 {
    let letters: String = cut(error)
        .chars()
        .filter(|it| !it.is_ascii_digit())
        .collect();
    xxh3_64(letters.as_bytes())
}

/// Tasks that are worked on for long, and of which nothing is heard.
pub(super) fn stuck(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let at_work = told(facts).flat_map(|told| told.open.iter().map(move |task| (told, task)));
    at_work
        .filter_map(|(told, task)| {
            let heard = stands_since(told, task, facts.now, limits)?;
            let began = task.started_at?;
            let finding = about(task, IssueKind::StuckTask, Severity::Error);
            Some(finding.since(began).says(format!(
                "task {} of queue {} is {} for {}{}, more than {} s, and nothing was heard of it \
                 for {}",
                task.task_id,
                task.queue,
                task.status,
                ago(began, facts.now),
                by(task),
                limits.stuck_task_seconds,
                ago(heard, facts.now)
            )))
        })
        .collect()
}

/// Since when nothing is heard of a task that is worked on for too long. One whose trace goes on,
/// or that is told of again and again, is long and not stuck.
fn stands_since(
    told: &Telemetry,
    task: &TaskRow,
    now: Timestamp,
    limits: &Thresholds,
) -> Option<Timestamp> {
    let began = task
        .started_at
        .filter(|_| task.status != TaskStatus::Submitted)?;
    let heard = task.trace_id.and_then(|trace| told.heard.get(&trace));
    let heard = heard.copied().unwrap_or(began).max(task.said_at);
    let long = now.duration_since(began) > seconds(limits.stuck_task_seconds);
    let quiet = now.duration_since(heard) > seconds(limits.stuck_span_seconds);
    (long && quiet).then_some(heard)
}

/// Tasks that wait for one that failed, is unknown, or does not get on.
pub(super) fn blocked(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let Some(telemetry) = facts.telemetry.as_deref() else {
        return Vec::new();
    };
    let known: HashMap<_, _> = telemetry
        .open
        .iter()
        .chain(&telemetry.blockers)
        .map(|task| (task.task_id.as_str(), task))
        .collect();
    let limit = seconds(limits.blocked_task_seconds);
    let open = telemetry.open.iter();
    open.filter_map(|task| {
        let blocker = task.blocked_by.as_deref()?;
        let late = facts.now.duration_since(task.submitted_at) > limit;
        let why = match known.get(blocker) {
            Some(other) => stands_still(telemetry, other, late, facts.now, limits)?,
            None if late => "which nobody knows".to_owned(),
            None => return None,
        };
        let waits = ago(task.submitted_at, facts.now);
        let finding = about(task, IssueKind::BlockedTask, urgency(task.priority))
            .since(task.submitted_at)
            .says(format!(
                "task {} of queue {} waits for {waits} for task {blocker}, {why}",
                task.task_id, task.queue
            ));
        Some(finding.shows(EvidenceKind::Task, blocker))
    })
    .collect()
}

/// Why a task will not end soon that another one waits for. One that is worked on takes its time,
/// until it is stuck itself.
fn stands_still(
    told: &Telemetry,
    task: &TaskRow,
    late: bool,
    now: Timestamp,
    limits: &Thresholds,
) -> Option<String> {
    match task.status {
        TaskStatus::Failed => Some("which failed".to_owned()),
        TaskStatus::Completed => None,
        TaskStatus::Running => {
            let heard = stands_since(told, task, now, limits)?;
            Some(format!(
                "which runs and was not heard of for {}",
                ago(heard, now)
            ))
        }
        status @ (TaskStatus::Submitted | TaskStatus::Waiting) => {
            late.then(|| format!("which is {status}"))
        }
    }
}

fn told(facts: &Facts) -> impl Iterator<Item = &Telemetry> {
    facts.telemetry.as_deref().into_iter()
}

fn about(task: &TaskRow, kind: IssueKind, severity: Severity) -> Finding {
    let finding = Finding::new(kind, severity, SubjectKind::Task, &task.task_id)
        .shows(EvidenceKind::Task, &task.task_id)
        .may_show(EvidenceKind::Trace, task.trace_id)
        .may_show(EvidenceKind::Agent, task.agent.as_ref())
        .shows(EvidenceKind::Queue, &task.queue);
    // What waits is in its queue; what was begun is with its agent.
    match kind {
        IssueKind::BlockedTask => next(finding, task.trace_id, QUEUES),
        _ => next(finding, task.trace_id, AGENTS),
    }
}

/// Where agents and queues are told of, and what they tell of a task.
const AGENTS: (Next, &str) = (Next::Agents, "shows what its agent is at work on");
const QUEUES: (Next, &str) = (Next::Queues { at: None }, "shows the queue around it");

/// The trace of a task says more than anything else, where it has one.
fn next(finding: Finding, trace: Option<TraceId>, (asks, why): (Next, &str)) -> Finding {
    match trace {
        Some(trace) => finding.next(
            Next::Diagnosis { trace_id: trace },
            "says why its trace is as it is",
        ),
        None => finding.next(asks, why),
    }
}

fn by(task: &TaskRow) -> String {
    let agent = task.agent.as_ref();
    agent.map_or_else(String::new, |agent| format!(" by {agent}"))
}

const fn urgency(priority: Priority) -> Severity {
    match priority {
        Priority::Critical => Severity::Critical,
        Priority::High | Priority::Normal => Severity::Error,
        Priority::Low => Severity::Warning,
    }
}
