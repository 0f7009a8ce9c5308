//! `system_state`: how the whole system is: agents, workload, queues, models.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_view::oracle::{
    ActivityStatus, AgentState, DiffReport, IssueReport, ModelState, PodPhase, QueueState,
    SourceState, SourceStatus, SystemState, WorkloadState,
};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, issues, when};

/// As of when, and compared with when.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct SystemStateNow {
    /// As of then: `30m` ago, `2h`, or RFC 3339; now when absent
    at: Option<String>,
    /// Also say what changed since: `30m`, `2h`, or RFC 3339
    changes_since: Option<String>,
}

impl Tool for SystemStateNow {
    const NAME: &'static str = "system_state";
    const TITLE: &'static str = "System state";
    const ABOUT: &'static str = "The whole multi-agent system in one answer: issues, agents with \
        their tasks, Kubernetes workload, queues, LLM limits and use, and which sources are absent. \
        `at` goes back in time; `changes_since` says what changed.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let at = when::instant("at", self.at.as_deref())?;
        let path = |name: &str| Path::new(&["oracle", name]).with("at", at.as_ref());
        let state: SystemState = context.read(&path("state")).await?;
        let report: IssueReport = context.read(&path("issues")).await?;
        let mut answer_text = context.answer_text();
        let status = state.status.unwrap_or(report.status);
        let at = format::instant(state.generated_at.unwrap_or(report.generated_at));
        answer_text.line(format!("# System is {status} at {at}"));
        answer_text.line(format::joined([
            format::labelled("cluster", state.cluster_name.as_deref()),
            format::labelled("namespace", state.namespace.as_deref()),
        ]));
        answer_text.line(silent(state.sources.as_deref().unwrap_or_default()));
        answer_text.section(issues::grouped(&report.issues).share(40).rest("issues()"));
        if let Some(since) = when::instant("changes_since", self.changes_since.as_deref())? {
            let path = Path::new(&["oracle", "diff"]).with("from", Some(since));
            let diff: DiffReport = context.read(&path).await?;
            answer_text.section(changes(&diff).share(50));
        }
        answer_text.section(agents(&state.agents).share(50));
        answer_text.section(queues(&state.queues).share(50));
        answer_text.section(workload(&state.workload).share(60));
        answer_text.section(models(&state.litellm));
        Ok(answer_text.finish())
    }
}

/// The sources that do not tell, or not all, and why.
pub(super) fn silent(sources: &[SourceState]) -> String {
    let whole =
        |source: &&SourceState| source.status == SourceStatus::Fresh && source.reason.is_none();
    let said: Vec<_> = sources
        .iter()
        .filter(|source| source.configured && !whole(source))
        .map(|source| {
            let reason = source.reason.as_deref().map_or_else(String::new, |reason| {
                format!(" ({})", format::line(reason, 160))
            });
            let how = match source.status {
                SourceStatus::Fresh => "in part".to_owned(),
                status => status.to_string(),
            };
            format!("{} {how}{reason}", source.name)
        })
        .collect();
    let unasked = sources.iter().filter(|source| !source.configured);
    let unasked: Vec<_> = unasked.map(|source| source.name.to_string()).collect();
    format::joined([
        led("sources: ", &said.join("; ")),
        led("not configured: ", &unasked.join(", ")),
    ])
}

/// A text behind what it is; nothing when there is none.
fn led(label: &str, text: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("{label}{text}"),
    }
}

fn changes(diff: &DiffReport) -> Section {
    let title = format!(
        "Changes from {} to {}",
        format::instant(diff.from),
        format::instant(diff.to)
    );
    let issues = diff.issues.iter().map(|item| {
        let summary = format::line(&item.issue.summary, 200);
        format!(
            "- {} issue {} {}: {summary}",
            format::instant(item.at),
            item.change,
            item.issue.kind
        )
    });
    let changes = diff
        .changes
        .iter()
        .map(|change| format!("- {}", format::line(&change.to_string(), 200)));
    Section::new(title, issues.chain(changes).collect()).beyond(diff.omitted)
}

