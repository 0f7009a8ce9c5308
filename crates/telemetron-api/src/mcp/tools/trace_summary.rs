//! `trace_summary`: what a trace is, in one look.

use std::collections::{BTreeMap, HashMap, HashSet};

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_model::record::Status;
use telemetron_view::{
    AgentGraph, ErrorView, HandoffView, Page, SpanOfTrace, SpanSkeleton, SpanView, TraceAnswer,
};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, agent_graph, lines, tree, which};

/// Spans of which everything but payloads is read; of the others, what a waterfall shows.
const WHOLE_SPANS: usize = 2_000;

/// Lines of the outline at most, before its depth is cut.
const OUTLINE_LINES: usize = 80;

/// Which trace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct TraceSummaryOf {
    /// Trace id, or `last`, or `last-failed`
    pub(crate) trace_id: String,
    /// `links` reads the whole run: all traces that links of spans join to this one; `session` all
    /// traces of its session
    follow: Option<String>,
}

impl Tool for TraceSummaryOf {
    const NAME: &'static str = "trace_summary";
    const TITLE: &'static str = "Trace summary";
    const ABOUT: &'static str = "One trace in one look: status, cost, failed and running spans with \
        their errors, agents, handoffs, and an outline of its spans. To learn why it failed, call \
        diagnose instead.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let id = which::trace(context, &self.trace_id).await?;
        let path = |below: &[&str]| {
            let parts = [&["traces", id.as_str()][..], below].concat();
            Path::new(&parts).with("follow", self.follow.as_ref())
        };
        let this = which::arguments(&id, self.follow.as_deref());
        let answer: TraceAnswer = context
            .read(&path(&[]).with("limit", Some(WHOLE_SPANS)))
            .await?;
        let graph: AgentGraph = context.read(&path(&["graph"])).await?;
        let spans = path(&["spans"]).with("fields", Some("skeleton"));
        let spans: Page<SpanSkeleton> = context.read(&spans).await?;
        let mut answer_text = context.answer_text();
        for line in lines::head(&answer.trace) {
            answer_text.line(line);
        }
        answer_text.line(lines::stale(&answer.freshness));
        answer_text.line(lines::run(&answer, &id));
        let troubled = troubled(&spans.items, &answer.spans);
        if !troubled.is_empty() {
            let title = "Failed and running spans";
            let section = Section::new(title, troubled)
                .share(40)
                .rest(format!("timeline({this}, only=[\"error\"])"));
            answer_text.section(section);
        }
        let errors: Vec<_> = answer.errors.iter().map(error).collect();
        let errors = Section::new("Errors reported", errors).share(30);
        answer_text.section(
            errors
                .beyond(answer.omitted.errors)
                .rest("a larger max_tokens"),
        );
        answer_text.section(
            agent_graph::agents(&graph)
                .share(30)
                .rest(format!("agent_graph({this})")),
        );
        let handoffs: Vec<_> = answer.handoffs.iter().map(handoff).collect();
        let handoffs = Section::new("Handoffs", handoffs)
            .share(25)
            .beyond(answer.omitted.handoffs);
        answer_text.section(handoffs.rest(format!("agent_graph({this})")));
        let outline = outline(&spans.items);
        let hidden = outline_left(&spans.items, &outline);
        let outline = Section::new("Outline of its spans", outline).beyond(hidden);
        answer_text.section(outline.rest(format!("timeline({this}) has all of them")));
        if answer.trace.summary.counts.failed_spans > 0 {
            answer_text.next(format!("diagnose({this}) says why it failed"));
        }
        answer_text.next(format!(
            "span_detail(trace_id=\"{id}\", span_id=…) shows one span whole"
        ));
        Ok(answer_text.finish())
    }
}

