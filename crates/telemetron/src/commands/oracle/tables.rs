//! The sections of the state as tables.

use std::collections::BTreeSet;

use anstyle::Style;
use telemetron_model::record::Priority;
use telemetron_view::oracle::{
    ActivityStatus, AgentState, ModelState, PodPhase, PodState, QueueState, Section, SourceState,
    SourceStatus, WorkloadState,
};

use super::ask::{self, At};
use crate::client::Client;
use crate::output::{self, Cell, Table, paint};

/// The agents.
pub(super) async fn agents(client: &Client, at: &At, json: bool) -> anyhow::Result<()> {
    section(client, "agents", at, json, "no agent is known", agent_table).await
}

/// The workload.
pub(super) async fn workload(client: &Client, at: &At, json: bool) -> anyhow::Result<()> {
    section(
        client,
        "workload",
        at,
        json,
        "no workload is known",
        workload_table,
    )
    .await
}

/// The queues.
pub(super) async fn queues(client: &Client, at: &At, json: bool) -> anyhow::Result<()> {
    section(client, "queues", at, json, "no queue is known", queue_table).await
}

/// The models.
pub(super) async fn llm(client: &Client, at: &At, json: bool) -> anyhow::Result<()> {
    section(client, "llm", at, json, "no model is known", model_table).await
}

async fn section<T: serde::de::DeserializeOwned>(
    client: &Client,
    part: &str,
    at: &At,
    json: bool,
    none: &str,
    table: impl Fn(&[T]) -> Table,
) -> anyhow::Result<()> {
    let raw = ask::raw(client, part, &at.query()).await?;
    if json {
        return output::json(&raw);
    }
    let section: Section<T> = serde_json::from_str(raw.get())?;
    match section.items.as_slice() {
        [] => output::line(none)?,
        items => show(&table(items))?,
    }
    silent(&section.sources)
}

/// Prints a table.
pub(super) fn show(table: &Table) -> anyhow::Result<()> {
    Ok(output::line(table)?)
}

/// Names the sources that do not tell, or not all.
pub(super) fn silent(sources: &[SourceState]) -> anyhow::Result<()> {
    for source in sources {
        let reason = source.reason.as_deref();
        let how = match (source.status, reason) {
            (SourceStatus::Fresh, None) => continue,
            (SourceStatus::Fresh, Some(_)) => "tells not all".to_owned(),
            (status, _) => format!("is {status}"),
        };
        let reason = output::shortened(reason.unwrap_or("no reason is known"), 300);
        let text = format!("{} {how}: {reason}", source.name);
        output::line(paint::painted(paint::QUIET, text))?;
    }
    Ok(())
}

/// How many of an agent's tasks are in a state.
pub(super) fn tasks(agent: &AgentState, status: ActivityStatus) -> usize {
    let tasks = agent.activity.active_task_ids.iter();
    tasks.filter(|task| task.status == status).count()
}

/// Tasks that wait in a queue, those that are not listed included.
pub(super) fn waiting(queue: &QueueState) -> i64 {
    let listed = i64::try_from(queue.tasks.len()).unwrap_or(i64::MAX);
    queue
        .detail
        .as_ref()
        .map_or(listed, |detail| detail.waiting)
}

/// The agents, one a line.
pub(super) fn agent_table(agents: &[AgentState]) -> Table {
    let heads = [
        "AGENT",
        "HEALTH",
        ">RUNNING",
        ">WAITING",
        ">FAILED",
        ">MAX",
        "DEPLOYMENT",
        "~MODELS",
    ];
    let mut table = Table::new(&heads);
    for agent in agents {
        let running = tasks(agent, ActivityStatus::Running);
        let most = agent.room();
        let is_over =
            most.is_some_and(|most| i64::try_from(running).is_ok_and(|running| running > most));
        let failed = tasks(agent, ActivityStatus::Failed);
        let detail = agent.detail.as_ref();
        table.row(vec![
            Cell::painted(paint::STRONG, &agent.name),
            Cell::plain(
                detail
                    .and_then(|detail| detail.status.as_deref())
                    .unwrap_or("-"),
            ),
            Cell::painted(if is_over { paint::FAILED } else { paint::PLAIN }, running),
            Cell::plain(tasks(agent, ActivityStatus::Waiting)),
            Cell::painted(
                if failed > 0 {
                    paint::FAILED
                } else {
                    paint::PLAIN
                },
                failed,
            ),
            Cell::plain(most.map_or_else(|| "-".to_owned(), |most| most.to_string())),
            Cell::plain(&agent.deployment_name),
            Cell::plain(agent.models.join(", ")),
        ]);
    }
    table
}

/// The deployments, each above its pods.
pub(super) fn workload_table(workload: &[WorkloadState]) -> Table {
    let processes = workload.iter().any(WorkloadState::is_of_processes);
    let heads = [
        "DEPLOYMENT",
        if processes { "PROCESS" } else { "POD" },
        "STATUS",
        ">CPU m",
        ">MEMORY MB",
        ">RESTARTS",
        "~WHY / IMAGE",
    ];
    let mut table = Table::new(&heads);
    let namespaces: BTreeSet<_> = workload.iter().filter_map(namespace).collect();
    for deployment in workload {
        let name = &deployment.deployment_name;
        let name = match namespace(deployment) {
            Some(namespace) if namespaces.len() > 1 => format!("{namespace}/{name}"),
            _ => name.clone(),
        };
        table.row(vec![
            Cell::painted(paint::STRONG, name),
            Cell::plain(format_args!(
                "{} of {}",
                deployment.live.active_pods, deployment.max_pods
            )),
            Cell::plain("ready"),
            Cell::plain(deployment.pod_max_cpu.as_deref().unwrap_or_default()),
            Cell::plain(deployment.pod_max_ram.as_deref().unwrap_or_default()),
            Cell::plain(""),
            Cell::painted(
                paint::QUIET,
                deployment.live.image.as_deref().unwrap_or_default(),
            ),
        ]);
        for pod in &deployment.pods {
            table.row(pod_row(pod));
        }
    }
    table
}

