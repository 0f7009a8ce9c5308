//! Workload: as the cluster told it; where there is no cluster, the processes of the agents.

use telemetron_view::oracle::{SourceName, SourceStatus, WorkloadState};

use super::processes;
use crate::Thresholds;
use crate::facts::Facts;

pub(super) fn section(facts: &Facts, thresholds: &Thresholds) -> Vec<WorkloadState> {
    match (&facts.cluster, &facts.telemetry) {
        (Some(cluster), _) => cluster.workload.clone(),
        (None, Some(telemetry)) if is_absent(facts) => {
            processes::workload(telemetry, facts.now, thresholds)
        }
        (None, _) => Vec::new(),
    }
}

/// Whether it is known that there is no cluster, rather than not known yet.
fn is_absent(facts: &Facts) -> bool {
    let mut sources = facts.sources.iter();
    let cluster = sources.find(|source| source.name == SourceName::Kubernetes);
    cluster.is_some_and(|cluster| cluster.status == SourceStatus::Absent)
}
