//! Traces of any shape: circles, missing parents, spans that run, times that run backwards.

use proptest::prelude::*;
use telemetron_model::record::{SpanKind, Status};
use telemetron_store::read::whole::{WholeSpan, WholeText, WholeTrace};

use crate::compare::compare;
use crate::diagnosis::{AbsentContext, diagnose};
use crate::testing::{Described, at, handoff, id, trace};

const TEXTS: [&str; 5] = [
    "",
    "ok",
    "error: not found",
    "I assume 42",
    "日本 ä\u{0} final answer",
];

prop_compose! {
    fn any_span()(
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
        span.status = status;
        span
    }
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
        let back: telemetron_model::view::Diagnosis = serde_json::from_str(&json).unwrap();
        prop_assert_eq!((back.causes, back.findings), (first.causes, first.findings));
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
