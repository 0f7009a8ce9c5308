//! The state, section by section, from what the sources told.

mod agents;
mod models;
mod processes;
mod queues;
mod workload;

use telemetron_view::oracle::{SystemState, shape};

use crate::OracleConfig;
use crate::facts::Facts;

/// Puts the state together.
pub(crate) fn state(facts: &Facts, config: &OracleConfig) -> SystemState {
    let named = facts
        .cluster
        .as_ref()
        .and_then(|cluster| cluster.name.clone());
    let mut state = SystemState {
        id: String::new(),
        agents: agents::section(facts, config),
        workload: workload::section(facts, &config.thresholds),
        queues: queues::section(facts),
        litellm: models::section(facts),
        generated_at: Some(facts.now.into()),
        cluster_name: config.cluster_name.clone().or(named),
        namespace: config.namespace.clone(),
        status: None,
        sources: Some(facts.sources.clone()),
    };
    state.id = format!("{:016x}", shape(&state));
    state
}
