//! Rules about traces and models.

use std::sync::Arc;

use telemetron_store::read::oracle::models::FullestCall;

use super::super::support::*;
use super::cases::*;
use super::{after_traces, sentence};
use crate::facts::{KnownModel, Telemetry, Traces, Usage};

#[test]
fn agents_that_pass_work_to_and_fro_are_in_a_loop_and_a_rework_is_none() {
    assert!(ids(&to_and_fro(3)).is_empty());
    let loops = ids(&to_and_fro(6));
    assert_eq!(loops, [format!("handoff_loop:{}", trace(1))]);
}

#[test]
fn the_same_call_again_and_again_is_a_loop() {
    let loops = ids(&repeated(7, 5));
    assert_eq!(loops, [format!("tool_loop:{}/coder/search", trace(1))]);
    assert!(ids(&repeated(7, 601)).is_empty());
}

#[test]
fn an_agent_that_asks_how_far_something_is_gets_more_patience_while_it_is_answered() {
    let calls = |tool: &str, calls: i64, failed: i64, apart: i64| {
        let mut facts = repeated(calls, 5);
        let traces = facts.traces.as_mut().map(Arc::make_mut).unwrap();
        let repeated = &mut traces.repeated[0];
        repeated.tool = tool.to_owned();
        repeated.failed = failed;
        repeated.first_at = repeated
            .last_at
            .plus_nanos(-(calls - 1) * apart * 1_000_000_000);
        !ids(&facts).is_empty()
    };
    assert!(calls("search", 5, 0, 2));
    assert!(!calls("job_status", 19, 0, 2) && calls("job_status", 20, 0, 2));
    assert!(!calls("wait", 19, 0, 2));
    assert!(
        calls("job_status", 5, 5, 2),
        "an answer that fails says nothing"
    );
    // Twice a minute is no hurry.
    assert!(!calls("search", 19, 0, 30) && calls("search", 20, 0, 30));
    // A part of a word is no word: this one does not wait.
    assert!(calls("waiter_menu", 5, 0, 2));
}

#[test]
fn agents_that_say_something_new_each_time_get_on_for_twice_as_many_rounds() {
    let rounds = |count: i64, say: fn(i64, &str) -> String| {
        let mut facts = to_and_fro(count);
        let traces = facts.traces.as_mut().map(Arc::make_mut).unwrap();
        for (n, handoff) in (0..).zip(&mut traces.handoffs) {
            handoff.reason = Some(say(n, &handoff.from));
        }
        !ids(&facts).is_empty()
    };
    assert!(rounds(6, |_, from| format!("{from} sends it back")));
    // A planner that gives out one piece of work after the other, and is told when it is done.
    let pieces = |n: i64, from: &str| match from {
        "coder" => format!("write part {n}"),
        _ => "done".to_owned(),
    };
    assert!(!rounds(10, pieces) && rounds(12, pieces));
}

#[test]
fn refusals_are_told_apart_by_their_words() {
    let refusals = |message| after_traces(|told| told.failures = vec![refused(1, message, 9)]);
    let limited = refusals("Error 429: Too Many Requests");
    assert_eq!(limited, ["rate_limited:small"]);
    let full = refusals("maximum context length is 8192 tokens");
    assert_eq!(full, ["context_exhausted:small"]);
    let full = refusals("prompt is too long: 210000 tokens > 200000 maximum");
    assert_eq!(full, ["context_exhausted:small"]);
    assert!(refusals("connection refused").is_empty());
    // A number is a word of its own.
    assert!(refusals("gave up after 4290 ms").is_empty());
    assert_eq!(refusals("HTTP 429"), ["rate_limited:small"]);
}

fn with_model(change: impl FnOnce(&mut Telemetry, &mut Traces)) -> Vec<String> {
    let (mut telemetry, mut traces) = healthy();
    change(&mut telemetry, &mut traces);
    let mut facts = facts(telemetry, traces);
    facts.proxy = Some(Arc::new(vec![KnownModel {
        model: "small".to_owned(),
        provider: Some("openai".to_owned()),
        tpm_max: Some(1000.0),
        input_context: Some(8000),
        ..KnownModel::default()
    }]));
    ids(&facts)
}

