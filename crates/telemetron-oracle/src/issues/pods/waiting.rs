//! Pods that are not started, or were and take no work.

use telemetron_model::record::Severity;
use telemetron_view::Next;
use telemetron_view::oracle::{IssueKind, PodPhase, SystemState};

use super::{BACK_OFF, Seen, pods};
use crate::Thresholds;
use crate::facts::Facts;
use crate::issues::Finding;
use crate::measures::seconds;
use crate::words::{ago, cut};

/// What a container waits with when it cannot be started at all.
const HOPELESS: &[&str] = &[
    "ImagePullBackOff",
    "ErrImagePull",
    "ErrImageNeverPull",
    "InvalidImageName",
    "CreateContainerConfigError",
    "CreateContainerError",
];

/// How many times the limit a pod may be pending before that is an error: nodes are added, and
/// large images are fetched, within minutes.
const PATIENCE: u32 = 5;

/// A container that cannot be started is waited for so much shorter: a registry may stumble once.
const HOPE: u32 = 4;

/// Pods that were made some time ago and do not run, or never will. One whose containers end again
/// and again is told as that.
pub(in crate::issues) fn pending(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let limit = seconds(limits.pod_pending_seconds);
    let pods = pods(state).filter(|seen| seen.pod.status == PodPhase::Pending);
    let pods = pods.filter(|seen| waits_with(seen, &[BACK_OFF]).is_none());
    pods.filter_map(|seen| {
        let made = seen.detail.created_at?.0;
        let age = facts.now.duration_since(made);
        let hopeless = waits_with(&seen, HOPELESS);
        let severity = match hopeless {
            Some(_) if age > limit / HOPE => Severity::Error,
            _ if age > limit * PATIENCE => Severity::Error,
            _ if age > limit => Severity::Warning,
            _ => return None,
        };
        let why = seen.detail.reason.as_deref().or(hopeless);
        let finding = seen.finding(IssueKind::PodPending, severity).since(made);
        Some(
            finding
                .next(Next::Workload, &seen.described())
                .says(format!(
                    "pod {} of {} is pending for {}: {}",
                    seen.pod.pod_id,
                    seen.workload.deployment_name,
                    ago(made, facts.now),
                    cut(why.unwrap_or("its node does not say why"))
                )),
        )
    })
    .collect()
}

/// The first of these words that a container waits with.
fn waits_with<'a>(seen: &Seen<'a>, words: &[&str]) -> Option<&'a str> {
    let containers = seen.detail.containers.iter();
    let mut waiting = containers.filter_map(|container| container.waiting.as_deref());
    waiting.find(|waiting| words.contains(waiting))
}

/// Pods that run and take no work for long: what they are asked to show that they are ready fails.
pub(in crate::issues) fn not_ready(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let limit = seconds(limits.pod_ready_seconds);
    let pods = pods(state).filter(|seen| seen.pod.status == PodPhase::Running);
    let pods = pods.filter(|seen| waits_with(seen, &[BACK_OFF]).is_none());
    pods.filter_map(|seen| {
        let since = seen.detail.unready_since?.0;
        if facts.now.duration_since(since) <= limit {
            return None;
        }
        let wanted = seen.workload.detail.as_ref()?.wanted_pods;
        let ready = seen.workload.live.active_pods;
        let severity = match ready {
            0 => Severity::Error,
            _ => Severity::Warning,
        };
        let why = seen.detail.reason.as_deref();
        let finding = seen.finding(IssueKind::PodNotReady, severity).since(since);
        Some(
            finding
                .next(Next::Workload, &seen.described())
                .says(format!(
                    "pod {} of {} runs and is not ready for {} ({ready} of {wanted} pods are): {}",
                    seen.pod.pod_id,
                    seen.workload.deployment_name,
                    ago(since, facts.now),
                    cut(why.unwrap_or(
                        "its readiness probe fails, or one of its containers has ended"
                    ))
                )),
        )
    })
    .collect()
}
