//! Workload: what runs in the cluster, and how it is; the processes of agents where there is none.

use serde::{Deserialize, Serialize};

use telemetron_model::Rfc3339;
use telemetron_model::text_enum;

/// One deployment or stateful set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkloadState {
    /// Its name.
    pub deployment_name: String,
    /// Most pods it may have: the limit of its autoscaler, else the replicas that are wanted.
    pub max_pods: i64,
    /// How it is now.
    pub live: LiveState,
    /// Memory that one pod may use, such as `2Gi`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_max_ram: Option<String>,
    /// Processor time that one pod may use, such as `1000m`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pod_max_cpu: Option<String>,
    /// Its pods.
    pub pods: Vec<PodState>,
    /// What is known beyond the published schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<WorkloadDetail>,
}

impl WorkloadState {
    /// Whether it stands for processes that tell of themselves, and for no pods.
    #[must_use]
    pub fn is_of_processes(&self) -> bool {
        let detail = self.detail.as_ref();
        detail.is_some_and(|detail| detail.kind == OwnerKind::Process)
    }
}

/// How a workload is now.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LiveState {
    /// Pods that are ready.
    pub active_pods: i64,
    /// When this last changed, as far as was looked.
    pub updated_at: Rfc3339,
    /// The image of its first container.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// When it was rolled out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rolled_out_at: Option<Rfc3339>,
}

/// One pod.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PodState {
    /// Its name.
    pub pod_id: String,
    /// Processor time in millicores; 0 when `detail.measured` is false.
    pub cpu: f64,
    /// Memory in MB; 0 when `detail.measured` is false.
    pub memory: f64,
    /// Bytes received per second, where somebody measures them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_in: Option<f64>,
    /// Bytes sent per second, where somebody measures them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub network_out: Option<f64>,
    /// Its phase.
    pub status: PodPhase,
    /// When it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub updated_at: Option<Rfc3339>,
    /// What is known beyond the published schema.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<PodDetail>,
}

text_enum! {
    /// The phase of a pod, as Kubernetes names it.
    pub enum PodPhase {
        /// At least one container runs.
        Running = 1 => "Running",
        /// Not all containers have been started.
        Pending = 2 => "Pending",
        /// All containers ended, one of them badly.
        Failed = 3 => "Failed",
        /// All containers ended well.
        Succeeded = 4 => "Succeeded",
        /// Its node does not answer.
        Unknown = 5 => "Unknown",
    }
}

text_enum! {
    /// What holds pods together.
    pub enum OwnerKind {
        /// A deployment.
        Deployment = 1 => "Deployment",
        /// A stateful set.
        StatefulSet = 2 => "StatefulSet",
        /// Something else, or nothing.
        Other = 3 => "Other",
        /// No cluster: processes that tell of themselves, one in the place of each pod.
        Process = 4 => "Process",
    }
}

/// What is known of a workload beyond the published schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct WorkloadDetail {
    /// What it is.
    pub kind: OwnerKind,
    /// Its namespace.
    pub namespace: String,
    /// Pods that are wanted.
    pub wanted_pods: i64,
    /// Pods of the newest revision.
    pub updated_pods: i64,
    /// The agent it carries, by its label.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<String>,
    /// Why its rollout does not go on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stalled: Option<String>,
    /// Its autoscaler.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub autoscaler: Option<Autoscaler>,
}

/// What an autoscaler wants.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Autoscaler {
    /// Its name.
    pub name: String,
    /// Fewest pods.
    pub min: i64,
    /// Most pods.
    pub max: i64,
    /// Pods there are.
    pub current: i64,
    /// Pods it wants.
    pub desired: i64,
}

/// What is known of a pod beyond the published schema.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PodDetail {
    /// Whether `cpu` and `memory` were measured: the cluster has a metrics API.
    pub measured: bool,
    /// Whether it takes work.
    pub ready: bool,
    /// Restarts of all its containers together.
    pub restarts: i64,
    /// When it was made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_at: Option<Rfc3339>,
    /// The node it runs on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub node: Option<String>,
    /// Why it is in its phase.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Since when it takes no work though it runs, where the cluster says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unready_since: Option<Rfc3339>,
    /// When it ended, where the cluster says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Rfc3339>,
    /// Its containers.
    pub containers: Vec<ContainerState>,
}

/// One container of a pod.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ContainerState {
    /// Its name.
    pub name: String,
    /// How often it was started again.
    pub restarts: i64,
    /// Why it waits, such as `CrashLoopBackOff`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waiting: Option<String>,
    /// How it ended last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_termination: Option<Termination>,
}

/// How a container ended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Termination {
    /// In one word, such as `OOMKilled`.
    pub reason: String,
    /// What it ended with.
    pub exit_code: i64,
    /// When it had been started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Rfc3339>,
    /// When.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished_at: Option<Rfc3339>,
    /// What it said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}
