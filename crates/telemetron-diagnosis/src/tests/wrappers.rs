//! Failures as agent frameworks tell them: wrapped, repeated, half denied, made good.

use telemetron_model::record::SpanKind::{Agent, Chain, Llm, Tool};
use telemetron_model::record::{ErrorInfo, Status};
use telemetron_store::read::whole::{WholeSpan, WholeTrace};
use telemetron_view::{Confidence, Diagnosis, ErrorFate, FindingKind};

use super::{diagnosis, found, mode};
use crate::testing::{Described, id, span, trace};

const LIMITED: &str = "Error code: 429 - Rate limit reached for gpt-4o on tokens per min";

fn call(n: u64, parent: u64, from: i64, until: i64) -> WholeSpan {
    let mut call = span(n, parent, Llm, from, until).agent("booker");
    call.model = Some("gpt-4o".to_owned());
    call
}

fn tool(n: u64, parent: u64, from: i64, until: i64) -> WholeSpan {
    span(n, parent, Tool, from, until)
        .agent("booker")
        .tool("pay")
}

/// The trace failed whatever its first span says.
fn failed(mut trace: WholeTrace) -> WholeTrace {
    trace.status = Status::Failed;
    trace
}

fn fates(diagnosis: &Diagnosis) -> Vec<(u64, ErrorFate)> {
    let links = diagnosis.chain.iter();
    let number = |link: &telemetron_view::ChainLink| {
        (1..100)
            .find(|n| id(*n) == link.span_id)
            .unwrap_or_default()
    };
    links.map(|link| (number(link), link.fate)).collect()
}

#[test]
fn the_call_is_the_cause_and_not_the_wrapper_that_repeats_it() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100)
            .agent("booker")
            .fails("E", LIMITED),
        span(2, 1, Chain, 0, 100)
            .agent("booker")
            .fails("E", LIMITED),
        call(3, 2, 10, 90).fails("RateLimitError", LIMITED),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(3)));
    let verdict = "The trace failed, because: model call `gpt-4o` of booker failed";
    assert!(
        diagnosis.verdict.starts_with(verdict),
        "{}",
        diagnosis.verdict
    );
}

#[test]
fn a_wrapper_that_says_ok_does_not_end_the_chain() {
    let told = |words: &str| format!("{words}: {{'error': '{LIMITED}'}}");
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).fails("_OTHER", &told("Error in agent run")),
        span(2, 1, Chain, 0, 99),
        call(3, 2, 10, 90).fails("_OTHER", &told("Error getting response")),
    ]);
    let diagnosis = diagnosis(&trace);
    let cause = &diagnosis.causes[0];
    assert_eq!(
        (cause.span_id, cause.confidence),
        (Some(id(3)), Confidence::Certain)
    );
    let way = [
        (3, ErrorFate::Began),
        (2, ErrorFate::PassedOn),
        (1, ErrorFate::Surfaced),
    ];
    assert_eq!(fates(&diagnosis), way);
    assert!(found(&diagnosis, FindingKind::CaughtError).is_empty());
}

#[test]
fn a_failure_that_no_wrapper_admits_is_why_the_trace_failed() {
    let trace = failed(trace(vec![
        span(1, 0, Chain, 0, 100),
        span(2, 1, Agent, 0, 99).agent("booker"),
        call(3, 2, 10, 90).fails("RateLimitError", LIMITED),
    ]));
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(3)));
    let begin = "The trace failed, likely because: model call `gpt-4o` of booker failed";
    assert!(
        diagnosis.verdict.starts_with(begin),
        "{}",
        diagnosis.verdict
    );
    let end = "the spans above do not say that they failed, but the trace did.";
    assert!(diagnosis.verdict.ends_with(end), "{}", diagnosis.verdict);
    let way = [
        (3, ErrorFate::Began),
        (2, ErrorFate::PassedOn),
        (1, ErrorFate::Surfaced),
    ];
    assert_eq!(fates(&diagnosis), way);
}

#[test]
fn a_call_beside_the_agents_span_is_the_cause_all_the_same() {
    let trace = failed(trace(vec![
        span(1, 0, Chain, 0, 100),
        span(2, 1, Agent, 5, 99).agent("booker").fails("E", LIMITED),
        call(3, 1, 10, 90).fails("RateLimitError", LIMITED),
    ]));
    assert_eq!(diagnosis(&trace).causes[0].span_id, Some(id(3)));
}

#[test]
fn a_failure_made_good_is_told_as_such_and_blames_nobody() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).agent("booker"),
        call(2, 1, 10, 20).fails("RateLimitError", LIMITED),
        call(3, 1, 30, 90),
    ]);
    let diagnosis = diagnosis(&trace);
    let begin = "The trace completed although something failed on the way: model call `gpt-4o`";
    assert!(
        diagnosis.verdict.starts_with(begin),
        "{}",
        diagnosis.verdict
    );
    assert!(diagnosis.verdict.ends_with("; a later try went well."));
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Guess);
    assert_eq!(fates(&diagnosis)[1], (1, ErrorFate::Retried));
}

#[test]
fn an_agent_that_died_without_a_word_did_not_die_of_what_it_got_over() {
    let died = trace(vec![
        span(1, 0, Agent, 0, 100)
            .agent("booker")
            .fails("_OTHER", ""),
        tool(2, 1, 10, 20).fails("ValueError", "no such card"),
        call(3, 1, 30, 90),
    ]);
    let looked = diagnosis(&died);
    assert_eq!(looked.causes[0].span_id, Some(id(1)));
    let silent = "failed 100 ms after the start and does not say why.";
    assert!(looked.verdict.ends_with(silent), "{}", looked.verdict);
    let told = found(&looked, FindingKind::CaughtError);
    assert!(told[0].sentence.ends_with("first tool `pay` of booker."));
    // What it did not get over is why.
    let mut broken = died;
    broken.spans.pop();
    assert_eq!(diagnosis(&broken).causes[0].span_id, Some(id(2)));
}

