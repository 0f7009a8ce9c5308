//! By what the texts of spans are found: a set of marks for the spans of a trace that a batch
//! writes, so that a trace of many spans that come together costs one row.

use chrono::NaiveDate;
use sqlx::PgConnection;
use telemetron_model::record::{Event, Span, Trace};
use telemetron_model::search::{Marks, each_text, each_word, once};
use telemetron_model::{Entries, RawJson, SpanId, TraceId};

use super::spans::SpanKey;
use crate::StoreError;
use crate::copy::Rows;
use crate::refused::Refusals;
use crate::tables::SpanTextRow;

/// Most spans and marks of a row: it should tell of few spans which of them may be meant.
const MOST_SPANS: usize = 64;
const MOST_MARKS: usize = 32 * 1024;

/// The sort of events that are messages of a call of a model.
const MESSAGE: &str = "message";

/// A row is made of many records, and nothing of them in it can be refused.
const NO_RECORD: i64 = 0;

/// The marks of what a person sees of a span.
pub(super) fn of_span(span: &Span) -> Vec<u64> {
    let mut gathered = Gathered::default();
    let named = [
        &span.agent_name,
        &span.agent_id,
        &span.model,
        &span.tool_name,
    ];
    gathered.text(&span.name);
    named
        .into_iter()
        .flatten()
        .for_each(|name| gathered.text(name));
    gathered.json(span.error.as_ref().and_then(RawJson::of).as_ref());
    gathered.json(span.input_data.as_ref());
    gathered.json(span.output_data.as_ref());
    for call in &span.llm_calls {
        gathered.text(&call.model);
        gathered.json(call.messages.as_ref());
        gathered.json(call.response.as_ref());
        call.error.iter().for_each(|error| gathered.text(error));
    }
    for call in &span.tool_calls {
        gathered.text(&call.tool_name);
        gathered.json(call.arguments.as_ref());
        gathered.json(call.result.as_ref());
        call.error.iter().for_each(|error| gathered.text(error));
    }
    gathered.once()
}

/// The marks of what a person sees of a trace's own record.
fn of_trace(trace: &Trace) -> Vec<u64> {
    let mut gathered = Gathered::default();
    let named = [&trace.name, &trace.root_agent_name, &trace.root_agent_id];
    named
        .into_iter()
        .flatten()
        .for_each(|name| gathered.text(name));
    gathered.json(trace.error.as_ref().and_then(RawJson::of).as_ref());
    gathered.json(trace.user_input.as_ref());
    gathered.json(trace.final_output.as_ref());
    gathered.once()
}

/// The marks of what a model was asked or said, where a log record tells it; none of other records.
pub(super) fn of_event(event: &Event) -> Vec<u64> {
    let mut gathered = Gathered::default();
    if !speaks(event) {
        return Vec::new();
    }
    gathered.text(event.message.as_deref().unwrap_or_default());
    let data = event.data.as_ref().map_or("", RawJson::get);
    for (name, value) in Entries::of(data).0 {
        if name == BODY || name.starts_with("gen_ai.") {
            each_text(value.get(), |text| gathered.text(text));
        }
    }
    gathered.once()
}

/// Where the body of a log record stands among what an event carries, if it is no short text.
const BODY: &str = "otel.body";

/// Whether an event may be a message of a call: it is called one, or carries more than a line.
fn speaks(event: &Event) -> bool {
    let holds_body = |data: &RawJson| data.get().contains(BODY);
    event.event_type == MESSAGE || event.data.as_ref().is_some_and(holds_body)
}

#[derive(Default)]
struct Gathered(Vec<u64>);

impl Gathered {
    fn text(&mut self, text: &str) {
        each_word(text, |mark| self.0.push(mark));
    }

    fn json(&mut self, json: Option<&RawJson>) {
        if let Some(json) = json {
            each_text(json.get(), |text| self.text(text));
        }
    }

    fn once(mut self) -> Vec<u64> {
        once(&mut self.0);
        self.0.shrink_to_fit();
        self.0
    }
}

/// Rows on their way into the database. Spans of a trace come one after the other.
pub(super) struct TextRows {
    rows: Rows,
    of: Option<SpanKey>,
    spans: Vec<SpanId>,
    marks: Vec<u64>,
}

impl TextRows {
    pub(super) fn new() -> Self {
        Self {
            rows: Rows::of::<SpanTextRow<'_>>(),
            of: None,
            spans: Vec::new(),
            marks: Vec::new(),
        }
    }

    /// Adds a span with its marks.
    pub(super) fn span(&mut self, key: SpanKey, marks: &[u64]) {
        let another = self
            .of
            .is_some_and(|of| (of.day, of.trace_id) != (key.day, key.trace_id));
        if another || self.spans.len() >= MOST_SPANS || self.marks.len() >= MOST_MARKS {
            self.settle();
        }
        self.of = Some(key);
        self.spans.push(key.span_id);
        self.marks.extend(marks);
    }

    /// Adds a trace's own record, which belongs to no span.
    pub(super) fn trace(&mut self, day: NaiveDate, trace: &Trace) {
        self.whole(day, trace.trace_id, of_trace(trace));
    }

    /// Adds marks of a trace that belong to no span.
    pub(super) fn whole(&mut self, day: NaiveDate, trace_id: TraceId, mut marks: Vec<u64>) {
        once(&mut marks);
        let marks = Marks::of(&marks);
        self.rows.add(NO_RECORD, &row(day, &trace_id, &[], &marks));
    }

    fn settle(&mut self) {
        let Some(SpanKey { day, trace_id, .. }) = self.of.take() else {
            return;
        };
        once(&mut self.marks);
        let marks = Marks::of(&self.marks);
        let spans: Vec<_> = self.spans.iter().map(SpanId::as_bytes).collect();
        self.rows
            .add(NO_RECORD, &row(day, &trace_id, &spans, &marks));
        self.spans.clear();
        self.marks.clear();
    }

    /// Copies the rows.
    pub(super) async fn send(mut self, conn: &mut PgConnection) -> Result<(), StoreError> {
        self.settle();
        self.rows.send(conn, &mut Refusals::Fail).await
    }
}

fn row<'a>(
    day: NaiveDate,
    trace_id: &'a TraceId,
    span_ids: &'a [&'a [u8]],
    marks: &'a Marks,
) -> SpanTextRow<'a> {
    SpanTextRow {
        day,
        trace_id: trace_id.as_bytes(),
        span_ids,
        marks: marks.as_bytes(),
    }
}
