//! Models that are near a limit, refuse calls for their rate, or have no room in their window.

use std::collections::BTreeMap;

use telemetron_model::record::Severity;
use telemetron_store::read::oracle::failures::FailedSpan;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, ModelState, SubjectKind, SystemState};

use super::Finding;
use crate::Thresholds;
use crate::facts::Facts;
use crate::words::{ago, counted, cut};

/// What an error says that comes of too many calls. A number stands alone: 4290 is another.
const RATE: &[&str] = &[
    "rate limit",
    "ratelimit",
    "rate_limit",
    "too many requests",
    "throttl",
    "resource_exhausted",
    "429",
];

/// What an error says that comes of a full window.
const WINDOW: &[&str] = &[
    "context window",
    "contextwindow",
    "context_window",
    "context length",
    "context_length",
    "maximum context",
    "prompt is too long",
    "input is too long",
    "exceeds the maximum number of tokens",
];

/// Models whose last minute is near a limit.
pub(super) fn near_limit(_facts: &Facts, state: &SystemState, limits: &Thresholds) -> Vec<Finding> {
    let models = state.litellm.iter();
    models
        .filter_map(|model| {
            let share = |used: Option<f64>, most: f64| {
                let share = used.unwrap_or(0.0) / most;
                (most > 0.0 && share >= limits.model_limit_share).then_some(share)
            };
            let (tokens, requests) = (
                share(model.tpm, model.tpm_max),
                share(model.rpm, model.rpm_max),
            );
            let worst = tokens.into_iter().chain(requests).reduce(f64::max)?;
            let severity = if worst >= 1.0 {
                Severity::Error
            } else {
                Severity::Warning
            };
            let kind = IssueKind::ModelNearLimit;
            let finding = Finding::new(kind, severity, SubjectKind::Model, &model.model)
                .keyed(format!("{}@{}", model.model, model.provider))
                .says(format!(
                    "model {} took {} and {} in its last minute, {:.0} % of the tighter limit",
                    model.model,
                    amount(model.tpm, model.tpm_max, "tokens"),
                    amount(model.rpm, model.rpm_max, "requests"),
                    worst * 100.0
                ))
                .shows(EvidenceKind::Model, &model.model)
                .next(Next::Metrics, "shows which agents spend its tokens");
            Some(by_servers(model, finding))
        })
        .collect()
}

/// A finding that took the word of the proxy or server that knows a model.
fn by_servers(model: &ModelState, finding: Finding) -> Finding {
    let sources = model.detail.iter().flat_map(|detail| &detail.sources);
    let sources = sources.filter_map(|name| name.parse().ok());
    sources.fold(finding, Finding::needs)
}

/// How much of a limit is taken; of what has none, how much there is.
fn amount(used: Option<f64>, most: f64, what: &str) -> String {
    let used = used.unwrap_or(0.0);
    if most > 0.0 {
        format!("{used:.0} of {most:.0} {what}")
    } else {
        format!("{used:.0} {what}")
    }
}

/// Models whose calls were refused for their rate.
pub(super) fn rate_limited(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    by_model(facts, RATE)
        .into_iter()
        .filter_map(|(model, spans)| {
            let (last, first) = (spans.first()?, spans.last()?);
            let finding = about(model, &spans, IssueKind::RateLimited, Severity::Warning);
            Some(finding.since(first.failed_at).says(format!(
                "{} of model {model} {} refused for {} rate in {}, the last {} ago: {}",
                counted(spans.len(), "call"),
                if spans.len() == 1 { "was" } else { "were" },
                if spans.len() == 1 { "its" } else { "their" },
                window(limits),
                ago(last.failed_at, facts.now),
                cut(&last.message)
            )))
        })
        .collect()
}

/// Models whose context window was too small for a call, or nearly.
pub(super) fn context_exhausted(
    facts: &Facts,
    state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let refused = by_model(facts, WINDOW);
    let full = nearly_full(facts, state, limits);
    let full = full.filter(|(model, _)| !refused.contains_key(model.as_str()));
    let mut found: Vec<_> = full.map(|(_, finding)| finding).collect();
    for (model, spans) in &refused {
        let Some(last) = spans.first() else { continue };
        let finding = about(model, spans, IssueKind::ContextExhausted, Severity::Error);
        found.push(finding.since(last.failed_at).says(format!(
            "{} of model {model} did not fit into its context window, the last {} ago: {}",
            counted(spans.len(), "call"),
            ago(last.failed_at, facts.now),
            cut(&last.message)
        )));
    }
    found
}

