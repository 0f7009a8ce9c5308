//! A batch: records by what they belong to, repetitions within it already folded.

mod payloads;
mod slot;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;

use telemetron_model::bounds::believed_end;
use telemetron_model::fold::sides::{self, Side};
use telemetron_model::fold::{Belonging, Folded};
use telemetron_model::links::{self, Linked};
use telemetron_model::record::{
    Agent, ErrorRecord, Event, Handoff, MetricPoint, Record, Span, Status, Task, Trace,
};
use telemetron_model::topic::{PartitionOffset, Topic};
use telemetron_model::{SpanId, Timestamp, TraceId};

use super::Topics;
use super::texts;
pub(super) use payloads::{Payload, Payloads};
use slot::{Candidate, keep_latest};
pub(super) use slot::{Latest, Order, Slot, outline};

/// One decoded record.
#[derive(Debug)]
pub struct Delivery {
    /// Which of the batch's positions it came from.
    pub position: usize,
    /// When the broker took it.
    pub broker_time: Timestamp,
    /// Hash of its bytes.
    pub hash: i64,
    /// The record.
    pub record: Record,
}

/// How far one partition moves with the batch.
#[derive(Debug, Clone)]
pub struct Position {
    /// The topic.
    pub topic: Topic,
    /// The partition.
    pub partition: i32,
    /// The offset at which it must stand before.
    pub expected: i64,
    /// The offset at which it stands after.
    pub next: i64,
    /// Broker time of its latest record in the batch.
    pub broker_time: Option<Timestamp>,
    /// Records read.
    pub received: i64,
    /// Records with nothing to fold.
    pub ignored: i64,
    /// Records that went to the dead letters.
    pub rejected: i64,
}

/// A record that could not be folded, already delivered to the dead-letter topic.
#[derive(Debug, Clone)]
pub struct Rejected {
    /// Which of the batch's positions it came from.
    pub position: usize,
    /// Its offset there.
    pub offset: i64,
    /// When the broker took it.
    pub broker_time: Timestamp,
    /// Where the record is kept.
    pub kept: Kept,
    /// The kind of reason.
    pub code: &'static str,
    /// The reason.
    pub reason: String,
    /// Its `schema` header.
    pub schema: Option<String>,
    /// Its key, as far as it is text.
    pub key: Option<String>,
    /// Size of its value.
    pub value_bytes: usize,
    /// The head of its value, for people.
    pub excerpt: String,
}

/// Where a record is kept that could not be folded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// In the dead-letter topic.
    Letter {
        /// Its partition there.
        partition: i32,
        /// Its offset there.
        offset: i64,
        /// What of it was cut, as a sentence.
        cut: Option<String>,
    },
    /// In a file of the consumer, since Kafka takes no letter of it.
    File(String),
    /// Nowhere but in the topic that it came from.
    Nowhere,
}

/// Records that are written together.
#[derive(Debug, Default)]
pub struct Batch {
    pub(super) cluster_id: String,
    pub(super) topics: Topics,
    pub(super) positions: Vec<Position>,
    pub(super) rejected: Vec<Rejected>,
    pub(super) skipped: Vec<PartitionOffset>,
    pub(super) traces: BTreeMap<TraceId, TraceBatch>,
    pub(super) agents: BTreeMap<String, Latest<Agent>>,
    pub(super) tasks: BTreeMap<String, Latest<Task>>,
    pub(super) system_events: BTreeMap<String, Latest<Event>>,
    pub(super) metrics: Vec<(usize, i64, Timestamp, Box<MetricPoint>)>,
}

/// What a batch holds of one trace.
#[derive(Debug)]
pub(super) struct TraceBatch {
    pub(super) first_seen: Timestamp,
    pub(super) last_seen: Timestamp,
    pub(super) belonging: Belonging,
    pub(super) report: Option<Slot<Box<Trace>>>,
    pub(super) spans: HashMap<SpanId, SpanSlot>,
    pub(super) handoffs: BTreeMap<String, Latest<Handoff>>,
    pub(super) events: BTreeMap<String, Latest<Event>>,
    pub(super) errors: BTreeMap<String, Latest<ErrorRecord>>,
    /// Spans with those of other traces that they link to.
    pub(super) links: BTreeSet<(SpanId, Linked)>,
}

