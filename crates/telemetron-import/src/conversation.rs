//! A conversation of agents, as every conversation log boils down to one.

use serde_json::{Map, Value};
use telemetron_model::record::ToolCall;
use telemetron_model::{NanoUsd, Timestamp};

/// One recorded conversation.
#[derive(Debug, Default)]
pub(crate) struct Conversation {
    /// The form it was recorded in.
    pub(crate) format: &'static str,
    /// Name of the trace: the kind of run.
    pub(crate) name: &'static str,
    /// What the user asked.
    pub(crate) question: Option<String>,
    /// What else the log says of the run itself.
    pub(crate) metadata: Map<String, Value>,
    /// What the log says that the run cost.
    pub(crate) cost: Option<NanoUsd>,
    /// What happened, in order.
    pub(crate) entries: Vec<Entry>,
    /// Work that was passed on, when the log says so itself; otherwise every change of speaker.
    pub(crate) handoffs: Option<Vec<Passed>>,
}

/// One entry of the log.
#[derive(Debug)]
pub(crate) enum Entry {
    /// An agent's turn.
    Turn(Turn),
    /// A line that belongs to no agent.
    Note(Note),
}

/// A line that belongs to no agent.
#[derive(Debug)]
pub(crate) struct Note {
    /// What it says.
    pub(crate) text: String,
}

/// An agent's turn.
#[derive(Debug, Default)]
pub(crate) struct Turn {
    /// Who speaks.
    pub(crate) agent: String,
    /// What went in; the turn before when the log does not say.
    pub(crate) input: Option<String>,
    /// What is said.
    pub(crate) content: String,
    /// What was run or called in it.
    pub(crate) calls: Vec<ToolCall>,
    /// What the agent hands on, when the turn says it in so many words.
    pub(crate) request: Option<String>,
    /// When, by the log's own clock.
    pub(crate) time: Option<Timestamp>,
    /// What else the log says of the turn.
    pub(crate) attributes: Map<String, Value>,
}

/// Work that was passed from one turn to another.
#[derive(Debug)]
pub(crate) struct Passed {
    /// Place of the source's turn among the turns.
    pub(crate) from: usize,
    /// Place of the target's turn among the turns.
    pub(crate) to: usize,
    /// How it was recognised.
    pub(crate) rule: &'static str,
}

impl Turn {
    /// A turn without more than its words.
    pub(crate) fn new(agent: impl Into<String>, content: impl Into<String>) -> Self {
        Self {
            agent: agent.into(),
            content: content.into(),
            ..Self::default()
        }
    }

    /// Adds something the log says of the turn.
    pub(crate) fn with(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.attributes.insert(name.to_owned(), value.into());
        self
    }
}

impl From<Turn> for Entry {
    fn from(turn: Turn) -> Self {
        Self::Turn(turn)
    }
}

/// A line that belongs to no agent.
pub(crate) fn note(text: impl Into<String>) -> Entry {
    Entry::Note(Note { text: text.into() })
}