#[test]
fn work_that_went_on_beside_a_failure_does_not_clear_it() {
    let trace = trace(vec![
        span(1, 0, Chain, 0, 100).fails("ExceptionGroup", "errors in a group of tasks"),
        span(2, 1, Agent, 10, 30).agent("a").fails("E", "no route"),
        span(3, 1, Agent, 10, 95).agent("b"),
        span(4, 3, Llm, 50, 90).agent("b"),
    ]);
    assert_eq!(diagnosis(&trace).causes[0].span_id, Some(id(2)));
}

#[test]
fn a_limit_of_turns_is_not_the_fault_of_the_last_tool() {
    let message = "MaxTurnsExceededError: Max turns (3) exceeded";
    let trace = trace(vec![
        span(1, 0, Chain, 0, 100).fails("_OTHER", message),
        span(2, 1, Agent, 0, 99)
            .agent("booker")
            .fails("_OTHER", message),
        tool(3, 2, 10, 90).fails("ValueError", "no such card"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(2)));
    let limit = mode(&diagnosis, "mast/unaware-of-termination").unwrap();
    assert_eq!(limit.evidence, [id(2)]);
}

#[test]
fn a_tool_that_failed_and_an_agent_that_answered_all_the_same() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).agent("booker"),
        tool(2, 1, 10, 20).fails("ValueError", "no such card"),
        call(3, 1, 30, 90),
    ]);
    let diagnosis = diagnosis(&trace);
    let verdict = "The trace completed although something failed on the way: tool `pay` of booker \
                   failed 20 ms after the start with \"ValueError: no such card\" (validation); \
                   agent span `span 1` of booker went on and completed.";
    assert_eq!(diagnosis.verdict, verdict);
    assert_eq!(diagnosis.causes.len(), 1);
    assert!(!diagnosis.is_hypothesis);
}

#[test]
fn a_sub_agent_that_failed_and_a_parent_that_recovered() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).agent("boss"),
        span(2, 1, Agent, 10, 40)
            .agent("booker")
            .fails("E", "no such card"),
        tool(3, 2, 20, 30).fails("ValueError", "no such card"),
        span(4, 1, Agent, 50, 80).agent("other"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(3)));
    assert_eq!(diagnosis.causes[0].confidence, Confidence::Possible);
    let way = [
        (3, ErrorFate::Began),
        (2, ErrorFate::PassedOn),
        (1, ErrorFate::Swallowed),
    ];
    assert_eq!(fates(&diagnosis), way);
    assert!(
        diagnosis
            .verdict
            .starts_with("The trace completed although")
    );
}

#[test]
fn what_a_tool_is_made_of_leaves_the_tool_the_cause_and_is_told() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).agent("booker"),
        tool(2, 1, 10, 40).fails("tool_error", ""),
        span(3, 2, Chain, 20, 30).fails("ValueError", "Atlantis has sunk"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(2)));
    let inside = "inside of it, step `span 3` failed with \"ValueError: Atlantis has sunk\"";
    assert!(diagnosis.causes[0].sentence.contains(inside));
    assert!(found(&diagnosis, FindingKind::CaughtError).is_empty());
}

#[test]
fn a_trace_that_gives_another_reason_did_not_fail_of_what_it_got_over() {
    let mut other = failed(trace(vec![
        span(1, 0, Agent, 0, 100).agent("booker"),
        tool(2, 1, 10, 20).fails("ValueError", "no such card"),
        call(3, 1, 30, 90),
    ]));
    other.error = Some(ErrorInfo {
        error_type: "BudgetError".to_owned(),
        message: "the budget is spent".to_owned(),
        stack: None,
        category: None,
        severity: None,
        retryable: None,
    });
    let diagnosis = diagnosis(&other);
    let verdict = "The trace failed. The trace says of itself: BudgetError: the budget is spent.";
    assert_eq!(diagnosis.verdict, verdict);
    assert_eq!(diagnosis.causes[1].span_id, Some(id(2)));
}

#[test]
fn a_trace_that_went_well_has_no_cause() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 100).agent("boss"),
        call(2, 1, 10, 20).says("I assume 12000, a placeholder"),
        tool(3, 1, 30, 40).says("done"),
        call(4, 1, 50, 60).says("that was a mistake"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(
        diagnosis.verdict,
        "The trace completed; nothing failed in its 4 spans."
    );
    assert!(diagnosis.causes.is_empty() && diagnosis.chain.is_empty());
    assert!(!diagnosis.is_hypothesis);
}

#[test]
fn a_trace_that_runs_is_not_said_to_have_failed_or_never_to_end() {
    let at_work = trace(vec![
        span(1, 0, Agent, 0, 0).agent("booker").runs(),
        tool(2, 1, 10, 0).runs(),
    ]);
    let verdict = diagnosis(&at_work).verdict;
    assert_eq!(
        verdict,
        "The trace runs: tool `pay` of booker began and has not ended yet."
    );
    let mut limping = at_work;
    limping
        .spans
        .push(call(3, 1, 3, 8).fails("RateLimitError", LIMITED));
    let verdict = diagnosis(&limping).verdict;
    let begin = "The trace runs. So far this failed: model call `gpt-4o` of booker failed";
    assert!(verdict.starts_with(begin), "{verdict}");
}
