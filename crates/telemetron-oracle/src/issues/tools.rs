//! Tool loops: the same tool with the same arguments again and again.

use telemetron_model::record::Severity;
use telemetron_store::read::oracle::loops::Repeated;
use telemetron_view::Next;
use telemetron_view::oracle::{EvidenceKind, IssueKind, SubjectKind, SystemState};

use super::Finding;
use crate::Thresholds;
use crate::facts::Facts;
use crate::words::ago;

/// What the name of a tool says whose purpose is to be called again: it waits, or it asks how far
/// something is.
const POLLS: &[&str] = &[
    "await",
    "check",
    "health",
    "heartbeat",
    "monitor",
    "ping",
    "poll",
    "progress",
    "ready",
    "sleep",
    "state",
    "status",
    "tail",
    "wait",
    "watch",
];

/// How many times as many calls are a loop where an agent asks how far something is.
const PATIENCE: i64 = 4;

/// Nanoseconds between two calls from which they look like asking rather than like a loop.
const UNHURRIED: i64 = 30_000_000_000;

/// Calls that are a loop. Asking again how far something is, is none while it is answered.
fn most(calls: &Repeated, limits: &Thresholds) -> i64 {
    let most = i64::from(limits.tool_loop_calls);
    let name = calls.tool.to_lowercase();
    let mut words = name.split(|letter: char| !letter.is_alphanumeric());
    let polls = words.any(|word| POLLS.contains(&word));
    let spread = calls.last_at.since(calls.first_at) / (calls.calls - 1).max(1);
    match calls.failed == 0 && (polls || spread >= UNHURRIED) {
        true => most * PATIENCE,
        false => most,
    }
}

/// Tools that one agent calls with the same arguments in one trace, lately.
pub(super) fn again_and_again(
    facts: &Facts,
    _state: &SystemState,
    limits: &Thresholds,
) -> Vec<Finding> {
    let window = i64::from(limits.window_seconds) * 1_000_000_000;
    let traces = facts.traces.as_deref().into_iter();
    let repeated = traces.flat_map(|traces| traces.repeated.iter());
    repeated
        .filter(|calls| calls.calls >= most(calls, limits))
        .filter(|calls| facts.now.since(calls.last_at) <= window)
        .map(|calls| {
            let trace = calls.trace_id;
            let agent = calls.agent.as_deref().unwrap_or("somebody");
            let all_failed = calls.failed == calls.calls;
            let severity = if all_failed {
                Severity::Error
            } else {
                Severity::Warning
            };
            let kind = IssueKind::ToolLoop;
            let finding = Finding::new(kind, severity, SubjectKind::Tool, &calls.tool)
                .keyed(format!("{trace}/{agent}/{}", calls.tool))
                .since(calls.first_at)
                .says(format!(
                    "{agent} called tool {} {} times with the same arguments, {} of them failed, \
                     the last {} ago",
                    calls.tool,
                    calls.calls,
                    calls.failed,
                    ago(calls.last_at, facts.now)
                ))
                .shows(EvidenceKind::Trace, trace)
                .shows(EvidenceKind::Tool, &calls.tool)
                .may_show(EvidenceKind::Agent, calls.agent.as_ref())
                .next(
                    Next::Diagnosis { trace_id: trace },
                    "says what the loop led to",
                );
            calls.spans.iter().fold(finding, |finding, span| {
                finding.shows(EvidenceKind::Span, format!("{trace}/{span}"))
            })
        })
        .collect()
}
