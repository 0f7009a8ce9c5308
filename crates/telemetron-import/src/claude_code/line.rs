//! A line of a transcript, as far as it is read.

use serde::Deserialize;
use serde_json::Value;
use telemetron_model::Timestamp;

/// One entry.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Line {
    #[serde(rename = "type", default)]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) subtype: Option<String>,
    #[serde(default)]
    pub(super) uuid: String,
    #[serde(default)]
    pub(super) parent_uuid: Option<String>,
    #[serde(default)]
    pub(super) session_id: Option<String>,
    #[serde(default)]
    pub(super) agent_id: Option<String>,
    /// The prompt that is worked on, as hooks and telemetry name it.
    #[serde(default)]
    pub(super) prompt_id: Option<String>,
    /// The request that an answer came from.
    #[serde(default)]
    pub(super) request_id: Option<String>,
    #[serde(default)]
    timestamp: Option<String>,
    #[serde(default)]
    pub(super) is_sidechain: bool,
    /// Put there by Claude Code, not by the user.
    #[serde(default)]
    pub(super) is_meta: bool,
    #[serde(default)]
    pub(super) is_compact_summary: bool,
    /// What a sub-agent is called.
    #[serde(default)]
    pub(super) attribution_agent: Option<String>,
    #[serde(default)]
    pub(super) is_api_error_message: bool,
    #[serde(default)]
    pub(super) message: Option<Message>,
    #[serde(default)]
    pub(super) tool_use_result: Value,
    #[serde(default)]
    pub(super) content: Value,
    #[serde(default)]
    pub(super) cwd: Option<String>,
    #[serde(default)]
    pub(super) git_branch: Option<String>,
    #[serde(default)]
    pub(super) version: Option<String>,
}

/// What was said.
#[derive(Debug, Clone, Default, Deserialize)]
pub(super) struct Message {
    #[serde(default)]
    pub(super) id: Option<String>,
    #[serde(default)]
    pub(super) model: Option<String>,
    /// A text or a list of blocks.
    #[serde(default)]
    pub(super) content: Value,
    #[serde(default)]
    pub(super) stop_reason: Option<String>,
    #[serde(default)]
    pub(super) usage: Option<Usage>,
}

/// What an answer used. Input is what was not cached.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
pub(super) struct Usage {
    #[serde(default)]
    pub(super) input_tokens: i64,
    #[serde(default)]
    pub(super) output_tokens: i64,
    #[serde(default)]
    pub(super) cache_creation_input_tokens: i64,
    #[serde(default)]
    pub(super) cache_read_input_tokens: i64,
}

impl Line {
    /// When it was written; `None` for entries that have no time.
    pub(super) fn time(&self) -> Option<Timestamp> {
        Timestamp::parse_rfc3339(self.timestamp.as_deref()?).ok()
    }

    /// The blocks of its message; a text is one block.
    pub(super) fn blocks(&self) -> Vec<Value> {
        match self.message.as_ref().map(|message| &message.content) {
            Some(Value::Array(blocks)) => blocks.clone(),
            Some(Value::String(text)) if !text.is_empty() => {
                vec![serde_json::json!({"type": "text", "text": text})]
            }
            _ => Vec::new(),
        }
    }

    /// The texts of its message.
    pub(super) fn text(&self) -> String {
        let blocks = self.blocks();
        let texts = blocks.iter().filter_map(|block| block["text"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Whether a person asks for something here.
    pub(super) fn is_prompt(&self) -> bool {
        let own = self.kind == "user"
            && !self.is_sidechain
            && self.agent_id.is_none()
            && !self.is_meta
            && !self.is_compact_summary;
        let text = self.text();
        let says = !text.is_empty() || self.has_block("image") || self.has_block("document");
        own && says
            && !self.has_block("tool_result")
            && !text.starts_with("[Request interrupted")
            && !text.starts_with("<local-command-stdout>")
    }

    /// Whether work begins here though nobody asks for it in this transcript: it goes on after a
    /// compaction, or its beginning is lost.
    pub(super) fn begins_without_prompt(&self) -> bool {
        let is_work = matches!(self.kind.as_str(), "user" | "assistant") && self.message.is_some();
        let is_boundary = self.subtype.as_deref() == Some("compact_boundary");
        !self.is_meta && (is_work || is_boundary)
    }

    /// Whether its message has a block of this type.
    pub(super) fn has_block(&self, kind: &str) -> bool {
        self.blocks().iter().any(|block| block["type"] == kind)
    }
}

/// Whether a line begins a transcript, by its outermost fields.
pub(super) fn begins_transcript(text: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Marks {
        #[serde(rename = "type")]
        kind: String,
        session_id: Option<String>,
        uuid: Option<String>,
        leaf_uuid: Option<String>,
        message_id: Option<String>,
    }
    serde_json::from_slice::<Marks>(text).is_ok_and(|marks| {
        let entry = marks.session_id.is_some() && marks.uuid.is_some();
        let summary = marks.kind == "summary" && marks.leaf_uuid.is_some();
        let snapshot = marks.kind == "file-history-snapshot" && marks.message_id.is_some();
        let queued = marks.kind == "queue-operation" && marks.session_id.is_some();
        entry || summary || snapshot || queued
    })
}
