//! `compare`: what differs between two traces.

use schemars::JsonSchema;
use serde::Deserialize;
use telemetron_view::{ComparedTrace, Comparison, ComparisonAnswer, Difference, StepDifference};

use super::super::budgeted_text::Section;
use super::super::format;
use super::{Path, Tool, ToolContext, ToolError, calls, lines, which};

/// Which traces.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Compare {
    /// The trace in question: id, or `last`; `last-failed` when absent
    #[serde(default = "last_failed")]
    a: String,
    /// What it is held against: id; `last-good` (the last good run of the same kind) when absent
    #[serde(default = "last_good")]
    b: String,
}

fn last_failed() -> String {
    which::LAST_FAILED.to_owned()
}

fn last_good() -> String {
    "last-good".to_owned()
}

impl Tool for Compare {
    const NAME: &'static str = "compare";
    const TITLE: &'static str = "Compare two traces";
    const ABOUT: &'static str = "What differs between two traces: outcome, steps, tools, arguments, \
        models, prompts, timings; the first difference first. By default the trace that failed last \
        against the last good run of its kind.";

    async fn answer(self, context: ToolContext<'_>) -> Result<String, ToolError> {
        let a = which::trace(context, &self.a).await?;
        // The API knows best which run is the last good one of the same kind.
        let b = match self.b.trim() {
            "last-good" | "last_good" => last_good(),
            other => which::trace(context, other).await?,
        };
        let path = Path::new(&["traces", "compare"])
            .with("a", Some(&a))
            .with("b", Some(&b));
        let answer: ComparisonAnswer = context.read(&path).await?;
        let comparison = &answer.comparison;
        let mut answer_text = context.answer_text();
        answer_text.line("# Comparison");
        answer_text.line(format!("a: {}", one(&comparison.a)));
        answer_text.line(format!("b: {}", one(&comparison.b)));
        answer_text.line(
            comparison
                .chosen_because
                .as_deref()
                .map_or_else(String::new, |why| format!("b was chosen: {why}")),
        );
        answer_text.line(format!(
            "verdict: {}",
            format::line(&comparison.verdict, 600)
        ));
        answer_text.line(lines::stale(&answer.freshness));
        sections(&mut answer_text, comparison);
        for (place, call) in comparison.next.iter().take(3).enumerate() {
            answer_text.next(calls::tool_call(comparison.asks.get(place), call));
        }
        Ok(answer_text.finish())
    }
}

fn sections(answer_text: &mut super::super::budgeted_text::BudgetedText, comparison: &Comparison) {
    let first = comparison
        .first_difference
        .as_ref()
        .map(step)
        .into_iter()
        .collect();
    answer_text.section(Section::new("First difference", first).share(40));
    let summary = comparison
        .summary
        .iter()
        .map(|line| format!("- {line}"))
        .collect();
    answer_text.section(Section::new("On the whole", summary).share(40));
    let title = format!("Steps that differ ({} are the same)", comparison.same_steps);
    let steps = comparison
        .steps
        .iter()
        .filter(|step| Some(*step) != comparison.first_difference.as_ref());
    let omitted = i64::try_from(comparison.omitted_steps).unwrap_or(i64::MAX);
    answer_text.section(Section::new(title, steps.map(step).collect()).beyond(omitted));
    let limits = comparison
        .limits
        .iter()
        .map(|limit| format!("- {limit}"))
        .collect();
    answer_text.section(Section::new("Not looked at", limits));
}

fn one(trace: &ComparedTrace) -> String {
    let failed = if trace.failed_spans > 0 {
        format!("{} failed", trace.failed_spans)
    } else {
        String::new()
    };
    let facts = format::joined([
        format!("{} spans in {} steps", trace.spans, trace.steps),
        failed,
        format::took(trace.duration_ms),
        format::things(trace.total_tokens, "token"),
        format::cost(trace.cost_usd),
    ]);
    format!(
        "{} \"{}\" {} · {facts}",
        trace.trace_id,
        format::line(trace.name.as_deref().unwrap_or("unnamed"), 60),
        trace.status
    )
}

fn step(step: &StepDifference) -> String {
    let agent = step
        .agent
        .as_deref()
        .map_or_else(String::new, |agent| format!(" @{agent}"));
    let place = |name: &str, span: Option<telemetron_model::SpanId>| {
        span.map_or_else(String::new, |span| format!(" {name}=[{span}]"))
    };
    let differences: String = step.differences.iter().map(difference).collect();
    format!(
        "- {} {} {}{agent}{}{}{differences}",
        step.change,
        step.kind,
        format::line(&step.name, 60),
        place("a", step.a),
        place("b", step.b)
    )
}

fn difference(difference: &Difference) -> String {
    let side = |text: &Option<String>| {
        text.as_deref()
            .map_or_else(|| "-".to_owned(), |text| format::line(text, 160))
    };
    let lines: String = difference
        .lines
        .iter()
        .take(12)
        .map(|line| format!("\n    {}", format::line(line, 160)))
        .collect();
    let left = difference.lines.len().saturating_sub(12);
    let left = if left > 0 {
        format!("\n    … {left} more lines")
    } else {
        String::new()
    };
    format!(
        "\n  {}: {} | {}{lines}{left}",
        difference.aspect,
        side(&difference.a),
        side(&difference.b)
    )
}
