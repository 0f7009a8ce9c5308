//! Pods whose containers ended: badly, again and again, or for their memory.

use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use telemetron_view::Next;
use telemetron_view::oracle::{ContainerState, IssueKind, PodPhase, SystemState, Termination};

use super::{BACK_OFF, Seen, pods};
use crate::Thresholds;
use crate::facts::Facts;
use crate::issues::Finding;
use crate::measures::seconds;
use crate::words::{ago, counted, cut};

/// Pods that ended badly lately. They stay in the cluster, some for good, and what replaced them
/// may be well for long.
pub(in crate::issues) fn failed(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let window = seconds(limits.pod_failed_seconds);
    let lately = |at: Timestamp| facts.now.duration_since(at) <= window;
    pods(state)
        .filter(|seen| seen.pod.status == PodPhase::Failed)
        .filter(|seen| seen.detail.ended_at.is_none_or(|at| lately(at.0)))
        .map(|seen| {
            let finding = seen.finding(IssueKind::PodFailed, Severity::Error);
            let ended = seen.detail.containers.iter().find(|it| failed_last(it));
            let next = ended.map_or_else(|| seen.described(), |it| seen.logged(&it.name, false));
            let how = ended
                .and_then(|it| it.last_termination.as_ref())
                .map(ending);
            let why = seen.detail.reason.clone().or(how);
            let finding = finding.next(Next::Workload, &next).says(format!(
                "pod {} of {} failed{} after {}: {}",
                seen.pod.pod_id,
                seen.workload.deployment_name,
                at(&seen, facts),
                counted(seen.detail.restarts, "restart"),
                cut(why.as_deref().unwrap_or("nobody said why"))
            ));
            match seen.detail.ended_at {
                Some(at) => finding.since(at.0),
                None => finding,
            }
        })
        .collect()
}

fn at(seen: &Seen<'_>, facts: &Facts) -> String {
    let ended = seen.detail.ended_at;
    ended.map_or_else(String::new, |at| format!(" {} ago", ago(at.0, facts.now)))
}

fn failed_last(container: &ContainerState) -> bool {
    let last = container.last_termination.as_ref();
    last.is_some_and(|last| last.exit_code != 0)
}

/// Pods whose containers end and are started again.
pub(in crate::issues) fn crash_looping(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    pods(state)
        .filter_map(|seen| {
            let mut containers = seen.detail.containers.iter();
            let container = containers.find(|it| loops(it, facts.now, limits))?;
            let last = container.last_termination.as_ref();
            let ended = last.map_or_else(|| "it does not say how it ended".to_owned(), ending);
            let finding = seen.finding(IssueKind::PodCrashLoop, Severity::Critical);
            let next = seen.logged(&container.name, container.restarts > 0);
            let finding = finding.next(Next::Workload, &next).says(format!(
                "container {} of pod {} ({}) was started again {}; {ended}",
                container.name,
                seen.pod.pod_id,
                seen.workload.deployment_name,
                counted(container.restarts, "time")
            ));
            let at = last.and_then(|last| last.finished_at);
            Some(match at {
                Some(at) => finding.since(at.0),
                None => finding,
            })
        })
        .collect()
}

/// Whether a container ends soon after each start. One that ran well for long before it ended had
/// its restarts over the months of its life.
fn loops(container: &ContainerState, now: Timestamp, limits: &Thresholds) -> bool {
    let window = seconds(limits.window_seconds);
    let last = container.last_termination.as_ref();
    let lately = last.is_some_and(|last| {
        let ended = last.finished_at.map(|at| at.0);
        let ran = ended.zip(last.started_at);
        let soon = ran.is_none_or(|(ended, began)| ended.duration_since(began.0) <= window);
        soon && ended.is_some_and(|at| now.duration_since(at) <= window)
    });
    let often = container.restarts >= i64::from(limits.crash_loop_restarts);
    container.waiting.as_deref() == Some(BACK_OFF) || (often && lately)
}

/// How a container ended. What it was killed for counts more than the code it was killed with.
fn ending(last: &Termination) -> String {
    let code = last.exit_code;
    let said = last.message.as_deref().map(cut);
    match said {
        Some(said) => format!("it ended last as {} with code {code}: {said}", last.reason),
        None => format!("it ended last as {} with code {code}", last.reason),
    }
}

/// Pods with a container that was killed for its memory lately.
pub(in crate::issues) fn killed_for_memory(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let window = seconds(limits.oom_seconds);
    let killed = |container: &ContainerState| {
        let last = container.last_termination.as_ref()?;
        let lately = |at: &Timestamp| facts.now.duration_since(*at) <= window;
        let at = last.finished_at.map(|at| at.0).filter(lately)?;
        (last.reason == "OOMKilled").then_some(at)
    };
    pods(state)
        .filter_map(|seen| {
            let mut containers = seen.detail.containers.iter();
            let (container, at) = containers.find_map(|it| Some((it, killed(it)?)))?;
            let limit = seen.workload.pod_max_ram.as_deref().unwrap_or("no limit");
            let finding = seen.finding(IssueKind::PodOomKilled, Severity::Error);
            let next = seen.logged(&container.name, container.restarts > 0);
            Some(finding.since(at).next(Next::Workload, &next).says(format!(
                "container {} of pod {} ({}) was killed {} ago for its memory (limit {limit}, {})",
                container.name,
                seen.pod.pod_id,
                seen.workload.deployment_name,
                ago(at, facts.now),
                counted(container.restarts, "restart")
            )))
        })
        .collect()
}
