//! The graph of made-up traces.

use telemetron_view::EdgeKind;

use telemetron_model::NanoUsd;
use telemetron_model::record::TokenUsage;

use super::*;

fn id(n: u8) -> SpanId {
    SpanId::from_slice(&[n; 8]).unwrap()
}

/// A completed span of one second; the parent 0 is none.
fn span(n: u8, parent: u8, agent: Option<&str>, kind: SpanKind) -> SpanRow {
    let start = Timestamp::from_nanos(i64::from(n) * 1_000_000_000);
    SpanRow {
        trace_id: None,
        span_id: id(n),
        joint: None,
        name: format!("span {n}"),
        agent_id: None,
        agent_name: agent.map(str::to_owned),
        facts: SpanFacts {
            kind,
            status: Status::Completed,
            parent: (parent > 0).then(|| id(parent)),
            start,
            end: Some(start.plus_nanos(1_000_000_000)),
            agent: None,
            inherited: None,
            model: None,
            tool: None,
            project: None,
            usage: TokenUsage::new(10, 1),
            cost: NanoUsd::from_nanos(5),
            scope: None,
            answer: None,
            calls: Vec::new(),
        },
        counts: true,
        measured: true,
    }
}

fn summary(graph: &Graph) -> Vec<(&str, &str, EdgeKind, i64)> {
    graph
        .edges
        .iter()
        .map(|edge| {
            (
                edge.source.as_str(),
                edge.target.as_str(),
                edge.kind,
                edge.count,
            )
        })
        .collect()
}

#[test]
fn spans_without_an_agent_belong_to_the_nearest_one_above() {
    let spans = [
        span(1, 0, Some("planner"), SpanKind::Agent),
        span(2, 1, None, SpanKind::Chain),
        span(3, 2, Some("coder"), SpanKind::Agent),
        span(4, 3, None, SpanKind::Llm),
        span(5, 3, Some("coder"), SpanKind::Tool),
    ];
    let graph = build::graph(&spans, &[]);
    assert_eq!(
        summary(&graph),
        [("planner", "coder", EdgeKind::ParentChild, 1)]
    );
    let [planner, coder] = &graph.nodes[..] else {
        panic!("two nodes: {graph:?}")
    };
    assert_eq!((planner.work.spans, coder.work.spans), (2, 3));
    assert_eq!((coder.work.llm_calls, coder.work.tool_calls), (1, 1));
    assert_eq!(
        coder.work.duration_ms, 1000.0,
        "its inner spans do not count again"
    );
    assert_eq!(coder.work.tokens.total, 11, "only the LLM span counts");
    assert_eq!(graph.unattributed, AgentWork::default());
}

#[test]
fn handoffs_to_two_agents_of_one_name_go_each_to_the_one_that_began_there() {
    let named = |n: u8, parent: u8, id: &str| {
        let mut span = span(n, parent, Some("worker"), SpanKind::Agent);
        span.agent_id = Some(id.into());
        span
    };
    let spans = [
        span(1, 0, Some("lead"), SpanKind::Agent),
        span(2, 1, None, SpanKind::Tool),
        span(3, 1, None, SpanKind::Tool),
        named(4, 3, "w-1"),
        span(5, 2, None, SpanKind::Chain),
        named(6, 5, "w-2"),
        // One hands on to another of its name.
        span(7, 6, None, SpanKind::Tool),
        named(8, 7, "w-3"),
    ];
    let handoff = |n: u8, source: &str| HandoffRow {
        span_id: Some(id(n)),
        source_name: source.into(),
        target_name: "worker".into(),
        ..HandoffRow::default()
    };
    let handoffs = [handoff(2, "lead"), handoff(3, "lead"), handoff(7, "worker")];
    let edges = [
        ("lead", "w-1", EdgeKind::Handoff, 1),
        ("lead", "w-2", EdgeKind::Handoff, 1),
        ("w-2", "w-3", EdgeKind::Handoff, 1),
    ];
    assert_eq!(summary(&build::graph(&spans, &handoffs)), edges);
}

#[test]
fn cycles_and_missing_parents_end_the_walk() {
    let mut spans = vec![
        span(1, 2, None, SpanKind::Chain),
        span(2, 1, None, SpanKind::Chain),
        span(3, 1, Some("loner"), SpanKind::Agent),
        span(4, 99, Some("orphan"), SpanKind::Agent),
        span(5, 6, Some("a"), SpanKind::Agent),
        span(6, 5, Some("b"), SpanKind::Agent),
    ];
    spans[0].facts.status = Status::Failed;
    let graph = build::graph(&spans, &[]);
    assert_eq!(graph.unattributed.spans, 2);
    assert_eq!(graph.unattributed.errors, 1);
    let both = [
        ("a", "b", EdgeKind::ParentChild, 1),
        ("b", "a", EdgeKind::ParentChild, 1),
    ];
    assert_eq!(summary(&graph), both);
}

#[test]
fn a_deep_chain_without_agents_is_walked_once() {
    let mut spans = vec![span(1, 0, Some("root"), SpanKind::Agent)];
    for n in 1..50_000_u32 {
        let mut next = span(2, 0, None, SpanKind::Chain);
        next.span_id = SpanId::from_slice(&(u64::from(n) << 8 | 1).to_be_bytes()).unwrap();
        next.facts.parent = Some(spans.last().unwrap().span_id);
        spans.push(next);
    }
    spans.reverse();
    let graph = build::graph(&spans, &[]);
    assert_eq!(graph.nodes[0].work.spans, 50_000);
}

