//! `updated_at` says when something last changed, not when somebody looked: a state that is put
//! together anew keeps the times of what is as it was, so that two states of a still system are equal.

use std::collections::HashMap;

use telemetron_view::oracle::{AgentState, PodState, QueueState, SystemState, WorkloadState};

/// Gives what is as it was before the time that it had before.
pub(crate) fn keep_times(before: &SystemState, state: &mut SystemState) {
    let agents: HashMap<_, _> = by(&before.agents, |agent: &AgentState| agent.name.clone());
    for agent in &mut state.agents {
        if let Some(before) = agents.get(&agent.name) {
            keep_agent(before, agent);
        }
    }
    let workload: HashMap<_, _> = by(&before.workload, place);
    for one in &mut state.workload {
        if let Some(before) = workload.get(&place(one)) {
            keep_workload(before, one);
        }
    }
    let queues: HashMap<_, _> = by(&before.queues, |queue: &QueueState| queue.name.clone());
    for queue in &mut state.queues {
        if let Some(before) = queues.get(&queue.name) {
            keep_queue(before, queue);
        }
    }
}

fn by<T, K: std::hash::Hash + Eq>(all: &[T], key: impl Fn(&T) -> K + Copy) -> HashMap<K, &T> {
    all.iter().map(|one| (key(one), one)).collect()
}

/// Deployments are told apart by their namespaces.
fn place(workload: &WorkloadState) -> (String, String) {
    let namespace = workload
        .detail
        .as_ref()
        .map(|detail| detail.namespace.clone());
    (
        namespace.unwrap_or_default(),
        workload.deployment_name.clone(),
    )
}

fn keep_agent(before: &AgentState, agent: &mut AgentState) {
    let same = (
        &agent.description,
        agent.max_parallel_invocations,
        &agent.deployment_name,
    ) == (
        &before.description,
        before.max_parallel_invocations,
        &before.deployment_name,
    ) && agent.models == before.models
        && agent.activity.active_task_ids == before.activity.active_task_ids;
    if same {
        agent.activity.updated_at = before.activity.updated_at;
    }
}

fn keep_workload(before: &WorkloadState, workload: &mut WorkloadState) {
    let (then, live) = (&before.live, &mut workload.live);
    let same = (live.active_pods, &live.image, &live.rolled_out_at)
        == (then.active_pods, &then.image, &then.rolled_out_at);
    if same {
        live.updated_at = then.updated_at;
    }
    let pods = by(&before.pods, |pod: &PodState| pod.pod_id.clone());
    for pod in &mut workload.pods {
        if let Some(before) = pods.get(&pod.pod_id) {
            keep_pod(before, pod);
        }
    }
}

fn keep_pod(before: &PodState, pod: &mut PodState) {
    let mut then = before.clone();
    then.updated_at = pod.updated_at;
    if then == *pod {
        pod.updated_at = before.updated_at;
    }
}

fn keep_queue(before: &QueueState, queue: &mut QueueState) {
    let ids = |queue: &QueueState| {
        queue
            .tasks
            .iter()
            .map(|task| task.id.clone())
            .collect::<Vec<_>>()
    };
    if ids(before) == ids(queue) && before.detail == queue.detail {
        queue.updated_at = before.updated_at;
    }
}

#[cfg(test)]
mod tests {
    use telemetron_model::Timestamp;

    use super::*;
    use crate::OracleConfig;
    use crate::assemble;
    use crate::issues::support::{facts, healthy};

    #[test]
    fn a_still_system_keeps_its_times_and_what_changes_gets_a_new_one() {
        let (telemetry, traces) = healthy();
        let mut facts = facts(telemetry, traces);
        let config = OracleConfig::default();
        let first = assemble::state(&facts, &config);
        facts.now = Timestamp::from_nanos(facts.now.nanos() + 1_000_000_000);
        let mut again = assemble::state(&facts, &config);
        assert_ne!(
            first.agents[0].activity.updated_at,
            again.agents[0].activity.updated_at
        );
        keep_times(&first, &mut again);
        assert_eq!(first.agents, again.agents);
        assert_eq!(first.workload, again.workload);
        assert_eq!(first.queues[0].updated_at, again.queues[0].updated_at);

        let mut changed = assemble::state(&facts, &config);
        changed.agents[0].models.push("another".to_owned());
        keep_times(&first, &mut changed);
        assert_ne!(
            first.agents[0].activity.updated_at,
            changed.agents[0].activity.updated_at
        );
    }
}
