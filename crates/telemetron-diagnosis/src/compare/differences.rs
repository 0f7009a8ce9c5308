//! What differs in a step that both traces have.

use telemetron_model::record::{SpanKind, Status};
use telemetron_store::read::whole::WholeText;
use telemetron_view::{Aspect, Difference};

use super::steps::Step;
use super::texts::Budget;
use crate::words;

/// A step must take so many times as long, and so many nanoseconds more, to be told.
const SLOWER: i64 = 2;
const SLOWER_NS: i64 = 200_000_000;

/// A step must spend so many more tokens, and half as many again, to be told.
const MORE_TOKENS: i64 = 200;

/// Characters of a short form.
const SHORT: usize = 120;

/// The differences of a pair; empty when both are the same.
pub(super) fn of(a: &Step<'_>, b: &Step<'_>, texts: &mut Budget) -> Vec<Difference> {
    let (span_a, span_b) = (a.span(), b.span());
    let mut found = Vec::new();
    let mut word = |aspect, a: Option<String>, b: Option<String>| {
        if a != b {
            found.push(plain(aspect, a, b));
        }
    };
    let status = |status: Status| Some(status.to_string());
    word(Aspect::Status, status(span_a.status), status(span_b.status));
    let error =
        |span: &telemetron_store::read::whole::WholeSpan| span.error.as_ref().map(words::error);
    word(Aspect::Error, error(span_a), error(span_b));
    let repeats = |step: &Step<'_>| Some(words::times(step.spans.len()));
    word(Aspect::Repeats, repeats(a), repeats(b));
    word(Aspect::Model, span_a.model.clone(), span_b.model.clone());
    let reason = [&span_a.finish_reason, &span_b.finish_reason];
    word(Aspect::FinishReason, reason[0].clone(), reason[1].clone());
    let input = match a.kind {
        SpanKind::Tool | SpanKind::Retriever => Aspect::Arguments,
        _ => Aspect::Input,
    };
    found.extend(text(
        input,
        span_a.input.as_ref(),
        span_b.input.as_ref(),
        texts,
    ));
    found.extend(text(
        Aspect::Output,
        span_a.output.as_ref(),
        span_b.output.as_ref(),
        texts,
    ));
    found.extend(duration(a, b));
    found.extend(tokens(a, b));
    found
}

const fn plain(aspect: Aspect, a: Option<String>, b: Option<String>) -> Difference {
    Difference {
        aspect,
        a,
        b,
        lines: Vec::new(),
    }
}

/// Texts that differ: both in short, and the lines that changed while there is room.
fn text(
    aspect: Aspect,
    a: Option<&WholeText>,
    b: Option<&WholeText>,
    texts: &mut Budget,
) -> Option<Difference> {
    if a == b {
        return None;
    }
    let lines = match (a, b) {
        (Some(a), Some(b)) => texts.changed(a.text(), b.text()),
        _ => Vec::new(),
    };
    let short = |text: Option<&WholeText>| text.map(|text| words::short(text.text(), SHORT));
    Some(Difference {
        aspect,
        a: short(a),
        b: short(b),
        lines,
    })
}

fn duration(a: &Step<'_>, b: &Step<'_>) -> Option<Difference> {
    let (took_a, took_b) = (took(a)?, took(b)?);
    let (least, most) = (took_a.min(took_b), took_a.max(took_b));
    let is_much = most.saturating_sub(least) >= SLOWER_NS && most / SLOWER >= least;
    let told = |nanos| Some(words::duration(nanos));
    is_much.then(|| plain(Aspect::Duration, told(took_a), told(took_b)))
}

/// The time that the spans of a step took together; none while one of them runs.
fn took(step: &Step<'_>) -> Option<i64> {
    let times = step
        .spans
        .iter()
        .map(|span| Some(span.end?.since(span.start).max(0)));
    times.sum()
}

fn tokens(a: &Step<'_>, b: &Step<'_>) -> Option<Difference> {
    let sum = |step: &Step<'_>| -> i64 {
        let tokens = step.spans.iter().filter_map(|span| span.tokens);
        tokens
            .map(|tokens| tokens.total)
            .fold(0, i64::saturating_add)
    };
    let (a, b) = (sum(a), sum(b));
    let (least, most) = (a.min(b), a.max(b));
    let is_much = most.saturating_sub(least) >= MORE_TOKENS && most - most / 3 >= least;
    is_much.then(|| plain(Aspect::Tokens, Some(a.to_string()), Some(b.to_string())))
}
