//! Comparisons of small traces.

use telemetron_model::record::SpanKind::{Agent, Llm, Tool};
use telemetron_store::read::whole::WholeSpan;
use telemetron_view::{Aspect, StepChange};

use super::compare;
use crate::testing::{Described, id, span, trace};

fn call(n: u64, tool: &str, input: &str) -> WholeSpan {
    let from = i64::try_from(n).unwrap() * 100;
    span(n, 1, Tool, from, from + 50)
        .agent("coder")
        .tool(tool)
        .takes(input)
        .says("ok")
}

fn root() -> WholeSpan {
    span(1, 0, Agent, 0, 1_000).agent("coder")
}

#[test]
fn other_arguments_and_their_outcome_are_told_first() {
    let bad = trace(vec![
        root().fails("E", "x"),
        call(2, "search", "red shoes"),
        call(3, "buy", "{\"id\": 7}").fails("NotFound", "no such id"),
    ]);
    let good = trace(vec![
        root(),
        call(2, "search", "red shoes"),
        call(3, "buy", "{\"id\": 8}"),
    ]);
    let compared = compare(&bad, &good, None);
    assert_eq!((compared.same_steps, compared.steps.len()), (1, 1));
    let step = &compared.steps[0];
    assert_eq!(
        (step.change, step.a, step.b),
        (StepChange::Changed, Some(id(3)), Some(id(3)))
    );
    let aspects: Vec<_> = step.differences.iter().map(|d| d.aspect).collect();
    assert_eq!(aspects, [Aspect::Status, Aspect::Error, Aspect::Arguments]);
    assert!(
        step.differences[2]
            .lines
            .iter()
            .any(|line| line.starts_with('-') && line.contains('7'))
    );
    let verdict = "a is FAILED, b is COMPLETED; they part ways at TOOL `buy` of coder, which \
                   differs in status, error, arguments.";
    assert_eq!(compared.verdict, verdict);
}

#[test]
fn what_failed_leads_before_an_earlier_step_that_only_differs() {
    let failed = call(3, "buy", "{\"id\": 7}").fails("NotFound", "no such id");
    let bad = trace(vec![root(), call(2, "search", "blue shoes"), failed]);
    let good = trace(vec![
        root(),
        call(2, "search", "red shoes"),
        call(3, "buy", "{\"id\": 7}"),
    ]);
    let verdict = compare(&bad, &good, None).verdict;
    assert!(
        verdict.ends_with(
            "; the outcome of TOOL `buy` of coder differs; they part ways at TOOL `search` of \
             coder, which differs in arguments."
        ),
        "{verdict}"
    );
}

#[test]
fn steps_that_only_one_has_stand_where_they_were() {
    let a = trace(vec![root(), call(2, "read", "f"), call(3, "write", "f")]);
    let b = trace(vec![
        root(),
        call(2, "read", "f"),
        call(3, "test", "f"),
        call(4, "write", "f"),
    ]);
    let compared = compare(&a, &b, None);
    let steps: Vec<_> = compared
        .steps
        .iter()
        .map(|step| (step.change, step.name.as_str()))
        .collect();
    assert_eq!(steps, [(StepChange::OnlyB, "test")]);
    assert_eq!(compared.summary, ["tools only in b: test"]);
}

#[test]
fn repeats_in_a_row_are_one_step_and_counted() {
    let a = trace(
        (1..=7)
            .map(|n| if n == 1 { root() } else { call(n, "poll", "x") })
            .collect(),
    );
    let b = trace(vec![root(), call(2, "poll", "x")]);
    let compared = compare(&a, &b, None);
    assert_eq!((compared.a.steps, compared.b.steps), (1, 1));
    let difference = &compared.steps[0].differences[0];
    assert_eq!(difference.aspect, Aspect::Repeats);
    assert_eq!(
        (difference.a.as_deref(), difference.b.as_deref()),
        (Some("6 times"), Some("once"))
    );
}

#[test]
fn another_model_is_a_difference_and_not_another_step() {
    let with = |model: &str| {
        let mut call = span(2, 1, Llm, 10, 20)
            .agent("coder")
            .takes("be brief")
            .says("yes");
        call.model = Some(model.to_owned());
        trace(vec![root(), call])
    };
    let compared = compare(&with("large"), &with("small"), None);
    let step = &compared.steps[0];
    assert_eq!(step.change, StepChange::Changed);
    assert_eq!(step.differences[0].aspect, Aspect::Model);
    assert_eq!(
        compared.summary,
        ["models only in a: large", "models only in b: small"]
    );
}

#[test]
fn a_step_that_took_much_longer_is_told_and_a_little_is_not() {
    let with = |millis: i64| trace(vec![root(), span(2, 1, Tool, 0, millis).tool("slow")]);
    assert_eq!(
        compare(&with(2_000), &with(100), None).steps[0].differences[0].aspect,
        Aspect::Duration
    );
    assert!(compare(&with(150), &with(100), None).steps.is_empty());
}

#[test]
fn long_traces_are_aligned_window_by_window() {
    let long = |skipped: u64| {
        let mut spans = vec![root()];
        let calls = (2..3_000).filter(|n| *n != skipped);
        spans.extend(calls.map(|n| call(n, &format!("tool {}", n % 7), &n.to_string())));
        trace(spans)
    };
    let compared = compare(&long(1_500), &long(2_500), None);
    let changes: Vec<_> = compared
        .steps
        .iter()
        .map(|step| (step.change, step.a, step.b))
        .collect();
    let expected = [
        (StepChange::OnlyB, None, Some(id(1_500))),
        (StepChange::OnlyA, Some(id(2_500)), None),
    ];
    assert_eq!(changes, expected);
}