/// The records of one span, and its payloads once they are compressed.
#[derive(Debug, Clone)]
pub(super) struct SpanSlot {
    pub(super) slot: Slot<Box<Span>>,
    /// The latest end that its records name, as far as it is believed.
    pub(super) believed_end: Option<Timestamp>,
    pub(super) payloads: Payloads,
    /// By what its texts are found.
    pub(super) marks: Vec<u64>,
}

impl SpanSlot {
    /// Whether there is anything to find: a span below others that has only begun says nothing
    /// that its end will not say.
    pub(super) fn is_shown(&self) -> bool {
        let span = &self.slot.state.body;
        span.status != Status::Running
            || span.parent_span_id.is_none()
            || span.input_data.is_some()
            || span.output_data.is_some()
    }
}

impl Batch {
    /// An empty batch from this Kafka cluster.
    pub fn new(cluster_id: &str) -> Self {
        Self {
            cluster_id: cluster_id.to_owned(),
            ..Self::default()
        }
    }

    /// The same of these topics.
    #[must_use]
    pub fn in_topics(mut self, topics: Topics) -> Self {
        self.topics = topics;
        self
    }

    /// Adds a partition; records name it by the number this returns.
    pub fn add_position(&mut self, position: Position) -> usize {
        self.positions.push(position);
        self.positions.len() - 1
    }

    /// The partitions and how far they move.
    pub fn positions(&self) -> &[Position] {
        &self.positions
    }

    /// Counts records of a position that are not folded.
    pub fn count(&mut self, position: usize, ignored: i64, rejected: i64) {
        let position = &mut self.positions[position];
        position.ignored += ignored;
        position.rejected += rejected;
    }

    /// Adds a record that went to the dead letters.
    pub fn reject(&mut self, rejected: Rejected) {
        self.rejected.push(rejected);
    }

    /// Says that the batch rejects a record since an operator gave it up, or would if it were there.
    pub fn skip(&mut self, place: PartitionOffset) {
        self.skipped.push(place);
    }

    /// Takes from the dead letters what is said of them: what counts is that they are counted. Says
    /// whether there was anything to take.
    pub fn bare_letters(&mut self) -> bool {
        let mut changed = false;
        for letter in &mut self.rejected {
            changed |= !letter.reason.is_empty();
            letter.reason.clear();
            letter.excerpt.clear();
            (letter.key, letter.schema) = (None, None);
        }
        changed
    }

    /// Adds a record.
    pub fn add(&mut self, delivery: Delivery) {
        let Delivery {
            position,
            broker_time: seen,
            hash,
            record,
        } = delivery;
        match record {
            Record::Span(span) => self
                .trace(span.trace_id, seen)
                .add_span(position, hash, seen, span),
            Record::Trace(trace) => self
                .trace(trace.trace_id, seen)
                .add_report(position, hash, trace),
            Record::Handoff(record) => {
                let id = record.handoff_id.clone();
                let new = Candidate {
                    position,
                    order: (false, 0, hash),
                    seen,
                    record,
                };
                keep_latest(&mut self.trace(new.record.trace_id, seen).handoffs, id, new);
            }
            Record::Event(record) => {
                let id = given_or_hash(record.event_id.as_ref(), hash);
                let new = Candidate {
                    position,
                    order: (false, 0, hash),
                    seen,
                    record,
                };
                let events = match new.record.trace_id {
                    Some(trace_id) => &mut self.trace(trace_id, seen).events,
                    None => &mut self.system_events,
                };
                keep_latest(events, id, new);
            }
            Record::Error(record) => {
                let id = given_or_hash(record.error_id.as_ref(), hash);
                let new = Candidate {
                    position,
                    order: (false, 0, hash),
                    seen,
                    record,
                };
                keep_latest(&mut self.trace(new.record.trace_id, seen).errors, id, new);
            }
            Record::Agent(record) => {
                let order = (false, record.timestamp.nanos(), hash);
                keep_latest(
                    &mut self.agents,
                    record.agent_id.clone(),
                    Candidate {
                        position,
                        order,
                        seen,
                        record,
                    },
                );
            }
            Record::Task(record) => {
                let over = record.ended_at.is_some() || is_over(&record);
                let order = (over, record.timestamp.nanos(), hash);
                keep_latest(
                    &mut self.tasks,
                    record.task_id.clone(),
                    Candidate {
                        position,
                        order,
                        seen,
                        record,
                    },
                );
            }
            Record::Metric(point) => self.metrics.push((position, hash, seen, point)),
        }
    }

