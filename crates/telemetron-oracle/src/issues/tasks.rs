//! Tasks that failed, are stuck, wait too long, or wait for another one that does not move.

use std::collections::{HashMap, HashSet};

use telemetron_model::Timestamp;
use telemetron_model::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};
use telemetron_model::record::{Priority, Severity, TaskStatus};
use telemetron_store::read::oracle::tasks::TaskRow;

use super::{Finding, ago, cut};
use crate::Thresholds;
use crate::facts::{Facts, Telemetry};

const SECOND: i64 = 1_000_000_000;

/// Tasks that failed lately.
pub(super) fn failed(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let window = i64::from(limits.failed_task_seconds) * SECOND;
    let ended = |task: &TaskRow| task.ended_at.unwrap_or(task.said_at);
    let failed = tasks(facts).flat_map(|told| told.ended.iter());
    failed
        .filter(|task| task.status == TaskStatus::Failed)
        .filter(|task| facts.now.since(ended(task)) <= window)
        .map(|task| {
            let error = task.error.as_deref().unwrap_or("nobody said why");
            about(task, IssueKind::FailedTask, urgency(task.priority))
                .since(ended(task))
                .says(format!(
                    "task {} of queue {} failed {} ago{}: {}",
                    task.task_id,
                    task.queue,
                    ago(ended(task), facts.now),
                    by(task),
                    cut(error)
                ))
        })
        .collect()
}

/// Tasks that are worked on for too long.
pub(super) fn stuck(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let limit = i64::from(limits.stuck_task_seconds) * SECOND;
    let at_work = tasks(facts).flat_map(|told| told.open.iter());
    at_work
        .filter(|task| task.status != TaskStatus::Submitted)
        .filter_map(|task| Some((task, task.started_at?)))
        .filter(|(_, began)| facts.now.since(*began) > limit)
        .map(|(task, began)| {
            about(task, IssueKind::StuckTask, Severity::Error)
                .since(began)
                .says(format!(
                    "task {} of queue {} is {} for {}{}, more than {} s",
                    task.task_id,
                    task.queue,
                    task.status,
                    ago(began, facts.now),
                    by(task),
                    limits.stuck_task_seconds
                ))
        })
        .collect()
}

/// Tasks that nobody begins, though they are urgent or old.
///
/// A task topic still holds what a reader has in hand and has not committed: its own word that it
/// was begun counts for more.
pub(super) fn waiting(facts: &Facts, state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let known = tasks(facts).flat_map(|told| told.open.iter().chain(&told.ended));
    let begun: HashSet<_> = known
        .filter(|task| task.status != TaskStatus::Submitted)
        .map(|task| task.task_id.as_str())
        .collect();
    let queues = state.queues.iter();
    let tasks = queues.flat_map(|queue| queue.tasks.iter().map(move |task| (queue, task)));
    tasks
        .filter(|(_, task)| task.priority.blocked_task.is_none())
        .filter(|(_, task)| !begun.contains(task.id.as_str()))
        .filter_map(|(queue, task)| {
            let level = task.priority.level;
            let (limit, severity) = patience(level, limits);
            let since: Timestamp = task.submitted_at.0;
            let late = facts.now.since(since) > i64::from(limit) * SECOND;
            late.then(|| {
                let kind = IssueKind::WaitingTask;
                Finding::new(kind, severity, SubjectKind::Task, &task.id)
                    .since(since)
                    .says(format!(
                        "{level} task {} waits in queue {} for {}, more than {limit} s, and nobody \
                         has begun it",
                        task.id,
                        queue.name,
                        ago(since, facts.now)
                    ))
                    .shows(EvidenceKind::Task, &task.id)
                    .next("/api/v1/oracle/queues", "shows what else waits there")
            })
        })
        .collect()
}

const fn patience(level: Priority, limits: &Thresholds) -> (u32, Severity) {
    match level {
        Priority::Critical => (limits.waiting_critical_seconds, Severity::Critical),
        Priority::High => (limits.waiting_high_seconds, Severity::Error),
        Priority::Normal | Priority::Low => (limits.waiting_task_seconds, Severity::Warning),
    }
}

/// Tasks that wait for one that failed, is unknown, or does not move.
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
    let limit = i64::from(limits.blocked_task_seconds) * SECOND;
    let open = telemetry.open.iter();
    open.filter_map(|task| {
        let blocker = task.blocked_by.as_deref()?;
        let late = facts.now.since(task.submitted_at) > limit;
        let why = match known.get(blocker) {
            Some(other) if other.status == TaskStatus::Failed => "which failed".to_owned(),
            Some(other) if other.status == TaskStatus::Completed => return None,
            Some(other) if late => format!("which is {}", other.status),
            Some(_) => return None,
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

fn tasks(facts: &Facts) -> impl Iterator<Item = &Telemetry> {
    facts.telemetry.as_deref().into_iter()
}

fn about(task: &TaskRow, kind: IssueKind, severity: Severity) -> Finding {
    let finding = Finding::new(kind, severity, SubjectKind::Task, &task.task_id)
        .shows(EvidenceKind::Task, &task.task_id)
        .may_show(EvidenceKind::Trace, task.trace_id)
        .may_show(EvidenceKind::Agent, task.agent.as_ref());
    match (task.trace_id, kind) {
        (Some(trace), _) => finding.next(
            format!("/api/v1/traces/{trace}/diagnosis"),
            "says why its trace is as it is",
        ),
        // What waits is in its queue; what was begun is with its agent.
        (None, IssueKind::BlockedTask) => {
            finding.next("/api/v1/oracle/queues", "shows the queue around it")
        }
        (None, _) => finding.next(
            "/api/v1/oracle/agents",
            "shows what its agent is at work on",
        ),
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
