//! What is said beside records, and what clients say (contract C-42).

use std::collections::HashSet;

use serde::Deserialize;
use serde_json::{Value, json};
use telemetron_model::TraceId;
use telemetron_model::record::Severity;
use telemetron_view::LiveKind;

use super::Filter;

/// What a client says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Request {
    /// It wants other records from now on.
    Subscribe(Box<Filter>),
    /// It wants to know that we are there.
    Ping,
}

/// The fields of all messages of clients: `type` says which count.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Fields {
    #[serde(rename = "type")]
    message_type: String,
    #[serde(default)]
    trace_ids: Vec<TraceId>,
    #[serde(default)]
    agent_names: Vec<String>,
    #[serde(default)]
    event_types: Vec<String>,
    #[serde(default)]
    kinds: Vec<LiveKind>,
    #[serde(default)]
    min_severity: Option<Severity>,
}

impl Request {
    /// Reads a message.
    ///
    /// # Errors
    /// A sentence that says what to change.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let fields: Fields = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            let at = if path == "." {
                String::new()
            } else {
                format!("`{path}`: ")
            };
            format!("{at}{}", error.inner())
        })?;
        match fields.message_type.as_str() {
            "ping" => Ok(Self::Ping),
            "subscribe" => Ok(Self::Subscribe(Box::new(fields.into()))),
            other => Err(format!("`type` is `{other}`; send `subscribe` or `ping`")),
        }
    }
}

impl From<Fields> for Filter {
    fn from(fields: Fields) -> Self {
        Self {
            trace_ids: fields.trace_ids.into_iter().collect(),
            agent_names: fields.agent_names.into_iter().collect(),
            event_types: fields.event_types.into_iter().collect(),
            kinds: fields.kinds,
            min_severity: fields.min_severity,
        }
    }
}

/// So many records came while the client was slow.
pub(crate) fn lagged(missed: u64) -> String {
    json!({ "type": "lagged", "missed": missed }).to_string()
}

/// Some of what the client missed is gone.
pub(crate) fn resync() -> String {
    let detail = "some records since your cursor are no longer kept; read the state anew";
    json!({ "type": "resync", "detail": detail }).to_string()
}

/// Whether records are delivered, and why they are not.
pub(crate) fn delivery(trouble: Option<&str>) -> String {
    match trouble {
        None => json!({ "type": "delivery", "delivering": true }).to_string(),
        Some(detail) => {
            json!({ "type": "delivery", "delivering": false, "detail": detail }).to_string()
        }
    }
}

/// An answer to `ping`.
pub(crate) fn pong() -> String {
    json!({ "type": "pong" }).to_string()
}

/// A message of the client is wrong.
pub(crate) fn error(detail: &str) -> String {
    json!({ "type": "error", "detail": detail }).to_string()
}

/// What the client gets from now on.
pub(crate) fn subscription_updated(filter: &Filter) -> String {
    json!({
        "type": "subscription_updated",
        "trace_ids": sorted(&filter.trace_ids),
        "agent_names": filter.agent_names.names(),
        "event_types": filter.event_types.names(),
        "kinds": filter.kinds,
        "min_severity": filter.min_severity,
    })
    .to_string()
}

fn sorted<T: Ord + serde::Serialize>(values: &HashSet<T>) -> Value {
    let mut values: Vec<_> = values.iter().collect();
    values.sort();
    json!(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subscription_is_read_and_confirmed() {
        let text = r#"{"type":"subscribe","trace_ids":["67E55044-10B1-426F-9247-BB680E5FE0C8"],
            "agent_names":["coder","planner"],"event_types":[]}"#;
        let Ok(Request::Subscribe(filter)) = Request::read(text) else {
            panic!("subscribe")
        };
        let confirmed: Value = serde_json::from_str(&subscription_updated(&filter)).unwrap();
        let expected = json!({
            "type": "subscription_updated",
            "trace_ids": ["67e5504410b1426f9247bb680e5fe0c8"],
            "agent_names": ["coder", "planner"],
            "event_types": [],
            "kinds": [],
            "min_severity": null,
        });
        assert_eq!(confirmed, expected);
        assert_eq!(Request::read(r#"{"type":"ping"}"#), Ok(Request::Ping));
    }

    #[test]
    fn a_wrong_message_says_what_to_change() {
        let wrong = |text| Request::read(text).unwrap_err();
        assert_eq!(
            wrong(r#"{"type":"stop"}"#),
            "`type` is `stop`; send `subscribe` or `ping`"
        );
        let id = wrong(r#"{"type":"subscribe","trace_ids":["xyz"]}"#);
        assert!(
            id.starts_with("`trace_ids[0]`: `xyz` is not hexadecimal"),
            "{id}"
        );
        assert!(wrong(r#"{"type":"subscribe","agents":[]}"#).contains("unknown field `agents`"));
        assert!(wrong("hello").contains("expected"), "no JSON at all");
    }
}
