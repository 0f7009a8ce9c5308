//! Rules about traces and models.

use std::sync::Arc;

use telemetron_model::fold::{Measures, RollupKind};
use telemetron_store::read::oracle::failures::Exhausted;
use telemetron_store::read::oracle::ingest::Poison;
use telemetron_store::read::oracle::loops::Repeated;
use telemetron_store::read::oracle::models::FullestCall;
use telemetron_store::read::oracle::orphans::Orphans;

use super::super::support::*;
use super::after_traces;
use crate::facts::{KnownModel, Telemetry, Traces, Usage};

#[test]
fn agents_that_pass_work_to_and_fro_are_in_a_loop_and_a_rework_is_none() {
    let rounds = |count: i64| {
        after_traces(|told| {
            let one = |n| match n % 2 {
                0 => passed("coder", "reviewer", 100 - n),
                _ => passed("reviewer", "coder", 100 - n),
            };
            told.handoffs = (0..count).map(one).collect();
        })
    };
    assert!(rounds(3).is_empty());
    assert_eq!(rounds(6), [format!("handoff_loop:{}", trace(1))]);
}

#[test]
fn the_same_call_again_and_again_is_a_loop() {
    let repeated = |calls, seconds| Repeated {
        trace_id: trace(1),
        agent: Some("coder".to_owned()),
        tool: "search".to_owned(),
        calls,
        failed: calls,
        first_at: before(seconds + 60),
        last_at: before(seconds),
        spans: vec![span(1)],
    };
    let ids = after_traces(|told| told.repeated = vec![repeated(7, 5)]);
    assert_eq!(ids, [format!("tool_loop:{}/coder/search", trace(1))]);
    assert!(after_traces(|told| told.repeated = vec![repeated(4, 5)]).is_empty());
    assert!(after_traces(|told| told.repeated = vec![repeated(7, 5000)]).is_empty());
}

#[test]
fn refusals_are_told_apart_by_their_words() {
    let refusals = |message| after_traces(|told| told.failures = vec![refused(1, message, 9)]);
    let limited = refusals("Error 429: Too Many Requests");
    assert_eq!(limited, ["rate_limited:small"]);
    let full = refusals("maximum context length is 8192 tokens");
    assert_eq!(full, ["context_exhausted:small"]);
    assert!(refusals("connection refused").is_empty());
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

fn work(finished: i64, failed: i64, millis: i64, dollars: i64) -> Measures {
    let mut work = Measures {
        started: finished,
        finished,
        failed,
        cost: telemetron_model::NanoUsd::from_nanos(dollars * 1_000_000_000),
        ..Measures::default()
    };
    work.durations.add(millis * 1_000_000, finished);
    work
}

fn jump(now: Measures, before: Measures) -> Vec<String> {
    after_traces(|told| {
        told.lately.tools = vec![("search".to_owned(), now.clone())];
        told.before.tools = vec![("search".to_owned(), before.clone())];
        told.lately.kinds.insert(RollupKind::Llm, now);
        told.before.kinds.insert(RollupKind::Llm, before);
        (told.lately_minutes, told.before_minutes) = (5, 60);
    })
}

#[test]
fn jumps_are_measured_against_the_hour_before() {
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
    // Too few calls say nothing, and without a before there is no jump.
    assert!(jump(work(5, 5, 5000, 0), usual()).is_empty());
    assert!(jump(work(50, 25, 5000, 0), work(3, 0, 10, 0)).is_empty());
}

#[test]
fn lost_parents_retries_and_poison_are_told() {
    let ids = after_traces(|told| {
        told.orphans = vec![Orphans {
            trace_id: trace(2),
            count: 3,
            first_at: before(300),
            spans: vec![span(1)],
            missing: vec![span(9)],
        }];
        told.exhausted = vec![Exhausted {
            trace_id: Some(trace(2)),
            id: "e-1".to_owned(),
            agent: Some("coder".to_owned()),
            what: "retry_exhausted".to_owned(),
            message: None,
            attempts: Some(5),
            at: before(10),
        }];
        told.poison = vec![Poison {
            topic: "agent-telemetry-spans".to_owned(),
            code: "not_json".to_owned(),
            reason: "it is no JSON".to_owned(),
            count: 2,
            first_at: before(20),
            last_at: before(10),
            ids: vec![2, 1],
        }];
    });
    let expected = [
        format!("orphan_spans:{}", trace(2)),
        "retries_exhausted:coder/retry_exhausted".to_owned(),
        "poison_records:agent-telemetry-spans/not_json".to_owned(),
    ];
    assert_eq!(ids, expected);
}
