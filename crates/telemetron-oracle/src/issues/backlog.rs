//! Tasks that nobody begins, though they are urgent or old: one finding for each queue and urgency.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::record::{Priority, Severity, TaskStatus};
use telemetron_store::read::oracle::tasks::TaskRow;
use telemetron_view::Next;
use telemetron_view::oracle::{
    EvidenceKind, IssueKind, QueueState, QueuedTask, SourceName, SubjectKind, SystemState,
};

use super::Finding;
use crate::Thresholds;
use crate::facts::Facts;
use crate::measures::seconds;
use crate::words::{ago, listed};

/// Tasks that wait for too long.
///
/// A queue that moves in order has a backlog, which is no fault while its tasks can wait: those of
/// low and normal urgency count where nobody begins any, or where later ones were begun instead.
pub(super) fn waiting(facts: &Facts, state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let tasks = Tasks::of(facts);
    let mut found = Vec::new();
    for queue in &state.queues {
        let mut late: BTreeMap<Priority, Vec<&QueuedTask>> = BTreeMap::new();
        for task in &queue.tasks {
            if tasks.is_late(queue, task, facts.now, limits) {
                late.entry(task.priority.level).or_default().push(task);
            }
        }
        let late = late.into_iter();
        found
            .extend(late.map(|(level, late)| tasks.finding(queue, level, late, facts.now, limits)));
    }
    found
}

/// What is known of tasks by their own word.
///
/// A task topic still holds what a reader has in hand and has not committed: that it was begun
/// counts for more.
struct Tasks<'a> {
    begun: HashSet<&'a str>,
    told: BTreeSet<&'a str>,
    starts: BTreeMap<&'a str, Vec<&'a TaskRow>>,
}

impl<'a> Tasks<'a> {
    fn of(facts: &'a Facts) -> Self {
        let telemetry = facts.telemetry.as_deref().into_iter();
        let known = telemetry.flat_map(|told| told.open.iter().chain(&told.ended));
        let mut tasks = Self {
            begun: HashSet::new(),
            told: BTreeSet::new(),
            starts: BTreeMap::new(),
        };
        for task in known {
            tasks.told.insert(&task.task_id);
            if task.status != TaskStatus::Submitted {
                tasks.begun.insert(&task.task_id);
                tasks.starts.entry(&task.queue).or_default().push(task);
            }
        }
        tasks
    }

    fn is_late(
        &self,
        queue: &QueueState,
        task: &QueuedTask,
        now: Timestamp,
        limits: &Thresholds,
    ) -> bool {
        let level = task.priority.level;
        let limit = seconds(patience(level, limits).0);
        let since = task.submitted_at.0;
        let waits = task.priority.blocked_task.is_none() && !self.begun.contains(task.id.as_str());
        let can_wait = matches!(level, Priority::Low | Priority::Normal);
        let passed_over = || self.moves(queue, task, now, limit) != Some(true);
        waits && now.duration_since(since) > limit && (!can_wait || passed_over())
    }

    /// Whether a queue moves in order: tasks were begun within its patience, and none of them that
    /// came after this one and is not more urgent. None when nothing was begun.
    fn moves(
        &self,
        queue: &QueueState,
        waits: &QueuedTask,
        now: Timestamp,
        limit: Duration,
    ) -> Option<bool> {
        let starts = self.starts.get(queue.name.as_str())?.iter();
        let lately = |task: &&&TaskRow| {
            task.started_at
                .is_some_and(|at| now.duration_since(at) <= limit)
        };
        let mut lately = starts.filter(lately).peekable();
        lately.peek()?;
        let urgent = |task: &TaskRow| task.priority > waits.priority.level;
        Some(lately.all(|task| urgent(task) || task.submitted_at <= waits.submitted_at.0))
    }

    fn finding(
        &self,
        queue: &QueueState,
        level: Priority,
        mut late: Vec<&QueuedTask>,
        now: Timestamp,
        limits: &Thresholds,
    ) -> Finding {
        late.sort_by(|a, b| (a.submitted_at.0, &a.id).cmp(&(b.submitted_at.0, &b.id)));
        let (limit, severity) = patience(level, limits);
        let since = late.first().map_or(now, |task| task.submitted_at.0);
        let ids: Vec<_> = late.iter().map(|task| task.id.clone()).collect();
        let which = match ids.as_slice() {
            [id] => format!("{level} task {id} waits in queue {} for", queue.name),
            ids => format!(
                "{} {level} tasks wait in queue {} ({}), the oldest for",
                ids.len(),
                queue.name,
                listed(ids)
            ),
        };
        let name = &queue.name;
        let finding = Finding::new(IssueKind::WaitingTask, severity, SubjectKind::Queue, name)
            .keyed(format!("{name}/{level}"))
            .since(since)
            .says(format!(
                "{which} {}, more than {limit} s, and nobody has begun {}",
                ago(since, now),
                if ids.len() == 1 { "it" } else { "them" }
            ))
            .shows(EvidenceKind::Queue, name)
            .next(Next::Queues { at: None }, "shows what else waits there");
        let of_kafka = ids.iter().any(|id| !self.told.contains(id.as_str()));
        let finding = ids
            .iter()
            .fold(finding, |finding, id| finding.shows(EvidenceKind::Task, id));
        match of_kafka {
            true => finding.needs(SourceName::Kafka),
            false => finding,
        }
    }
}

/// Seconds that a task may wait, and how bad it is when it waits longer.
const fn patience(level: Priority, limits: &Thresholds) -> (u32, Severity) {
    match level {
        Priority::Critical => (limits.waiting_critical_seconds, Severity::Critical),
        Priority::High => (limits.waiting_high_seconds, Severity::Error),
        Priority::Normal | Priority::Low => (limits.waiting_task_seconds, Severity::Warning),
    }
}
