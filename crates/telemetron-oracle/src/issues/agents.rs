//! Agents that have too much in hand, are not heard of, or say that they are not well.

use std::collections::BTreeSet;

use telemetron_model::Timestamp;
use telemetron_model::record::{AgentStatus, Severity};
use telemetron_store::read::oracle::agents::Registered;
use telemetron_view::Next;
use telemetron_view::oracle::{
    ActiveTask, ActivityStatus, EvidenceKind, IssueKind, SubjectKind, SystemState, WorkloadState,
};

use super::{Finding, latest_of};
use crate::Thresholds;
use crate::facts::Facts;
use crate::measures::is_silent;
use crate::words::{ago, cut};

/// Agents that have more in hand than they take.
pub(super) fn overloaded(facts: &Facts, state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let load = Load::of(facts, limits);
    let agents = state.agents.iter();
    agents
        .filter_map(|agent| {
            let room = agent.room()?;
            let tasks = agent.activity.active_task_ids.iter();
            let tasks: Vec<_> = tasks.filter(|task| load.counts(task)).collect();
            let count = load.at_once(&tasks);
            (count > room).then(|| {
                let kind = IssueKind::OverloadedAgent;
                let name = &agent.name;
                let finding = Finding::new(kind, Severity::Warning, SubjectKind::Agent, name)
                    .says(format!(
                        "agent {name} works on {count} tasks at once and takes {room}"
                    ))
                    .shows(EvidenceKind::Agent, name)
                    .next(Next::Agents, "shows what it is at work on");
                let oldest = tasks.iter().map(|task| task.started_on.0).min();
                tasks
                    .iter()
                    .fold(finding, |finding, task| match is_span(task) {
                        true => finding.shows(EvidenceKind::Span, &task.id),
                        false => finding.shows(EvidenceKind::Task, &task.id),
                    })
                    .since(oldest.unwrap_or_default())
            })
        })
        .collect()
}

/// Nanoseconds for which an agent may hold one task more: the end of one and the start of the next
/// come by two ways.
const SETTLED: i64 = 3_000_000_000;

/// What counts as being in hand.
struct Load<'a> {
    now: Timestamp,
    /// Tasks of which nobody says in which trace they are worked on.
    unplaced: BTreeSet<&'a str>,
    /// Spans of traces that fell silent: whoever opened them may be gone.
    silent: BTreeSet<String>,
}

impl<'a> Load<'a> {
    fn of(facts: &'a Facts, limits: &Thresholds) -> Self {
        let limit = i64::from(limits.stuck_span_unknown_seconds) * 1_000_000_000;
        let told = || facts.telemetry.as_deref().into_iter();
        let tasks = told().flat_map(|told| told.open.iter());
        let tasks = tasks.filter(|task| task.trace_id.is_none());
        let spans = told().flat_map(|told| told.running.iter());
        let spans = spans.filter(|span| facts.now.since(span.heard_at) > limit);
        Self {
            now: facts.now,
            unplaced: tasks.map(|task| task.task_id.as_str()).collect(),
            silent: spans
                .map(|span| format!("{}/{}", span.trace_id, span.span_id))
                .collect(),
        }
    }

    fn counts(&self, task: &ActiveTask) -> bool {
        let at_work = matches!(
            task.status,
            ActivityStatus::Running | ActivityStatus::Waiting
        );
        let settled = self.now.since(task.started_on.0) >= SETTLED;
        at_work && settled && !self.silent.contains(&task.id)
    }

    /// How many things these are at least: a span may be the work on a task that names no trace.
    fn at_once(&self, tasks: &[&ActiveTask]) -> i64 {
        let unplaced = |task: &&&ActiveTask| self.unplaced.contains(task.id.as_str());
        let spans = tasks.iter().filter(|task| is_span(task)).count();
        let unplaced = tasks.iter().filter(unplaced).count();
        i64::try_from(tasks.len() - spans.min(unplaced)).unwrap_or(i64::MAX)
    }
}

fn is_span(task: &ActiveTask) -> bool {
    task.id.contains('/')
}

/// Nanoseconds after which a silent instance, beside others that live, has been replaced.
const REPLACED: i64 = 3600 * 1_000_000_000;

/// Agents that registered and are not heard of any more.
pub(super) fn silent(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let present = |agent: &&Registered| agent.status != AgentStatus::Unregistered;
    let (silent, alive): (Vec<_>, Vec<_>) = registered(facts)
        .filter(present)
        .partition(|agent| is_silent(agent, facts.now, limits));
    let others = |agent: &Registered| alive.iter().filter(|o| o.name == agent.name).count();
    let silent = silent.into_iter().map(|agent| (agent, others(agent)));
    silent
        .filter(|(agent, others)| {
            let lately = facts.now.since(agent.said_at) <= REPLACED;
            *others == 0 || (lately && !is_replaced(agent, facts))
        })
        .map(|(agent, others)| {
            let silence = ago(agent.said_at, facts.now);
            let at = agent.instance.as_deref().unwrap_or("an unknown process");
            let (severity, rest) = match others {
                0 => (Severity::Error, String::new()),
                others => (
                    Severity::Warning,
                    format!(
                        "; beside it {} well",
                        match others {
                            1 => "1 instance is".to_owned(),
                            others => format!("{others} instances are"),
                        }
                    ),
                ),
            };
            about(agent, IssueKind::SilentAgent, severity)
                .since(agent.said_at)
                .says(format!(
                    "agent {} in {at} was not heard of for {silence}, more than {} s, and did not \
                     say goodbye{rest}",
                    agent.name, limits.silent_agent_seconds
                ))
        })
        .collect()
}

/// Whether the pod of an instance is gone from the deployment that runs its agent: a deploy takes
/// pods away, and some of them have no time to say goodbye.
fn is_replaced(agent: &Registered, facts: &Facts) -> bool {
    let cluster = facts.cluster.iter().flat_map(|cluster| &cluster.workload);
    let ours = |workload: &&WorkloadState| {
        let label = workload.detail.as_ref().and_then(|it| it.agent.as_ref());
        label == Some(&agent.name)
            || agent.deployment_name.as_ref() == Some(&workload.deployment_name)
    };
    let instance = agent.instance.as_deref().unwrap_or_default();
    let host = instance.split(':').next().unwrap_or_default();
    let mut ours = cluster.filter(ours).peekable();
    ours.peek().is_some() && ours.all(|it| it.pods.iter().all(|pod| pod.pod_id != host))
}

/// Agents that say themselves that they are not well.
pub(super) fn unhealthy(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    registered(facts)
        .filter(|agent| agent.status == AgentStatus::Unhealthy)
        .filter(|agent| !is_silent(agent, facts.now, limits))
        .map(|agent| {
            let reason = agent.reason.as_deref().unwrap_or("it does not say why");
            about(agent, IssueKind::UnhealthyAgent, Severity::Error).says(format!(
                "agent {} said {} ago that it is not well: {}",
                agent.name,
                ago(agent.said_at, facts.now),
                cut(reason)
            ))
        })
        .collect()
}

fn registered(facts: &Facts) -> impl Iterator<Item = &Registered> {
    let telemetry = facts.telemetry.as_deref();
    telemetry
        .into_iter()
        .flat_map(|told| told.registered.iter())
}

fn about(agent: &Registered, kind: IssueKind, severity: Severity) -> Finding {
    Finding::new(kind, severity, SubjectKind::Agent, &agent.name)
        .keyed(&agent.agent_id)
        .shows(EvidenceKind::Agent, &agent.name)
        .next(latest_of(&agent.name), "shows what it did last")
}
