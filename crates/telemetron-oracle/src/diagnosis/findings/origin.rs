//! Where the error began, and failures that somebody caught on the way.

use telemetron_model::classify::classify;
use telemetron_model::record::{ErrorInfo, Severity, Status};
use telemetron_model::view::{Confidence, FindingKind};

use crate::diagnosis::failures::{Failure, redone, tops};
use crate::diagnosis::noted::Noted;
use crate::diagnosis::tree::{Place, Tree};
use crate::diagnosis::words;

/// The origin of the failure, the series of attempts that failed, what was caught.
pub(super) fn find(tree: &Tree<'_>, failure: Option<&Failure>) -> Vec<Noted> {
    let Some(failure) = failure else {
        return by_word_of_mouth(tree).into_iter().collect();
    };
    let mut noted = vec![origin(tree, failure)];
    noted.extend(attempts(tree, failure));
    noted.extend(caught(tree, failure));
    noted
}

fn origin(tree: &Tree<'_>, failure: &Failure) -> Noted {
    let began = failure.began;
    let label = tree.label(began);
    let said = said(tree, began).map_or_else(
        || "and does not say why".to_owned(),
        |error| format!("with {}", told(&error)),
    );
    let after = after(tree, began);
    let sentence = match depth(tree, failure) {
        0 => format!("{label} failed{after} {said}."),
        levels => format!(
            "{label} failed{after} {said}; from there it went {} up to {}.",
            words::counted(levels, "level"),
            tree.label(failure.top),
        ),
    };
    let has_failed = tree.trace.status == Status::Failed;
    let (score, confidence) = match (failure.is_fatal(), failure.is_made_good) {
        (true, _) => (0.95, Confidence::Certain),
        (false, false) if has_failed => (0.8, Confidence::Likely),
        (false, false) => (0.45, Confidence::Possible),
        (false, true) => (0.2, Confidence::Guess),
    };
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

/// An error with where it comes from and whether trying again may help.
fn told(error: &ErrorInfo) -> String {
    let class = classify(&error.error_type, &error.message);
    let category = error.category.unwrap_or(class.category);
    let again = if error.retryable.unwrap_or(class.retryable) {
        ", worth another try"
    } else {
        ""
    };
    format!("\"{}\" ({category}{again})", words::error(error))
}

/// What a span says of its failure, or what an error record says of it.
fn said(tree: &Tree<'_>, place: Place) -> Option<ErrorInfo> {
    let own = tree.span(place).error.clone();
    own.or_else(|| {
        let id = tree.id(place);
        let record = tree.trace.errors.iter().find(|e| e.span_id == Some(id))?;
        Some(ErrorInfo {
            error_type: record.error_type.clone(),
            message: record.message.clone(),
            stack: None,
            category: Some(record.category),
            severity: Some(record.severity),
            retryable: Some(record.retryable),
        })
    })
}

/// ` 1.2 s after the start`, where there is a clock.
fn after(tree: &Tree<'_>, place: Place) -> String {
    if !tree.trace.has_clock {
        return String::new();
    }
    let since = tree.end(place).since(tree.trace.start);
    format!(" {} after the start", words::duration(since))
}

fn depth(tree: &Tree<'_>, failure: &Failure) -> usize {
    let mut levels = 0;
    let mut at = failure.began;
    while at != failure.top {
        let Some(above) = tree.parent(at) else { break };
        at = above;
        levels += 1;
    }
    levels
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

/// Failures besides the one that counts: made good by another try, or passed over.
fn caught(tree: &Tree<'_>, failure: &Failure) -> Option<Noted> {
    let others: Vec<Place> = tops(tree)
        .into_iter()
        .filter(|top| *top != failure.top)
        .collect();
    let first = *others.first()?;
    let made_good = others
        .iter()
        .filter(|top| redone(tree, **top).is_some())
        .count();
    let sentence = format!(
        "{} more failed without failing the span above ({} made good by another try), first {}.",
        words::counted(others.len(), "span"),
        made_good,
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

/// No span failed, and yet the trace says that it did, or an error was recorded.
fn by_word_of_mouth(tree: &Tree<'_>) -> Option<Noted> {
    let trace = tree.trace;
    let record = trace
        .errors
        .iter()
        .find(|error| error.severity >= Severity::Error);
    let place = record
        .and_then(|record| record.span_id)
        .and_then(|id| tree.find(id));
    let sentence = match (record, &trace.error) {
        (Some(record), _) => format!(
            "No span failed, but an error was recorded: {}.",
            words::short(&format!("{}: {}", record.error_type, record.message), 200)
        ),
        (None, Some(error)) => format!(
            "No span failed, but the trace says of itself: {}.",
            words::error(error)
        ),
        (None, None) if trace.status == Status::Failed => {
            "The trace failed, and neither it nor any span says why.".to_owned()
        }
        (None, None) => return None,
    };
    let next = place.map_or_else(
        || format!("GET /api/v1/traces/{}/timeline", trace.trace_id),
        |place| tree.call(place),
    );
    let evidence = place.map(|place| tree.id(place)).into_iter().collect();
    let noted = Noted::new(FindingKind::ErrorOrigin, 0.8, sentence, evidence, next);
    Some(noted.suspect(0.8, Confidence::Likely, place))
}
