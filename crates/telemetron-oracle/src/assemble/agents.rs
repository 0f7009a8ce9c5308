//! Agents: those that registered, those that spans or tasks name, and those that a deployment
//! carries.

use std::collections::{BTreeMap, BTreeSet};

use telemetron_model::Timestamp;
use telemetron_model::record::{AgentStatus, SpanKind, TaskStatus};
use telemetron_store::read::oracle::agents::Registered;
use telemetron_store::read::oracle::running::RunningSpan;
use telemetron_store::read::oracle::tasks::TaskRow;
use telemetron_view::oracle::{
    ActiveTask, Activity, ActivityStatus, AgentDetail, AgentOrigin, AgentState,
};

use crate::config::Discovery;
use crate::facts::{Facts, Telemetry};
use crate::measures::is_silent;
use crate::{OracleConfig, Thresholds};

const MINUTE_NS: i64 = 60_000_000_000;

/// Most activities of one agent that are listed.
const MOST: usize = 200;

/// What is known of one agent, from everybody.
#[derive(Debug, Default)]
struct Known {
    description: Option<String>,
    room: Option<i64>,
    deployment: Option<String>,
    models: BTreeSet<String>,
    detail: AgentDetail,
}

pub(super) fn section(facts: &Facts, config: &OracleConfig) -> Vec<AgentState> {
    let mut known: BTreeMap<String, Known> = BTreeMap::new();
    let telemetry = facts.telemetry.as_deref();
    if let Some(telemetry) = telemetry {
        registered(telemetry, facts.now, &config.thresholds, &mut known);
        seen(telemetry, &mut known);
        assigned(telemetry, &mut known);
    }
    labeled(facts, config.discovery, &mut known);
    let mut at_work = telemetry.map_or_else(BTreeMap::new, at_work);
    known
        .into_iter()
        .filter(|(_, agent)| wanted(config.discovery, &agent.detail.origins))
        .map(|(name, agent)| {
            let tasks = at_work.remove(&name).unwrap_or_default();
            agent.into_state(name, tasks, facts.now)
        })
        .collect()
}

fn wanted(discovery: Discovery, origins: &[AgentOrigin]) -> bool {
    match discovery {
        Discovery::All | Discovery::Auto => true,
        Discovery::Labeled => origins.contains(&AgentOrigin::Labeled),
        Discovery::Telemetry => origins.iter().any(|origin| *origin != AgentOrigin::Labeled),
    }
}

/// Adds agents that registered; those that left have left.
fn registered(
    telemetry: &Telemetry,
    now: Timestamp,
    thresholds: &Thresholds,
    known: &mut BTreeMap<String, Known>,
) {
    let stays = |agent: &&Registered| agent.status != AgentStatus::Unregistered;
    for agent in telemetry.registered.iter().filter(stays) {
        let entry = known.entry(agent.name.clone()).or_default();
        entry.describe(agent);
        let heartbeat = entry.detail.heartbeat_at.map(|at| at.0);
        entry.detail.heartbeat_at = heartbeat.max(Some(agent.said_at)).map(Into::into);
        if !is_silent(agent, now, thresholds) {
            let room = agent.max_parallel_invocations.map(i64::from);
            entry.room = entry.room.map_or(room, |sum| Some(sum + room.unwrap_or(0)));
        }
    }
}

fn seen(telemetry: &Telemetry, known: &mut BTreeMap<String, Known>) {
    for seen in &telemetry.seen {
        let entry = known.entry(seen.name.clone()).or_default();
        entry.origin(AgentOrigin::Telemetry);
        if !seen.model.is_empty() {
            entry.models.insert(seen.model.clone());
        }
        let minute = Timestamp::from_nanos(seen.minute.saturating_mul(MINUTE_NS));
        let before = entry.detail.last_active_at.map(|at| at.0);
        entry.detail.last_active_at = before.max(Some(minute)).map(Into::into);
    }
    for span in telemetry
        .running
        .iter()
        .filter(|span| span.kind == SpanKind::Agent)
    {
        if let Some(agent) = &span.agent {
            known
                .entry(agent.clone())
                .or_default()
                .origin(AgentOrigin::Telemetry);
        }
    }
}

/// Adds the agents that tasks were given to, if nobody else names them.
fn assigned(telemetry: &Telemetry, known: &mut BTreeMap<String, Known>) {
    let tasks = telemetry.open.iter().chain(&telemetry.ended);
    for agent in tasks.filter_map(|task| task.agent.as_ref()) {
        let entry = known.entry(agent.clone()).or_default();
        if entry.detail.origins.is_empty() {
            entry.origin(AgentOrigin::Telemetry);
        }
    }
}

/// Adds the agents that deployments carry; every deployment is one when all are wanted.
fn labeled(facts: &Facts, discovery: Discovery, known: &mut BTreeMap<String, Known>) {
    let Some(cluster) = &facts.cluster else {
        return;
    };
    for workload in &cluster.workload {
        let label = workload
            .detail
            .as_ref()
            .and_then(|detail| detail.agent.clone());
        let every = (discovery == Discovery::All).then(|| workload.deployment_name.clone());
        let Some(agent) = label.or(every) else {
            continue;
        };
        let entry = known.entry(agent).or_default();
        entry.origin(AgentOrigin::Labeled);
        entry
            .deployment
            .get_or_insert_with(|| workload.deployment_name.clone());
    }
}

impl Known {
    fn describe(&mut self, agent: &Registered) {
        self.origin(AgentOrigin::Registered);
        self.models.extend(agent.models.iter().cloned());
        self.detail.instances.extend(agent.instance.clone());
        let newest = self
            .detail
            .heartbeat_at
            .is_none_or(|at| at.0 <= agent.said_at);
        if newest {
            self.detail.status = Some(agent.status.as_str().to_owned());
            self.detail.reason.clone_from(&agent.reason);
            let description = agent.description.clone();
            self.description = description.or_else(|| self.description.take());
            let deployment = agent.deployment_name.clone();
            self.deployment = deployment.or_else(|| self.deployment.take());
        }
    }

