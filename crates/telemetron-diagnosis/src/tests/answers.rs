//! The answer as a whole: bounded, in order, with what the memory of the system adds.

use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
use telemetron_store::read::whole::{Vicinity, WholeTrace, WorkAround};
use telemetron_view::FindingKind;

use super::{diagnosis, found};
use crate::testing::{Described, at, span, trace};
use crate::{AbsentContext, Memory, StoredContext, diagnose};

fn busy() -> WholeTrace {
    let mut spans = vec![span(1, 0, Agent, 0, 100_000).fails("E", "x")];
    for n in 2..200 {
        let from = i64::try_from(n).unwrap() * 100;
        let step = span(n, 1, Tool, from, from + 90)
            .agent("coder")
            .tool("search");
        spans.push(
            step.takes("same")
                .says("same")
                .fails("Timeout", &"long ".repeat(100)),
        );
    }
    trace(spans)
}

#[test]
fn an_answer_keeps_to_its_tokens_and_says_what_it_left_out() {
    let trace = busy();
    let mut before = usize::MAX;
    for tokens in [4_000, 1_500, 700] {
        let answer = diagnose(&trace, &AbsentContext, Some(tokens));
        assert!(
            answer.estimated_tokens <= tokens,
            "{} for {tokens}",
            answer.estimated_tokens
        );
        assert!(answer.estimated_tokens <= before);
        assert!(!answer.causes.is_empty() && !answer.verdict.is_empty());
        before = answer.estimated_tokens;
    }
    let short = diagnose(&trace, &AbsentContext, Some(700));
    assert!(short.omitted.path_parts > 0);
}

#[test]
fn causes_are_ranked_and_each_names_evidence_and_a_next_call() {
    let diagnosis = diagnosis(&busy());
    for (place, cause) in diagnosis.causes.iter().enumerate() {
        assert_eq!(cause.rank, place + 1);
        assert!(!cause.evidence.is_empty(), "{cause:?}");
        assert!(cause.next.starts_with("GET /api/v1/"), "{cause:?}");
    }
    for finding in &diagnosis.findings {
        assert!(finding.evidence.len() <= 8 && finding.next.starts_with("GET /api/v1/"));
    }
}

#[test]
fn the_memory_of_the_system_speaks_of_the_very_model_that_failed() {
    let mut call = span(2, 1, Llm, 10, 20).fails("RateLimitError", "slow down");
    call.model = Some("gpt-5".to_owned());
    let trace = trace(vec![
        span(1, 0, Agent, 0, 30).fails("RateLimitError", "slow down"),
        call,
    ]);
    let around = Vicinity {
        from: at(-1),
        until: at(1),
        work: vec![
            WorkAround {
                name: "gpt-5".to_owned(),
                is_model: true,
                finished: 10,
                failed: 8,
            },
            WorkAround {
                name: "somebody_elses_tool".to_owned(),
                is_model: false,
                finished: 10,
                failed: 10,
            },
        ],
        errors: vec![("RateLimitError".to_owned(), 4)],
        failed_traces: 4,
        open_tasks: 2,
        resource: None,
    };
    let context = StoredContext {
        around,
        memory: Memory::default(),
    };
    let diagnosis = diagnose(&trace, &context, None);
    let told = found(&diagnosis, FindingKind::System);
    // Its own call is no news.
    let sentence = "In other traces of these minutes 7 of 9 calls of model `gpt-5` failed (78 %).";
    assert!(
        told.iter().any(|finding| finding.sentence == sentence),
        "{told:?}"
    );
    assert!(
        told.iter()
            .all(|finding| !finding.sentence.contains("somebody"))
    );
    assert_eq!(diagnosis.causes[0].span_id, Some(crate::testing::id(2)));
    assert!(
        told.iter()
            .any(|finding| finding.next.contains("model=gpt-5"))
    );
    assert!(
        diagnosis
            .causes
            .iter()
            .any(|cause| cause.kind == FindingKind::System)
    );
    assert!(
        told.iter()
            .any(|finding| finding.sentence.contains("Rate limits were hit in 4"))
    );
}

#[test]
fn a_statistic_never_comes_before_the_own_failure_and_is_silent_where_all_went_well() {
    let around = Vicinity {
        from: at(-1),
        until: at(1),
        work: vec![WorkAround {
            name: "pay".to_owned(),
            is_model: false,
            finished: 40,
            failed: 39,
        }],
        failed_traces: 4,
        errors: vec![("_OTHER".to_owned(), 4)],
        ..Vicinity::default()
    };
    let context = StoredContext {
        around,
        memory: Memory::default(),
    };
    let tool = span(2, 1, Tool, 10, 20).tool("pay");
    let went_well = trace(vec![span(1, 0, Agent, 0, 30), tool.clone()]);
    let well = diagnose(&went_well, &context, None);
    assert!(found(&well, FindingKind::System).is_empty());
    assert!(well.causes.is_empty());
    let got_over = trace(vec![
        span(1, 0, Agent, 0, 30),
        tool.fails("ValueError", "no such card"),
    ]);
    let over = diagnose(&got_over, &context, None);
    let kinds: Vec<_> = over.causes.iter().map(|cause| cause.kind).collect();
    assert_eq!(kinds, [FindingKind::ErrorOrigin, FindingKind::System]);
    assert!(
        !over
            .findings
            .iter()
            .any(|it| it.sentence.contains("failed too"))
    );
}

#[test]
fn a_memory_that_is_absent_is_said_to_be() {
    let diagnosis = diagnosis(&trace(vec![span(1, 0, Agent, 0, 1)]));
    let text = "nothing is known of the system around the trace";
    assert!(diagnosis.limits.iter().any(|limit| limit == text));
}
