//! `diagnose`: why a trace failed, in one call.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_model::SpanId;
use telemetron_view::{
    Cause, ChainLink, CriticalPath, Diagnosis, DiagnosisAnswer, Finding, PathPart,
};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, lines, which};

/// Which trace.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Diagnose {
    /// Trace id, or `last`; `last-failed` when absent
    #[serde(default = "last_failed")]
    trace_id: String,
    /// `links` reads the whole run: all traces that links of spans join to this one; `session` all
    /// traces of its session
    follow: Option<String>,
}

fn last_failed() -> String {
    which::LAST_FAILED.to_owned()
}

impl Tool for Diagnose {
    const NAME: &'static str = "diagnose";
    const TITLE: &'static str = "Diagnose a trace";
    const ABOUT: &'static str = "Why a trace failed, or was slow or costly: likely causes in order \
        with their evidence, where the error began and how it travelled, retries, loops, the critical \
        path, what went on around it. Without an id it takes the trace that failed last. Start here.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let id = which::trace(context, &self.trace_id).await?;
        let answer: DiagnosisAnswer = context
            .read(&path(&id, context.budget).with("follow", self.follow.as_ref()))
            .await?;
        let diagnosis = &answer.diagnosis;
        let mut answer_text = context.answer_text();
        answer_text.line(format!(
            "# Diagnosis of trace {id} \"{}\" {}",
            format::line(diagnosis.name.as_deref().unwrap_or("unnamed"), 80),
            diagnosis.status
        ));
        answer_text.line(format!(
            "verdict: {}",
            format::line(&diagnosis.verdict, 600)
        ));
        if diagnosis.is_hypothesis {
            answer_text.line("No span says that it failed: what follows is a hypothesis from structure and words.");
        }
        answer_text.line(lines::stale(&answer.freshness));
        answer_text.line(answer.run.as_ref().map_or_else(String::new, lines::of_run));
        sections(&mut answer_text, diagnosis);
        for call in next(&id, &answer) {
            answer_text.next(call);
        }
        Ok(answer_text.finish())
    }
}

/// The diagnosis as JSON takes more room than as text: what fits here must have been asked for.
fn path(id: &str, budget: usize) -> Path {
    Path::new(&["traces", id, "diagnosis"]).with("max_tokens", Some(budget * 2))
}

fn sections(answer_text: &mut super::super::budgeted_text::BudgetedText, diagnosis: &Diagnosis) {
    let left = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let omitted = diagnosis.omitted;
    let causes = diagnosis.causes.iter().map(cause).collect();
    answer_text.section(
        Section::new("Likely causes", causes)
            .share(45)
            .beyond(left(omitted.causes)),
    );
    let chain = diagnosis.chain.iter().map(link).collect();
    let chain = Section::new("How the error travelled", chain).share(40);
    answer_text.section(chain.beyond(left(omitted.chain)));
    let findings = diagnosis.findings.iter().map(finding).collect();
    answer_text.section(
        Section::new("Findings", findings)
            .share(60)
            .beyond(left(omitted.findings)),
    );
    if let Some(path) = &diagnosis.critical_path {
        answer_text.section(critical(path).share(50).beyond(left(omitted.path_parts)));
    }
    let limits = diagnosis
        .limits
        .iter()
        .map(|limit| format!("- {limit}"))
        .collect();
    answer_text.section(Section::new("Not looked at", limits));
}

fn cause(cause: &Cause) -> String {
    let at = format::joined([
        format::labelled("agent", cause.agent.as_deref()),
        cause
            .span_id
            .map(|span| format!("span {span}"))
            .unwrap_or_default(),
        cause
            .step
            .map(|step| format!("step {step}"))
            .unwrap_or_default(),
    ]);
    let at = if at.is_empty() {
        at
    } else {
        format!(" ({at})")
    };
    let evidence = evidence(&cause.evidence, cause.span_id);
    format!(
        "{}. [{}] {}{at}{evidence}",
        cause.rank,
        cause.confidence,
        format::line(&cause.sentence, 600)
    )
}

/// The spans that show it, beside the one that is named already.
fn evidence(spans: &[SpanId], named: Option<SpanId>) -> String {
    let others = spans.iter().filter(|span| Some(**span) != named).take(4);
    let others: Vec<_> = others.map(ToString::to_string).collect();
    if others.is_empty() {
        String::new()
    } else {
        format!(" evidence: {}", others.join(", "))
    }
}

fn link(link: &ChainLink) -> String {
    let agent = link
        .agent
        .as_deref()
        .map_or_else(String::new, |agent| format!(" @{agent}"));
    let error = link.error.as_deref().map_or_else(String::new, |error| {
        format!(": {}", format::line(error, 300))
    });
    format!(
        "- {} at {}{agent} [{}]{error}",
        link.fate,
        format::line(&link.name, 60),
        link.span_id
    )
}

fn finding(finding: &Finding) -> String {
    let mode = finding
        .mode
        .as_deref()
        .map_or_else(String::new, |mode| format!(" {mode}"));
    let sentence = format::line(&finding.sentence, 500);
    format!(
        "- {}{mode}: {sentence}{}",
        finding.kind,
        evidence(&finding.evidence, None)
    )
}

fn critical(path: &CriticalPath) -> Section {
    let part = |part: &PathPart| {
        let waits = if part.is_wait { " (waits)" } else { "" };
        let agent = part
            .agent
            .as_deref()
            .map_or_else(String::new, |agent| format!(" @{agent}"));
        format!(
            "- {} {}{agent}{waits} {} [{}]",
            format::share(part.share),
            format::line(&part.name, 60),
            format::duration(part.duration_ms),
            part.span_id
        )
    };
    let title = format!(
        "Critical path: {} in all, {} of it waiting",
        format::duration(path.total_ms),
        format::duration(path.waiting_ms)
    );
    Section::new(title, path.parts.iter().map(part).collect())
}

/// What to ask next: the span where it began, and the last good run.
fn next(id: &str, answer: &DiagnosisAnswer) -> Vec<String> {
    let diagnosis = &answer.diagnosis;
    let first = diagnosis.causes.iter().find_map(|cause| cause.span_id);
    let first = first.or_else(|| diagnosis.chain.first().map(|link| link.span_id));
    let span = first.map(|span| {
        let of_run = answer.span_traces.iter().find(|of| of.span_id == span);
        let trace = of_run.map_or_else(|| id.to_owned(), |of| of.trace_id.to_string());
        format!(
            "span_detail(trace_id=\"{trace}\", span_id=\"{span}\") shows what went in and out there"
        )
    });
    let compare = format!("compare(a=\"{id}\") says what differs from the last good run");
    span.into_iter().chain([compare]).collect()
}
