//! Where the error began, and failures that somebody caught on the way.

use telemetron_model::classify::classify;
use telemetron_model::record::{ErrorCategory, ErrorInfo, Severity, Status};
use telemetron_view::{Confidence, ErrorView, FindingKind, Next};

use crate::below::is_call;
use crate::descent::inside;
use crate::failures::{Ending, Failure, redone};
use crate::noted::Noted;
use crate::tree::{Place, Tree};
use crate::words;

/// The origin of the failure, the series of attempts that failed, what was caught.
pub(super) fn find(tree: &Tree<'_>, failure: Option<&Failure>) -> Vec<Noted> {
    let Some(failure) = failure else {
        return by_word_of_mouth(tree).into_iter().collect();
    };
    let mut noted = vec![origin(tree, failure)];
    noted.extend(attempts(tree, failure));
    noted.extend(caught(tree, failure));
    if !failure.is_fatal() {
        noted.extend(other_reason(tree));
    }
    noted
}

fn origin(tree: &Tree<'_>, failure: &Failure) -> Noted {
    let began = failure.began;
    let label = tree.label(began);
    let said = said(tree, began).map_or_else(
        || "and does not say why".to_owned(),
        |error| format!("with {}", told(&error)),
    );
    let sentence = format!(
        "{label} failed{} {said}{}{}{}.",
        after(tree, began),
        within(tree, began),
        upwards(tree, failure),
        ended(tree, failure),
    );
    let (score, confidence) = likelihood(tree, failure);
    let mut evidence = tree.ids(&[began, failure.top]);
    evidence.dedup();
    Noted::new(
        FindingKind::ErrorOrigin,
        score,
        sentence,
        evidence,
        tree.call(began),
    )
    .suspect(score, confidence, Some(began))
}

/// How likely it made the trace end as it did.
fn likelihood(tree: &Tree<'_>, failure: &Failure) -> (f64, Confidence) {
    match (failure.ending, tree.trace.status) {
        (Ending::MadeGood, _) => (0.2, Confidence::Guess),
        (Ending::Surfaced, Status::Failed) if failure.is_certain => (0.95, Confidence::Certain),
        (Ending::Surfaced | Ending::Escaped, Status::Failed)
        | (Ending::Surfaced, Status::Running) => (0.8, Confidence::Likely),
        (Ending::Swallowed, Status::Failed) => (0.5, Confidence::Possible),
        _ => (0.45, Confidence::Possible),
    }
}

/// What a step inside of the failed call says, where that is something else.
fn within(tree: &Tree<'_>, began: Place) -> String {
    let inside = inside(tree, began);
    let said = inside.and_then(|place| Some((place, tree.span(place).error.as_ref()?)));
    said.map_or_else(String::new, |(place, error)| {
        let (label, error) = (tree.label(place), words::error(error));
        format!("; inside of it, {label} failed with \"{error}\"")
    })
}

/// The way up to the highest span that failed.
fn upwards(tree: &Tree<'_>, failure: &Failure) -> String {
    match failure.way(tree).len() - 1 {
        0 => String::new(),
        levels => format!(
            "; from there it went {} up to {}",
            words::counted(levels, "level"),
            tree.label(failure.top),
        ),
    }
}

/// What became of it above.
fn ended(tree: &Tree<'_>, failure: &Failure) -> String {
    let above = tree.parent(failure.top);
    match (failure.ending, above) {
        (Ending::MadeGood, _) => "; a later try went well".to_owned(),
        (Ending::Escaped, _) => {
            "; the spans above do not say that they failed, but the trace did".to_owned()
        }
        (Ending::Swallowed, Some(above)) if tree.span(above).status == Status::Completed => {
            format!("; {} went on and completed", tree.label(above))
        }
        _ => String::new(),
    }
}

/// An error with where it comes from, if that is known, and whether trying again may help.
fn told(error: &ErrorInfo) -> String {
    let class = classify(&error.error_type, &error.message);
    let category = error.category.unwrap_or(class.category);
    let is_known = category != ErrorCategory::Unknown;
    let may_help = error.retryable.unwrap_or(class.retryable);
    let known = is_known.then(|| category.to_string());
    let again = may_help.then(|| "worth another try".to_owned());
    let notes: Vec<String> = known.into_iter().chain(again).collect();
    let said = words::error(error);
    if notes.is_empty() {
        return format!("\"{said}\"");
    }
    format!("\"{said}\" ({})", notes.join(", "))
}

/// What a span says of its failure, or what an error record says of it.
fn said(tree: &Tree<'_>, place: Place) -> Option<ErrorInfo> {
    let own = tree.span(place).error.clone();
    let own = own.filter(|error| !is_mute(error));
    own.or_else(|| {
        let span = tree.span(place);
        let of_span = |error: &&ErrorView| {
            error.span_id == Some(span.span_id) && error.trace_id == span.trace_id
        };
        let record = tree.trace.errors.iter().find(of_span)?;
        Some(info(record))
    })
}

