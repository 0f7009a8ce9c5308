//! Traces of any shape: circles, missing parents, spans that run, times that run backwards.

use proptest::prelude::*;
use telemetron_model::record::{SpanKind, Status};
use telemetron_store::read::whole::{Vicinity, WholeSpan, WholeText, WholeTrace, WorkAround};
use telemetron_view::{Finding, FindingKind};

use crate::compare::compare;
use crate::testing::{Described, at, handoff, id, trace};
use crate::{AbsentContext, Memory, StoredContext, diagnose};

const TEXTS: [&str; 5] = [
    "",
    "ok",
    "error: not found",
    "I assume 42",
    "日本 ä\u{0} final answer",
];

/// What failed spans say.
const ERRORS: [Option<&str>; 4] = [None, Some("no route"), Some("step: no route"), Some("429")];

prop_compose! {
    fn any_span()(
        error in 0_usize..4, tool in 0_usize..3,
        n in 1_u64..30, parent in 0_u64..40, kind in 1_i16..=5, status in 1_i16..=3,
        start in prop_oneof![0_i64..2_000, Just(i64::MIN / 4_000_000), Just(i64::MAX / 4_000_000)],
        length in -50_i64..500, agent in 0_usize..4, texts in (0_usize..5, 0_usize..5),
    ) -> WholeSpan {
        let kind = SpanKind::from_code(kind).unwrap();
        let status = Status::from_code(status).unwrap();
        let mut span = WholeSpan::new(id(n), kind, format!("n{}", n % 3), at(start));
        span.parent_span_id = (parent > 0).then(|| id(parent));
        span.end = (status != Status::Running).then(|| at(start.saturating_add(length)));
        span.input = Some(WholeText::of_text(TEXTS[texts.0]));
        if agent > 0 {
            span = span.agent(&format!("agent {agent}"));
        }
        let mut span = span.says(TEXTS[texts.1]);
        if let Some(message) = ERRORS[error].filter(|_| status == Status::Failed) {
            span = span.fails("E", message);
        }
        if kind == SpanKind::Tool && tool > 0 {
            span = span.tool(&format!("tool {tool}"));
        }
        span.status = status;
        span
    }
}

/// A time in which a tool and a model of others failed all the time.
fn bad_time() -> StoredContext {
    let failing = |name: &str, is_model| WorkAround {
        name: name.to_owned(),
        is_model,
        finished: 100,
        failed: 100,
    };
    StoredContext {
        around: Vicinity {
            work: vec![
                failing("stranger", false),
                failing("stranger", true),
                failing("tool 1", false),
            ],
            ..Vicinity::default()
        },
        memory: Memory::default(),
    }
}

/// The calls and agents' work that failed below a span and say the same.
fn repeated_below(trace: &WholeTrace, above: &WholeSpan) -> usize {
    let said = |span: &WholeSpan| span.error.as_ref().map(|error| error.message.clone());
    let is_below = |span: &WholeSpan| {
        let mut at = span.parent_span_id;
        for _ in 0..trace.spans.len() {
            let Some(parent) = at.filter(|parent| *parent != above.span_id) else {
                break;
            };
            let parent = trace.spans.iter().find(|span| span.span_id == parent);
            at = parent.and_then(|parent| parent.parent_span_id);
        }
        at == Some(above.span_id)
    };
    let same = trace.spans.iter().filter(|span| {
        span.status == Status::Failed
            && span.kind != SpanKind::Chain
            && said(span).is_some()
            && said(span) == said(above)
    });
    same.filter(|span| is_below(span)).count()
}

prop_compose! {
    fn any_trace()(
        spans in prop::collection::vec(any_span(), 0..60), status in 1_i16..=3,
        has_clock in any::<bool>(), passed in prop::collection::vec((1_u8..4, 1_u8..4), 0..12),
    ) -> WholeTrace {
        let mut trace = trace(spans);
        trace.status = Status::from_code(status).unwrap();
        trace.has_clock = has_clock;
        trace.answer = Some(WholeText::of_text("I assume 42"));
        let passed = passed.iter().zip(0..).map(|((from, to), at)| {
            handoff(&format!("agent {from}"), &format!("agent {to}"), u64::from(*from), at)
        });
        trace.handoffs = passed.collect();
        trace
    }
}