    fn trace(&mut self, trace_id: TraceId, seen: Timestamp) -> &mut TraceBatch {
        let trace = self
            .traces
            .entry(trace_id)
            .or_insert_with(|| TraceBatch::new(seen));
        trace.first_seen = trace.first_seen.min(seen);
        trace.last_seen = trace.last_seen.max(seen);
        trace
    }

    /// Compresses the payloads of the spans that may be written, and reads their texts: the part of a batch that needs
    /// the processor and no database.
    ///
    /// # Errors
    /// When zstd cannot get memory.
    pub fn seal(&mut self) -> io::Result<()> {
        for trace in self.traces.values_mut() {
            for span in trace.spans.values_mut() {
                span.payloads = Payloads::of(&span.slot.state.body)?;
                span.marks = texts::of_span(&span.slot.state.body);
            }
        }
        Ok(())
    }
}

fn is_over(task: &Task) -> bool {
    use telemetron_model::record::TaskStatus::{Completed, Failed};
    matches!(task.status, Completed | Failed)
}

fn given_or_hash(id: Option<&String>, hash: i64) -> String {
    id.filter(|id| !id.is_empty())
        .cloned()
        .unwrap_or_else(|| format!("{hash:016x}"))
}

impl SpanSlot {
    /// The same as the called side of a call, below its caller.
    pub(super) fn called(mut self) -> Self {
        self.slot.state.body = sides::called(self.slot.state.body);
        self
    }
}

impl TraceBatch {
    fn new(seen: Timestamp) -> Self {
        Self {
            first_seen: seen,
            last_seen: seen,
            belonging: Belonging::default(),
            report: None,
            spans: HashMap::new(),
            handoffs: BTreeMap::new(),
            events: BTreeMap::new(),
            errors: BTreeMap::new(),
            links: BTreeSet::new(),
        }
    }

    fn add_span(&mut self, position: usize, hash: i64, seen: Timestamp, span: Box<Span>) {
        self.belonging.span(&span);
        if let Some(links) = &span.links {
            let others = links::to_others(links, span.trace_id).into_iter();
            self.links.extend(others.map(|other| (span.span_id, other)));
        }
        let side = Side::of(&span);
        let known = self.spans.get(&span.span_id);
        let known = known.and_then(|known| Side::of(&known.slot.state.body));
        match (known, side) {
            (Some(Side::Caller), Some(Side::Called)) => {
                self.put_span(position, hash, seen, sides::called(span));
            }
            (Some(Side::Called), Some(Side::Caller)) => {
                self.make_room(span.span_id);
                self.put_span(position, hash, seen, span);
            }
            _ => self.put_span(position, hash, seen, span),
        }
    }

    /// Moves the called side of a call from its caller's id to its own.
    fn make_room(&mut self, caller: SpanId) {
        if self.spans.contains_key(&sides::called_id(caller)) {
            return;
        }
        if let Some(called) = self.spans.remove(&caller).map(SpanSlot::called) {
            self.spans.insert(called.slot.state.body.span_id, called);
        }
    }

    fn put_span(&mut self, position: usize, hash: i64, seen: Timestamp, span: Box<Span>) {
        let id = span.span_id;
        let believed_end = believed_end(span.end_time, seen);
        let state = Folded::from((span, hash));
        match self.spans.get_mut(&id) {
            Some(known) => {
                known.slot.join(position, state);
                known.believed_end = known.believed_end.max(believed_end);
            }
            None => {
                let new = SpanSlot {
                    slot: Slot::new(position, state),
                    believed_end,
                    payloads: Payloads::default(),
                    marks: Vec::new(),
                };
                self.spans.insert(id, new);
            }
        }
    }

    fn add_report(&mut self, position: usize, hash: i64, trace: Box<Trace>) {
        self.belonging.trace(&trace);
        let state = Folded::from((trace, hash));
        match &mut self.report {
            Some(known) => known.join(position, state),
            None => self.report = Some(Slot::new(position, state)),
        }
    }
}