/// Whether an error says no more than that there was one.
fn is_mute(error: &ErrorInfo) -> bool {
    error.error_type == "_OTHER" && error.message.trim().is_empty()
}

fn info(record: &ErrorView) -> ErrorInfo {
    ErrorInfo {
        error_type: record.error_type.clone(),
        message: record.message.clone(),
        stack: None,
        category: Some(record.category),
        severity: Some(record.severity),
        retryable: Some(record.retryable),
    }
}

/// ` 1.2 s after the start`, where there is a clock.
fn after(tree: &Tree<'_>, place: Place) -> String {
    if !tree.trace.has_clock {
        return String::new();
    }
    let since = tree.end(place).since(tree.trace.start);
    format!(" {} after the start", words::duration(since))
}

fn attempts(tree: &Tree<'_>, failure: &Failure) -> Option<Noted> {
    let count = failure.attempts.len();
    if count < 2 {
        return None;
    }
    let sentence = format!(
        "{} was tried {} and failed each time.",
        tree.label(failure.began),
        words::times(count),
    );
    let evidence = tree.ids(&failure.attempts);
    let next = tree.call(failure.attempts.last().copied().unwrap_or(failure.began));
    Some(Noted::new(
        FindingKind::Retries,
        0.7,
        sentence,
        evidence,
        next,
    ))
}

/// Failures besides the one that counts: tried again, or passed over.
fn caught(tree: &Tree<'_>, failure: &Failure) -> Option<Noted> {
    let way = failure.way(tree);
    let is_told = |place: Place| way.contains(&place) || failure.attempts.contains(&place);
    // What failed inside of a failed call is told with it.
    let is_within = |above: Place| above == failure.began && is_call(tree.span(above));
    let is_apart = |place: &Place| {
        let above = tree.parent(*place).filter(|above| tree.has_failed(*above));
        above.is_none_or(|above| is_told(above) && !is_within(above))
    };
    let others: Vec<Place> = tree
        .places()
        .filter(|place| tree.has_failed(*place) && !is_told(*place) && is_apart(place))
        .collect();
    let first = *others.first()?;
    let redone = others
        .iter()
        .filter(|other| redone(tree, **other).is_some());
    let redone = match redone.count() {
        0 => String::new(),
        count => format!(", with a later try that went well for {count} of them"),
    };
    let sentence = format!(
        "{} more failed, and work went on{redone}; first {}.",
        words::counted(others.len(), "span"),
        tree.label(first),
    );
    Some(Noted::new(
        FindingKind::CaughtError,
        0.45,
        sentence,
        tree.ids(&others),
        tree.call(first),
    ))
}

/// Why a trace failed by its own word, where what failed in it does not explain that.
fn other_reason(tree: &Tree<'_>) -> Option<Noted> {
    if tree.trace.status != Status::Failed {
        return None;
    }
    let error = tree.trace.error.as_ref();
    let said = error.map_or_else(
        || "No failure that lasted explains why the trace failed.".to_owned(),
        |error| format!("The trace says of itself: {}.", words::error(error)),
    );
    Some(by_the_trace(tree, said))
}

/// No span failed, and yet the trace says that it did, or an error was recorded.
fn by_word_of_mouth(tree: &Tree<'_>) -> Option<Noted> {
    let trace = tree.trace;
    let record = trace
        .errors
        .iter()
        .find(|error| error.severity >= Severity::Error);
    let Some(record) = record else {
        let said = match &trace.error {
            Some(error) => format!(
                "No span failed, but the trace says of itself: {}.",
                words::error(error)
            ),
            None if trace.status == Status::Failed => {
                "Neither it nor any span says why.".to_owned()
            }
            None => return None,
        };
        return Some(by_the_trace(tree, said));
    };
    let sentence = format!(
        "No span failed, but an error was recorded: {}.",
        words::error(&info(record))
    );
    let Some(place) = (record.span_id).and_then(|id| tree.find(record.trace_id, id)) else {
        return Some(by_the_trace(tree, sentence));
    };
    let (score, confidence) = word(tree);
    let (ids, next) = (tree.ids(&[place]), tree.call(place));
    let noted = Noted::new(FindingKind::ErrorOrigin, score, sentence, ids, next);
    Some(noted.suspect(score, confidence, Some(place)))
}

fn by_the_trace(tree: &Tree<'_>, sentence: String) -> Noted {
    let (score, confidence) = word(tree);
    let next = Next::Timeline {
        trace_id: tree.trace.trace_id,
    };
    let roots = tree.roots().iter().take(1).copied();
    let evidence = tree.ids(&roots.collect::<Vec<_>>());
    let noted = Noted::new(FindingKind::ErrorOrigin, score, sentence, evidence, next);
    noted.suspect(score, confidence, None)
}

/// How much a word counts that no span bears out.
fn word(tree: &Tree<'_>) -> (f64, Confidence) {
    match tree.trace.status {
        Status::Failed => (0.8, Confidence::Likely),
        Status::Running | Status::Completed => (0.45, Confidence::Possible),
    }
}