fn nearly_full<'a>(
    facts: &'a Facts,
    state: &'a SystemState,
    limits: &'a Thresholds,
) -> impl Iterator<Item = (String, Finding)> + 'a {
    let traces = facts.traces.as_deref().into_iter();
    let calls = traces.flat_map(|traces| traces.fullest.iter());
    calls.filter_map(|call| {
        let model = state
            .litellm
            .iter()
            .find(|model| model.model == call.model)?;
        let window = model.input_context.filter(|window| *window > 0)?;
        #[expect(clippy::cast_precision_loss, reason = "a share for people")]
        let share = call.input_tokens as f64 / window as f64;
        let finding = (share >= limits.context_share).then(|| {
            let kind = IssueKind::ContextExhausted;
            let finding = Finding::new(kind, Severity::Warning, SubjectKind::Model, &call.model);
            by_servers(model, finding)
                .since(call.at)
                .says(format!(
                    "{} sent {} tokens to model {}, {:.0} % of its window of {window}",
                    call.agent.as_deref().unwrap_or("somebody"),
                    call.input_tokens,
                    call.model,
                    share * 100.0
                ))
                .shows(
                    EvidenceKind::Span,
                    format!("{}/{}", call.trace_id, call.span_id),
                )
                .shows(EvidenceKind::Model, &call.model)
                .next(
                    Next::Span {
                        trace_id: call.trace_id,
                        span_id: call.span_id,
                    },
                    "shows what was sent",
                )
        })?;
        Some((call.model.clone(), finding))
    })
}

/// The failed calls of each model whose error says one of these words, the latest first.
fn by_model<'a>(facts: &'a Facts, words: &[&str]) -> BTreeMap<&'a str, Vec<&'a FailedSpan>> {
    let mut calls: BTreeMap<&str, Vec<&FailedSpan>> = BTreeMap::new();
    let traces = facts.traces.as_deref().into_iter();
    for span in traces.flat_map(|traces| traces.failures.iter()) {
        let said = format!("{} {}", span.error_type, span.message).to_lowercase();
        if let Some(model) = &span.model
            && words.iter().any(|word| says(&said, word))
        {
            calls.entry(model).or_default().push(span);
        }
    }
    for spans in calls.values_mut() {
        spans.sort_by_key(|span| std::cmp::Reverse(span.failed_at));
    }
    calls
}

/// Whether a text says a word; digits count when no other digit is beside them.
fn says(text: &str, word: &str) -> bool {
    text.match_indices(word).any(|(start, word)| {
        let before = text[..start].chars().next_back();
        let after = text[start + word.len()..].chars().next();
        let is_digit = |beside: Option<char>| beside.is_some_and(|c| c.is_ascii_digit());
        !word.starts_with(|c: char| c.is_ascii_digit()) || !(is_digit(before) || is_digit(after))
    })
}

/// The window in words: `10 min`, or seconds when it is short.
fn window(limits: &Thresholds) -> String {
    match limits.window_seconds {
        seconds @ ..120 => format!("{seconds} s"),
        seconds => format!("{} min", seconds / 60),
    }
}

fn about(model: &str, spans: &[&FailedSpan], kind: IssueKind, severity: Severity) -> Finding {
    let finding =
        Finding::new(kind, severity, SubjectKind::Model, model).shows(EvidenceKind::Model, model);
    let finding = spans.iter().take(5).fold(finding, |finding, span| {
        finding.shows(
            EvidenceKind::Span,
            format!("{}/{}", span.trace_id, span.span_id),
        )
    });
    match spans.first() {
        Some(span) => finding.next(
            Next::Diagnosis {
                trace_id: span.trace_id,
            },
            "says what the refusal led to",
        ),
        None => finding,
    }
}
