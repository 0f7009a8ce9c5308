//! A conversation as the records of one trace.
//!
//! A root, a span for each turn below it, a handoff where work was passed on, an event for each
//! line that belongs to no agent. Ids are hashes of the document, so that importing it again
//! changes nothing. A log without times keeps its order: instants are a fixed base and a
//! millisecond an entry, marked as `order`, so that no duration is ever derived from them.

use serde_json::{Map, Value, json};
use telemetron_model::record::{
    Event, Handoff, Record, Severity, Span, SpanKind, Status, TimeSource, Trace, event_type,
};
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::Document;
use super::conversation::{Conversation, Entry, Note, Passed, Turn};
use super::ids::{span_id, text_id, trace_id};
use super::instants::{self, BASE};
use super::payload;

/// The speakers that are people.
const PEOPLE: [&str; 2] = ["human", "user"];

/// Most characters of a reason.
const REASON_CHARS: usize = 500;

/// The records of a conversation that a document holds.
pub(super) fn of(document: &Document<'_>, conversation: &Conversation) -> Vec<Record> {
    Writer::new(document, conversation).records()
}

struct Writer<'a> {
    conversation: &'a Conversation,
    trace_id: TraceId,
    root: SpanId,
    /// The instant of each entry.
    instants: Vec<Timestamp>,
}

/// A turn, where it stands and when.
#[derive(Clone, Copy)]
struct Placed<'a> {
    turn: &'a Turn,
    place: usize,
    time: Timestamp,
}

impl<'a> Writer<'a> {
    fn new(document: &Document<'_>, conversation: &'a Conversation) -> Self {
        let trace_id = trace_id(conversation.format, document.text());
        Self {
            conversation,
            trace_id,
            root: span_id(trace_id, "root", 0),
            instants: instants::of(&conversation.entries),
        }
    }

    fn records(&self) -> Vec<Record> {
        let turns = self.turns();
        let mut records = vec![self.trace(&turns).into(), self.root_span(&turns).into()];
        let spans = turns.iter().enumerate().map(|(place, turn)| {
            let before = place.checked_sub(1).and_then(|before| turns.get(before));
            Record::from(self.turn_span(*turn, before.copied()))
        });
        records.extend(spans);
        records.extend(self.handoffs(&turns).into_iter().map(Record::from));
        records.extend(self.notes().map(Record::from));
        records
    }

