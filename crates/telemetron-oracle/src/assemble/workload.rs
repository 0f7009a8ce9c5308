//! Workload: as the cluster told it.

use telemetron_model::oracle::WorkloadState;

use crate::facts::Facts;

pub(super) fn section(facts: &Facts) -> Vec<WorkloadState> {
    let cluster = facts.cluster.as_ref();
    cluster.map_or_else(Vec::new, |cluster| cluster.workload.clone())
}