#[test]
fn a_model_is_near_its_limit_from_nine_tenths() {
    let took = |tokens| {
        with_model(|told, _| {
            let usage = Usage {
                tokens,
                requests: 1.0,
            };
            told.usage.insert("small".to_owned(), usage);
        })
    };
    assert!(took(899.0).is_empty());
    assert_eq!(took(901.0), ["model_near_limit:small@openai"]);
}

#[test]
fn a_window_is_nearly_full_from_nine_tenths() {
    let sent = |input_tokens| {
        with_model(|_, traces| {
            traces.fullest = vec![FullestCall {
                model: "small".to_owned(),
                provider: None,
                input_tokens,
                trace_id: trace(1),
                span_id: span(1),
                agent: None,
                at: before(5),
            }];
        })
    };
    assert!(sent(7000).is_empty());
    assert_eq!(sent(7900), ["context_exhausted:small"]);
}

#[test]
fn jumps_are_measured_against_the_hour_before() {
    let jump = |now, before| ids(&jump(&now, &before));
    let usual = || work(600, 6, 500, 1);
    assert!(jump(work(50, 1, 520, 0), usual()).is_empty());
    assert_eq!(
        jump(work(50, 25, 520, 0), usual()),
        ["error_rate_jump:tool/search"]
    );
    assert_eq!(
        jump(work(50, 0, 5000, 0), usual()),
        ["latency_jump:tool/search"]
    );
    assert_eq!(jump(work(50, 0, 500, 5), usual()), ["cost_jump:cost"]);
    // Four of twenty are an accident where one of twenty is usual, and eight are not.
    let shaky = || work(600, 30, 500, 1);
    assert!(jump(work(20, 4, 500, 0), shaky()).is_empty());
    assert_eq!(
        jump(work(20, 8, 500, 0), shaky()),
        ["error_rate_jump:tool/search"]
    );
    // So is one slow call among them.
    let slow = |slow| {
        let mut now = work(20 - slow, 0, 500, 0);
        now.finished += slow;
        now.durations.add(9_000_000_000, slow);
        jump(now, usual())
    };
    assert!(slow(2).is_empty());
    assert_eq!(slow(6), ["latency_jump:tool/search"]);
    // Too few calls say nothing, and without a before there is no jump.
    assert!(jump(work(5, 5, 5000, 0), usual()).is_empty());
    assert!(jump(work(50, 25, 5000, 0), work(3, 0, 10, 0)).is_empty());
}

#[test]
fn more_requests_of_the_usual_price_are_no_jump_of_cost_and_dearer_ones_are() {
    let ids = |now, before| ids(&costs(spent(now), spent(before)));
    // Begun ten minutes ago, and at the same pace since: five of the sixty minutes count.
    assert!(ids((30, 2), (30, 2)).is_empty());
    assert!(ids((300, 20), (30, 2)).is_empty());
    assert_eq!(ids((30, 7), (30, 2)), ["cost_jump:cost"]);
    // One request that goes on and on.
    assert_eq!(ids((0, 7), (30, 2)), ["cost_jump:cost"]);
}

#[test]
fn lost_parents_retries_and_poison_are_told() {
    assert_eq!(
        sentence(&lost(1)),
        format!(
            "trace {} has 1 span below parents that never came ({}): a part of it is lost or was \
             never sent",
            trace(2),
            span(9)
        )
    );
    let once = "coder gave up 10 s ago (retry_exhausted, 5 attempts): run_tests failed";
    assert_eq!(sentence(&given_up(1)), once);
    let often =
        "coder gave up 3 times, the last 10 s ago (retry_exhausted, 5 attempts): run_tests failed";
    assert_eq!(sentence(&given_up(3)), often);
    assert_eq!(
        sentence(&rejected(2)),
        "2 records of agent-telemetry-spans could not be read (not_json), the last 10 s ago: it \
         is no JSON"
    );
}
