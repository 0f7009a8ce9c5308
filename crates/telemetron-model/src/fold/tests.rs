//! The laws of the fold: any order, any repetition, batches of any size, the same state.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::calls::Calls;
use super::*;
use crate::id::{SpanId, TraceId};
use crate::record::{LlmCall, Span, SpanKind, Status, TokenUsage};
use crate::time::Timestamp;

/// What a span owes to those above it: whether its tokens count, and whose agent it inherits.
type Derived = (bool, Option<String>);

/// A trace in memory, folded the way the store folds it: by batches, sums by difference.
#[derive(Debug, Clone, Default, PartialEq)]
struct Folding {
    spans: BTreeMap<SpanId, (Folded<Box<Span>>, Derived)>,
    state: TraceState,
    rollup: Rollup,
}

impl Folding {
    fn batch(&mut self, records: &[(Span, i64)]) {
        for (span, hash) in records {
            self.state.belonging.span(span);
            self.join(Folded::from((Box::new(span.clone()), *hash)));
        }
        self.recount();
    }

    fn join(&mut self, incoming: Folded<Box<Span>>) {
        let id = incoming.body.span_id;
        let before = self
            .spans
            .get(&id)
            .map(|(state, derived)| (with(state, derived), derived.clone()));
        let after = match self.spans.get_mut(&id) {
            Some((state, _)) => {
                state.join(incoming);
                state.clone()
            }
            None => incoming,
        };
        let derived = before
            .as_ref()
            .map_or((false, None), |(_, old)| old.clone());
        let now = with(&after, &derived);
        if let Some((facts, (counts, _))) = &before {
            self.rollup.span(facts, *counts, -1);
        }
        self.rollup.span(&now, derived.0, 1);
        let lead = Lead::of(&after.body, after.start, after.end);
        let old = before.as_ref().map(|(facts, (counts, _))| (facts, *counts));
        let kept = self.state.span(old, (&now, derived.0), now.end, lead);
        self.spans.insert(id, (after, derived));
        if !kept {
            let leads = self
                .spans
                .values()
                .map(|(s, _)| Lead::of(&s.body, s.start, s.end));
            leads.for_each(|lead| self.state.offer_lead(lead));
        }
    }

    fn recount(&mut self) {
        let all: HashMap<_, _> = self
            .spans
            .iter()
            .map(|(id, (state, _))| (*id, facts(state)))
            .collect();
        let node = |id: SpanId| {
            let facts = all.get(&id)?;
            Some(calls::Node {
                parent: facts.parent,
                role: facts.role(),
            })
        };
        let calls = Calls::of(all.keys().copied(), node);
        let agents = self.inherited();
        for (id, (state, derived)) in &mut self.spans {
            let before = with(state, derived);
            let counts = before.countable() && calls.counts(*id, node);
            let now = (counts, agents.get(id).cloned());
            if now != *derived {
                self.rollup.span(&before, derived.0, -1);
                self.rollup.span(&with(state, &now), now.0, 1);
                self.state.totals.subtract(&Totals::of(&before, derived.0));
                self.state.totals.add(&Totals::of(&before, now.0));
                *derived = now;
            }
        }
    }

    /// The agents of spans that name none.
    fn inherited(&self) -> BTreeMap<SpanId, String> {
        let said = |id: SpanId| {
            let facts = self.spans.get(&id).map(|(state, _)| facts(state));
            match facts.map(|facts| (facts.agent, facts.parent)) {
                Some((None, Some(parent))) => acting::Said::AsAbove(parent),
                named => acting::Said::This(named.and_then(|(agent, _)| agent)),
            }
        };
        let mut acting = acting::Acting::default();
        let unnamed = self
            .spans
            .iter()
            .filter(|(_, (state, _))| facts(state).agent.is_none());
        unnamed
            .filter_map(|(id, _)| Some((*id, acting.of(*id, said)?)))
            .collect()
    }

    fn rows(&self) -> Vec<(&RollupKey, &Measures)> {
        self.rollup.rows().collect()
    }
}

fn facts(state: &Folded<Box<Span>>) -> SpanFacts {
    SpanFacts::of(&state.body, state.start, state.end)
}

fn with(state: &Folded<Box<Span>>, (_, inherited): &Derived) -> SpanFacts {
    SpanFacts {
        inherited: inherited.clone(),
        ..facts(state)
    }
}

