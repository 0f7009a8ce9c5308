//! Whole traces from the pages of the API.

use std::collections::HashMap;

use telemetron_model::view::{
    LlmCallView, Page, SpanAnswer, SpanView, ToolCallView, TraceAnswer, TraceSummary,
};
use telemetron_model::{SpanId, Timestamp};

use crate::client::{Client, Query};
use crate::commands::traces::Criteria;

/// Spans of one page: their payloads seldom exceed what an answer may hold.
const PAGE: u32 = 1_000;

/// Traces of one page of a list.
const LIST_PAGE: u32 = 1_000;

/// The ids that a filter lets through, the newest first.
pub(super) async fn ids(
    client: &Client,
    criteria: &Criteria,
    limit: u32,
) -> anyhow::Result<Vec<String>> {
    let most = usize::try_from(limit)?;
    let (now, mut ids, mut cursor) = (Timestamp::now(), Vec::new(), None::<String>);
    loop {
        let mut query = criteria.query(now);
        query
            .add("limit", Some(limit.min(LIST_PAGE)))
            .add("cursor", cursor);
        let answer = client.get(&["api", "v1", "traces"], &query).await?;
        let page: Page<TraceSummary> = serde_json::from_str(answer.get())?;
        ids.extend(page.items.iter().map(|trace| trace.trace_id.to_string()));
        cursor = page.next;
        if cursor.is_none() || ids.len() >= most {
            ids.truncate(most);
            return Ok(ids);
        }
    }
}

/// A trace with everything that belongs to it.
pub(super) struct Gathered {
    /// All of its spans with their payloads, its events, handoffs and errors.
    pub(super) answer: TraceAnswer,
    /// The calls inside of spans that have any.
    pub(super) calls: HashMap<SpanId, Calls>,
}

/// The calls inside of a span.
#[derive(Debug, Clone, Default)]
pub(super) struct Calls {
    pub(super) llm: Vec<LlmCallView>,
    pub(super) tool: Vec<ToolCallView>,
}

/// A trace with all of its spans, their payloads, and the calls inside of them.
pub(super) async fn trace(client: &Client, id: &str) -> anyhow::Result<Gathered> {
    let mut whole = page(client, id, None).await?;
    let mut next = whole.next.take();
    while let Some(cursor) = next {
        let mut more = page(client, id, Some(cursor)).await?;
        next = more.next.take();
        whole.spans.extend(more.spans);
    }
    let mut calls = HashMap::new();
    for span in whole.spans.iter_mut().filter(|span| lacks_something(span)) {
        let span_id = span.span_id.to_string();
        let path = ["api", "v1", "traces", id, "spans", &span_id];
        let answer = client.get(&path, &Query::default()).await?;
        let answer: SpanAnswer = serde_json::from_str(answer.get())?;
        *span = answer.span;
        let (llm, tool) = (answer.llm_calls, answer.tool_calls);
        calls.insert(span.span_id, Calls { llm, tool });
    }
    let answer = whole;
    Ok(Gathered { answer, calls })
}

/// Whether a span is whole only when it is asked for alone.
fn lacks_something(span: &SpanView) -> bool {
    span.llm_call_count + span.tool_call_count > 0 || lacks_payload(span)
}

fn lacks_payload(span: &SpanView) -> bool {
    let lacks = |bytes: Option<i32>, there: bool| bytes.is_some_and(|bytes| bytes > 0) && !there;
    lacks(span.input_bytes, span.input_data.is_some())
        || lacks(span.output_bytes, span.output_data.is_some())
}

async fn page(client: &Client, id: &str, cursor: Option<String>) -> anyhow::Result<TraceAnswer> {
    let mut query = Query::default();
    query
        .add("limit", Some(PAGE))
        .add("include", Some("payloads"))
        .add("cursor", cursor);
    let answer = client.get(&["api", "v1", "traces", id], &query).await?;
    Ok(serde_json::from_str(answer.get())?)
}
