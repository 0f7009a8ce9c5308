//! Realistic spans: 22 a trace, about 1.7 KB each, four agents, models and tools, text that
//! compresses like text. The same number gives the same trace.

use serde_json::json;
use telemetron_model::record::{Record, Resource, Span, SpanKind, Status, TokenUsage};
use telemetron_model::{NanoUsd, RawJson, SpanId, Timestamp, TraceId};

/// Spans in one trace.
pub(crate) const SPANS_PER_TRACE: u32 = 22;

const AGENTS: [&str; 4] = ["orchestrator", "researcher", "coder", "reviewer"];
const MODELS: [&str; 3] = ["gpt-5", "claude-opus-4-5", "qwen3-32b"];
const TOOLS: [&str; 5] = [
    "web_search",
    "read_file",
    "run_tests",
    "edit_file",
    "fetch_page",
];
const WORDS: [&str; 64] = [
    "the",
    "agent",
    "must",
    "find",
    "a",
    "reason",
    "for",
    "each",
    "failing",
    "test",
    "before",
    "it",
    "writes",
    "any",
    "code",
    "and",
    "report",
    "what",
    "was",
    "seen",
    "in",
    "logs",
    "of",
    "service",
    "that",
    "handles",
    "orders",
    "customers",
    "since",
    "yesterday",
    "evening",
    "latency",
    "grew",
    "by",
    "percent",
    "while",
    "memory",
    "stayed",
    "flat",
    "which",
    "suggests",
    "lock",
    "contention",
    "rather",
    "than",
    "pressure",
    "from",
    "garbage",
    "collection",
    "so",
    "next",
    "step",
    "is",
    "to",
    "profile",
    "writer",
    "thread",
    "under",
    "load",
    "with",
    "flags",
    "enabled",
    "again",
    "tomorrow",
];

/// A small, repeatable source of chance (splitmix64).
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % n as u64).unwrap_or_default()
    }

    pub(crate) fn text(&mut self, words: usize) -> String {
        let words: Vec<_> = (0..words).map(|_| WORDS[self.below(WORDS.len())]).collect();
        words.join(" ")
    }
}

/// The ended spans of one trace, children before their parents as exporters send them.
pub(crate) fn trace(number: u64, begun: Timestamp) -> Vec<Span> {
    trace_of(SPANS_PER_TRACE, number, begun)
}

/// The same with as many spans as wanted, at least five.
pub(crate) fn trace_of(size: u32, number: u64, begun: Timestamp) -> Vec<Span> {
    let mut chance = Chance::new(number);
    let trace_id = trace_id(&mut chance);
    let ids: Vec<_> = (0..size).map(|_| span_id(&mut chance)).collect();
    let mut spans: Vec<_> = (0..)
        .zip(&ids)
        .map(|(place, id)| span(place, *id, &ids, trace_id, begun, &mut chance))
        .collect();
    spans.reverse();
    spans
}

/// The id of the trace with this number.
pub(crate) fn id_of_trace(number: u64) -> TraceId {
    trace_id(&mut Chance::new(number))
}

/// The record that announces a span: no payload, no end.
pub(crate) fn start_of(span: &Span) -> Record {
    let mut start = Span::started(
        span.trace_id,
        span.span_id,
        span.name.clone(),
        span.span_kind,
        span.start_time,
    );
    start.parent_span_id = span.parent_span_id;
    start.agent_id.clone_from(&span.agent_id);
    start.agent_name.clone_from(&span.agent_name);
    start.session_id.clone_from(&span.session_id);
    start.model.clone_from(&span.model);
    start.tool_name.clone_from(&span.tool_name);
    start.into()
}

fn trace_id(chance: &mut Chance) -> TraceId {
    let mut bytes = [1; 16];
    bytes[..8].copy_from_slice(&chance.next().to_be_bytes());
    bytes[8..].copy_from_slice(&chance.next().to_be_bytes());
    TraceId::from_bytes(bytes).unwrap_or_else(|_| trace_id(chance))
}

fn span_id(chance: &mut Chance) -> SpanId {
    SpanId::from_slice(&chance.next().to_be_bytes()).unwrap_or_else(|_| span_id(chance))
}

/// Span 0 is the root, 1 to 4 are agents, the rest their LLM and tool calls.
fn span(
    place: usize,
    id: SpanId,
    ids: &[SpanId],
    trace_id: TraceId,
    begun: Timestamp,
    chance: &mut Chance,
) -> Span {
    let (kind, parent) = match place {
        0 => (SpanKind::Agent, None),
        1..=4 => (SpanKind::Agent, Some(ids[0])),
        _ if place.is_multiple_of(2) => (SpanKind::Tool, Some(ids[1 + place % 4])),
        _ => (SpanKind::Llm, Some(ids[1 + place % 4])),
    };
    let agent = AGENTS[place.saturating_sub(1) % 4];
    let (model, tool) = (MODELS[chance.below(3)], TOOLS[chance.below(5)]);
    let start = begun.plus_nanos(i64::try_from(place).unwrap_or_default() * 40_000_000);
    let name = match kind {
        SpanKind::Llm => format!("chat {model}"),
        SpanKind::Tool => format!("execute_tool {tool}"),
        _ => format!("invoke_agent {agent}"),
    };
    let mut span = Span::started(trace_id, id, name, kind, start);
    span.parent_span_id = parent;
    span.status = if chance.below(40) == 0 {
        Status::Failed
    } else {
        Status::Completed
    };
    span.end_time = Some(
        start
            .plus_nanos(1_000_000 + i64::try_from(chance.below(2_000_000_000)).unwrap_or_default()),
    );
    span.agent_id = Some(format!("{agent}-1"));
    span.agent_name = Some(agent.to_owned());
    span.session_id = Some(format!("session-{}", trace_id.as_bytes()[0]));
    span.project = Some("bench".to_owned());
    span.attributes = RawJson::of(&json!({
        "server.address": "llm.internal", "retry.count": 0, "queue": "default",
        "request.id": format!("{:016x}", chance.next()),
    }));
    span.resource = Some(Resource {
        service: Some("bench".to_owned()),
        ..Resource::default()
    });
    match kind {
        SpanKind::Llm => describe_llm(&mut span, model, chance),
        SpanKind::Tool => describe_tool(&mut span, tool, chance),
        _ => span.input_data = RawJson::of(&chance.text(90)),
    }
    span
}

fn describe_llm(span: &mut Span, model: &str, chance: &mut Chance) {
    let (input, output) = (400 + chance.below(4_000), 20 + chance.below(600));
    span.model = Some(model.to_owned());
    span.provider = Some("openai".to_owned());
    span.finish_reason = Some("stop".to_owned());
    span.token_usage = Some(TokenUsage::new(
        i64::try_from(input).unwrap_or(0),
        i64::try_from(output).unwrap_or(0),
    ));
    span.cost_usd = Some(NanoUsd::from_nanos(
        i64::try_from(input * 1_250 + output * 10_000).unwrap_or(0),
    ));
    span.input_data = RawJson::of(&json!([
        {"role": "system", "content": chance.text(45)}, {"role": "user", "content": chance.text(60)},
    ]));
    span.output_data = RawJson::of(&json!({"role": "assistant", "content": chance.text(70)}));
}

fn describe_tool(span: &mut Span, tool: &str, chance: &mut Chance) {
    span.tool_name = Some(tool.to_owned());
    span.tool_call_id = Some(format!("call_{:012x}", chance.next() >> 16));
    span.input_data = RawJson::of(&json!({"query": chance.text(25)}));
    span.output_data = RawJson::of(&json!({"result": chance.text(130)}));
}
