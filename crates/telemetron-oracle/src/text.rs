//! The state and the issues as text: a log that a language model reads well, and a summary.

use crate::words::counted;
use telemetron_model::Timestamp;
use telemetron_view::oracle::{
    ActivityStatus, AgentState, Change, Issue, ModelState, PodPhase, PodState, QueueState,
    SourceStatus, SystemState, SystemStatus, TimelineItem, WorkloadState,
};

/// Most tasks of a queue that are told one by one.
const TASKS: usize = 10;

/// Everything, line by line: issues first, then each section.
pub fn log(state: &SystemState, issues: &[Issue]) -> String {
    let mut text = headline(state, issues);
    write_issues(&mut text, issues);
    section(&mut text, "agents", &state.agents, agent);
    section(&mut text, "workload", &state.workload, workload);
    section(&mut text, "queues", &state.queues, queue);
    section(&mut text, "models", &state.litellm, model);
    write_sources(&mut text, state);
    text
}

/// The counts, the issues, and who does not tell.
pub fn summary(state: &SystemState, issues: &[Issue]) -> String {
    let mut text = headline(state, issues);
    let active = |agent: &AgentState| {
        agent
            .activity
            .active_task_ids
            .iter()
            .any(|task| at_work(task.status))
    };
    let busy = state.agents.iter().filter(|agent| active(agent)).count();
    let pods = state.workload.iter().flat_map(|workload| &workload.pods);
    let running = pods
        .clone()
        .filter(|pod| pod.status == PodPhase::Running)
        .count();
    let processes = state.workload.iter().any(WorkloadState::is_of_processes);
    let sort = if processes { "processes" } else { "pods" };
    let waiting: usize = state.queues.iter().map(|queue| queue.tasks.len()).sum();
    let tpm: f64 = state.litellm.iter().filter_map(|model| model.tpm).sum();
    line(
        &mut text,
        format_args!(
            "agents {} ({busy} at work) | {sort} {} ({running} running) | tasks waiting {waiting} in {} | models {} ({tpm:.0} tokens/min)",
            state.agents.len(),
            pods.count(),
            counted(state.queues.len(), "queue"),
            state.litellm.len(),
        ),
    );
    write_issues(&mut text, issues);
    write_sources(&mut text, state);
    text
}

/// An instant without the part of its second: nobody reads nine digits.
fn second(at: Timestamp) -> String {
    const NANOS: i64 = 1_000_000_000;
    Timestamp::from_nanos(at.nanos().div_euclid(NANOS) * NANOS).to_string()
}

/// What changed, one change a line, and what became of issues.
pub fn changes(changes: &[Change], omitted: i64, issues: &[TimelineItem]) -> String {
    let mut text = String::new();
    for item in issues {
        let issue = &item.issue;
        line(
            &mut text,
            format_args!(
                "! {} {} {} {}: {}",
                second(item.at.0),
                item.change,
                issue.severity,
                issue.id,
                issue.summary
            ),
        );
    }
    for change in changes {
        line(&mut text, change);
    }
    if omitted > 0 {
        line(&mut text, format_args!("and {omitted} more changes"));
    }
    if text.is_empty() {
        text.push_str("nothing changed\n");
    }
    text
}

fn headline(state: &SystemState, issues: &[Issue]) -> String {
    let status = state.status.unwrap_or_else(|| SystemStatus::of(issues));
    let at = state
        .generated_at
        .map_or_else(String::new, |at| format!(" at {}", second(at.0)));
    let cluster = state.cluster_name.as_deref();
    let cluster = cluster.map_or_else(String::new, |name| format!(" of {name}"));
    let count = counted(issues.len(), "issue");
    format!(
        "system{cluster} is {status}{at}, {count}, state {}\n",
        state.id
    )
}

fn write_issues(text: &mut String, issues: &[Issue]) {
    for issue in issues {
        line(
            text,
            format_args!(
                "[{}] {} (since {}): {} -> {}",
                issue.severity,
                issue.id,
                second(issue.since.0),
                issue.summary,
                issue.next.call
            ),
        );
    }
}

fn section<T>(text: &mut String, title: &str, items: &[T], write: fn(&mut String, &T)) {
    line(text, format_args!("\n{title} ({})", items.len()));
    for item in items {
        write(text, item);
    }
}

fn write_sources(text: &mut String, state: &SystemState) {
    for source in state.sources.iter().flatten() {
        let (name, status) = (source.name, source.status);
        match (status, source.reason.as_deref()) {
            (SourceStatus::Fresh, None) => {}
            (SourceStatus::Fresh, Some(lacks)) => {
                line(text, format_args!("source {name} tells not all: {lacks}"));
            }
            (_, reason) => {
                let reason = reason.unwrap_or("it does not say why");
                let how = match source.configured {
                    true => status.as_str(),
                    false => "not asked",
                };
                line(text, format_args!("source {name} is {how}: {reason}"));
            }
        }
    }
}

const fn at_work(status: ActivityStatus) -> bool {
    matches!(status, ActivityStatus::Running | ActivityStatus::Waiting)
}

