//! Loops, ping-pong, waits, what never ended, what it cost.

use telemetron_model::NanoUsd;
use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
use telemetron_model::record::{Status, TokenUsage};
use telemetron_store::read::whole::WholeTrace;
use telemetron_view::FindingKind;

use super::{diagnosis, found, mode};
use crate::testing::{Described, handoff, id, span, trace};

#[test]
fn the_same_call_with_the_same_answer_is_a_loop() {
    let call = |n: u64, input: &str| {
        let from = i64::try_from(n).unwrap() * 100;
        span(n, 1, Tool, from, from + 50)
            .agent("coder")
            .tool("search")
            .takes(input)
            .says("nothing")
    };
    let root = span(1, 0, Agent, 0, 1_000).fails("E", "gave up");
    let looping = trace(vec![root.clone(), call(2, "q"), call(3, "q"), call(4, "q")]);
    let looked = diagnosis(&looping);
    let loops = found(&looked, FindingKind::Loop);
    let sentence = "tool `search` of coder was called 3 times with the same arguments; the answer \
                    was the same each time.";
    assert_eq!(loops[0].sentence, sentence);
    assert!(mode(&looked, "mast/step-repetition").is_some());
    let searching = trace(vec![root, call(2, "a"), call(3, "b"), call(4, "c")]);
    assert!(found(&diagnosis(&searching), FindingKind::Loop).is_empty());
}

#[test]
fn work_passed_back_and_forth_is_ping_pong_and_delegation_is_not() {
    let mut back_and_forth = trace(vec![span(1, 0, Agent, 0, 1_000).agent("a")]);
    back_and_forth.handoffs = (0..6)
        .map(|n| {
            if n % 2 == 0 {
                handoff("a", "b", 1, n)
            } else {
                handoff("b", "a", 1, n)
            }
        })
        .collect();
    let looked = diagnosis(&back_and_forth);
    let told = found(&looked, FindingKind::PingPong);
    assert_eq!(
        told[0].sentence,
        "a and b passed work back and forth 6 times within 5.0 ms."
    );
    for handoff in &mut back_and_forth.handoffs {
        handoff.mode = Some(telemetron_model::record::HandoffMode::Delegate);
    }
    assert!(found(&diagnosis(&back_and_forth), FindingKind::PingPong).is_empty());
}

#[test]
fn what_never_ended_is_what_a_stuck_trace_waits_for() {
    let mut stuck = trace(vec![
        span(1, 0, Agent, 0, 0).agent("planner").runs(),
        span(2, 1, Agent, 100, 0).agent("coder").runs(),
        span(3, 2, Tool, 200, 0).agent("coder").tool("build").runs(),
        span(4, 1, Tool, 100, 5_200).tool("other"),
    ]);
    stuck.is_stuck = true;
    let diagnosis = diagnosis(&stuck);
    assert_eq!(diagnosis.causes[0].span_id, Some(id(3)));
    let sentence =
        "tool `build` of coder began 5.00 s before the trace was last heard of and never";
    assert!(
        diagnosis.causes[0].sentence.starts_with(sentence),
        "{}",
        diagnosis.causes[0].sentence
    );
    assert!(
        diagnosis
            .verdict
            .starts_with("The trace is stuck, likely because")
    );
}

#[test]
fn the_critical_path_counts_every_moment_once_and_names_the_waits() {
    let trace = trace(vec![
        span(1, 0, Agent, 0, 1_000).agent("planner"),
        span(2, 1, Llm, 0, 400).agent("planner"),
        span(3, 1, Tool, 100, 300).agent("planner").tool("beside"),
        span(4, 1, Agent, 600, 1_000).agent("coder"),
    ]);
    let path = diagnosis(&trace).critical_path.unwrap();
    let parts: Vec<_> = path
        .parts
        .iter()
        .map(|part| (part.span_id, part.is_wait, part.duration_ms.round() as i64))
        .collect();
    let expected = [(id(2), false, 400), (id(1), true, 200), (id(4), false, 400)];
    assert_eq!(parts, expected);
    assert!((path.waiting_ms - 200.0).abs() < 1e-6 && (path.total_ms - 1_000.0).abs() < 1e-6);
    let shares: f64 = path.agents.iter().map(|agent| agent.share).sum();
    assert!((shares - 1.0).abs() < 1e-3);
    assert_eq!(path.agents[0].agent.as_deref(), Some("planner"));
}

#[test]
fn orphans_are_told_unless_spans_were_not_read() {
    let mut torn = trace(vec![span(1, 0, Agent, 0, 10), span(2, 99, Tool, 1, 2)]);
    assert_eq!(found(&diagnosis(&torn), FindingKind::Orphans).len(), 1);
    torn.missing.spans = 5;
    assert!(found(&diagnosis(&torn), FindingKind::Orphans).is_empty());
}