fn record() -> impl Strategy<Value = (Span, i64)> {
    let id = 1_u8..6;
    (
        id,
        0_u8..6,
        0_usize..5,
        0_usize..3,
        0_i64..9,
        0_i64..9,
        0_i64..4,
        any::<bool>(),
    )
        .prop_map(
            |(id, parent, kind, status, start, length, tokens, embeds)| {
                let status = Status::ALL[status];
                let span_id = |n: u8| SpanId::from_slice(&[n; 8]).unwrap();
                let trace = TraceId::from_bytes([7; 16]).unwrap();
                let begun = Timestamp::from_nanos(start * 30_000_000_000);
                let mut span = Span::started(
                    trace,
                    span_id(id),
                    format!("s{length}"),
                    SpanKind::ALL[kind],
                    begun,
                );
                span.parent_span_id = (parent > 0 && parent != id).then(|| span_id(parent));
                span.status = status;
                span.end_time =
                    (status != Status::Running).then(|| begun.plus_nanos(length * 1_000_000));
                span.token_usage = (tokens > 0).then(|| TokenUsage::new(tokens, 1));
                span.agent_name = (length % 3 == 0).then(|| format!("agent{}", tokens % 2));
                if embeds {
                    let usage = TokenUsage::new(5, 5);
                    span.llm_calls
                        .push(serde_json::from_str::<LlmCall>(r#"{"model":"m"}"#).unwrap());
                    span.llm_calls[0].token_usage = Some(usage);
                    let scope = r#"{"otel.scope":{"name":"sums"}}"#;
                    span.attributes = (tokens > 1).then(|| serde_json::from_str(scope).unwrap());
                }
                let hash = crate::decode::content_hash(&serde_json::to_vec(&span).unwrap());
                (span, hash)
            },
        )
}

/// Records with the hash of their bytes.
type Records = Vec<(Span, i64)>;

/// Records, the same doubled and shuffled, and the size of a batch.
fn records() -> impl Strategy<Value = (Records, Records, usize)> {
    prop::collection::vec(record(), 1..14).prop_flat_map(|records| {
        let doubled: Vec<_> = records.iter().chain(&records).cloned().collect();
        (Just(records), Just(doubled).prop_shuffle(), 1_usize..8)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn order_repetition_and_batches_do_not_matter((once, shuffled, size) in records()) {
        let mut one_by_one = Folding::default();
        once.iter().for_each(|record| one_by_one.batch(std::slice::from_ref(record)));
        let mut batches = Folding::default();
        shuffled.chunks(size).for_each(|batch| batches.batch(batch));
        prop_assert_eq!(&one_by_one.spans, &batches.spans);
        prop_assert_eq!(&one_by_one.state, &batches.state);
        prop_assert_eq!(one_by_one.rows(), batches.rows());
    }

    #[test]
    fn sums_by_difference_equal_sums_over_the_states((once, _, _) in records()) {
        let mut folding = Folding::default();
        once.iter().for_each(|record| folding.batch(std::slice::from_ref(record)));
        let mut totals = Totals::default();
        let mut rollup = Rollup::default();
        for (state, derived) in folding.spans.values() {
            totals.add(&Totals::of(&facts(state), derived.0));
            rollup.span(&with(state, derived), derived.0, 1);
        }
        prop_assert_eq!(totals, folding.state.totals);
        prop_assert_eq!(rollup.rows().collect::<Vec<_>>(), folding.rows());
    }

    #[test]
    fn roll_ups_hold_the_tokens_of_the_trace((once, _, _) in records()) {
        let mut folding = Folding::default();
        folding.batch(&once);
        let mut usage = TokenUsage::default();
        folding.rollup.rows().for_each(|(_, measures)| usage += measures.usage);
        prop_assert_eq!(usage, folding.state.totals.usage);
    }
}

#[test]
fn tokens_count_under_the_agent_at_work_once_its_span_has_come() {
    let trace = TraceId::from_bytes([7; 16]).unwrap();
    let span_id = |n: u8| SpanId::from_slice(&[n; 8]).unwrap();
    let span = |n, kind| Span::started(trace, span_id(n), "s", kind, Timestamp::from_nanos(5));
    let mut agent = span(1, SpanKind::Agent);
    agent.agent_name = Some("coder".into());
    let mut call = span(2, SpanKind::Llm);
    call.parent_span_id = Some(span_id(1));
    call.token_usage = Some(TokenUsage::new(3, 4));
    let tokens = |folding: &Folding| -> Vec<(String, i64)> {
        let rows = folding.rollup.rows();
        rows.filter(|(_, measures)| measures.usage.total > 0)
            .map(|(key, measures)| (key.agent.clone(), measures.usage.total))
            .collect()
    };
    let mut folding = Folding::default();
    folding.batch(&[(call, 1)]);
    assert_eq!(tokens(&folding), [(String::new(), 7)]);
    folding.batch(&[(agent, 1)]);
    assert_eq!(tokens(&folding), [("coder".to_owned(), 7)]);
}

fn at(status: Status, start: i64, end: Option<i64>) -> Folded<&'static str> {
    let end = end.map(Timestamp::from_nanos);
    Folded {
        rank: Rank {
            status,
            end,
            hash: 0,
        },
        start: Timestamp::from_nanos(start),
        end,
        body: "",
    }
}

#[test]
fn a_late_start_never_overwrites_an_end() {
    let mut state = at(Status::Completed, 5, Some(9));
    assert_eq!(state.join(at(Status::Running, 4, None)), Change::Times);
    assert_eq!(
        (state.rank.status, state.start.nanos()),
        (Status::Completed, 4)
    );
}

#[test]
fn a_trace_without_report_stands_as_its_root() {
    let trace = TraceId::from_bytes([7; 16]).unwrap();
    let span_id = SpanId::from_slice(&[1; 8]).unwrap();
    let mut root = Span::started(
        trace,
        span_id,
        "root",
        SpanKind::Agent,
        Timestamp::from_nanos(5),
    );
    root.status = Status::Failed;
    root.end_time = Some(Timestamp::from_nanos(9));
    let mut folding = Folding::default();
    folding.batch(&[(root, 1)]);
    let outcome = folding.state.outcome(Timestamp::from_nanos(100));
    assert_eq!((outcome.status, outcome.start.nanos()), (Status::Failed, 5));
    assert_eq!(outcome.end, Some(Timestamp::from_nanos(9)));
}

#[test]
fn an_open_trace_whose_root_has_ended_is_over() {
    let mut state = TraceState::default();
    let rank = Rank {
        status: Status::Running,
        end: None,
        hash: 0,
    };
    state.reported(Report {
        rank,
        start: Timestamp::from_nanos(1),
        end: None,
    });
    assert_eq!(state.outcome(Timestamp::default()).status, Status::Running);
}

#[test]
fn names_stay_bounded_and_the_smallest_stay() {
    let names: Names = (0..1000).rev().map(|n| format!("{n:04}")).collect();
    assert_eq!(names.iter().len(), 256);
    assert_eq!(names.iter().last(), Some("0255"));
}
