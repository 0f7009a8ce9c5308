//! Whole traces from the pages of the API.

use std::collections::HashMap;

use serde::de::DeserializeOwned;
use telemetron_import::export::{Calls, WholeTrace};
use telemetron_view::{
    ErrorView, EventView, HandoffView, Omitted, Page, SpanAnswer, SpanView, TraceAnswer,
    TraceSummary,
};

use crate::client::{Client, Query};
use crate::commands::traces::Criteria;

/// Spans of one page: their payloads seldom exceed what an answer may hold.
const PAGE: u32 = 1_000;

/// Items of one page of a list.
const LIST_PAGE: u32 = 1_000;

/// The ids that a filter lets through, the newest first.
pub(super) async fn ids(
    client: &Client,
    criteria: &Criteria,
    limit: u32,
) -> anyhow::Result<Vec<String>> {
    let most = usize::try_from(limit)?;
    let (mut ids, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = criteria.query();
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

/// A trace with all that belongs to it, payloads and the calls inside of spans included.
pub(super) async fn trace(client: &Client, id: &str) -> anyhow::Result<WholeTrace> {
    let mut whole = page(client, id, None).await?;
    // Which trace is the last one may change from page to page.
    let id = &whole.trace.summary.trace_id.to_string();
    let mut next = whole.next.take();
    while let Some(cursor) = next {
        let mut more = page(client, id, Some(cursor)).await?;
        next = more.next.take();
        whole.spans.extend(more.spans);
    }
    complete_notes(client, id, &mut whole).await?;
    // All of it is there now, by other ways than this answer.
    (whole.omitted, whole.payloads) = (Omitted::default(), None);
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
    Ok(WholeTrace { answer, calls })
}

/// Reads events, handoffs and errors from their own pages where the answer does not hold them all.
async fn complete_notes(client: &Client, id: &str, whole: &mut TraceAnswer) -> anyhow::Result<()> {
    let left = whole.omitted;
    if left.events > 0 || whole.events.iter().any(lacks_data) {
        whole.events = all(client, id, "events").await?;
    }
    if left.handoffs > 0 || whole.handoffs.iter().any(lacks_context) {
        whole.handoffs = all(client, id, "handoffs").await?;
    }
    if left.errors > 0 || whole.errors.iter().any(lacks_stack) {
        whole.errors = all(client, id, "errors").await?;
    }
    Ok(())
}

const fn lacks_data(event: &EventView) -> bool {
    event.data_bytes.is_some() && event.data.is_none()
}

const fn lacks_context(handoff: &HandoffView) -> bool {
    handoff.context_bytes.is_some() && handoff.context.is_none()
}

const fn lacks_stack(error: &ErrorView) -> bool {
    error.stack_bytes.is_some() && error.stack.is_none()
}

/// All items of a list of a trace, page after page.
async fn all<T: DeserializeOwned>(client: &Client, id: &str, list: &str) -> anyhow::Result<Vec<T>> {
    let (mut items, mut cursor) = (Vec::new(), None::<String>);
    loop {
        let mut query = Query::default();
        query.add("limit", Some(LIST_PAGE)).add("cursor", cursor);
        let answer = client
            .get(&["api", "v1", "traces", id, list], &query)
            .await?;
        let page: Page<T> = serde_json::from_str(answer.get())?;
        items.extend(page.items);
        cursor = page.next;
        if cursor.is_none() {
            return Ok(items);
        }
    }
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