#[test]
fn a_handoff_by_name_meets_the_agent_that_spans_know_by_id() {
    let mut known = span(1, 0, Some("coder"), SpanKind::Agent);
    known.agent_id = Some("agent-7".into());
    let handoff = |reason: &str| HandoffRow {
        source_name: "planner".into(),
        target_name: "coder".into(),
        reason: Some(reason.into()),
        ..HandoffRow::default()
    };
    let handoffs = [handoff("write it"), handoff("again"), handoff("write it")];
    let graph = build::graph(&[known], &handoffs);
    assert_eq!(
        summary(&graph),
        [("planner", "agent-7", EdgeKind::Handoff, 3)]
    );
    assert_eq!(graph.edges[0].reasons, ["write it", "again"]);
    assert_eq!(graph.nodes.len(), 2);
}

#[test]
fn embedded_calls_bring_their_tokens_and_covered_spans_none() {
    let mut agent = span(1, 0, Some("a"), SpanKind::Agent);
    agent.facts.calls = vec![CallFacts {
        kind: SpanKind::Llm,
        name: String::new(),
        duration_ns: None,
        failed: false,
        usage: TokenUsage::new(100, 20),
        cost: NanoUsd::from_nanos(7),
    }];
    let mut covered = span(2, 1, None, SpanKind::Llm);
    covered.counts = false;
    let graph = build::graph(&[agent, covered], &[]);
    let work = graph.nodes[0].work;
    assert_eq!(
        (work.llm_calls, work.tokens.total, work.cost_usd.nanos()),
        (1, 120, 7)
    );
}

#[test]
fn invocations_tell_apart_what_runs_side_by_side_under_one_name() {
    let mut spans = [
        span(1, 0, Some("planner"), SpanKind::Agent),
        span(2, 1, Some("researcher"), SpanKind::Agent),
        span(3, 1, Some("researcher"), SpanKind::Agent),
        span(4, 2, None, SpanKind::Llm),
        span(5, 3, Some("researcher"), SpanKind::Llm),
        span(6, 3, None, SpanKind::Tool),
        span(7, 6, Some("reader"), SpanKind::Agent),
    ];
    spans[2].facts.status = Status::Running;
    spans[2].facts.end = None;
    let graph = build::graph(&spans, &[]);
    let [planner, researcher, reader] = &graph.nodes[..] else {
        panic!("three nodes: {graph:?}")
    };
    let counts = [planner, researcher, reader].map(|node| node.invocation_count);
    assert_eq!(counts, [1, 2, 1]);
    let [first, second] = &researcher.invocations[..] else {
        panic!("two invocations: {researcher:?}")
    };
    assert_eq!((first.span_id, second.span_id), (id(2), id(3)));
    assert_eq!(
        (first.called_by, second.called_by),
        (Some(id(1)), Some(id(1)))
    );
    assert_eq!(
        (first.status, first.end_time.is_some()),
        (Status::Completed, true)
    );
    assert_eq!((second.status, second.end_time), (Status::Running, None));
    assert_eq!((first.work.spans, second.work.spans), (2, 3));
    assert_eq!((first.work.tool_calls, second.work.tool_calls), (0, 1));
    assert_eq!(
        (first.work.duration_ms, second.work.duration_ms),
        (1000.0, 0.0)
    );
    assert_eq!(reader.invocations[0].called_by, Some(id(3)));
    assert_eq!(planner.invocations[0].called_by, None);
}

#[test]
fn the_invocations_of_an_agent_add_up_to_its_work() {
    let mut spans = vec![span(1, 0, Some("planner"), SpanKind::Agent)];
    for n in 2..=250 {
        spans.push(span(n, 1, Some("worker"), SpanKind::Llm));
    }
    let graph = build::graph(&spans[..51], &[]);
    let worker = &graph.nodes[1];
    let tokens = worker.invocations.iter().map(|one| one.work.tokens.total);
    assert_eq!(tokens.sum::<i64>(), worker.work.tokens.total);
    let time = worker.invocations.iter().map(|one| one.work.duration_ms);
    assert_eq!(time.sum::<f64>(), worker.work.duration_ms);
    let graph = build::graph(&spans, &[]);
    let worker = &graph.nodes[1];
    assert_eq!(
        (worker.invocation_count, worker.invocations.len()),
        (249, 100)
    );
    assert_eq!(
        worker.invocations[0].span_id,
        id(2),
        "the earliest are named"
    );
}

#[test]
fn an_agent_that_spawns_its_like_by_a_tool_is_invoked_twice() {
    let spans = [
        span(1, 0, Some("general"), SpanKind::Agent),
        span(2, 1, None, SpanKind::Tool),
        span(3, 2, Some("general"), SpanKind::Agent),
        span(4, 1, Some("general"), SpanKind::Agent),
    ];
    let graph = build::graph(&spans, &[]);
    let general = &graph.nodes[0];
    let begun: Vec<_> = general.invocations.iter().map(|one| one.span_id).collect();
    assert_eq!(
        begun,
        [id(1), id(3)],
        "a wrapper below an agent is no invocation"
    );
    assert_eq!(general.invocations[1].called_by, Some(id(1)));
    assert_eq!(general.work.duration_ms, 1000.0, "time at work counts once");
}