#[test]
fn hot_spots_name_the_agent_and_the_call() {
    let call = |n: u64, agent: &str, tokens: i64| {
        let mut call = span(n, 1, Llm, 0, 10).agent(agent);
        call.tokens = Some(TokenUsage::new(tokens, 0));
        call
    };
    let root = span(1, 0, Agent, 0, 1_000);
    let trace = trace(vec![
        root,
        call(2, "coder", 700),
        call(3, "coder", 200),
        call(4, "planner", 100),
    ]);
    let diagnosis = diagnosis(&trace);
    let sentence = "coder spent 900 tokens of 1000 tokens (90 %) in 2 calls; the largest is model \
                    call `span 2` of coder with 700 tokens (70 %).";
    assert_eq!(
        found(&diagnosis, FindingKind::Hotspot)[0].sentence,
        sentence
    );
}

#[test]
fn cost_that_is_spread_as_tokens_are_is_told_with_them() {
    let call = |n: u64, tokens: i64| {
        let mut call = span(n, 1, Llm, 0, 10).agent("coder");
        call.tokens = Some(TokenUsage::new(tokens, 0));
        call.cost = Some(NanoUsd::from_nanos(tokens * 1_000_000));
        call
    };
    let trace = trace(vec![span(1, 0, Agent, 0, 1_000), call(2, 70), call(3, 30)]);
    let diagnosis = diagnosis(&trace);
    let told = found(&diagnosis, FindingKind::Hotspot);
    let sentence = "coder spent 100 tokens in 2 calls; the largest is model call `span 2` of coder \
                    with 70 tokens (70 %). The cost is spread alike, $0.1000 in all.";
    assert_eq!(told.len(), 1);
    assert_eq!(told[0].sentence, sentence);
}

#[test]
fn the_critical_path_tells_of_agents_and_waits_where_there_are_any() {
    let told = |trace: &WholeTrace| {
        let diagnosis = diagnosis(trace);
        found(&diagnosis, FindingKind::CriticalPath)[0]
            .sentence
            .clone()
    };
    let alone = trace(vec![
        span(1, 0, Agent, 0, 1_000).agent("a"),
        span(2, 1, Tool, 0, 1_000).agent("a").tool("build"),
    ]);
    let sentence = "Of 1.00 s in all, 1.00 s (100 %) went into tool `build` of a.";
    assert_eq!(told(&alone), sentence);
    let waited = trace(vec![
        span(1, 0, Agent, 0, 1_000).agent("a"),
        span(2, 1, Tool, 0, 400).agent("b").tool("build"),
    ]);
    let sentence =
        "Of 1.00 s in all, agent span `span 1` of a waited 600 ms (60 %); a has 60 % of it.";
    assert_eq!(told(&waited), sentence);
}

#[test]
fn answers_that_were_not_kept_are_no_repetition() {
    let call = |n: u64| {
        let from = i64::try_from(n).unwrap() * 100;
        span(n, 1, Tool, from, from + 50).tool("open").takes("same")
    };
    let looked = diagnosis(&trace(vec![
        span(1, 0, Agent, 0, 1_000),
        call(2),
        call(3),
        call(4),
    ]));
    assert_eq!(found(&looked, FindingKind::Loop).len(), 1);
    assert!(mode(&looked, "mast/step-repetition").is_none());
}

#[test]
fn a_model_that_was_cut_off_is_told() {
    let mut cut = span(2, 1, Llm, 10, 20).agent("coder");
    cut.finish_reason = Some("length".to_owned());
    let failed = span(3, 1, Tool, 30, 40)
        .agent("coder")
        .tool("parse")
        .fails("JsonError", "eof");
    let trace = trace(vec![
        span(1, 0, Agent, 0, 50).fails("JsonError", "eof"),
        cut,
        failed,
    ]);
    let diagnosis = diagnosis(&trace);
    assert_eq!(found(&diagnosis, FindingKind::CutOff).len(), 1);
    assert!(
        diagnosis
            .causes
            .iter()
            .any(|cause| cause.span_id == Some(id(2)))
    );
}

#[test]
fn failure_modes_have_stable_ids() {
    let mut early = trace(vec![
        span(1, 0, Agent, 0, 50),
        span(2, 1, Tool, 10, 0).runs(),
    ]);
    early.status = Status::Completed;
    assert!(mode(&diagnosis(&early), "mast/premature-termination").is_some());
    let limit =
        span(1, 0, Agent, 0, 50).fails("GraphRecursionError", "Recursion limit of 25 reached");
    assert!(
        mode(
            &diagnosis(&trace(vec![limit])),
            "mast/unaware-of-termination"
        )
        .is_some()
    );
    let call = |n: u64, prompt: &str, tokens: i64| {
        let from = i64::try_from(n).unwrap() * 10;
        let mut call = span(n, 1, Llm, from, from + 5).agent("a").takes(prompt);
        call.tokens = Some(TokenUsage::new(tokens, 1));
        call
    };
    let calls = vec![
        span(1, 0, Agent, 0, 500),
        call(2, "hello", 100),
        call(3, "more", 3_000),
        call(4, "most", 5_000),
        call(5, "hello", 100),
    ];
    let reset = diagnosis(&trace(calls));
    assert!(mode(&reset, "mast/conversation-reset").is_some());
    assert!(mode(&reset, "mast/loss-of-history").is_some());
}
