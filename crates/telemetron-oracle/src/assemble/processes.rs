//! The processes of agents, by the figures of their own heartbeats.
//!
//! They stand where there is no cluster to tell of pods. A process that was not heard of for too
//! long is none: nobody can say what became of it.

use std::collections::BTreeMap;

use serde::Deserialize;
use telemetron_model::Timestamp;
use telemetron_model::record::AgentStatus;
use telemetron_store::read::oracle::agents::Registered;
use telemetron_view::oracle::{
    LiveState, OwnerKind, PodDetail, PodPhase, PodState, WorkloadDetail, WorkloadState,
};

use crate::Thresholds;
use crate::facts::Telemetry;
use crate::measures::is_silent;

/// Most agents of a process that are named.
const NAMED: usize = 3;

/// The figures of a heartbeat that tell of the process.
#[derive(Debug, Default, Deserialize)]
struct Vitals {
    cpu_millicores: Option<f64>,
    memory_bytes: Option<f64>,
}

/// The living processes: by the deployment that they name, else by the agents that they hold.
pub(super) fn workload(
    telemetry: &Telemetry,
    now: Timestamp,
    thresholds: &Thresholds,
) -> Vec<WorkloadState> {
    let mut processes: BTreeMap<&str, Vec<&Registered>> = BTreeMap::new();
    for agent in &telemetry.registered {
        let lives = agent.status != AgentStatus::Unregistered && !is_silent(agent, now, thresholds);
        if let (true, Some(instance)) = (lives, &agent.instance) {
            processes.entry(instance).or_default().push(agent);
        }
    }
    let mut workload: BTreeMap<String, WorkloadState> = BTreeMap::new();
    for (instance, agents) in processes {
        let name = name(&agents);
        let state = workload
            .entry(name)
            .or_insert_with_key(|name| blank(name, now));
        state.pods.push(process(instance, &agents));
    }
    workload.into_values().map(counted).collect()
}

fn name(agents: &[&Registered]) -> String {
    let mut deployments = agents
        .iter()
        .filter_map(|agent| agent.deployment_name.as_ref());
    if let Some(deployment) = deployments.find(|name| !name.is_empty()) {
        return deployment.clone();
    }
    let mut names: Vec<_> = agents.iter().map(|agent| agent.name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let more = names.len().saturating_sub(NAMED);
    names.truncate(NAMED);
    let names = names.join(", ");
    match more {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

/// One process: its agents share its figures, of which the latest stand.
fn process(instance: &str, agents: &[&Registered]) -> PodState {
    let told = agents.iter().filter(|agent| agent.vitals.is_some());
    let latest = told.max_by_key(|agent| agent.said_at);
    let vitals = latest.and_then(|agent| agent.vitals.as_deref());
    let vitals: Vitals = vitals
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let unwell = agents
        .iter()
        .find(|agent| agent.status != AgentStatus::Healthy);
    let said_at = agents.iter().map(|agent| agent.said_at).max();
    PodState {
        pod_id: instance.to_owned(),
        cpu: vitals.cpu_millicores.unwrap_or(0.0),
        memory: vitals.memory_bytes.unwrap_or(0.0) / 1e6,
        network_in: None,
        network_out: None,
        status: PodPhase::Running,
        updated_at: said_at.map(Into::into),
        detail: Some(PodDetail {
            measured: vitals.cpu_millicores.is_some() && vitals.memory_bytes.is_some(),
            ready: unwell.is_none(),
            reason: unwell.and_then(|agent| agent.reason.clone()),
            ..PodDetail::default()
        }),
    }
}

fn blank(name: &str, now: Timestamp) -> WorkloadState {
    WorkloadState {
        deployment_name: name.to_owned(),
        max_pods: 0,
        live: LiveState {
            active_pods: 0,
            updated_at: now.into(),
            image: None,
            rolled_out_at: None,
        },
        pod_max_ram: None,
        pod_max_cpu: None,
        pods: Vec::new(),
        detail: Some(WorkloadDetail {
            kind: OwnerKind::Process,
            namespace: String::new(),
            wanted_pods: 0,
            updated_pods: 0,
            agent: None,
            stalled: None,
            autoscaler: None,
        }),
    }
}

/// Nobody says how many processes are wanted: it is as many as there are.
fn counted(mut state: WorkloadState) -> WorkloadState {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let ready = |pod: &&PodState| pod.detail.as_ref().is_some_and(|detail| detail.ready);
    state.max_pods = count(state.pods.len());
    state.live.active_pods = count(state.pods.iter().filter(ready).count());
    if let Some(detail) = &mut state.detail {
        (detail.wanted_pods, detail.updated_pods) = (state.max_pods, state.max_pods);
    }
    state
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_nanos(1_800_000_000_000_000_000);

    fn agent(name: &str, instance: &str, seconds_ago: i64, vitals: Option<&str>) -> Registered {
        Registered {
            agent_id: format!("{name}@{instance}"),
            name: name.to_owned(),
            description: None,
            models: Vec::new(),
            max_parallel_invocations: None,
            deployment_name: None,
            instance: Some(instance.to_owned()),
            status: AgentStatus::Healthy,
            reason: None,
            said_at: NOW.plus_nanos(-seconds_ago * 1_000_000_000),
            vitals: vitals.map(str::to_owned),
        }
    }

    fn told(registered: Vec<Registered>) -> Vec<WorkloadState> {
        let telemetry = Telemetry {
            registered,
            ..Telemetry::default()
        };
        workload(&telemetry, NOW, &Thresholds::default())
    }

    #[test]
    fn agents_of_one_process_are_one_process_with_its_latest_figures() {
        let vitals = r#"{"cpu_millicores":250,"memory_bytes":64000000,"threads":9}"#;
        let old = r#"{"cpu_millicores":900,"memory_bytes":1000000}"#;
        let told = told(vec![
            agent("reviewer", "box:7", 20, Some(old)),
            agent("coder", "box:7", 10, Some(vitals)),
        ]);
        let [state] = &told[..] else {
            panic!("{told:?}");
        };
        assert_eq!(state.deployment_name, "coder, reviewer");
        assert_eq!((state.max_pods, state.live.active_pods), (1, 1));
        assert!(state.is_of_processes());
        let process = &state.pods[0];
        assert_eq!(process.pod_id, "box:7");
        assert_eq!((process.cpu, process.memory), (250.0, 64.0));
        assert!(process.detail.as_ref().unwrap().measured);
    }

    #[test]
    fn processes_of_one_deployment_stand_together_and_silent_ones_not_at_all() {
        let mut agents = vec![
            agent("coder", "box:1", 1, None),
            agent("coder", "box:2", 1, None),
            agent("coder", "box:3", 3600, None),
        ];
        for agent in &mut agents {
            agent.deployment_name = Some("coders".to_owned());
        }
        agents[1].status = AgentStatus::Unhealthy;
        agents[1].reason = Some("its disk is full".to_owned());
        let told = told(agents);
        assert_eq!(told.len(), 1);
        assert_eq!(told[0].deployment_name, "coders");
        assert_eq!((told[0].max_pods, told[0].live.active_pods), (2, 1));
        let details = told[0].pods.iter().map(|pod| pod.detail.as_ref().unwrap());
        let details: Vec<_> = details.collect();
        assert!(!details[0].measured, "nothing was said of its figures");
        assert_eq!(details[1].reason.as_deref(), Some("its disk is full"));
    }
}
