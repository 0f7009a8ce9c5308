//! What went into a call of a model and what came out, where only log records tell it.
//!
//! Instrumentations that follow the conventions between 1.28 and 1.36, ADOT's and botocore's among
//! them, send messages as log records beside the span: one record a message, one record with all of
//! them among its attributes (`…inference.operation.details`), or one with both sides in its body.
//! They are events of the span, and are read as its payloads when it has none of its own.

use std::collections::HashMap;

use serde_json::{Map, Value};
use sqlx::PgPool;
use telemetron_model::{RawJson, SpanId};

use super::Located;
use super::cells::Cells;
use super::spans::Payloads;
use crate::StoreError;

/// Most records that are read for the spans of one question.
const MOST: i64 = 1_000;

/// Where the body of a log record stands among what an event carries.
const BODY: &str = "otel.body";

/// Reads what log records tell of spans.
pub(super) async fn of(
    pool: &PgPool,
    trace: Located,
    spans: &[SpanId],
) -> Result<HashMap<SpanId, Payloads>, StoreError> {
    if spans.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<&[u8]> = spans.iter().map(SpanId::as_bytes).collect();
    let rows = sqlx::query(
        "SELECT span_id, event_name, message, data FROM events
         WHERE day = $1 AND trace_id = $2 AND span_id = ANY($3)
         ORDER BY time_ns, event_id LIMIT $4",
    )
    .bind(trace.day)
    .bind(trace.trace_id.as_bytes().as_slice())
    .bind(ids)
    .bind(MOST)
    .fetch_all(pool)
    .await?;
    let mut spoken: HashMap<SpanId, Spoken> = HashMap::new();
    for row in &rows {
        let cells = Cells::of(row, "events");
        let name: String = cells.get("event_name")?;
        let data: Option<Map<String, Value>> = cells.parsed("data")?;
        let record = Record {
            name: &name,
            message: cells.get("message")?,
            data: data.unwrap_or_default(),
        };
        spoken
            .entry(cells.span_id("span_id")?)
            .or_default()
            .hear(record);
    }
    Ok(spoken
        .into_iter()
        .map(|(span, spoken)| (span, spoken.payloads()))
        .collect())
}

/// A log record.
struct Record<'a> {
    name: &'a str,
    message: Option<String>,
    data: Map<String, Value>,
}

/// What was heard of one call.
#[derive(Debug, Default, PartialEq)]
struct Spoken {
    asked: Vec<Value>,
    answered: Vec<Value>,
}

impl Spoken {
    fn hear(&mut self, mut record: Record<'_>) {
        if let Some(message) = record.said() {
            let is_choice = record.name == "gen_ai.choice";
            let side = if is_choice {
                &mut self.answered
            } else {
                &mut self.asked
            };
            // records of one moment come in no order: instructions stand before what they instruct
            if message.get("role").and_then(Value::as_str) == Some("system") {
                side.insert(0, message);
            } else {
                side.push(message);
            }
            return;
        }
        // the first conventions wrote all of a side into one attribute
        for (attribute, side) in [("gen_ai.input.messages", "input"), ("gen_ai.prompt", "")] {
            self.asked.extend(record.listed(attribute, side));
        }
        for (attribute, side) in [
            ("gen_ai.output.messages", "output"),
            ("gen_ai.completion", ""),
        ] {
            self.answered.extend(record.listed(attribute, side));
        }
    }

    fn payloads(self) -> Payloads {
        let json = |messages: Vec<Value>| (!messages.is_empty()).then(|| RawJson::of(&messages))?;
        (json(self.asked), json(self.answered))
    }
}

impl Record<'_> {
    /// The message that the record is, if it is one.
    fn said(&mut self) -> Option<Value> {
        let role = match self.name {
            "gen_ai.choice" => "assistant",
            name => name.strip_prefix("gen_ai.")?.strip_suffix(".message")?,
        };
        let text = self.message.take();
        let mut message = match self.data.remove(BODY) {
            Some(Value::Object(body)) => body,
            Some(other) => Map::from_iter([("content".to_owned(), other)]),
            None => Map::from_iter([("content".to_owned(), Value::String(text?))]),
        };
        // a choice holds its message, and beside it why the model stopped
        if let Some(Value::Object(mut inner)) = message.remove("message") {
            let reason = message.remove("finish_reason");
            inner.extend(reason.map(|reason| ("finish_reason".to_owned(), reason)));
            message = inner;
        }
        message.entry("role").or_insert_with(|| role.into());
        Some(Value::Object(message))
    }

    /// The messages of one side: under an attribute, or in the body.
    fn listed(&mut self, attribute: &str, side: &str) -> Vec<Value> {
        let of_body = |body: &mut Value| Some(body.get_mut(side)?.get_mut("messages")?.take());
        let listed = self
            .data
            .remove(attribute)
            .or_else(|| self.data.get_mut(BODY).and_then(of_body));
        match listed {
            Some(Value::Array(messages)) => messages,
            Some(Value::String(text)) => serde_json::from_str(&text).unwrap_or_default(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn heard(records: &[(&str, Value)]) -> (Value, Value) {
        let mut spoken = Spoken::default();
        for (name, data) in records {
            spoken.hear(Record {
                name,
                message: None,
                data: data.as_object().cloned().unwrap_or_default(),
            });
        }
        (json!(spoken.asked), json!(spoken.answered))
    }

    #[test]
    fn a_record_a_message_makes_a_conversation() {
        let found = heard(&[
            (
                "gen_ai.user.message",
                json!({"otel.body": {"content": "hi"}}),
            ),
            (
                "gen_ai.system.message",
                json!({"otel.body": {"content": "be kind"}}),
            ),
            (
                "gen_ai.choice",
                json!({"otel.body": {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}}),
            ),
            ("log", json!({"otel.body": {"content": "no message"}})),
        ]);
        let asked = json!([
            {"role": "system", "content": "be kind"},
            {"role": "user", "content": "hi"},
        ]);
        let answered = json!([{"role": "assistant", "content": "hello", "finish_reason": "stop"}]);
        assert_eq!(found, (asked, answered));
    }

    #[test]
    fn the_first_conventions_had_an_attribute_a_side() {
        let asked = json!([{"role": "user", "content": "hi"}]);
        let answered = json!([{"role": "assistant", "content": "hello"}]);
        let found = heard(&[
            (
                "gen_ai.content.prompt",
                json!({"gen_ai.prompt": asked.to_string()}),
            ),
            (
                "gen_ai.content.completion",
                json!({"gen_ai.completion": answered.to_string()}),
            ),
        ]);
        assert_eq!(found, (asked, answered));
    }

    #[test]
    fn one_record_may_tell_all() {
        let message = json!([{"role": "user", "parts": []}]);
        let details = json!({"gen_ai.input.messages": message.to_string(), "gen_ai.output.messages": message});
        let found = heard(&[("gen_ai.client.inference.operation.details", details)]);
        assert_eq!(found, (message.clone(), message.clone()));
        let body =
            json!({"otel.body": {"input": {"messages": message}, "output": {"messages": message}}});
        assert_eq!(
            heard(&[("strands.telemetry.tracer", body)]),
            (message.clone(), message)
        );
    }
}