fn agents(agents: &[AgentState]) -> Section {
    let mut agents: Vec<_> = agents.iter().collect();
    agents.sort_by_key(|agent| std::cmp::Reverse(agent.activity.active_task_ids.len()));
    let said = |agent: &&AgentState| {
        let count = |status| {
            let tasks = agent.activity.active_task_ids.iter();
            tasks.filter(|task| task.status == status).count()
        };
        let tasks = ActivityStatus::ALL
            .iter()
            .map(|status| (status, count(*status)));
        let tasks = tasks.filter(|(_, count)| *count > 0);
        let tasks = tasks.map(|(status, count)| format!("{count} {status}"));
        let most = agent
            .room()
            .map_or_else(String::new, |most| format!("max {most}"));
        let detail = agent.detail.as_ref();
        let health = detail
            .and_then(|detail| detail.status.as_deref())
            .unwrap_or_default();
        let reason = detail
            .and_then(|detail| detail.reason.as_deref())
            .unwrap_or_default();
        let facts = format::joined(tasks.chain([
            most,
            format::labelled("deployment", agent.deployment()),
            agent.models.join(","),
            health.to_owned(),
            format::line(reason, 120),
        ]));
        (agent.name.clone(), facts)
    };
    Section::new(
        format!("Agents ({})", agents.len()),
        format::grouped("- ", agents.iter().map(said)),
    )
}

fn queues(queues: &[QueueState]) -> Section {
    let mut items = Vec::new();
    for queue in queues {
        let waiting = queue.detail.as_ref().map_or_else(
            || i64::try_from(queue.tasks.len()).unwrap_or(i64::MAX),
            |detail| detail.waiting,
        );
        let lag = queue.detail.as_ref().and_then(|detail| detail.lag);
        let lag = lag.map_or_else(String::new, |lag| format!(", lag {lag}"));
        items.push(format!("- {}: {waiting} waiting{lag}", queue.name));
        items.extend(queue.tasks.iter().take(5).map(|task| {
            let priority = &task.priority;
            let waits = priority
                .waiting_since_mins
                .map_or_else(String::new, |mins| format!("{mins:.0} min"));
            let facts = format::joined([
                priority.level.to_string(),
                waits,
                format::labelled("blocked_by", priority.blocked_task.as_deref()),
                format::labelled("invoked_by", task.invoked_by.as_deref()),
                format::line(task.prompt.as_deref().unwrap_or_default(), 80),
            ]);
            format!("  - {} {facts}", task.id)
        }));
    }
    Section::new(format!("Queues ({})", queues.len()), items)
}

fn workload(workload: &[WorkloadState]) -> Section {
    let mut items = Vec::new();
    for deployment in workload {
        let image = format::labelled("image", deployment.live.image.as_deref());
        let ready = deployment.live.active_pods;
        let count = match deployment.is_of_processes() {
            true => format!("{ready} of {} processes well", deployment.pods.len()),
            false => format!("{ready} ready of at most {}", deployment.max_pods),
        };
        let facts = format::joined([count, image]);
        items.push(format!("- {}: {facts}", deployment.deployment_name));
        let odd = deployment.pods.iter().filter(|pod| {
            let restarts = pod.detail.as_ref().map_or(0, |detail| detail.restarts);
            pod.status != PodPhase::Running || restarts > 0
        });
        let odd = odd.map(|pod| {
            let detail = pod.detail.as_ref();
            let restarts = detail.map_or(0, |detail| detail.restarts);
            let reason = detail
                .and_then(|detail| detail.reason.as_deref())
                .unwrap_or_default();
            let facts = format::joined([
                pod.status.to_string(),
                format::things(restarts, "restart"),
                format::line(reason, 120),
            ]);
            (pod.pod_id.clone(), facts)
        });
        items.extend(format::grouped("  - pod ", odd));
    }
    Section::new(format!("Workload ({})", workload.len()), items)
}

fn models(models: &[ModelState]) -> Section {
    let part = |name: &str, used: Option<f64>, most: f64| match used {
        Some(used) if most > 0.0 => format!(
            "{name} {used:.0} of {most:.0} ({})",
            format::share(used / most)
        ),
        Some(used) => format!("{name} {used:.0}"),
        None => String::new(),
    };
    let said = |model: &ModelState| {
        let rate = model.detail.as_ref().and_then(|detail| detail.error_rate);
        let rate = rate
            .filter(|rate| *rate > 0.0)
            .map_or_else(String::new, |rate| {
                format!("errors {}", format::share(rate))
            });
        let facts = format::joined([
            part("tpm", model.tpm, model.tpm_max),
            part("rpm", model.rpm, model.rpm_max),
            rate,
        ]);
        (format!("{}/{}", model.provider, model.model), facts)
    };
    Section::new(
        format!("Models ({})", models.len()),
        format::grouped("- ", models.iter().map(said)),
    )
}