fn agent(text: &mut String, agent: &AgentState) {
    let tasks = &agent.activity.active_task_ids;
    let count = tasks.iter().filter(|task| at_work(task.status)).count();
    let room = agent
        .room()
        .map_or_else(String::new, |room| format!("/{room}"));
    let place = agent.deployment().map(|name| format!(" in {name}"));
    let place = place.unwrap_or_default();
    let models = agent.models.join(",");
    line(
        text,
        format_args!(
            "- {}{place}: {count}{room} at work; models {models}",
            agent.name
        ),
    );
    for task in tasks {
        line(
            text,
            format_args!(
                "    {} {} since {}",
                task.id,
                task.status,
                second(task.started_on.0)
            ),
        );
    }
}

fn workload(text: &mut String, workload: &WorkloadState) {
    if workload.is_of_processes() {
        return processes(text, workload);
    }
    line(
        text,
        format_args!(
            "- {}: {} of at most {} pods ready; image {}; a pod may use {} and {}",
            workload.deployment_name,
            workload.live.active_pods,
            workload.max_pods,
            workload.live.image.as_deref().unwrap_or("unknown"),
            workload.pod_max_cpu.as_deref().unwrap_or("any cpu"),
            workload.pod_max_ram.as_deref().unwrap_or("any memory"),
        ),
    );
    for pod in &workload.pods {
        let restarts = pod.detail.as_ref().map_or(0, |detail| detail.restarts);
        let used = used(pod);
        line(
            text,
            format_args!(
                "    {} {} ({used}; {restarts} restarts)",
                pod.pod_id, pod.status
            ),
        );
    }
}

/// Processes of agents, where there are no pods.
fn processes(text: &mut String, workload: &WorkloadState) {
    let (name, count) = (&workload.deployment_name, workload.pods.len());
    let well = workload.live.active_pods;
    line(
        text,
        format_args!("- {name}: {well} of {count} processes well"),
    );
    for process in &workload.pods {
        let used = used(process);
        line(
            text,
            format_args!("    process {} ({used})", process.pod_id),
        );
    }
}

fn used(pod: &PodState) -> String {
    match pod.detail.as_ref().is_none_or(|detail| detail.measured) {
        true => format!("{:.0}m cpu, {:.0} MB", pod.cpu, pod.memory),
        false => "not measured".to_owned(),
    }
}

fn queue(text: &mut String, queue: &QueueState) {
    let detail = queue.detail.as_ref();
    let waiting = queue.tasks.len();
    let running = detail.map_or_else(String::new, |detail| {
        format!(", {} running", detail.running)
    });
    let lag = detail.and_then(|detail| detail.lag);
    let lag = lag.map_or_else(String::new, |lag| {
        format!(", {lag} records unread in Kafka")
    });
    line(
        text,
        format_args!("- {}: {waiting} waiting{running}{lag}", queue.name),
    );
    for task in queue.tasks.iter().take(TASKS) {
        let waits = task.priority.waiting_since_mins.unwrap_or(0.0);
        let blocked = task.priority.blocked_task.as_deref();
        let blocked = blocked.map_or_else(String::new, |id| format!(", blocked by {id}"));
        line(
            text,
            format_args!(
                "    {} {} waits {waits:.1} min{blocked}",
                task.id, task.priority.level
            ),
        );
    }
    if waiting > TASKS {
        line(text, format_args!("    and {} more", waiting - TASKS));
    }
}

fn model(text: &mut String, model: &ModelState) {
    let used = |used: Option<f64>, most: f64| {
        let used = used.unwrap_or(0.0);
        match most > 0.0 {
            true => format!("{used:.0}/{most:.0}"),
            false => format!("{used:.0}"),
        }
    };
    line(
        text,
        format_args!(
            "- {} ({}): {} tokens/min, {} requests/min",
            model.model,
            model.provider,
            used(model.tpm, model.tpm_max),
            used(model.rpm, model.rpm_max),
        ),
    );
}

fn line(text: &mut String, words: impl std::fmt::Display) {
    text.push_str(&words.to_string());
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use telemetron_view::oracle::SourceName;

    use super::*;
    use crate::issues::support::fresh;
    use crate::system_snapshot::SystemSnapshot;

    #[test]
    fn who_is_away_is_told_apart_from_who_is_not_asked_and_instants_are_whole_seconds() {
        let mut state = SystemSnapshot::starting().state.clone();
        let [mut away, mut off] = [SourceName::Kafka, SourceName::LiteLlm].map(fresh);
        for (source, reason) in [(&mut away, "it hangs"), (&mut off, "no proxy is named")] {
            source.status = SourceStatus::Absent;
            source.reason = Some(reason.to_owned());
        }
        off.configured = false;
        state.sources = Some(vec![away, off]);
        state.generated_at = Some(Timestamp::from_nanos(1_234_567_890).into());
        let text = summary(&state, &[]);
        let ends =
            "source kafka is absent: it hangs\nsource litellm is not asked: no proxy is named\n";
        assert!(text.ends_with(ends), "{text}");
        assert!(
            text.starts_with("system is healthy at 1970-01-01T00:00:01Z,"),
            "{text}"
        );
    }

    #[test]
    fn nothing_is_told_as_nothing() {
        let now = SystemSnapshot::starting();
        let text = summary(&now.state, &[]);
        assert!(text.starts_with("system is healthy, 0 issues"), "{text}");
        assert!(text.contains("agents 0 (0 at work)"), "{text}");
        assert_eq!(changes(&[], 0, &[]), "nothing changed\n");
    }
}
