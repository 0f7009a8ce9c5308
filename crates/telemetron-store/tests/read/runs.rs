//! Runs: traces that are read as one.

use std::collections::HashSet;

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::record::{Schema, Status};
use telemetron_store::read::notes::Budget;
use telemetron_store::read::run::{self, FoundRun};
use telemetron_store::read::traces::TraceFilter;
use telemetron_store::read::{graph, notes, spans, timeline, traces, whole};
use telemetron_view::{EdgeKind, Follow, HandoffView, SpanOfTrace};

use crate::NEVER;
use crate::support::{BEGAN_NS, changed, span, span_id, store, trace_id};

fn link(trace: u8, span: u8) -> Value {
    json!([{ "trace_id": trace_id(trace), "span_id": span_id(span) }])
}

/// A call of a model below span 1.
fn call(trace: u8, n: u8, begins_ms: i64) -> (Schema, Value) {
    let fields = json!({
        "span_kind": "LLM", "parent_span_id": span_id(1), "model": "m",
        "token_usage": { "input": 10, "output": 1 }, "cost_usd": 0.01,
    });
    span(trace, n, begins_ms, fields)
}

/// A root, whose id is the same in every trace.
fn root(trace: u8, begins_ms: i64, agent: &str, change: Value) -> (Schema, Value) {
    let fields = json!({ "span_kind": "AGENT", "agent_name": agent, "session_id": "s" });
    span(trace, 1, begins_ms, changed(fields, change))
}

/// Three messages of one run, a trace each, as a runtime sends them; and a trace of its own.
async fn scattered(pool: &PgPool) {
    let failed = json!({ "status": "FAILED", "links": link(2, 1) });
    let records = [
        root(1, 0, "desk", json!({ "input_data": "Refund A1" })),
        call(1, 2, 5),
        root(2, 100, "writer", json!({ "links": link(1, 2) })),
        call(2, 2, 105),
        root(3, 200, "bank", failed),
        call(3, 2, 205),
        root(4, 50, "stranger", json!({ "session_id": "other" })),
    ];
    store(pool, &records).await;
}

async fn found(pool: &PgPool, n: u8, follow: Follow) -> FoundRun {
    let found = run::find(pool, trace_id(n), follow, NEVER).await;
    found.unwrap().unwrap()
}

fn members(run: &FoundRun) -> Vec<telemetron_model::TraceId> {
    run.view().traces.iter().map(|one| one.trace_id).collect()
}

