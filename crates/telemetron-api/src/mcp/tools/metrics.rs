//! `metrics`: how much happened in a range of time, how well, at what cost.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_view::{Durations, MetricsReport, MetricsSlot, NamedMetrics};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, lines, when};

/// Which range.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Metrics {
    /// Start: `1h`, `7d`, or RFC 3339; 24 hours ago when absent
    since: Option<String>,
    /// End, in the same forms; now when absent
    until: Option<String>,
    /// Only this project
    project: Option<String>,
}

impl Tool for Metrics {
    const NAME: &'static str = "metrics";
    const TITLE: &'static str = "Metrics";
    const ABOUT: &'static str = "Totals of a range of time: traces, success rate, durations \
        (p50/p95/p99), tokens and cost, by agent, model and tool (most failures first), and over time.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let path = Path::new(&["metrics"])
            .with("from", when::instant("since", self.since.as_deref())?)
            .with("to", when::instant("until", self.until.as_deref())?)
            .with("project", self.project);
        let report: MetricsReport = context.read(&path).await?;
        let mut answer_text = context.answer_text();
        for line in head(&report) {
            answer_text.line(line);
        }
        for (title, named) in [
            ("Agents", &report.agents),
            ("Models", &report.models),
            ("Tools", &report.tools),
        ] {
            answer_text.section(section(title, named).share(30));
        }
        let slots = report
            .series
            .iter()
            .rev()
            .filter(|slot| slot.traces.total > 0);
        let title = format!("Over time, newest first, slots of {}s", report.interval_s);
        answer_text.section(Section::new(title, slots.map(slot).collect()).rest("a shorter range"));
        if report.traces.failed > 0 {
            answer_text
                .next("find_traces(status=\"FAILED\") or diagnose(trace_id=\"last-failed\")");
        }
        Ok(answer_text.finish())
    }
}

fn head(report: &MetricsReport) -> Vec<String> {
    let traces = &report.traces;
    let rate = traces
        .success_rate
        .map_or_else(|| "-".to_owned(), format::share);
    vec![
        format!(
            "# Metrics from {} to {}",
            format::instant(report.from),
            format::instant(report.to)
        ),
        format!(
            "traces: {} begun, {} finished, {} failed, {} running, success {rate}, {}",
            traces.total,
            traces.finished,
            traces.failed,
            traces.running,
            durations(&traces.durations)
        ),
        format::joined([
            format::spent(&report.tokens),
            format::cost(report.cost_usd),
            format!("{} spans run now", report.running_spans),
        ]),
        lines::stale(&report.freshness),
    ]
}

fn durations(durations: &Durations) -> String {
    let part = |name: &str, millis: Option<f64>| {
        millis.map_or_else(String::new, |millis| {
            format!("{name} {}", format::duration(millis))
        })
    };
    format::joined([
        part("p50", durations.p50_ms),
        part("p95", durations.p95_ms),
        part("p99", durations.p99_ms),
    ])
}

/// Agents, models or tools: those with most failures first, then those with most work.
fn section(title: &str, named: &[NamedMetrics]) -> Section {
    let mut named: Vec<_> = named.iter().collect();
    named.sort_by_key(|named| std::cmp::Reverse((named.work.failed, named.work.total)));
    let items = named.iter().map(|named| {
        let work = &named.work;
        let failed = if work.failed > 0 {
            format!("{} failed", work.failed)
        } else {
            String::new()
        };
        let facts = format::joined([
            format!("{} calls", format::count(work.total)),
            failed,
            durations(&work.durations),
            lines::spent(&work.tokens, work.cost_usd),
        ]);
        format!("- {}: {facts}", format::line(&named.name, 60))
    });
    Section::new(title, items.collect())
}

fn slot(slot: &MetricsSlot) -> String {
    let failed = if slot.traces.failed > 0 {
        format!("{} failed", slot.traces.failed)
    } else {
        String::new()
    };
    let facts = format::joined([
        format::things(slot.traces.total, "trace"),
        failed,
        format::things(slot.llm_calls, "LLM call"),
        format::things(slot.tool_calls, "tool call"),
        lines::spent(&slot.tokens, slot.cost_usd),
    ]);
    format!("- {} {facts}", format::instant(slot.time))
}
