//! `telemetron traces compare`.

use clap::Args;
use telemetron_view::{ComparedTrace, Comparison, ComparisonAnswer, StepChange, StepDifference};

use super::list::tell_lag;
use crate::client::{Client, Query};
use crate::output::{self, Cell, Table, paint};

/// Columns of a value.
const WIDTH: usize = 100;

/// Which traces.
#[derive(Debug, Args)]
pub(super) struct Choice {
    /// The trace in question: its id, the beginning of it, `last` or `last-failed`
    a: String,
    /// The trace it is held against, or `last-good`: the latest good one of the same kind
    #[arg(default_value = "last-good")]
    b: String,
}

/// Says what differs.
pub(super) async fn run(client: &Client, choice: &Choice, json: bool) -> anyhow::Result<()> {
    let mut query = Query::default();
    query.add("a", Some(&choice.a)).add("b", Some(&choice.b));
    let answer = client
        .get(&["api", "v1", "traces", "compare"], &query)
        .await?;
    if json {
        return output::json(&answer);
    }
    let answer: ComparisonAnswer = serde_json::from_str(answer.get())?;
    tell(&answer.comparison)?;
    tell_lag(answer.freshness.lag)
}

fn plain(text: &str) -> String {
    output::shortened(text, usize::MAX)
}

fn tell(comparison: &Comparison) -> anyhow::Result<()> {
    output::line(sides(&comparison.a, &comparison.b))?;
    if let Some(because) = &comparison.chosen_because {
        let text = format!("b is {}", plain(because));
        output::line(paint::painted(paint::QUIET, text))?;
    }
    let verdict = paint::painted(paint::STRONG, plain(&comparison.verdict));
    output::line(format_args!("\n{verdict}"))?;
    for sentence in &comparison.summary {
        output::line(format_args!("· {}", plain(sentence)))?;
    }
    for step in &comparison.steps {
        difference(step)?;
    }
    let text = match comparison.omitted_steps {
        0 => format!("{} steps are the same", comparison.same_steps),
        more => format!(
            "{} steps are the same, {more} more differ",
            comparison.same_steps
        ),
    };
    output::line(format_args!("\n{}", paint::painted(paint::QUIET, text)))?;
    for limit in &comparison.limits {
        output::line(paint::painted(
            paint::QUIET,
            format_args!("· {}", plain(limit)),
        ))?;
    }
    Ok(())
}

fn sides(a: &ComparedTrace, b: &ComparedTrace) -> Table {
    let heads = [
        "", "TRACE", "STATUS", "~NAME", ">SPANS", ">STEPS", ">FAILED", ">TOKENS", ">COST", ">TOOK",
    ];
    let mut table = Table::new(&heads);
    for (side, trace) in [("a", a), ("b", b)] {
        let took = trace.duration_ms.map(output::duration_text);
        table.row(vec![
            Cell::painted(paint::STRONG, side),
            Cell::painted(paint::LINK, trace.trace_id),
            Cell::painted(paint::status(trace.status), trace.status),
            Cell::plain(trace.name.as_deref().unwrap_or("-")),
            Cell::plain(trace.spans),
            Cell::plain(trace.steps),
            Cell::plain(trace.failed_spans),
            Cell::plain(output::count_text(trace.total_tokens)),
            Cell::plain(output::cost_text(trace.cost_usd)),
            Cell::plain(took.unwrap_or_default()),
        ]);
    }
    table
}

fn difference(step: &StepDifference) -> anyhow::Result<()> {
    let (sign, style) = match step.change {
        StepChange::Changed => ("~", paint::RUNNING),
        StepChange::OnlyA => ("-", paint::FAILED),
        StepChange::OnlyB => ("+", paint::GOOD),
    };
    let agent = step
        .agent
        .as_deref()
        .map_or(String::new(), |agent| format!(" ({agent})"));
    let what = format!("{sign} {} {}{agent}", step.kind, step.name);
    output::line(format_args!("\n{}", paint::painted(style, plain(&what))))?;
    for difference in &step.differences {
        let aspect = paint::painted(
            paint::QUIET,
            format_args!("{:<13}", difference.aspect.as_str()),
        );
        let side = |text: &Option<String>| output::shortened(text.as_deref().unwrap_or("–"), WIDTH);
        if difference.lines.is_empty() {
            let (a, b) = (side(&difference.a), side(&difference.b));
            output::line(format_args!("  {aspect} {a}  │  {b}"))?;
            continue;
        }
        output::line(format_args!("  {aspect}"))?;
        for line in &difference.lines {
            let style = if line.starts_with('-') {
                paint::FAILED
            } else {
                paint::GOOD
            };
            let line = paint::painted(style, output::shortened(line, WIDTH));
            output::line(format_args!("    {line}"))?;
        }
    }
    Ok(())
}
