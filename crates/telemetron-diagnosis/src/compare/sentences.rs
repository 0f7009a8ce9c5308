//! A comparison in sentences.

use std::collections::BTreeSet;

use telemetron_store::read::whole::{WholeSpan, WholeTrace};
use telemetron_view::{ComparedTrace, Next, StepChange, StepDifference};

use crate::words;

/// What of a span is told apart by name.
type NameOf = fn(&WholeSpan) -> Option<&str>;

/// Most names in a sentence.
const MOST_NAMES: usize = 8;

/// The answer in one sentence: the outcome, what failed in one of them alone, and where they part ways.
pub(super) fn verdict(
    a: &ComparedTrace,
    b: &ComparedTrace,
    first: Option<&StepDifference>,
    failed: Option<&StepDifference>,
) -> String {
    let outcome = if a.status == b.status {
        format!("Both are {}", a.status)
    } else {
        format!("a is {}, b is {}", a.status, b.status)
    };
    match (failed, first) {
        (_, None) => format!("{outcome}; no step differs."),
        (Some(failed), Some(first)) if failed != first => format!(
            "{outcome}; the outcome of {} differs; they part ways at {}.",
            named(failed),
            parting(first)
        ),
        (_, Some(first)) => format!("{outcome}; they part ways at {}.", parting(first)),
    }
}

fn named(step: &StepDifference) -> String {
    let agent = step.agent.as_deref().unwrap_or("no agent");
    format!(
        "{} `{}` of {}",
        step.kind,
        step.name,
        words::short(agent, 40)
    )
}

fn parting(step: &StepDifference) -> String {
    let what = named(step);
    match step.change {
        StepChange::OnlyA => format!("{what}, which only a has"),
        StepChange::OnlyB => format!("{what}, which only b has"),
        StepChange::Changed => {
            let aspects = step.differences.iter().map(|d| d.aspect.to_string());
            let aspects: Vec<String> = aspects.collect();
            format!("{what}, which differs in {}", aspects.join(", "))
        }
    }
}

/// Sentences on the whole.
pub(super) fn summary(a: &WholeTrace, b: &WholeTrace) -> Vec<String> {
    let mut sentences = Vec::new();
    let names: [(&str, NameOf); 3] = [
        ("agents", |span| span.agent.as_deref()),
        ("models", |span| span.model.as_deref()),
        ("tools", |span| span.tool_name.as_deref()),
    ];
    for (what, name) in names {
        sentences.extend(sets(what, &set(a, name), &set(b, name)));
    }
    if a.has_clock
        && b.has_clock
        && let (Some(end_a), Some(end_b)) = (a.end, b.end)
    {
        let (took_a, took_b) = (end_a.since(a.start), end_b.since(b.start));
        let (told_a, told_b) = (words::duration(took_a), words::duration(took_b));
        sentences.extend(amounts("time", took_a, took_b, &told_a, &told_b));
    }
    let (tokens_a, tokens_b) = (a.total_tokens, b.total_tokens);
    let told = [tokens_a.to_string(), tokens_b.to_string()];
    sentences.extend(amounts("tokens", tokens_a, tokens_b, &told[0], &told[1]));
    let cost = |trace: &WholeTrace| format!("${:.4}", trace.cost.usd());
    let (cost_a, cost_b) = (a.cost.nanos(), b.cost.nanos());
    sentences.extend(amounts("cost", cost_a, cost_b, &cost(a), &cost(b)));
    sentences
}

fn set<'a>(trace: &'a WholeTrace, name: fn(&'a WholeSpan) -> Option<&'a str>) -> BTreeSet<&'a str> {
    trace.spans.iter().filter_map(name).collect()
}

/// What only one of them has.
fn sets(what: &str, a: &BTreeSet<&str>, b: &BTreeSet<&str>) -> Vec<String> {
    let only = |whose: &str, own: &BTreeSet<&str>, other: &BTreeSet<&str>| {
        let names: Vec<String> = own
            .difference(other)
            .take(MOST_NAMES)
            .map(|name| words::short(name, 60))
            .collect();
        (!names.is_empty()).then(|| format!("{what} only in {whose}: {}", names.join(", ")))
    };
    only("a", a, b).into_iter().chain(only("b", b, a)).collect()
}

/// An amount that is at least a quarter more or less.
fn amounts(what: &str, a: i64, b: i64, told_a: &str, told_b: &str) -> Option<String> {
    let (least, most) = (a.min(b).max(0), a.max(b).max(0));
    let is_much = most > 0 && words::share(least, most) <= 0.8;
    let sign = if a > b { "more" } else { "less" };
    is_much.then(|| format!("{what}: {told_a} in a, {told_b} in b ({sign} in a)"))
}

/// What to ask next.
pub(super) fn next(a: &WholeTrace, b: &WholeTrace, first: Option<&StepDifference>) -> Vec<Next> {
    let span = |trace: &WholeTrace, span_id| Next::Span {
        trace_id: trace.trace_id,
        span_id,
    };
    let mut next = Vec::new();
    if let Some(step) = first {
        next.extend(step.a.map(|id| span(a, id)));
        next.extend(step.b.map(|id| span(b, id)));
    }
    next.push(Next::Diagnosis {
        trace_id: a.trace_id,
    });
    next
}
