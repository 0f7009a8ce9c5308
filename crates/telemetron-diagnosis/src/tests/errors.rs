//! Where errors begin, and the way they take.

use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
use telemetron_view::{Confidence, ErrorFate, FindingKind};

use super::{diagnosis, found};
use crate::testing::{Described, at, handoff, id, span, trace};

#[test]
fn an_error_is_found_where_it_began_and_not_where_it_surfaced() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000)
            .agent("planner")
            .fails("AgentError", "step failed: no route"),
        span(2, 1, Agent, 100, 900)
            .agent("coder")
            .fails("AgentError", "no route"),
        span(3, 2, Tool, 200, 800)
            .agent("coder")
            .tool("search")
            .fails("Timeout", "no route"),
    ]);
    let diagnosis = diagnosis(&trace);
    let cause = &diagnosis.causes[0];
    assert_eq!(
        (cause.span_id, cause.confidence),
        (Some(id(3)), Confidence::Certain)
    );
    assert_eq!(cause.agent.as_deref(), Some("coder"));
    let way: Vec<_> = diagnosis
        .chain
        .iter()
        .map(|link| (link.span_id, link.fate))
        .collect();
    let expected = [
        (id(3), ErrorFate::Began),
        (id(2), ErrorFate::PassedOn),
        (id(1), ErrorFate::Surfaced),
    ];
    assert_eq!(way, expected);
    let sentence =
        "tool `search` of coder failed 800 ms after the start with \"Timeout: no route\"";
    assert!(cause.sentence.starts_with(sentence), "{}", cause.sentence);
    assert!(
        cause.next.ends_with("/spans/0000000000000003"),
        "{}",
        cause.next
    );
}

#[test]
fn of_a_series_of_attempts_the_first_is_where_it_began() {
    let attempt =
        |n: u64, from: i64| span(n, 1, Llm, from, from + 100).fails("RateLimitError", "slow down");
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000).fails("RateLimitError", "slow down"),
        attempt(2, 100),
        attempt(3, 300),
        attempt(4, 500),
    ]);
    let diagnosis = diagnosis(&trace);
    // The attempts are alike by kind, agent and name.
    assert_eq!(diagnosis.causes[0].span_id, Some(id(4)));
    let mut same = trace;
    for span in &mut same.spans[1..] {
        span.name = "chat".to_owned();
    }
    let diagnosis = super::diagnosis(&same);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(2)));
    let retries = found(&diagnosis, FindingKind::Retries);
    assert!(
        retries[0]
            .sentence
            .contains("was tried 3 times and failed each time")
    );
}

#[test]
fn a_failure_that_another_try_made_good_is_not_the_cause() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000).fails("ValueError", "bad plan"),
        span(2, 1, Tool, 100, 200)
            .tool("search")
            .fails("Timeout", "slow"),
        span(3, 1, Tool, 300, 400).tool("search"),
        span(4, 1, Tool, 500, 600)
            .tool("write")
            .fails("ValueError", "bad plan"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(4)));
}

#[test]
fn what_somebody_caught_is_told_as_caught() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000),
        span(2, 1, Tool, 100, 200)
            .tool("search")
            .fails("Timeout", "slow"),
    ]);
    let diagnosis = diagnosis(&trace);
    let fates: Vec<_> = diagnosis.chain.iter().map(|link| link.fate).collect();
    assert_eq!(fates, [ErrorFate::Began, ErrorFate::Swallowed]);
    assert!(
        diagnosis
            .verdict
            .contains("although something failed on the way")
    );
    assert_ne!(diagnosis.causes[0].confidence, Confidence::Certain);
}

#[test]
fn what_was_only_cancelled_did_not_begin_it() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000).fails("GroupError", "a child failed"),
        span(2, 1, Tool, 100, 300)
            .tool("a")
            .fails("HttpError", "500"),
        span(3, 1, Tool, 100, 400)
            .tool("b")
            .fails("Cancelled", "task was cancelled"),
    ]);
    assert_eq!(diagnosis(&trace).causes[0].span_id, Some(id(2)));
}

#[test]
fn the_handoff_before_the_failure_says_what_was_passed() {
    let mut trace = trace(vec![
        span(1, 0, Agent, 0, 1_000).agent("planner").fails("E", "x"),
        span(2, 1, Agent, 400, 900).agent("coder").fails("E", "x"),
    ]);
    trace.handoffs = vec![handoff("planner", "coder", 1, 300)];
    let diagnosis = diagnosis(&trace);
    let handoffs = found(&diagnosis, FindingKind::Handoff);
    let sentence = "planner handed to coder 600 ms before the failure: with neither reason nor \
                    context; the target took 1 step until then, 1 of them failed.";
    assert_eq!(handoffs[0].sentence, sentence);
    assert!(
        diagnosis
            .causes
            .iter()
            .any(|cause| cause.kind == FindingKind::Handoff)
    );
    assert_eq!(trace.handoffs[0].timestamp.0, at(300));
}

#[test]
fn a_trace_that_failed_without_a_word_says_so() {
    let mut silent = trace(vec![span(1, 0, Agent, 0, 10)]);
    silent.status = telemetron_model::record::Status::Failed;
    let diagnosis = diagnosis(&silent);
    assert!(
        diagnosis
            .verdict
            .contains("Neither it nor any span says why"),
        "{}",
        diagnosis.verdict
    );
}