/// Spans that failed or still run, the deepest failures first: those are where it began.
fn troubled(spans: &[SpanSkeleton], whole: &[SpanView]) -> Vec<String> {
    let whole: HashMap<SpanOfTrace, &SpanView> =
        whole.iter().map(|span| (span.key(), span)).collect();
    // Of one trace, skeletons do not name it: its spans are told apart by their ids alone.
    let own = whole.keys().next().map(|key| key.trace_id);
    let whole_of = |span: &SpanSkeleton| {
        let (trace_id, span_id) = (span.trace_id.or(own)?, span.span_id);
        whole.get(&SpanOfTrace { trace_id, span_id }).copied()
    };
    let passed_on: HashSet<_> = spans
        .iter()
        .filter(|span| span.status == Status::Failed)
        .filter_map(SpanSkeleton::above)
        .collect();
    let mut found: Vec<&SpanSkeleton> = spans
        .iter()
        .filter(|span| span.status != Status::Completed)
        .collect();
    found.sort_by_key(|span| {
        let surfaced = passed_on.contains(&span.key());
        (span.status != Status::Failed, surfaced, span.start_time)
    });
    found
        .iter()
        .map(|span| trouble(span, whole_of(span)))
        .collect()
}

fn trouble(span: &SpanSkeleton, whole: Option<&SpanView>) -> String {
    let error = whole.and_then(|span| span.error.as_ref()).map(lines::error);
    let error = error.map_or_else(String::new, |error| format!(" — {error}"));
    format!("- {}{error}", entry(span))
}

/// A span as a line: status when unusual, kind, name, agent, time, id.
fn entry(span: &SpanSkeleton) -> String {
    let agent = span.agent.as_deref().map_or_else(String::new, |agent| {
        format!(" @{}", format::line(agent, 40))
    });
    format!(
        "{}{} {}{agent} {} [{}]",
        span.span_kind,
        lines::unusual(span.status),
        format::line(&span.name, 60),
        format::took(span.duration_ms),
        lines::span_id(span.trace_id, &span.span_id)
    )
}

fn error(error: &ErrorView) -> String {
    let at = error
        .span_id
        .map_or_else(String::new, |id| format!(" [{id}]"));
    let fixes = if error.suggested_fixes.is_empty() {
        String::new()
    } else {
        format!(
            " Try: {}",
            format::line(&error.suggested_fixes.join("; "), 160)
        )
    };
    format!(
        "- {} {}: {} ({}){at}{fixes}",
        error.agent_name.as_deref().unwrap_or("-"),
        error.error_type,
        format::line(&error.message, 300),
        error.category
    )
}

fn handoff(handoff: &HandoffView) -> String {
    let reason = handoff
        .reason
        .as_deref()
        .map_or_else(String::new, |reason| {
            format!(": {}", format::line(reason, 160))
        });
    format!(
        "- {} {} → {}{reason}",
        format::instant(handoff.timestamp),
        handoff.source_agent_name,
        handoff.target_agent_name
    )
}

/// The depth down to which the tree has few enough lines: one level below the roots at least.
fn deepest_shown(tree: &[tree::Node<'_>]) -> usize {
    let mut by_depth: BTreeMap<usize, usize> = BTreeMap::new();
    for node in tree {
        *by_depth.entry(node.depth).or_default() += 1;
    }
    let mut lines = 0;
    let mut deepest = 1;
    for (depth, count) in by_depth {
        lines += count;
        if lines > OUTLINE_LINES {
            break;
        }
        deepest = deepest.max(depth);
    }
    deepest
}

/// The spans as a tree, down to the depth that can still be overlooked.
fn outline(spans: &[SpanSkeleton]) -> Vec<String> {
    let tree = tree::walk(spans);
    let deepest = deepest_shown(&tree);
    tree.iter()
        .filter(|node| node.depth <= deepest)
        .map(|node| {
            let below = if node.depth == deepest && node.below > 0 {
                format!(" (+{} below)", node.below)
            } else {
                String::new()
            };
            format!(
                "{}- {}{below}",
                "  ".repeat(node.depth.min(12)),
                entry(node.span)
            )
        })
        .collect()
}

fn outline_left(spans: &[SpanSkeleton], outline: &[String]) -> i64 {
    i64::try_from(spans.len().saturating_sub(outline.len())).unwrap_or(i64::MAX)
}
