//! Events, handoffs and errors: in the timeline, the earliest of each, and page after page.

use serde_json::{Value, json};
use sqlx::PgPool;
use telemetron_model::record::{Schema, Severity};
use telemetron_store::read::notes::{self, Budget, Note};
use telemetron_store::read::{Located, timeline};
use telemetron_view::{ErrorView, EventView, HandoffView, TimelineKind};

use crate::support::{BEGAN_NS, changed, located, span, span_id, store, trace_id};

async fn busy_trace(pool: &PgPool) {
    let note = |id: &str, at_ms: i64| {
        let time = BEGAN_NS + at_ms * 1_000_000;
        json!({ "trace_id": trace_id(1), "timestamp": time, format!("{id}_id"): format!("{id}-1") })
    };
    let planner = json!({ "span_kind": "AGENT", "agent_name": "planner" });
    let coder =
        json!({ "span_kind": "AGENT", "agent_name": "coder", "parent_span_id": span_id(1) });
    let handoff = json!({
        "source_agent_name": "planner", "target_agent_name": "coder", "reason": "write it",
        "context": { "task": "x" },
    });
    let event = json!({
        "event_name": "thought", "severity": "warning", "message": "hm", "data": { "n": 1 },
    });
    let error = json!({ "error_type": "Timeout", "message": "slow", "stack": "at line 1" });
    store(
        pool,
        &[
            span(1, 1, 0, planner),
            span(1, 2, 10, coder),
            (Schema::Handoff, changed(note("handoff", 10), handoff)),
            (Schema::Event, changed(note("event", 10), event)),
            (Schema::Error, changed(note("error", 10), error)),
        ],
    )
    .await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_timeline_is_one_chronological_list_on_pages_of_any_size(pool: PgPool) {
    use TimelineKind::{Error, Event, Handoff, SpanEnd, SpanStart};
    busy_trace(&pool).await;
    let at = located(&pool, 1).await;
    for limit in 1..=8 {
        let mut kinds = Vec::new();
        let mut after = None;
        loop {
            let page = timeline::list(&pool, at, after.as_ref(), limit)
                .await
                .unwrap();
            kinds.extend(page.items.iter().map(|line| line.kind));
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        let expected = [
            SpanStart, SpanStart, Event, Handoff, Error, SpanEnd, SpanEnd,
        ];
        assert_eq!(kinds, expected, "pages of {limit}");
    }
    let all = timeline::list(&pool, at, None, 100).await.unwrap().items;
    let handoff = &all[3];
    assert_eq!(handoff.agent.as_deref(), Some("planner"));
    assert_eq!(handoff.target_agent.as_deref(), Some("coder"));
    assert_eq!(handoff.message.as_deref(), Some("write it"));
    assert_eq!(all[2].severity, Some(Severity::Warning));
    assert_eq!(all[5].duration_ms, Some(10.0));
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_notes_carry_is_read_within_its_budget(pool: PgPool) {
    busy_trace(&pool).await;
    let at = located(&pool, 1).await;
    let (plenty, nothing) = (
        Budget {
            items: 9,
            bytes: 99,
        },
        Budget { items: 9, bytes: 0 },
    );
    let event = &notes::events(&pool, at, plenty).await.unwrap()[0];
    assert_eq!(event.data.as_ref().unwrap().get(), r#"{"n":1}"#);
    let event = &notes::events(&pool, at, nothing).await.unwrap()[0];
    assert_eq!((&event.data, event.data_bytes), (&None, Some(7)));
    let handoff = &notes::handoffs(&pool, at, nothing).await.unwrap()[0];
    assert_eq!((&handoff.context, handoff.context_bytes), (&None, Some(12)));
    let error = &notes::errors(&pool, at, plenty).await.unwrap()[0];
    assert_eq!(error.stack.as_deref(), Some("at line 1"));
    let none = Budget {
        items: 0,
        bytes: 99,
    };
    assert_eq!(notes::errors(&pool, at, none).await.unwrap(), []);
}

/// A note of trace 1 at a millisecond.
fn at_ms(ms: i64, change: Value) -> Value {
    let time = BEGAN_NS + ms * 1_000_000;
    changed(
        json!({ "trace_id": trace_id(1), "timestamp": time }),
        change,
    )
}

/// Ten events, two an instant, stored in the opposite order; each carries so many bytes.
async fn ten_events(pool: &PgPool, bytes: usize) {
    let events = (0..10).rev().map(|n| {
        let (id, data) = (format!("e-{n}"), json!({ "x": "y".repeat(bytes) }));
        let event = json!({ "event_id": id, "event_name": "thought", "data": data });
        (Schema::Event, at_ms(n / 2, event))
    });
    store(pool, &events.collect::<Vec<_>>()).await;
}

/// All notes of a sort, and how many each page had.
async fn pages<N: Note>(pool: &PgPool, at: Located, budget: Budget) -> (Vec<N>, Vec<usize>) {
    let (mut all, mut sizes, mut after) = (Vec::new(), Vec::new(), None);
    loop {
        let page = notes::list::<N>(pool, at, after.as_ref(), budget).await;
        let page = page.unwrap();
        sizes.push(page.items.len());
        all.extend(page.items);
        after = page.next;
        if after.is_none() {
            return (all, sizes);
        }
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn pages_of_events_lead_through_all_of_them_whatever_their_size(pool: PgPool) {
    ten_events(&pool, 100).await;
    let at = located(&pool, 1).await;
    let expected: Vec<String> = (0..10).map(|n| format!("e-{n}")).collect();
    // By number of items, by bytes, and when each alone is more than a page takes.
    let budgets = [
        (3, 100_000, vec![3, 3, 3, 1]),
        (100, 250, vec![2, 2, 2, 2, 2]),
        (100, 10, vec![1; 10]),
        (5, 100_000, vec![5, 5]),
    ];
    for (items, bytes, expected_sizes) in budgets {
        let (events, sizes) = pages::<EventView>(&pool, at, Budget { items, bytes }).await;
        let ids: Vec<_> = events.iter().map(|event| event.event_id.clone()).collect();
        assert_eq!(
            (ids, sizes),
            (expected.clone(), expected_sizes),
            "{items} items, {bytes} bytes"
        );
        assert!(events.iter().all(|event| event.data.is_some()));
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_written_between_two_pages_moves_nothing(pool: PgPool) {
    ten_events(&pool, 1).await;
    let at = located(&pool, 1).await;
    let budget = Budget {
        items: 5,
        bytes: 1000,
    };
    let first = notes::list::<EventView>(&pool, at, None, budget).await;
    let next = first.unwrap().next;
    let early = json!({ "event_id": "early", "event_name": "late news" });
    let late = json!({ "event_id": "e-95", "event_name": "news" });
    let news = [
        (Schema::Event, at_ms(-5, early)),
        (Schema::Event, at_ms(4, late)),
    ];
    store(&pool, &news).await;
    let second = notes::list::<EventView>(&pool, at, next.as_ref(), Budget { items: 9, ..budget });
    let second = second.await.unwrap();
    let ids: Vec<_> = second.items.iter().map(|e| e.event_id.as_str()).collect();
    assert_eq!(ids, ["e-5", "e-6", "e-7", "e-8", "e-9", "e-95"]);
}

#[sqlx::test(migrations = "../../migrations")]
async fn handoffs_and_errors_have_pages_too(pool: PgPool) {
    busy_trace(&pool).await;
    let error = json!({ "error_id": "z", "error_type": "T", "message": "m", "stack": "s" });
    let handoff = json!({ "handoff_id": "z", "source_agent_name": "a", "target_agent_name": "b" });
    let more = [
        (Schema::Error, at_ms(10, error)),
        (Schema::Handoff, at_ms(10, handoff)),
    ];
    store(&pool, &more).await;
    let at = located(&pool, 1).await;
    let one = Budget { items: 1, bytes: 0 };
    let (errors, sizes) = pages::<ErrorView>(&pool, at, one).await;
    assert_eq!(sizes, [1, 1]);
    let stacks: Vec<_> = errors.iter().map(|error| error.stack.as_deref()).collect();
    assert_eq!(stacks, [Some("at line 1"), Some("s")]);
    let (handoffs, sizes) = pages::<HandoffView>(&pool, at, one).await;
    assert_eq!(sizes, [1, 1]);
    assert!(handoffs[0].context.is_some() && handoffs[1].context.is_none());
}