#[sqlx::test(migrations = "../../migrations")]
async fn links_make_a_run_whichever_of_its_traces_is_asked_for(pool: PgPool) {
    scattered(&pool).await;
    for n in 1..=3 {
        let run = found(&pool, n, Follow::Links).await;
        assert_eq!(members(&run), [1, 2, 3].map(trace_id));
        let view = run.view();
        assert_eq!((view.trace_id, view.more), (trace_id(1), false));
        let detail = run.detail();
        let summary = &detail.summary;
        assert_eq!(summary.trace_id, trace_id(1));
        assert_eq!(summary.status, Status::Failed, "what came last failed");
        assert_eq!((summary.counts.spans, summary.counts.llm_calls), (6, 3));
        assert_eq!(summary.agents, ["bank", "desk", "writer"]);
        assert_eq!(summary.tokens.total, 33);
        assert_eq!(
            summary.duration_ms,
            Some(215.0),
            "from the first to the last"
        );
        let sums = run::sums(&pool, trace_id(n)).await.unwrap().unwrap();
        assert_eq!((sums.trace_id, sums.traces), (trace_id(1), 3));
        assert_eq!((sums.spans, sums.failed_traces), (6, 1));
        assert_eq!(sums.tokens, summary.tokens);
        let (question, _) = run.payloads(&pool).await.unwrap();
        assert_eq!(question.unwrap().get(), r#""Refund A1""#);
    }
    let alone = found(&pool, 4, Follow::Links).await;
    assert_eq!(members(&alone), [trace_id(4)]);
    assert_eq!(run::sums(&pool, trace_id(4)).await.unwrap(), None);
    let nobody = run::find(&pool, trace_id(9), Follow::Links, NEVER).await;
    assert_eq!(nobody.unwrap(), None);
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_session_makes_a_run_without_any_link(pool: PgPool) {
    let mut records = vec![
        root(1, 0, "desk", json!({})),
        root(2, 9, "writer", json!({})),
    ];
    records.push(root(3, 5, "stranger", json!({ "session_id": null })));
    store(&pool, &records).await;
    let run = found(&pool, 2, Follow::Session).await;
    assert_eq!(members(&run), [1, 2].map(trace_id));
    let links = found(&pool, 2, Follow::Links).await;
    assert_eq!(members(&links), [trace_id(2)]);
    let alone = found(&pool, 3, Follow::Session).await;
    assert_eq!(members(&alone), [trace_id(3)], "no session is no session");
}

#[sqlx::test(migrations = "../../migrations")]
async fn spans_and_lines_of_a_run_come_once_each_although_their_ids_repeat(pool: PgPool) {
    scattered(&pool).await;
    let run = found(&pool, 2, Follow::Links).await;
    let (mut seen, mut after) = (Vec::new(), None);
    loop {
        let page = spans::list_skeletons(&pool, run.scope().clone(), after, 2)
            .await
            .unwrap();
        seen.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let keys: HashSet<_> = seen.iter().map(|span| span.key()).collect();
    assert_eq!((seen.len(), keys.len()), (6, 6));
    let hung: Vec<_> = seen.iter().filter_map(|span| span.linked_parent).collect();
    let above = |trace, span| SpanOfTrace {
        trace_id: trace_id(trace),
        span_id: span_id(span),
    };
    assert_eq!(
        hung,
        [above(1, 2), above(2, 1)],
        "roots hang under what they link to"
    );
    let whole = spans::list(&pool, run.scope().clone(), None, 9)
        .await
        .unwrap();
    let own: Vec<_> = whole.items.iter().map(|span| span.trace_id).collect();
    assert_eq!(own, [1, 1, 2, 2, 3, 3].map(trace_id));

    let (mut lines, mut after) = (HashSet::new(), None);
    loop {
        let page = timeline::list(&pool, run.scope().clone(), after.as_ref(), 3)
            .await
            .unwrap();
        lines.extend(
            page.items
                .into_iter()
                .map(|line| (line.trace_id, line.kind, line.id)),
        );
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(lines.len(), 12, "a beginning and an end of each span");
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_graph_of_a_run_goes_on_from_trace_to_trace(pool: PgPool) {
    scattered(&pool).await;
    let run = found(&pool, 3, Follow::Links).await;
    let graph = graph::read(&pool, run.scope().clone()).await.unwrap();
    let edges: Vec<_> = graph
        .edges
        .iter()
        .map(|edge| (edge.source.as_str(), edge.target.as_str(), edge.kind))
        .collect();
    let below = EdgeKind::ParentChild;
    assert_eq!(
        edges,
        [("desk", "writer", below), ("writer", "bank", below)]
    );
    let [_, writer, bank] = &graph.nodes[..] else {
        panic!("three agents: {graph:?}")
    };
    assert_eq!((writer.work.spans, writer.work.tokens.total), (2, 11));
    let called = &bank.invocations[0];
    assert_eq!(
        (called.trace_id, called.called_by),
        (Some(trace_id(3)), Some(span_id(1)))
    );
    assert_eq!(called.called_by_trace_id, Some(trace_id(2)));
    let alone = graph::read(&pool, run.traces()[1].located).await.unwrap();
    assert_eq!(alone.edges, [], "a trace on its own is as it was");
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_run_is_diagnosed_as_one_trace(pool: PgPool) {
    scattered(&pool).await;
    let run = found(&pool, 1, Follow::Links).await;
    let whole = whole::read_run(&pool, &run).await.unwrap();
    assert_eq!(whole.traces(), [1, 2, 3].map(trace_id));
    let failed: Vec<_> = whole
        .spans
        .iter()
        .filter(|span| span.status == Status::Failed)
        .collect();
    let [failed] = failed[..] else {
        panic!("one failed: {failed:?}")
    };
    assert_eq!(failed.trace_id, Some(trace_id(3)));
    let parent = (failed.parent_trace_id, failed.parent_span_id);
    assert_eq!(parent, (Some(trace_id(2)), Some(span_id(1))));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_list_of_runs_has_a_line_for_each_and_says_what_it_comes_to(pool: PgPool) {
    scattered(&pool).await;
    let filter = TraceFilter {
        runs: true,
        ..TraceFilter::default()
    };
    let page = traces::list(&pool, &filter, None, 10, NEVER).await.unwrap();
    let lines: Vec<_> = page
        .items
        .iter()
        .map(|line| (line.trace_id, line.run.as_ref().map(|run| run.traces)))
        .collect();
    assert_eq!(lines, [(trace_id(4), None), (trace_id(1), Some(3))]);
    let plain = TraceFilter::default();
    let plain = traces::list(&pool, &plain, None, 10, NEVER).await.unwrap();
    assert_eq!(plain.items.len(), 4);
    assert!(plain.items.iter().all(|line| line.run.is_none()));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_two_traces_link_to_joins_them_although_nobody_stored_it(pool: PgPool) {
    let to_unseen = || json!({ "links": link(77, 1) });
    let records = [root(1, 0, "a", to_unseen()), root(2, 10, "b", to_unseen())];
    store(&pool, &records).await;
    let run = found(&pool, 2, Follow::Links).await;
    assert_eq!(members(&run), [1, 2].map(trace_id));
    // Neither has an earlier neighbour that is stored: only the whole walk tells who leads.
    let filter = TraceFilter {
        runs: true,
        ..TraceFilter::default()
    };
    let page = traces::list(&pool, &filter, None, 10, NEVER).await.unwrap();
    let lines: Vec<_> = page.items.iter().map(|line| line.trace_id).collect();
    assert_eq!(lines, [trace_id(1)]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn bookkeeping_leads_no_run(pool: PgPool) {
    let build = span(1, 1, 0, json!({ "name": "workflow.build" }));
    let run_of_it = root(2, 10, "desk", json!({ "links": link(1, 1) }));
    let apart = span(3, 1, 20, json!({ "name": "network.envelope ag2.packet" }));
    store(&pool, &[build, run_of_it, apart]).await;
    let run = found(&pool, 1, Follow::Links).await;
    assert_eq!(run.view().trace_id, trace_id(2));
    assert_eq!(members(&run), [1, 2].map(trace_id));
    let filter = TraceFilter {
        runs: true,
        ..TraceFilter::default()
    };
    let page = traces::list(&pool, &filter, None, 10, NEVER).await.unwrap();
    let [line] = &page.items[..] else {
        panic!("one run: {page:?}")
    };
    assert_eq!(line.trace_id, trace_id(2));
    assert_eq!(line.run.as_ref().map(|run| run.traces), Some(2));
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_run_of_too_many_traces_says_so(pool: PgPool) {
    let records: Vec<_> = (0..=210_u8)
        .map(|n| match n {
            0 => root(255, 0, "hub", json!({})),
            n => root(n, i64::from(n), "spoke", json!({ "links": link(255, 1) })),
        })
        .collect();
    store(&pool, &records).await;
    let run = found(&pool, 255, Follow::Links).await;
    assert_eq!(
        (run.traces().len(), run.view().more),
        (run::MOST_TRACES, true)
    );
    let run = found(&pool, 210, Follow::Links).await;
    assert!(
        members(&run).contains(&trace_id(210)),
        "what was asked for is in it"
    );
    let sums = run::sums(&pool, trace_id(255)).await.unwrap().unwrap();
    assert_eq!((sums.traces, sums.more), (200, true));
}

#[sqlx::test(migrations = "../../migrations")]
async fn handoffs_stand_among_all_traces_of_a_run(pool: PgPool) {
    scattered(&pool).await;
    let hint = |trace: u8, id: &str, ms: i64, rule: &str, change: Value| {
        let time = BEGAN_NS + ms * 1_000_000;
        let fields = json!({
            "trace_id": trace_id(trace), "handoff_id": id, "span_id": span_id(1), "rule": rule,
            "timestamp": time, "until": time + 1_000_000,
        });
        (Schema::Handoff, changed(fields, change))
    };
    let again = json!({ "source_agent_name": "writer", "target_agent_name": "bank" });
    // Who begins next does so in another trace; and what two traces tell is one.
    let hints = [
        hint(
            1,
            "next",
            8,
            "next_agent",
            json!({ "target_agent_name": "agent" }),
        ),
        hint(
            2,
            "tool",
            108,
            "handoff_tool",
            json!({ "target_agent_name": "bank" }),
        ),
        hint(3, "again", 108, "handoff_tool", again),
    ];
    store(&pool, &hints).await;
    let run = found(&pool, 1, Follow::Links)
        .await
        .settled(&pool)
        .await
        .unwrap();
    assert_eq!(run.detail().summary.counts.handoffs, 2);
    let plenty = Budget {
        items: 9,
        bytes: 9_999,
    };
    let passed = |told: Vec<HandoffView>| -> Vec<(String, String)> {
        let pair = |one: HandoffView| (one.source_agent_name, one.target_agent_name);
        told.into_iter().map(pair).collect()
    };
    let pair = |from: &str, to: &str| (from.to_owned(), to.to_owned());
    let expected = [pair("desk", "writer"), pair("writer", "bank")];
    let told = notes::handoffs(&pool, run.scope().clone(), plenty).await;
    assert_eq!(passed(told.unwrap()), expected);
    let pages = notes::list(&pool, run.scope().clone(), None, plenty).await;
    assert_eq!(passed(pages.unwrap().items), expected);
    let lines = timeline::list(&pool, run.scope().clone(), None, 99)
        .await
        .unwrap();
    let lines = lines
        .items
        .into_iter()
        .filter(|line| line.target_agent.is_some());
    let lines: Vec<_> = lines
        .map(|line| (line.agent.unwrap(), line.target_agent.unwrap()))
        .collect();
    assert_eq!(lines, expected);
    let graph = graph::read(&pool, run.scope().clone()).await.unwrap();
    let kinds: Vec<_> = graph.edges.iter().map(|edge| edge.kind).collect();
    assert_eq!(kinds, [EdgeKind::Handoff, EdgeKind::Handoff]);
}
