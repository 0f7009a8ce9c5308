//! `telemetron traces show`.

use clap::Args;
use serde_json::value::RawValue;
use telemetron_model::RawJson;
use telemetron_model::Timestamp;
use telemetron_view::{Follow, SpanView, TraceAnswer, TraceDetail};

use super::list::{tell_lag, took};
use super::notes;
use super::tree::{self, Line};
use super::waterfall::Scale;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Most spans of one page of the API.
const PAGE: usize = 10_000;

/// Columns of a payload.
const PAYLOAD_WIDTH: usize = 200;

/// Which trace, and how much of it.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// Its id, the beginning of it, `last` or `last-failed`
    trace_id: String,
    /// Read its whole run: `links`, all traces that links of spans join; `session`, all of its session
    #[arg(long, value_name = "BY", value_parser = |text: &str| text.parse::<Follow>())]
    follow: Option<Follow>,
    /// Show what went in and what came out
    #[arg(long)]
    payloads: bool,
    /// Most spans to show
    #[arg(long, default_value_t = 1_000, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    spans: u32,
}

impl Choice {
    fn most(&self) -> usize {
        usize::try_from(self.spans).unwrap_or(usize::MAX)
    }

    async fn page(
        &self,
        client: &Client,
        trace: &str,
        cursor: Option<String>,
    ) -> anyhow::Result<Box<RawValue>> {
        let mut query = Query::default();
        query
            .add("limit", Some(self.most().min(PAGE)))
            .add("include", self.payloads.then_some("payloads"))
            .add("follow", self.follow)
            .add("cursor", cursor);
        client.get(&["api", "v1", "traces", trace], &query).await
    }
}

/// Shows a trace.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let first = choice.page(client, &choice.trace_id, None).await?;
    if json {
        return output::json(&first);
    }
    let mut answer: TraceAnswer = serde_json::from_str(first.get())?;
    // Which trace is the last one may change from page to page.
    let trace = answer.trace.summary.trace_id.to_string();
    let mut next = answer.next.take();
    while let Some(cursor) = next.take().filter(|_| answer.spans.len() < choice.most()) {
        let page = choice.page(client, &trace, Some(cursor)).await?;
        let page: TraceAnswer = serde_json::from_str(page.get())?;
        answer.spans.extend(page.spans);
        next = page.next;
    }
    answer.spans.truncate(choice.most());
    tell(&answer, choice.payloads)
}

fn tell(answer: &TraceAnswer, payloads: bool) -> anyhow::Result<()> {
    let now = Timestamp::now();
    let scale = Scale::of(&answer.spans, now);
    head(&answer.trace, payloads)?;
    tell_run(answer)?;
    let lines = tree::lines(&answer.spans);
    output::line(table(&lines, scale, now))?;
    for line in &lines {
        details(line.span, payloads)?;
    }
    let shown = i64::try_from(answer.spans.len()).unwrap_or(i64::MAX);
    let hidden = answer.trace.summary.counts.spans - shown;
    if hidden > 0 {
        let text = format!("{hidden} more spans: --spans {}", shown + hidden);
        output::line(paint::painted(paint::RUNNING, text))?;
    }
    notes::tell(answer, scale)?;
    tell_lag(answer.freshness.lag)
}

/// Says of which traces a run is made, or that a trace is part of one.
fn told_run(answer: &TraceAnswer) -> Option<String> {
    if let Some(run) = answer.run.as_ref().filter(|run| run.traces.len() > 1) {
        let more = if run.more { ", and there are more" } else { "" };
        return Some(format!("a run of {} traces{more}", run.traces.len()));
    }
    let run = answer.trace.summary.run.as_ref()?;
    let (traces, spans) = (run.traces, output::count_text(run.spans));
    Some(format!(
        "part of a run of {traces} traces with {spans} spans: --follow links"
    ))
}

fn tell_run(answer: &TraceAnswer) -> anyhow::Result<()> {
    let Some(text) = told_run(answer) else {
        return Ok(());
    };
    Ok(output::line(format_args!(
        "{}\n",
        paint::painted(paint::QUIET, text)
    ))?)
}

