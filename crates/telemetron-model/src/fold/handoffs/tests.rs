//! Hints of made-up traces, and what stands of them.

use proptest::prelude::*;

use super::*;

fn id(n: u8) -> SpanId {
    SpanId::from_slice(&[n; 8]).unwrap()
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_nanos(second * 1_000_000_000)
}

/// Span, parent (0 is none), kind, agent at work, start.
type Row = (u8, u8, SpanKind, &'static str, i64);

fn places(rows: &[Row]) -> HashMap<SpanId, Place> {
    let place = |&(span, parent, kind, agent, start): &Row| {
        let place = Place {
            agent: (!agent.is_empty()).then(|| agent.to_owned()),
            kind,
            parent: (parent > 0).then(|| id(parent)),
            start: at(start),
        };
        (id(span), place)
    };
    rows.iter().map(place).collect()
}

/// A hint without a source, which points to a span.
fn hint(
    name: &'static str,
    rule: &'static str,
    span: u8,
    target: &'static str,
) -> StatedHandoff<'static> {
    StatedHandoff {
        id: name,
        source: None,
        target,
        rule: Some(rule),
        span: Some(id(span)),
        time: at(0),
        until: None,
    }
}

fn during(stated: StatedHandoff<'static>, from: i64, until: i64) -> StatedHandoff<'static> {
    StatedHandoff {
        time: at(from),
        until: Some(at(until)),
        ..stated
    }
}

fn agents(names: &[&str]) -> Names {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// Ids, sources and targets of what stands.
fn standing<'t>(
    stated: &'t [StatedHandoff<'t>],
    spans: &HashMap<SpanId, Place>,
    known: &[&str],
) -> Vec<(&'t str, String, String)> {
    let resolved = resolve(stated, spans, &[], &agents(known));
    let passed = stated.iter().zip(resolved);
    passed
        .filter_map(|(stated, passed)| {
            passed.map(|passed| (stated.id, passed.source, passed.target))
        })
        .collect()
}

fn is(stated: &str, source: &str, target: &str) -> (String, String, String) {
    (stated.to_owned(), source.to_owned(), target.to_owned())
}

fn owned(standing: Vec<(&str, String, String)>) -> Vec<(String, String, String)> {
    let own = |(id, source, target): (&str, String, String)| (id.to_owned(), source, target);
    standing.into_iter().map(own).collect()
}

use SpanKind::{Agent, Tool};

const PLANNER: Row = (1, 0, Agent, "planner", 0);
const CALL: Row = (2, 1, Tool, "planner", 1);

#[test]
fn the_source_is_the_agent_at_work_in_the_span() {
    let stated = [
        hint("t", "handoff_tool", 2, "coder"),
        hint("lost", "handoff_tool", 9, "coder"),
    ];
    let found = standing(&stated, &places(&[PLANNER, CALL]), &[]);
    assert_eq!(owned(found), [is("t", "planner", "coder")]);
}

#[test]
fn an_agent_hands_nothing_to_itself_and_nobody_hands_nothing_on() {
    let stated = [
        hint("self", "nested_agent", 1, "Planner"),
        hint("nobody", "nested_agent", 3, "coder"),
    ];
    let spans = places(&[PLANNER, (3, 0, Agent, "", 0)]);
    assert_eq!(owned(standing(&stated, &spans, &["planner"])), []);
}

#[test]
fn what_is_said_outright_stands_as_it_was_said() {
    let said = |id| StatedHandoff {
        id,
        source: Some("a"),
        rule: None,
        ..hint("", "", 1, "a")
    };
    let found = resolve(
        &[said("x"), said("y")],
        &HashMap::new(),
        &[],
        &agents(&["A"]),
    );
    assert_eq!(found.iter().flatten().count(), 2);
    assert_eq!(found[0].as_ref().unwrap().target, "a");
}

#[test]
fn the_agent_inside_the_call_that_transfers_to_it_is_no_second_handoff() {
    let stated = [
        during(hint("nested", "nested_agent", 2, "Coder Agent"), 2, 8),
        during(hint("tool", "handoff_tool", 2, "coder_agent"), 1, 9),
    ];
    let found = standing(
        &stated,
        &places(&[PLANNER, CALL]),
        &["Coder Agent", "planner"],
    );
    assert_eq!(owned(found), [is("tool", "planner", "Coder Agent")]);
}

#[test]
fn the_first_agent_after_the_call_is_the_one_it_transferred_to() {
    let stated = [
        during(hint("tool", "handoff_tool", 2, "coder"), 1, 2),
        during(hint("first", "nested_agent", 1, "coder"), 3, 4),
        during(hint("again", "nested_agent", 1, "coder"), 5, 6),
    ];
    let found = standing(&stated, &places(&[PLANNER, CALL]), &[]);
    let expected = [
        is("tool", "planner", "coder"),
        is("again", "planner", "coder"),
    ];
    assert_eq!(owned(found), expected);
}

#[test]
fn two_calls_at_once_are_two_handoffs() {
    let stated = [
        during(hint("one", "handoff_tool", 2, "coder"), 1, 5),
        during(hint("two", "handoff_tool", 2, "coder"), 2, 6),
        during(hint("three", "nested_agent", 2, "coder"), 3, 4),
        during(hint("four", "nested_agent", 2, "coder"), 4, 6),
    ];
    let found = standing(&stated, &places(&[PLANNER, CALL]), &[]);
    let ids: Vec<_> = found.iter().map(|(id, ..)| *id).collect();
    assert_eq!(ids, ["one", "two"]);
}

