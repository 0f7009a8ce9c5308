//! Whole traces from the pages of the API.

use telemetron_model::Timestamp;
use telemetron_model::view::{Page, SpanAnswer, SpanView, TraceAnswer, TraceSummary};

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

/// A trace with all of its spans and their payloads.
pub(super) async fn trace(client: &Client, id: &str) -> anyhow::Result<TraceAnswer> {
    let mut whole = page(client, id, None).await?;
    let mut next = whole.next.take();
    while let Some(cursor) = next {
        let mut more = page(client, id, Some(cursor)).await?;
        next = more.next.take();
        whole.spans.extend(more.spans);
    }
    for span in whole.spans.iter_mut().filter(|span| lacks_payload(span)) {
        let span_id = span.span_id.to_string();
        let path = ["api", "v1", "traces", id, "spans", &span_id];
        let answer = client.get(&path, &Query::default()).await?;
        *span = serde_json::from_str::<SpanAnswer>(answer.get())?.span;
    }
    Ok(whole)
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
