//! The current span, on threads and in futures.

use telemetron_sdk::current;

use crate::support::start;

#[test]
fn entered_spans_are_a_stack() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    assert!(current().is_none());
    let outer = trace.chain("outer");
    let entered = outer.enter();
    {
        let inner = current().unwrap().chain("inner");
        let _entered = inner.enter();
        current().unwrap().tool("innermost").complete();
    }
    current().unwrap().tool("after").complete();
    drop(entered);
    assert!(current().is_none());
    outer.complete();

    let (outer, inner) = (seen.ended("outer"), seen.ended("inner"));
    assert_eq!(inner.parent_span_id, Some(outer.span_id));
    assert_eq!(seen.ended("innermost").parent_span_id, Some(inner.span_id));
    assert_eq!(seen.ended("after").parent_span_id, Some(outer.span_id));
}

#[test]
fn spans_made_from_the_trace_hang_under_the_current_span_of_that_trace_alone() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let other = seen.telemetry.trace("other").start();
    let outer = trace.chain("outer");
    let entered = outer.enter();
    trace.tool("inside").complete();
    other.tool("elsewhere").complete();
    drop(entered);
    outer.complete();
    let outer = seen.ended("outer");
    assert_eq!(seen.ended("inside").parent_span_id, Some(outer.span_id));
    assert_eq!(seen.ended("elsewhere").parent_span_id, None);
}

async fn work(name: &'static str) {
    for _ in 0..20 {
        tokio::task::yield_now().await;
        let here = current().unwrap();
        here.tool(name).complete();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn futures_that_take_turns_on_threads_keep_their_own_span() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let mut tasks = tokio::task::JoinSet::new();
    for (agent, tool) in [("a", "a-tool"), ("b", "b-tool"), ("c", "c-tool")] {
        let span = trace.agent(agent);
        tasks.spawn(async move { span.in_scope(work(tool)).await });
    }
    tasks.join_all().await;
    assert!(current().is_none());

    let spans = seen.sink().spans();
    for (agent, tool) in [("a", "a-tool"), ("b", "b-tool"), ("c", "c-tool")] {
        let parent = seen.ended(agent).span_id;
        let children = spans.iter().filter(|span| span.name == tool);
        let children: Vec<_> = children.collect();
        assert!(children.len() >= 20);
        assert!(
            children
                .iter()
                .all(|child| child.parent_span_id == Some(parent))
        );
    }
}

#[tokio::test]
async fn work_inside_run_finds_its_span_without_being_handed_it() {
    let seen = start();
    let trace = seen.telemetry.trace("t").start();
    let done = trace
        .agent("a")
        .run(async |_| {
            work("tool").await;
            Ok::<_, String>(())
        })
        .await;
    done.unwrap();
    let parent = seen.ended("a").span_id;
    assert_eq!(seen.ended("tool").parent_span_id, Some(parent));
}
