//! How long a diagnosis and a comparison of large traces take: in memory, and from the store.

use std::collections::HashMap;
use std::time::Instant;

use sqlx::PgPool;
use telemetron_diagnosis::compare::compare;
use telemetron_diagnosis::{AbsentContext, diagnose};
use telemetron_model::record::{Span, Status};
use telemetron_model::{SpanId, Timestamp};
use telemetron_store::read::whole::{self, WholeCall, WholeSpan, WholeText, WholeTrace};

use crate::report::{spread, target};
use crate::target::Target;
use crate::workload::{id_of_trace, trace_of};

/// How often each is measured.
const ROUNDS: usize = 30;

/// Longest that any of it may take, in milliseconds.
const GOAL: f64 = 200.0;

pub(super) async fn run(spans: u32, platform: Option<&Target>) -> anyhow::Result<()> {
    let start = Timestamp::parse_rfc3339("2026-01-01T00:00:00Z").map_err(anyhow::Error::msg)?;
    let good = built(trace_of(spans, 1, start));
    let failed = failed(good.clone());
    for (name, trace) in [("all went well", &good), ("failed", &failed)] {
        let what = format!("diagnose {spans} spans in memory, {name}");
        measure(&what, || {
            diagnose(trace, &AbsentContext, None);
        });
    }
    let what = format!("compare {spans} spans with {spans} in memory");
    measure(&what, || {
        compare(&failed, &good, None);
    });
    if let Some(platform) = platform {
        stored(&PgPool::connect(&platform.database_url()?).await?).await?;
    }
    Ok(())
}

fn measure(what: &str, mut work: impl FnMut()) {
    let millis = (0..ROUNDS).map(|_| {
        let timer = Instant::now();
        work();
        timer.elapsed().as_secs_f64() * 1e3
    });
    let p99 = spread(what, millis.collect());
    target(what, p99, GOAL, "ms");
}

/// The trace of 10,000 spans that `reads` stores.
async fn stored(pool: &PgPool) -> anyhow::Result<()> {
    let trace_id = id_of_trace(1 << 40);
    let (mut reading, mut all) = (Vec::new(), Vec::new());
    let millis = |timer: Instant| timer.elapsed().as_secs_f64() * 1e3;
    for _ in 0..ROUNDS {
        let timer = Instant::now();
        let Some(trace) = whole::read(pool, trace_id, Timestamp::now()).await? else {
            println!("the large trace is not stored: run `reads` first");
            return Ok(());
        };
        reading.push(millis(timer));
        diagnose(&trace, &AbsentContext, None);
        all.push(millis(timer));
    }
    let p99 = spread("diagnose 10,000 spans from the store", all);
    spread("  of it reading", reading);
    target("diagnose 10,000 spans from the store", p99, GOAL, "ms");
    Ok(())
}

/// A trace as the store would give it.
fn built(spans: Vec<Span>) -> WholeTrace {
    let first = spans.iter().map(|span| span.start_time).min();
    let mut trace = WholeTrace::new(id_of_trace(1), first.unwrap_or_default());
    let agents: HashMap<SpanId, String> = spans
        .iter()
        .filter_map(|span| Some((span.span_id, span.agent_name.clone()?)))
        .collect();
    trace.end = spans.iter().filter_map(|span| span.end_time).max();
    trace.spans = spans
        .into_iter()
        .map(|span| whole_span(span, &agents))
        .collect();
    trace
}

fn whole_span(span: Span, agents: &HashMap<SpanId, String>) -> WholeSpan {
    let above = || agents.get(&span.parent_span_id?).cloned();
    let text = |json: &telemetron_model::RawJson| WholeText::of_json(json.get());
    let calls = span.tool_calls.iter().map(|call| WholeCall {
        tool_name: call.tool_name.clone(),
        arguments: call.arguments.as_ref().map(text),
        result: call.result.as_ref().map(text),
        error: call.error.clone(),
    });
    WholeSpan {
        parent_span_id: span.parent_span_id,
        status: span.status,
        end: span.end_time,
        agent: span.agent_name.clone().or_else(above),
        model: span.model.clone(),
        tool_name: span.tool_name.clone(),
        finish_reason: span.finish_reason.clone(),
        tokens: span.token_usage,
        cost: span.cost_usd,
        error: span.error.clone(),
        input: span.input_data.as_ref().map(text),
        output: span.output_data.as_ref().map(text),
        calls: calls.collect(),
        ..WholeSpan::new(
            span.span_id,
            span.span_kind,
            span.name.clone(),
            span.start_time,
        )
    }
}

/// The same trace, where every seventh span failed and so did everything above the last.
fn failed(mut trace: WholeTrace) -> WholeTrace {
    trace.status = Status::Failed;
    for span in trace.spans.iter_mut().step_by(7) {
        span.status = Status::Failed;
    }
    trace
}
