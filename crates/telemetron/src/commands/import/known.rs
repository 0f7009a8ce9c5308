//! What was there before an import, and whether the import changed it.
//!
//! Each trace is asked for before its records are sent, and those that were there once more when
//! everything is stored.

use std::collections::HashMap;
use std::fmt;

use axum::http::Uri;
use reqwest::StatusCode;
use serde::Serialize;
use serde_json::Value;
use telemetron_model::TraceId;
use telemetron_model::record::Record;

use crate::client::Client;

/// Most traces that are asked for: beyond it, an import would take long over questions.
const MOST: usize = 2_000;

/// What changes in a trace that is only looked at or told again.
const RESTLESS: [&str; 2] = ["last_seen", "stuck"];

/// The traces of an import, as they were.
pub(super) struct Known {
    client: Option<Client>,
    before: HashMap<TraceId, Option<Value>>,
    beyond: bool,
}

/// How many traces were there already.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub(super) struct Changes {
    /// Traces that were not there.
    pub(super) new: u64,
    /// Traces that were there, and say something else now.
    pub(super) changed: u64,
    /// Traces that were there and are as they were.
    pub(super) unchanged: u64,
    /// Whether there were more traces than were asked for.
    pub(super) more: bool,
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            new,
            changed,
            unchanged,
            more,
        } = self;
        let of = if *more { "of the first traces, " } else { "" };
        if changed + unchanged == 0 {
            return write!(f, "{of}all are new");
        }
        write!(
            f,
            "{of}{new} are new, {unchanged} were there and did not change"
        )?;
        match changed {
            0 => Ok(()),
            changed => write!(f, ", {changed} were there and changed"),
        }
    }
}

impl Known {
    /// Asks this API; nobody when there is none.
    pub(super) fn to(client: Option<Client>) -> Self {
        Self {
            client,
            before: HashMap::new(),
            beyond: false,
        }
    }

    /// Looks at the traces of these records, before they are sent.
    pub(super) async fn look(&mut self, records: &[Record]) {
        for id in records.iter().filter_map(Record::trace_id) {
            if self.before.contains_key(&id) {
                continue;
            }
            if self.before.len() == MOST {
                self.beyond = true;
                return;
            }
            let Some(client) = &self.client else { return };
            match trace(client, id).await {
                Ok(found) => {
                    self.before.insert(id, found);
                }
                Err(error) => {
                    tracing::debug!(%error, "what was there before is not told");
                    self.client = None;
                }
            }
        }
    }

    /// Whether nothing was looked at.
    pub(super) fn is_empty(&self) -> bool {
        self.before.is_empty()
    }

    /// Looks at them again, when all is stored; none when nobody could be asked.
    pub(super) async fn changes(&self) -> Option<Changes> {
        let client = self.client.as_ref()?;
        let mut changes = Changes {
            more: self.beyond,
            ..Changes::default()
        };
        for (id, before) in &self.before {
            if before.is_none() {
                changes.new += 1;
            } else if trace(client, *id).await.ok()? == *before {
                changes.unchanged += 1;
            } else {
                changes.changed += 1;
            }
        }
        Some(changes)
    }
}

/// A trace as the API tells it; none when there is none.
async fn trace(client: &Client, id: TraceId) -> anyhow::Result<Option<Value>> {
    let path: Uri = format!("/api/v1/traces/{id}?limit=1").parse()?;
    let answer = client.open(&path).await?;
    if answer.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    let mut whole: Value = serde_json::from_str(&answer.error_for_status()?.text().await?)?;
    let mut trace = whole["trace"].take();
    if let Value::Object(fields) = &mut trace {
        fields.retain(|name, _| !RESTLESS.contains(&name.as_str()));
    }
    Ok(Some(trace))
}
