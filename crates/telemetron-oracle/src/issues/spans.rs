//! Spans that run far longer than their operation does.

use telemetron_model::fold::Measures;
use telemetron_model::record::{Severity, SpanKind};
use telemetron_store::read::oracle::running::RunningSpan;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SourceName, SubjectKind, SystemState};
use telemetron_view::seconds_of;

use super::Finding;
use crate::Thresholds;
use crate::facts::{Facts, Traces};
use crate::words::ago;

/// Fewest ends of an operation from which it is known how long it takes.
const KNOWN: i64 = 10;

/// Spans that run far beyond the 99th percentile of their operation; one finding a trace, its
/// innermost span, since those around it wait for that one.
pub(super) fn stuck(facts: &Facts, _state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let Some(telemetry) = facts.telemetry.as_deref() else {
        return Vec::new();
    };
    let usually = facts.traces.as_deref();
    let mut found: Vec<(&RunningSpan, Finding)> = Vec::new();
    // The oldest come first: a later span of the same trace is the one they wait for.
    for span in &telemetry.running {
        let Some(finding) = beyond(span, facts, usually, limits) else {
            continue;
        };
        found.retain(|(known, _)| known.trace_id != span.trace_id);
        found.push((span, finding));
    }
    found.into_iter().map(|(_, finding)| finding).collect()
}

fn beyond(
    span: &RunningSpan,
    facts: &Facts,
    usually: Option<&Traces>,
    limits: &Thresholds,
) -> Option<Finding> {
    let ran = seconds_of(facts.now.since(span.started_at));
    let p99 = usually.and_then(|traces| p99_seconds(traces, span));
    let least = f64::from(limits.stuck_span_seconds);
    let unknown = f64::from(limits.stuck_span_unknown_seconds);
    let limit = p99.map_or(unknown, |p99| (p99 * limits.stuck_span_factor).max(least));
    let quiet = seconds_of(facts.now.since(span.heard_at)) > least;
    let severity = match (quiet || is_call(span.kind), p99) {
        (true, _) => Severity::Error,
        // Something goes on below it, and yet it takes far longer than it ever does.
        (false, Some(_)) => Severity::Warning,
        // Long work that goes on is long work.
        (false, None) => return None,
    };
    (ran > limit).then(|| {
        let usual = p99.map_or_else(
            || ", and none like it has ended before".to_owned(),
            |p99| format!(", where 99 of 100 take at most {p99:.1} s"),
        );
        let agent = span.agent.as_ref();
        let of = agent.map_or_else(String::new, |agent| format!(" of {agent}"));
        let whole = format!("{}/{}", span.trace_id, span.span_id);
        Finding::new(
            IssueKind::StuckSpan,
            severity,
            SubjectKind::Trace,
            span.trace_id.to_string(),
        )
        .needs(SourceName::Telemetry)
        .since(span.started_at)
        .says(format!(
            "{} span `{}`{of} runs for {}{usual}; its trace was heard of {} ago",
            span.kind.as_str().to_lowercase(),
            span.name,
            ago(span.started_at, facts.now),
            ago(span.heard_at, facts.now)
        ))
        .shows(EvidenceKind::Span, whole)
        .shows(EvidenceKind::Trace, span.trace_id)
        .may_show(EvidenceKind::Agent, span.agent.as_ref())
        .may_show(EvidenceKind::Tool, span.tool.as_ref())
        .may_show(EvidenceKind::Model, span.model.as_ref())
        .next(
            Next::Diagnosis {
                trace_id: span.trace_id,
            },
            "says what it waits for",
        )
    })
}

/// Whether nothing of ours happens below a span: it stands for what it waits for.
pub(super) const fn is_call(kind: SpanKind) -> bool {
    matches!(kind, SpanKind::Llm | SpanKind::Tool | SpanKind::Retriever)
}

/// How long the operation of a span takes; none when too few of it ended, and for chains, of which
/// each is another operation.
fn p99_seconds(traces: &Traces, span: &RunningSpan) -> Option<f64> {
    let usually = &traces.usually;
    let (group, name) = match span.kind {
        SpanKind::Agent => (&usually.agents, span.agent.as_ref()?),
        SpanKind::Llm => (&usually.models, span.model.as_ref()?),
        SpanKind::Tool => (&usually.tools, span.tool.as_ref()?),
        SpanKind::Retriever => return kind_p99(traces, span.kind),
        SpanKind::Chain => return None,
    };
    let work = group.iter().find(|(known, _)| known == name);
    work.and_then(|(_, work)| p99(work))
}

fn kind_p99(traces: &Traces, kind: SpanKind) -> Option<f64> {
    traces.usually.kinds.get(&kind.into()).and_then(p99)
}

fn p99(work: &Measures) -> Option<f64> {
    let p99 = work.durations.quantile_ns(0.99)? / 1e9;
    (work.finished >= KNOWN).then_some(p99)
}