    fn turns(&self) -> Vec<Placed<'a>> {
        let entries = self.conversation.entries.iter().zip(&self.instants);
        let turns = entries.filter_map(|(entry, time)| match entry {
            Entry::Turn(turn) => Some((turn, *time)),
            Entry::Note(_) => None,
        });
        let placed = turns.enumerate();
        placed
            .map(|(place, (turn, time))| Placed { turn, place, time })
            .collect()
    }

    fn start(&self) -> Timestamp {
        self.instants.first().copied().unwrap_or(BASE)
    }

    fn end(&self) -> Timestamp {
        self.instants.last().copied().unwrap_or(BASE)
    }

    fn trace(&self, turns: &[Placed<'_>]) -> Trace {
        let conversation = self.conversation;
        let first_agent = turns
            .iter()
            .map(|placed| placed.turn.agent.as_str())
            .find(|agent| !PEOPLE.contains(agent))
            .map(str::to_owned);
        let mut metadata = conversation.metadata.clone();
        metadata.insert("imported_from".to_owned(), conversation.format.into());
        Trace {
            name: Some(conversation.name.to_owned()),
            status: Status::Completed,
            end_time: Some(self.end()),
            time_source: Some(TimeSource::Order),
            root_agent_id: first_agent.clone(),
            root_agent_name: first_agent,
            user_input: self.question(),
            final_output: final_output(turns),
            reported_cost_usd: conversation.cost,
            metadata: payload::payload(&metadata),
            ..Trace::opened(self.trace_id, self.start())
        }
    }

    fn question(&self) -> Option<telemetron_model::RawJson> {
        payload::text(self.conversation.question.as_deref().unwrap_or_default())
    }

    fn root_span(&self, turns: &[Placed<'_>]) -> Span {
        Span {
            input_data: self.question(),
            output_data: final_output(turns),
            ..self.span(self.root, self.conversation.name, self.start(), self.end())
        }
    }

    fn turn_span(&self, placed: Placed<'_>, before: Option<Placed<'_>>) -> Span {
        let Placed { turn, place, time } = placed;
        let said_before = before.map(|before| before.turn.content.as_str());
        let input = turn.input.as_deref().or(said_before).unwrap_or_default();
        Span {
            parent_span_id: Some(self.root),
            agent_id: Some(turn.agent.clone()),
            agent_name: Some(turn.agent.clone()),
            input_data: payload::text(input),
            output_data: payload::text(&turn.content),
            tool_calls: turn.calls.clone(),
            attributes: payload::payload(&attributes(turn, place)),
            ..self.span(self.turn_id(place), &turn.agent, time, time)
        }
    }

    fn span(&self, id: SpanId, name: &str, start: Timestamp, end: Timestamp) -> Span {
        Span {
            status: Status::Completed,
            end_time: Some(end),
            time_source: Some(TimeSource::Order),
            ..Span::started(self.trace_id, id, name, SpanKind::Agent, start)
        }
    }

    fn turn_id(&self, place: usize) -> SpanId {
        span_id(self.trace_id, "turn", place)
    }

    fn handoffs(&self, turns: &[Placed<'_>]) -> Vec<Handoff> {
        let changes;
        let passed = match &self.conversation.handoffs {
            Some(passed) => passed,
            None => {
                changes = changes_of_speaker(turns);
                &changes
            }
        };
        let pairs = passed.iter().filter_map(|passed| {
            let pair = (turns.get(passed.from)?, turns.get(passed.to)?);
            Some((passed, pair))
        });
        pairs
            .enumerate()
            .map(|(place, (passed, (from, to)))| self.handoff(place, passed, from, to))
            .collect()
    }

    fn handoff(
        &self,
        place: usize,
        passed: &Passed,
        from: &Placed<'_>,
        to: &Placed<'_>,
    ) -> Handoff {
        let (source, target) = (&from.turn.agent, &to.turn.agent);
        Handoff {
            handoff_id: text_id(self.trace_id, "handoff", place),
            trace_id: self.trace_id,
            span_id: Some(self.turn_id(from.place)),
            source_agent_id: Some(source.clone()),
            source_agent_name: Some(source.clone()),
            target_agent_id: Some(target.clone()),
            target_agent_name: target.clone(),
            timestamp: to.time,
            until: None,
            reason: from.turn.request.as_deref().map(bounded),
            mode: None,
            rule: Some(passed.rule.to_owned()),
            context: None,
        }
    }

    fn notes(&self) -> impl Iterator<Item = Event> {
        let entries = self.conversation.entries.iter().zip(&self.instants);
        let notes = entries.filter_map(|(entry, time)| match entry {
            Entry::Note(note) => Some((note, *time)),
            Entry::Turn(_) => None,
        });
        notes
            .enumerate()
            .map(|(place, (note, time))| self.event(place, note, time))
    }

    fn event(&self, place: usize, note: &Note, time: Timestamp) -> Event {
        Event {
            event_id: Some(text_id(self.trace_id, "note", place)),
            trace_id: Some(self.trace_id),
            span_id: Some(self.root),
            agent_id: None,
            agent_name: None,
            event_type: event_type::CUSTOM.to_owned(),
            event_name: "log".to_owned(),
            severity: Severity::Info,
            message: Some(bounded(&note.text)),
            data: None,
            timestamp: time,
            correlation_id: None,
            cause: None,
        }
    }
}

/// Every change of speaker passes the work on. What the source asked for may stand in an earlier
/// turn of the same run of turns: a thought may follow the request.
fn changes_of_speaker(turns: &[Placed<'_>]) -> Vec<Passed> {
    let mut passed = Vec::new();
    let mut asked: Option<usize> = None;
    for pair in turns.windows(2) {
        let [source, target] = pair else { continue };
        if source.turn.request.is_some() {
            asked = Some(source.place);
        }
        if source.turn.agent != target.turn.agent {
            passed.push(Passed {
                from: asked.unwrap_or(source.place),
                to: target.place,
                rule: "speaker_change",
            });
            asked = None;
        }
    }
    passed
}

fn attributes(turn: &Turn, place: usize) -> Map<String, Value> {
    let mut attributes = turn.attributes.clone();
    attributes.insert("turn".to_owned(), json!(place));
    attributes
}

fn final_output(turns: &[Placed<'_>]) -> Option<telemetron_model::RawJson> {
    payload::text(&turns.last()?.turn.content)
}

fn bounded(text: &str) -> String {
    text.trim().chars().take(REASON_CHARS).collect()
}