fn head(trace: &TraceDetail, payloads: bool) -> anyhow::Result<()> {
    let summary = &trace.summary;
    let name = output::shortened(summary.name.as_deref().unwrap_or("trace"), PAYLOAD_WIDTH);
    let name = paint::painted(paint::STRONG, name);
    let id = paint::painted(paint::LINK, summary.trace_id);
    let mut status = paint::painted(paint::status(summary.status), summary.status);
    if summary.stuck {
        status += &paint::painted(paint::FAILED, ", stuck");
    }
    output::line(format_args!("{name}  {id}  {status}"))?;
    let facts = facts(trace).join(" · ");
    output::line(paint::painted(paint::QUIET, facts))?;
    if let Some(error) = &trace.error {
        notes::failure(&error.error_type, &error.message)?;
    }
    if payloads {
        payload("asked", trace.user_input.as_ref())?;
        payload("answered", trace.final_output.as_ref())?;
    }
    Ok(output::line("")?)
}

fn facts(trace: &TraceDetail) -> Vec<String> {
    let summary = &trace.summary;
    let counts = &summary.counts;
    let named = |name: &str, id: &Option<String>| {
        let id = id.as_deref()?;
        Some(format!("{name} {}", output::shortened(id, 60)))
    };
    let counted = |count: i64, one: &str, many: &str| match count {
        0 => None,
        1 => Some(format!("1 {one}")),
        _ => Some(format!("{} {many}", output::count_text(count))),
    };
    let told = |text: String| (!text.is_empty()).then_some(text);
    [
        Some(output::time_text(summary.start_time)),
        told(took(summary.duration_ms, summary.end_time)),
        counted(counts.agents, "agent", "agents"),
        counted(counts.spans, "span", "spans"),
        counted(counts.llm_calls, "LLM call", "LLM calls"),
        counted(counts.tool_calls, "tool call", "tool calls"),
        counted(counts.handoffs, "handoff", "handoffs"),
        counted(summary.tokens.total, "token", "tokens"),
        told(output::cost_text(summary.cost_usd)),
        named("session", &summary.session_id),
        named("user", &summary.user_id),
        named("project", &summary.project),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn table(lines: &[Line<'_>], scale: Scale, now: Timestamp) -> Table {
    let mut table = Table::new(&[
        "KIND",
        "~SPAN",
        "AGENT",
        ">TOKENS",
        ">COST",
        ">TOOK",
        "WATERFALL",
    ]);
    for line in lines {
        table.row(row(line, scale, now));
    }
    table
}

fn row(line: &Line<'_>, scale: Scale, now: Timestamp) -> Vec<Cell> {
    let span = line.span;
    let orphan = if line.is_orphan { "⋯ " } else { "" };
    let name = format!("{}{orphan}{}", line.branches, name_of(span));
    let agent = span.acting_agent.as_deref();
    let tokens = span
        .token_usage
        .map(|usage| output::count_text(usage.total));
    let cost = span.cost_usd.map(output::cost_text);
    vec![
        Cell::painted(paint::kind(span.span_kind), span.span_kind),
        Cell::painted(paint::of_span(span.status), name),
        Cell::plain(agent.unwrap_or_default()),
        Cell::plain(tokens.unwrap_or_default()),
        Cell::plain(cost.unwrap_or_default()),
        Cell::plain(took(span.duration_ms, span.end_time)),
        Cell::painted(paint::status(span.status), scale.bar(span, now)),
    ]
}

/// The name, and the model or tool where it does not say.
fn name_of(span: &SpanView) -> String {
    let what = span.model.as_deref().or(span.tool_name.as_deref());
    match what.filter(|what| !span.name.contains(what)) {
        Some(what) => format!("{} ({what})", span.name),
        None => span.name.clone(),
    }
}

/// What a row has no room for.
fn details(span: &SpanView, payloads: bool) -> anyhow::Result<()> {
    let has_payloads = payloads && (span.input_data.is_some() || span.output_data.is_some());
    if span.error.is_none() && !has_payloads {
        return Ok(());
    }
    let id = paint::painted(paint::QUIET, span.span_id);
    output::line(format_args!(
        "\n{} {id}",
        paint::painted(paint::STRONG, output::shortened(&span.name, 80))
    ))?;
    if let Some(error) = &span.error {
        notes::failure(&error.error_type, &error.message)?;
    }
    if payloads {
        payload("in", span.input_data.as_ref())?;
        payload("out", span.output_data.as_ref())?;
    }
    Ok(())
}

fn payload(name: &str, payload: Option<&RawJson>) -> anyhow::Result<()> {
    let Some(payload) = payload.filter(|payload| !payload.is_empty()) else {
        return Ok(());
    };
    let text = payload
        .parse::<String>()
        .unwrap_or_else(|_| payload.get().to_owned());
    let text = output::shortened(&text, PAYLOAD_WIDTH);
    let name = paint::painted(paint::QUIET, format_args!("{name:<9}"));
    Ok(output::line(format_args!("  {name}{text}"))?)
}