fn pod_row(pod: &PodState) -> Vec<Cell> {
    let detail = pod.detail.as_ref();
    let is_measured = detail.is_none_or(|detail| detail.measured);
    let amount = |amount: f64| match is_measured {
        true => format!("{amount:.0}"),
        false => "-".to_owned(),
    };
    let restarts = detail.map_or(0, |detail| detail.restarts);
    let style = match restarts {
        0 => paint::PLAIN,
        _ => paint::RUNNING,
    };
    let reason = detail.and_then(|detail| detail.reason.as_deref());
    vec![
        Cell::plain(""),
        Cell::plain(&pod.pod_id),
        Cell::painted(phase(pod.status), pod.status),
        Cell::plain(amount(pod.cpu)),
        Cell::plain(amount(pod.memory)),
        Cell::painted(style, restarts),
        Cell::plain(reason.unwrap_or_default()),
    ]
}

fn namespace(deployment: &WorkloadState) -> Option<&str> {
    let detail = deployment.detail.as_ref()?;
    Some(detail.namespace.as_str()).filter(|namespace| !namespace.is_empty())
}

const fn phase(phase: PodPhase) -> Style {
    match phase {
        PodPhase::Running | PodPhase::Succeeded => paint::GOOD,
        PodPhase::Pending | PodPhase::Unknown => paint::RUNNING,
        PodPhase::Failed => paint::FAILED,
    }
}

/// The queues, each above the tasks that wait in it.
pub(super) fn queue_table(queues: &[QueueState]) -> Table {
    let heads = [
        "QUEUE",
        ">WAITING",
        ">RUNNING",
        ">LAG",
        "TASK",
        "PRIORITY",
        ">MINUTES",
        "BLOCKED BY",
        "~PROMPT",
    ];
    let mut table = Table::new(&heads);
    for queue in queues {
        let detail = queue.detail.as_ref();
        let lag = detail.and_then(|detail| detail.lag);
        let running = detail.map_or(0, |detail| detail.running);
        let mut row = vec![
            Cell::painted(paint::STRONG, &queue.name),
            Cell::plain(waiting(queue)),
            Cell::plain(running),
            Cell::plain(lag.map_or_else(|| "-".to_owned(), |lag| lag.to_string())),
        ];
        row.extend((4..heads.len()).map(|_| Cell::plain("")));
        table.row(row);
        for task in &queue.tasks {
            let since = task.priority.waiting_since_mins;
            table.row(vec![
                Cell::plain(""),
                Cell::plain(""),
                Cell::plain(""),
                Cell::plain(""),
                Cell::painted(paint::LINK, &task.id),
                Cell::painted(urgency(task.priority.level), task.priority.level),
                Cell::plain(since.map_or_else(|| "-".to_owned(), |mins| format!("{mins:.0}"))),
                Cell::painted(
                    paint::FAILED,
                    task.priority.blocked_task.as_deref().unwrap_or_default(),
                ),
                Cell::plain(task.prompt.as_deref().unwrap_or_default()),
            ]);
        }
    }
    table
}

const fn urgency(priority: Priority) -> Style {
    match priority {
        Priority::Critical => paint::FAILED,
        Priority::High => paint::RUNNING,
        Priority::Normal | Priority::Low => paint::PLAIN,
    }
}

/// How much of a limit is used, where there is a limit.
pub(super) fn used(used: Option<f64>, most: f64) -> Option<f64> {
    used.filter(|_| most > 0.0).map(|used| used / most)
}

/// The models, and how much of their limits is used.
pub(super) fn model_table(models: &[ModelState]) -> Table {
    let heads = [
        "MODEL", "PROVIDER", ">TPM", ">OF", ">RPM", ">OF", ">USED", ">ERRORS", ">P95",
    ];
    let mut table = Table::new(&heads);
    for model in models {
        let amount = |amount: Option<f64>| {
            amount.map_or_else(|| "-".to_owned(), |amount| format!("{amount:.0}"))
        };
        let limit = |limit: f64| {
            if limit > 0.0 {
                format!("{limit:.0}")
            } else {
                "-".to_owned()
            }
        };
        let most = [
            used(model.tpm, model.tpm_max),
            used(model.rpm, model.rpm_max),
        ];
        let most = most.into_iter().flatten().reduce(f64::max);
        let detail = model.detail.as_ref();
        let errors = detail.and_then(|detail| detail.error_rate);
        table.row(vec![
            Cell::painted(paint::STRONG, &model.model),
            Cell::plain(&model.provider),
            Cell::plain(amount(model.tpm)),
            Cell::plain(limit(model.tpm_max)),
            Cell::plain(amount(model.rpm)),
            Cell::plain(limit(model.rpm_max)),
            Cell::painted(heat(most), most.map_or_else(|| "-".to_owned(), percent)),
            Cell::plain(errors.map_or_else(|| "-".to_owned(), percent)),
            Cell::plain(
                detail
                    .and_then(|detail| detail.p95_ms)
                    .map_or_else(|| "-".to_owned(), output::duration_text),
            ),
        ]);
    }
    table
}

fn percent(share: f64) -> String {
    format!("{:.0}%", share * 100.0)
}

fn heat(share: Option<f64>) -> Style {
    match share {
        Some(share) if share >= 0.9 => paint::FAILED,
        Some(share) if share >= 0.7 => paint::RUNNING,
        Some(_) => paint::GOOD,
        None => paint::PLAIN,
    }
}
