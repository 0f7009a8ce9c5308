//! Something fails more often, takes longer or costs more than in the hour before. The hour is told
//! of afterwards, with the times that its records had; as many calls as before are the end of it.

use serde_json::Value;
use telemetron_model::record::{ErrorInfo, Span, SpanKind, Status};
use telemetron_model::{NanoUsd, SpanId, Timestamp, TraceId};

use super::records::before;
use super::stage::Stage;

/// Seconds before now at which things were as usual.
const USUALLY: i64 = 20 * 60;

pub(super) async fn play(stage: &mut Stage) {
    errors(stage).await;
    latency(stage).await;
    cost(stage).await;
}

/// So many calls of one sort in a trace of their own, which began so many seconds ago.
struct Calls {
    trace: u8,
    count: u32,
    ago: i64,
    millis: i64,
}

impl Calls {
    /// Tells of the trace: its root, and each call as it is made of a span that ended well.
    fn tell(&self, stage: &Stage, kind: SpanKind, change: impl Fn(u32, &mut Span)) {
        let began = before(self.ago);
        let root = self.span(0, "batch", SpanKind::Chain, began);
        let id = root.span_id;
        stage.telemetry.emit(root);
        for number in 1..=self.count {
            let mut span = self.span(number, "call", kind, began);
            span.parent_span_id = Some(id);
            change(number, &mut span);
            stage.telemetry.emit(span);
        }
    }

    fn span(&self, number: u32, name: &str, kind: SpanKind, began: Timestamp) -> Span {
        let trace = TraceId::from_bytes([self.trace; 16]).unwrap();
        let id = (u64::from(self.trace) << 32) + u64::from(number) + 1;
        let id = SpanId::from_slice(&id.to_be_bytes()).unwrap();
        Span {
            status: Status::Completed,
            end_time: Some(began.plus_nanos(self.millis * 1_000_000)),
            ..Span::started(trace, id, name, kind, began)
        }
    }
}

const fn calls(trace: u8, count: u32, ago: i64, millis: i64) -> Calls {
    Calls {
        trace,
        count,
        ago,
        millis,
    }
}

/// The call of a tool that fails if its number is small enough.
fn of_tool(tool: &'static str, failing: u32) -> impl Fn(u32, &mut Span) {
    move |number, span| {
        span.tool_name = Some(tool.to_owned());
        if number <= failing {
            span.status = Status::Failed;
            span.error = Some(ErrorInfo {
                error_type: "NotFound".to_owned(),
                message: "no such street".to_owned(),
                stack: None,
                category: None,
                severity: None,
                retryable: None,
            });
        }
    }
}

async fn errors(stage: &mut Stage) {
    calls(101, 40, USUALLY, 50).tell(stage, SpanKind::Tool, of_tool("geocode", 0));
    calls(102, 25, 1, 50).tell(stage, SpanKind::Tool, of_tool("geocode", 10));
    let issue = stage.opens("error_rate_jump").await;
    assert_eq!(
        said(&issue),
        "40 % of the 25 last calls of tool geocode failed; 0.0 % did in the hour before"
    );
    assert_eq!(
        issue["evidence"][0],
        serde_json::json!({"kind": "tool", "id": "geocode"})
    );
    calls(103, 100, 0, 50).tell(stage, SpanKind::Tool, of_tool("geocode", 0));
    stage.closes(&issue).await;
}

async fn latency(stage: &mut Stage) {
    calls(111, 40, USUALLY, 200).tell(stage, SpanKind::Tool, of_tool("render", 0));
    calls(112, 25, 3, 2000).tell(stage, SpanKind::Tool, of_tool("render", 0));
    let issue = stage.opens("latency_jump").await;
    let said = said(&issue);
    assert!(
        said.starts_with("95 of 100 calls of tool render took up to 2.")
            && said.contains("(25 and 40 calls)"),
        "{said}"
    );
    calls(113, 600, 1, 200).tell(stage, SpanKind::Tool, of_tool("render", 0));
    stage.closes(&issue).await;
}

async fn cost(stage: &mut Stage) {
    let dollars = |each: i64| {
        move |_: u32, span: &mut Span| {
            span.model = Some("gold".to_owned());
            span.cost_usd = Some(NanoUsd::from_nanos(each * 10_000_000));
        }
    };
    // Six dollars in the hour before, and a thousand now.
    calls(121, 30, USUALLY, 100).tell(stage, SpanKind::Llm, dollars(20));
    calls(122, 1, 1, 100).tell(stage, SpanKind::Llm, dollars(100_000));
    let issue = stage.opens("cost_jump").await;
    let said = said(&issue);
    assert!(said.ends_with("most of it on model gold"), "{said}");
    // As many requests as there were dollars: each is as cheap as it was.
    for _ in 0..500 {
        stage
            .telemetry
            .trace("a cheap question")
            .start()
            .complete("yes");
    }
    stage.closes(&issue).await;
}

fn said(issue: &Value) -> &str {
    issue["summary"].as_str().unwrap()
}
