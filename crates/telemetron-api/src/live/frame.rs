//! One live record, serialised once for everybody.

use bytes::Bytes;
use serde::Serialize;
use telemetron_model::TraceId;
use telemetron_model::record::{Record, Severity};
use telemetron_model::view::LiveKind;

use super::preview;

/// A live record: what filters look at, and its text.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: LiveKind,
    /// The trace it belongs to.
    pub(crate) trace_id: Option<TraceId>,
    /// Names and ids of the agents it concerns.
    pub(crate) agents: Vec<String>,
    /// What sort of event it is.
    pub(crate) event_type: String,
    /// How bad it is, where it says so or its kind does.
    pub(crate) severity: Severity,
    /// Where the stream stands after it.
    pub(crate) cursor: String,
    /// `{"type":"record",…}`, UTF-8.
    pub(crate) text: Bytes,
}

/// What stands before the cursor in the text.
const BEFORE_CURSOR: &str = r#"{"type":"record","cursor":""#;

#[derive(Serialize)]
struct Text<'a> {
    #[serde(rename = "type")]
    frame_type: &'static str,
    cursor: &'a str,
    kind: LiveKind,
    data: serde_json::Value,
}

impl Frame {
    /// The frame of a record, after which the stream stands at `cursor`.
    pub(crate) fn of(record: &Record, cursor: String) -> Self {
        let kind = LiveKind::from(record);
        let text = Text {
            frame_type: "record",
            cursor: &cursor,
            kind,
            data: preview::of(record),
        };
        // Values and texts can always be written.
        let text = serde_json::to_vec(&text).unwrap_or_default();
        Self {
            kind,
            trace_id: record.trace_id(),
            agents: preview::agents(record),
            event_type: preview::event_type(record),
            severity: preview::severity(record),
            cursor,
            // Without spare room: thousands of them are kept.
            text: text.into_boxed_slice().into(),
        }
    }

    /// The same frame for somebody who stands elsewhere.
    pub(crate) fn at(&self, cursor: String) -> Self {
        let behind = self.text.get(BEFORE_CURSOR.len() + self.cursor.len()..);
        let parts = [
            BEFORE_CURSOR.as_bytes(),
            cursor.as_bytes(),
            behind.unwrap_or_default(),
        ];
        Self {
            kind: self.kind,
            trace_id: self.trace_id,
            agents: self.agents.clone(),
            event_type: self.event_type.clone(),
            severity: self.severity,
            text: parts.concat().into(),
            cursor,
        }
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        let agents: usize = self
            .agents
            .iter()
            .map(|agent| agent.len() + size_of::<String>())
            .sum();
        size_of::<Self>() + agents + self.event_type.len() + self.cursor.len() + self.text.len()
    }
}
