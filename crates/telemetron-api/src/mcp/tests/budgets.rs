//! No answer is larger than was asked for, whatever the trace.

use serde_json::{Value, json};
use telemetron_model::record::Schema;
use telemetron_store::PgPool;

use super::canned::{Canned, TRACE, comparison, diagnosis, issue, sources, state};
use crate::mcp::client::ApiClient;
use crate::mcp::tokens::tokens;
use crate::mcp::tools;
use crate::tests::support::{TestApi, span, store, trace_id};

/// What is tried: the least, the usual, a lot.
const BUDGETS: [usize; 4] = [300, 1_000, 4_000, 20_000];

async fn asked(api: &dyn ApiClient, tool: &str, mut arguments: Value, budget: usize) -> String {
    arguments["max_tokens"] = json!(budget);
    let text = tools::run(api, tool, arguments.as_object().cloned().unwrap()).await;
    let text = text.unwrap_or_else(|fault| panic!("{tool}: {fault}"));
    let size = tokens(&text);
    assert!(size <= budget, "{tool} takes {size} of {budget}:\n{text}");
    text
}

/// A trace of 50,000 spans in four levels, every thousandth failed, with handoffs.
fn large() -> Vec<(Schema, Value)> {
    let id = |n: u32| format!("{n:016x}");
    let mut records: Vec<_> = (1..=50_000_u32)
        .map(|n| {
            let failed = n % 1_000 == 0;
            let parent = (n > 1).then(|| id((n / 40).max(1)));
            let mut change = json!({
                "span_id": id(n), "parent_span_id": parent, "name": format!("step {n} of the work"),
                "span_kind": if n % 3 == 0 { "TOOL" } else { "AGENT" }, "agent_name": format!("agent-{}", n % 60),
                "status": if failed { "FAILED" } else { "COMPLETED" },
            });
            if failed {
                change["error"] = json!({ "type": "Timeout", "message": "no answer came ".repeat(40) });
            }
            span(u8::try_from(n % 50).unwrap(), change)
        })
        .collect();
    records.extend((0..500).map(|n| {
        (Schema::Handoff, json!({
            "trace_id": trace_id(1), "handoff_id": format!("h{n}"), "source_agent_name": format!("agent-{}", n % 60),
            "target_agent_name": format!("agent-{}", (n + 1) % 60), "timestamp": 1_769_857_201_000_000_000_i64 + n,
            "reason": "the work goes on elsewhere",
        }))
    }));
    records
}

#[sqlx::test(migrations = "../../migrations")]
async fn every_answer_about_a_trace_of_50_000_spans_fits(pool: PgPool) {
    store(&pool, &large()).await;
    let api = TestApi::on(pool).router;
    let id = trace_id(1).to_string();
    for budget in BUDGETS {
        for (tool, arguments) in [
            ("find_traces", json!({ "errors_only": true })),
            ("trace_summary", json!({ "trace_id": id })),
            ("trace_summary", json!({ "trace_id": "last" })),
            (
                "span_detail",
                json!({ "trace_id": id, "span_id": format!("{:016x}", 1_000) }),
            ),
            ("timeline", json!({ "trace_id": id })),
            (
                "timeline",
                json!({ "trace_id": id, "only": ["error", "handoff"] }),
            ),
            ("agent_graph", json!({ "trace_id": id })),
            (
                "metrics",
                json!({ "since": "2026-01-31T00:00:00Z", "until": "2026-02-01T00:00:00Z" }),
            ),
        ] {
            let text = asked(&api, tool, arguments, budget).await;
            assert!(text.lines().count() > 2, "{tool} {budget}: {text}");
        }
    }
    every_line_is_met_once(&api, &id).await;
}

/// Following the handles of a timeline meets each failed span once.
async fn every_line_is_met_once(api: &dyn ApiClient, id: &str) {
    let mut arguments = json!({ "trace_id": id, "only": ["error"] });
    let mut met = Vec::new();
    loop {
        let text = asked(api, "timeline", arguments.clone(), 1_000).await;
        let lines = text.lines().filter(|line| line.contains(" FAILED "));
        met.extend(
            lines
                .filter_map(|line| line.rsplit('[').next())
                .map(str::to_owned),
        );
        let Some((_, rest)) = text.split_once("cursor=\"") else {
            break;
        };
        arguments["cursor"] = json!(rest.split('"').next().unwrap());
    }
    let all = met.len();
    met.sort();
    met.dedup();
    assert_eq!((met.len(), all), (50, 50));
}

#[tokio::test]
async fn the_most_important_stands_in_the_smallest_answer() {
    let report = json!({ "status": "critical", "issues": [issue(7)], "generated_at": "2026-01-31T12:00:00Z", "sources": sources() });
    let mut told = diagnosis(40);
    let text = &mut told["diagnosis"];
    let text = if text.is_object() { text } else { &mut told };
    text["verdict"] = json!("The error came out at the top. ".repeat(20));
    text["causes"][0]["sentence"] = json!(format!("search timed out {}", "and so on ".repeat(60)));
    let api = Canned(vec![
        ("/api/v1/oracle/issues".to_owned(), report),
        ("/api/v1/oracle/state".to_owned(), state(40)),
        (format!("/api/v1/traces/{TRACE}/diagnosis"), told),
        ("/api/v1/traces/compare".to_owned(), comparison(40)),
    ]);
    for budget in [300, 320, 350, 400, 450] {
        for (tool, arguments, words) in [
            ("diagnose", json!({ "trace_id": TRACE }), "search timed out"),
            ("issues", json!({}), "called search 7 times"),
            ("system_state", json!({}), "called search 7 times"),
            ("compare", json!({ "a": TRACE }), "search"),
        ] {
            let text = asked(&api, tool, arguments, budget).await;
            assert!(text.contains(words), "{tool} {budget}: {text}");
        }
    }
}

#[tokio::test]
async fn every_answer_about_a_large_system_fits() {
    let issues: Vec<_> = (0..300).map(issue).collect();
    let report = json!({ "status": "critical", "issues": issues, "generated_at": "2026-01-31T12:00:00Z", "sources": sources() });
    let api = Canned(vec![
        ("/api/v1/oracle/issues".to_owned(), report),
        ("/api/v1/oracle/state".to_owned(), state(400)),
        (format!("/api/v1/traces/{TRACE}/diagnosis"), diagnosis(400)),
        ("/api/v1/traces/compare".to_owned(), comparison(400)),
    ]);
    for budget in BUDGETS {
        for (tool, arguments) in [
            ("issues", json!({})),
            ("system_state", json!({})),
            ("diagnose", json!({ "trace_id": TRACE })),
            ("compare", json!({ "a": TRACE })),
        ] {
            let text = asked(&api, tool, arguments, budget).await;
            assert!(
                text.contains("more: "),
                "{tool} {budget} says what it leaves out: {text}"
            );
        }
    }
}