    fn origin(&mut self, origin: AgentOrigin) {
        if !self.detail.origins.contains(&origin) {
            self.detail.origins.push(origin);
        }
    }

    fn into_state(self, name: String, tasks: Vec<ActiveTask>, now: Timestamp) -> AgentState {
        AgentState {
            name,
            description: self.description,
            max_parallel_invocations: self.room.unwrap_or_default(),
            deployment_name: self
                .deployment
                .filter(|name| !name.is_empty())
                .unwrap_or_else(|| AgentState::NOWHERE.to_owned()),
            models: self.models.into_iter().collect(),
            activity: Activity {
                active_task_ids: tasks,
                updated_at: now.into(),
            },
            detail: Some(self.detail),
        }
    }
}

/// What each agent is at work on: its tasks, and running spans that are part of none.
fn at_work(telemetry: &Telemetry) -> BTreeMap<String, Vec<ActiveTask>> {
    let mut work: BTreeMap<String, Vec<ActiveTask>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for task in &telemetry.open {
        if let (Some(agent), Some(active)) = (&task.agent, active(task)) {
            work.entry(agent.clone()).or_default().push(active);
            told.extend(task.trace_id.map(|trace| (agent.clone(), trace)));
        }
    }
    let agents = telemetry
        .running
        .iter()
        .filter(|span| span.kind == SpanKind::Agent);
    for span in agents {
        // An agent that calls itself is at work once, and a task says more than its span.
        let Some(agent) = &span.agent else { continue };
        if told.insert((agent.clone(), span.trace_id)) {
            work.entry(agent.clone()).or_default().push(running(span));
        }
    }
    work.values_mut().for_each(|tasks| tasks.truncate(MOST));
    work
}

fn active(task: &TaskRow) -> Option<ActiveTask> {
    let status = match task.status {
        TaskStatus::Running => ActivityStatus::Running,
        TaskStatus::Waiting => ActivityStatus::Waiting,
        // What has not begun stands in its queue.
        TaskStatus::Submitted | TaskStatus::Completed | TaskStatus::Failed => return None,
    };
    Some(ActiveTask {
        id: task.task_id.clone(),
        started_on: task.started_at.unwrap_or(task.submitted_at).into(),
        status,
    })
}

fn running(span: &RunningSpan) -> ActiveTask {
    ActiveTask {
        id: format!("{}/{}", span.trace_id, span.span_id),
        started_on: span.started_at.into(),
        status: ActivityStatus::Running,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issues::support::{facts, healthy, task};

    /// The agents of the healthy system and of these tasks, with how they became known.
    fn agents(discovery: Discovery, tasks: &[TaskRow]) -> Vec<(String, Vec<AgentOrigin>, usize)> {
        let (mut telemetry, traces) = healthy();
        telemetry.open = tasks.to_vec();
        let config = OracleConfig {
            discovery,
            ..OracleConfig::default()
        };
        let agents = section(&facts(telemetry, traces), &config).into_iter();
        let told = agents.map(|agent| {
            let tasks = agent.activity.active_task_ids.len();
            (agent.name, agent.detail.unwrap().origins, tasks)
        });
        told.collect()
    }

    #[test]
    fn what_nobody_says_has_a_documented_default_and_what_ended_is_no_work() {
        let (mut telemetry, traces) = healthy();
        telemetry.open = vec![of("translator", TaskStatus::Waiting)];
        telemetry.ended = vec![of("translator", TaskStatus::Completed)];
        let agents = section(&facts(telemetry, traces), &OracleConfig::default());
        let translator = agents
            .iter()
            .find(|agent| agent.name == "translator")
            .unwrap();
        assert_eq!(
            (translator.max_parallel_invocations, translator.room()),
            (0, None)
        );
        assert_eq!(translator.deployment_name, "unknown");
        assert_eq!(translator.deployment(), None);
        let at_work = &translator.activity.active_task_ids;
        assert_eq!(at_work.len(), 1);
        assert_eq!(at_work[0].status, ActivityStatus::Waiting);
    }

    fn of(agent: &str, status: TaskStatus) -> TaskRow {
        let mut task = task("t-9", status);
        task.agent = Some(agent.to_owned());
        task
    }

    #[test]
    fn an_agent_that_only_a_task_names_is_known_by_telemetry() {
        use AgentOrigin::{Registered, Telemetry};
        let coder = ("coder".to_owned(), vec![Registered, Telemetry], 1);
        let translator = |tasks| ("translator".to_owned(), vec![Telemetry], tasks);
        let at_work = of("translator", TaskStatus::Running);
        for discovery in [Discovery::Auto, Discovery::Telemetry] {
            let known = agents(discovery, std::slice::from_ref(&at_work));
            assert_eq!(known, [coder.clone(), translator(1)]);
        }
        // One that it was given and has not begun is in its queue.
        let given = of("translator", TaskStatus::Submitted);
        assert_eq!(agents(Discovery::Auto, &[given]), [coder, translator(0)]);
        assert_eq!(agents(Discovery::Labeled, &[at_work]), []);
    }

    #[test]
    fn a_task_of_an_agent_that_is_known_already_is_no_other_way_to_know_it() {
        let known = agents(Discovery::Auto, &[of("coder", TaskStatus::Running)]);
        assert_eq!(known.len(), 1);
        assert_eq!(
            known[0].1,
            [AgentOrigin::Registered, AgentOrigin::Telemetry]
        );
    }
}