#[test]
fn who_works_while_a_tool_runs_was_put_to_work_by_whoever_called_it() {
    let turn = |start: i64, tool_end: Option<i64>, agent: &str| Turn {
        start: at(start),
        tool_end: tool_end.map(at),
        agent: agent.to_owned(),
    };
    let stated = [during(hint("begun", "during_tool", 3, "writer"), 4, 5)];
    let passed = |turns: &[Turn]| {
        let found = resolve(&stated, &HashMap::new(), turns, &agents(&[])).remove(0);
        found.map(|passed| passed.source)
    };
    let desk = || turn(0, None, "desk");
    let writer = || turn(4, None, "writer");
    let known = [turn(0, None, "clerk"), turn(2, Some(9), "desk"), writer()];
    assert_eq!(passed(&known).as_deref(), Some("desk"));
    let nobodys = [
        desk(),
        turn(2, Some(9), ""),
        turn(3, None, "clerk"),
        writer(),
    ];
    assert_eq!(passed(&nobodys).as_deref(), Some("desk"));
    // The tool had ended, or there is none.
    assert_eq!(passed(&[desk(), turn(2, Some(3), ""), writer()]), None);
    assert_eq!(passed(&[desk(), writer()]), None);
}

#[test]
fn what_is_said_outright_is_stronger_than_any_hint() {
    let stated = [
        during(hint("hint", "handoff_tool", 2, "coder"), 1, 2),
        StatedHandoff {
            source: Some("planner"),
            rule: None,
            ..during(hint("said", "", 2, "coder"), 1, 1)
        },
    ];
    let found = standing(&stated, &places(&[PLANNER, CALL]), &[]);
    assert_eq!(owned(found), [is("said", "planner", "coder")]);
}

/// A graph: its root, then three nodes one after another, each an agent.
const NODES: [Row; 4] = [
    (1, 0, SpanKind::Chain, "", 0),
    (2, 1, Agent, "planner", 1),
    (3, 1, Agent, "coder", 5),
    (4, 1, Agent, "planner", 9),
];

#[test]
fn siblings_hand_on_to_the_next_one() {
    let stated = [
        during(hint("first", "sibling_agents", 2, "planner"), 1, 4),
        during(hint("there", "sibling_agents", 3, "coder"), 5, 8),
        during(hint("back", "sibling_agents", 4, "planner"), 9, 12),
    ];
    let found = standing(&stated, &places(&NODES), &[]);
    let expected = [
        is("there", "planner", "coder"),
        is("back", "coder", "planner"),
    ];
    assert_eq!(owned(found), expected);
}

#[test]
fn the_sibling_that_a_tool_transferred_to_is_no_second_handoff() {
    let mut spans = places(&NODES);
    spans.extend(places(&[(7, 2, Tool, "planner", 2)]));
    let stated = [
        during(hint("tool", "handoff_tool", 7, "coder"), 2, 3),
        during(hint("sibling", "sibling_agents", 3, "coder"), 5, 8),
    ];
    let found = standing(&stated, &spans, &[]);
    assert_eq!(owned(found), [is("tool", "planner", "coder")]);
}

#[test]
fn siblings_that_begin_together_hand_nothing_to_each_other() {
    let spans = places(&[(2, 1, Agent, "a", 1), (3, 1, Agent, "b", 1)]);
    let stated = [hint("b", "sibling_agents", 3, "b")];
    assert_eq!(owned(standing(&stated, &spans, &[])), []);
}

fn any_told() -> impl Strategy<Value = StatedHandoff<'static>> {
    let rules = [
        None,
        Some("handoff_tool"),
        Some("sibling_agents"),
        Some("nested_agent"),
        Some("speaker_change"),
    ];
    let ids = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g", "h"]);
    let names = prop::sample::select(vec!["planner", "coder", "Coder", "x"]);
    let sources = prop::option::of(names.clone());
    let rules = prop::sample::select(rules.to_vec());
    (ids, sources, names, rules, 1_u8..6, 0_i64..6, 0_i64..4).prop_map(
        |(name, source, target, rule, span, from, length)| StatedHandoff {
            source,
            rule,
            ..during(hint(name, "", span, target), from, from + length)
        },
    )
}

proptest! {
    #[test]
    fn what_stands_does_not_depend_on_the_order(
        (stated, shuffled) in prop::collection::btree_map(any::<u8>(), any_told(), 1..12).prop_flat_map(|stated| {
            let mut stated: Vec<_> = stated.into_values().collect();
            stated.sort_by_key(|stated| stated.id);
            stated.dedup_by_key(|stated| stated.id);
            (Just(stated.clone()), Just(stated).prop_shuffle())
        })
    ) {
        let mut spans = places(&NODES);
        spans.extend(places(&[(5, 3, Tool, "coder", 6)]));
        let mut one = standing(&stated, &spans, &["planner", "coder"]);
        let mut other = standing(&shuffled, &spans, &["planner", "coder"]);
        one.sort();
        other.sort();
        prop_assert_eq!(&one, &other);
        let outright = |stated: &&StatedHandoff<'_>| stated.rule.is_none() && stated.source.is_some();
        for said in stated.iter().filter(outright) {
            prop_assert!(one.iter().any(|(id, ..)| *id == said.id));
        }
    }
}
