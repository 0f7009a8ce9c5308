//! One live record, serialised once for everybody.

use bytes::Bytes;
use serde::Serialize;
use telemetron_model::TraceId;
use telemetron_model::record::{Record, Severity};
use telemetron_view::LiveKind;

use super::{Word, preview};

/// A live record: what filters look at, and its text.
#[derive(Debug)]
pub(crate) struct Frame {
    /// What it is.
    pub(crate) kind: LiveKind,
    /// The trace it belongs to.
    pub(crate) trace_id: Option<TraceId>,
    /// Names and ids of the agents it concerns.
    pub(crate) agents: [Option<Word>; 4],
    /// What sort of event it is.
    pub(crate) event_type: Word,
    /// How bad it is, where it says so or its kind does.
    pub(crate) severity: Severity,
    /// `{"type":"record","cursor":…}`, UTF-8.
    pub(crate) text: Bytes,
    /// How long the cursor in it is.
    cursor_bytes: usize,
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
    pub(crate) fn of(record: &Record, cursor: &str) -> Self {
        let kind = LiveKind::from(record);
        let text = Text {
            frame_type: "record",
            cursor,
            kind,
            data: preview::of(record),
        };
        // Values and texts can always be written.
        let text = serde_json::to_vec(&text).unwrap_or_default();
        Self {
            kind,
            trace_id: record.trace_id(),
            agents: preview::agents(record).map(|name| name.map(|name| Word::of(name))),
            event_type: Word::of(preview::event_type(record)),
            severity: preview::severity(record),
            cursor_bytes: cursor.len(),
            // Copied, so that no spare room is kept for minutes.
            text: Bytes::copy_from_slice(&text),
        }
    }

    /// Where the stream stands after it.
    pub(crate) fn cursor(&self) -> &str {
        let after = self.text.get(BEFORE_CURSOR.len()..).unwrap_or_default();
        let cursor = after.get(..self.cursor_bytes).unwrap_or_default();
        std::str::from_utf8(cursor).unwrap_or_default()
    }

    /// The same frame for somebody who stands elsewhere.
    pub(crate) fn at(&self, cursor: &str) -> Self {
        let behind = self.text.get(BEFORE_CURSOR.len() + self.cursor_bytes..);
        let parts = [
            BEFORE_CURSOR.as_bytes(),
            cursor.as_bytes(),
            behind.unwrap_or_default(),
        ];
        Self {
            text: parts.concat().into(),
            cursor_bytes: cursor.len(),
            ..*self
        }
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        size_of::<Self>() + self.text.len()
    }
}
