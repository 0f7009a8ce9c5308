//! Who went wrong and when, where no span says so.

use telemetron_model::record::SpanKind::Agent;
use telemetron_model::view::{Confidence, FindingKind};
use telemetron_store::read::whole::WholeTrace;

use super::{diagnosis, found};
use crate::diagnosis::{SIGNALS, signals};
use crate::testing::{Described, span, trace};

fn conversation(turns: &[(&str, &str)]) -> WholeTrace {
    let mut spans = vec![span(1, 0, Agent, 0, 1_000)];
    for (n, (agent, text)) in (2..).zip(turns) {
        let from = i64::try_from(n).unwrap() * 10;
        spans.push(span(n, 1, Agent, from, from).agent(agent).says(text));
    }
    let mut trace = trace(spans);
    trace.has_clock = false;
    trace
}

#[test]
fn blame_is_called_a_hypothesis_and_never_more_than_possible() {
    let trace = conversation(&[
        ("planner", "find the population of the town"),
        ("coder", "I assume it is about 12000, a placeholder"),
        ("checker", "the error is that 12000 was a mistake"),
    ]);
    let diagnosis = diagnosis(&trace);
    assert!(diagnosis.is_hypothesis);
    let cause = &diagnosis.causes[0];
    assert_eq!(cause.kind, FindingKind::WhoAndWhen);
    assert!(cause.confidence >= Confidence::Possible);
    assert!(
        cause
            .sentence
            .contains("a hypothesis from structure and words")
    );
    assert!(diagnosis.verdict.contains("If the result is wrong"));
}

#[test]
fn where_a_span_says_what_failed_nobody_is_blamed() {
    let mut trace = conversation(&[("a", "one"), ("b", "two")]);
    trace.spans[0] = trace.spans[0].clone().fails("E", "broken");
    assert!(found(&diagnosis(&trace), FindingKind::WhoAndWhen).is_empty());
}

#[test]
fn signals_are_figures_from_0_to_1_for_each_step() {
    let trace = conversation(&[
        ("a", "error error"),
        ("b", ""),
        ("a", "error error"),
        ("human", "why?"),
    ]);
    let measured = signals(&trace);
    assert_eq!(measured.len(), 4);
    for (_, figures) in &measured {
        assert_eq!(figures.len(), SIGNALS.len());
        assert!(
            figures.iter().all(|figure| (0.0..=1.0).contains(figure)),
            "{figures:?}"
        );
    }
    let figure = |step: usize, name: &str| {
        let place = SIGNALS
            .iter()
            .position(|signal| signal.name == name)
            .unwrap();
        measured[step].1[place] > 0.5
    };
    assert!(figure(0, "reports_error") && figure(0, "redone") && figure(2, "repeats"));
    assert!(figure(3, "is_person") && figure(3, "asks") && figure(1, "is_empty"));
}