proptest! {
    #[test]
    fn any_trace_is_diagnosed_the_same_way_every_time_and_within_bounds(trace in any_trace()) {
        let first = diagnose(&trace, &AbsentContext, Some(2_000));
        let mut turned = trace.clone();
        turned.spans.reverse();
        let distinct = {
            let mut ids: Vec<_> = trace.spans.iter().map(|span| span.span_id).collect();
            ids.sort_unstable();
            ids.dedup();
            ids.len() == trace.spans.len()
        };
        if distinct {
            prop_assert_eq!(&first, &diagnose(&turned, &AbsentContext, Some(2_000)));
        }
        prop_assert_eq!(&first, &diagnose(&trace, &AbsentContext, Some(2_000)));
        prop_assert!(first.estimated_tokens <= 2_000, "{}", first.estimated_tokens);
        let json = serde_json::to_string(&first).unwrap();
        let back: telemetron_view::Diagnosis = serde_json::from_str(&json).unwrap();
        prop_assert_eq!((back.causes, back.findings), (first.causes, first.findings));
    }

    #[test]
    fn a_cause_is_a_failure_of_the_trace_itself_and_no_sentence_denies_another(
        mut trace in any_trace(),
    ) {
        // Ids that occur twice and circles have no below.
        trace.spans.sort_by_key(|span| span.span_id);
        trace.spans.dedup_by_key(|span| span.span_id);
        for span in &mut trace.spans {
            let own = span.span_id;
            span.parent_span_id = span.parent_span_id.filter(|parent| *parent < own);
        }
        let told = diagnose(&trace, &bad_time(), Some(100_000));
        let failed = trace.spans.iter().any(|span| span.status == Status::Failed);
        let causes = told.causes.iter();
        let mut own = causes.filter(|cause| cause.kind == FindingKind::ErrorOrigin);
        let origin = own.clone().find_map(|cause| cause.span_id).filter(|_| failed);
        if let Some(origin) = origin {
            let span = trace.spans.iter().find(|span| span.span_id == origin).unwrap();
            prop_assert_eq!(span.status, Status::Failed);
            prop_assert_eq!(repeated_below(&trace, span), 0);
        }
        // What was made good may be left out for a better cause of the same span.
        let is_redone = |it: &Finding| it.sentence.contains("a later try went well");
        if !told.findings.iter().any(is_redone) {
            let has_own = own.next().is_some();
            prop_assert_eq!(has_own, failed || trace.status == Status::Failed);
            let first = told.causes.first().map(|cause| cause.kind);
            prop_assert!(!failed || first != Some(FindingKind::System));
        }
        let json = serde_json::to_string(&told).unwrap();
        prop_assert!(!json.contains("stranger"), "{}", json);
        let verdict = &told.verdict;
        let is_torn = verdict.starts_with("The trace failed although")
            || verdict.starts_with("The trace completed, ");
        prop_assert!(!is_torn, "{}", verdict);
        if trace.status == Status::Completed && trace.has_clock && !failed {
            prop_assert!(!verdict.contains(" failed on the way"), "{}", verdict);
        }
    }

    #[test]
    fn any_two_traces_are_compared(a in any_trace(), b in any_trace()) {
        let compared = compare(&a, &b, None);
        prop_assert_eq!(&compared, &compare(&a, &b, None));
        let told = compared.steps.len() + compared.omitted_steps + compared.same_steps;
        prop_assert!(told <= compared.a.steps + compared.b.steps);
        prop_assert!(compared.steps.len() <= 40);
    }

    #[test]
    fn a_trace_does_not_differ_from_itself(trace in any_trace()) {
        let compared = compare(&trace, &trace, None);
        prop_assert!(compared.steps.is_empty(), "{:?}", compared.steps);
        prop_assert_eq!(compared.same_steps, compared.a.steps);
    }
}
