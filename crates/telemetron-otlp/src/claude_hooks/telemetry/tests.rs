//! One session told by hooks, spans and log records, in different orders.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use telemetron_model::record::{Record, Span, SpanKind, Status, Trace};
use telemetron_model::{SpanId, Timestamp, TraceId};

use crate::claude_hooks::{Hook, Sessions, ids};
use crate::wire::{Encoding, decode_logs, decode_traces};
use crate::{Prices, logs, traces};

const PROMPT: &str = "da278095-ae54-4608-bf43-6659e08afbcf";
const THEIRS: &str = "0102030405060708090a0b0c0d0e0f10";

/// A message, and the moment it comes.
enum Sent {
    Hook(Value),
    Spans(Vec<Value>),
    Logs(Vec<Value>),
}

/// What stands in the end: of the tellings of one span, the one that counts.
#[derive(Default)]
struct Stands {
    spans: BTreeMap<(TraceId, SpanId), Span>,
    trace: Option<Trace>,
}

impl Stands {
    fn take(&mut self, record: Record) {
        match record {
            Record::Span(span) => {
                let rank = |span: &Span| (span.status, span.end_time);
                let place = self.spans.entry((span.trace_id, span.span_id));
                let known = place.or_insert_with(|| (*span).clone());
                if rank(&span) >= rank(known) {
                    *known = *span;
                }
            }
            Record::Trace(trace) => {
                let rank = |trace: &Trace| (trace.status, trace.end_time);
                if self
                    .trace
                    .as_ref()
                    .is_none_or(|known| rank(known) <= rank(&trace))
                {
                    self.trace = Some(*trace);
                }
            }
            _ => {}
        }
    }

    fn of(&self, what: impl Fn(&Span) -> bool) -> Vec<&Span> {
        self.spans.values().filter(|span| what(span)).collect()
    }

    fn named(&self, name: &str) -> &Span {
        let found = self.of(|span| span.name == name);
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        found[0]
    }
}

fn play(told: &[Sent]) -> Stands {
    let (mut sessions, mut stands) = (Sessions::default(), Stands::default());
    let prices = Prices::default();
    for (second, told) in (0..).zip(told) {
        let now = Timestamp::from_millis((1_700_000_000 + second) * 1_000);
        let mut records = Vec::new();
        match told {
            Sent::Hook(hook) => {
                let hook = Hook::parse(hook.to_string().as_bytes()).unwrap();
                records.extend(sessions.hook(&hook, now));
            }
            Sent::Spans(spans) => {
                let scope = json!({"name": "com.anthropic.claude_code.tracing"});
                let body =
                    json!({"resourceSpans": [{"scopeSpans": [{"scope": scope, "spans": spans}]}]});
                let mut request =
                    decode_traces(body.to_string().as_bytes(), Encoding::Json).unwrap();
                records.extend(sessions.spans(&mut request));
                records.extend(traces::map(&request, &prices).records);
            }
            Sent::Logs(entries) => {
                let scope = json!({"name": "com.anthropic.claude_code.events"});
                let body = json!({"resourceLogs": [{"scopeLogs": [{"scope": scope, "logRecords": entries}]}]});
                let mut request = decode_logs(body.to_string().as_bytes(), Encoding::Json).unwrap();
                records.extend(sessions.logs(&mut request, &prices));
                records.extend(logs::map(&request).records);
            }
        }
        records.into_iter().for_each(|record| stands.take(record));
    }
    stands
}

fn attributes(more: &[(&str, &str)]) -> Vec<Value> {
    let all = [("session.id", "s1")]
        .into_iter()
        .chain(more.iter().copied());
    all.map(|(key, text)| json!({"key": key, "value": {"stringValue": text}}))
        .collect()
}

fn span(id: u8, parent: u8, word: &str, times: (u64, u64), more: &[(&str, &str)]) -> Value {
    let hex = |id: u8| match id {
        0 => String::new(),
        id => format!("{id:016x}"),
    };
    let mut said = vec![("span.type", word)];
    said.extend(more);
    json!({
        "traceId": THEIRS, "spanId": hex(id), "parentSpanId": hex(parent),
        "name": format!("claude_code.{word}"),
        "startTimeUnixNano": times.0.to_string(), "endTimeUnixNano": times.1.to_string(),
        "attributes": attributes(&said),
    })
}

fn log(event: &str, time: u64, more: &[(&str, &str)]) -> Value {
    let mut said = vec![("event.name", event), ("prompt.id", PROMPT)];
    said.extend(more);
    json!({
        "traceId": THEIRS, "spanId": "0000000000000001", "timeUnixNano": time.to_string(),
        "body": {"stringValue": format!("claude_code.{event}")}, "attributes": attributes(&said),
    })
}

fn hook(name: &str, more: &Value) -> Sent {
    let mut whole =
        json!({"session_id": "s1", "prompt_id": PROMPT, "hook_event_name": name, "cwd": "/w/shop"});
    let fields = more.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(fields);
    Sent::Hook(whole)
}

/// The main agent asks a reviewer, who runs a command; then it answers.
fn hooks() -> Vec<Sent> {
    let call = json!({"tool_name": "Agent", "tool_use_id": "t1", "tool_input": {"subagent_type": "reviewer"}});
    let bash = json!({"tool_name": "Bash", "tool_use_id": "t2", "tool_input": {"command": "ls"},
                      "agent_id": "a7", "agent_type": "reviewer"});
    let sub = json!({"agent_id": "a7", "agent_type": "reviewer"});
    let mut listed = bash.clone();
    listed["tool_response"] = "a.rs".into();
    let mut reviewed = call.clone();
    reviewed["tool_response"] = json!({"status": "completed", "agentId": "a7"});
    vec![
        hook("UserPromptSubmit", &json!({"prompt": "review it"})),
        hook("PreToolUse", &call),
        hook("SubagentStart", &sub),
        hook("PreToolUse", &bash),
        hook("PostToolUse", &listed),
        hook("SubagentStop", &sub),
        hook("PostToolUse", &reviewed),
        hook("Stop", &json!({"last_assistant_message": "fine"})),
    ]
}

/// What telemetry tells of the same, in the requests in which it comes.
fn telemetry() -> Vec<Sent> {
    let sub = ("agent_id", "a7");
    let request = |input| {
        [
            ("request_id", "req_0"),
            ("input_tokens", input),
            ("query_source_safe", "sdk"),
        ]
    };
    let of_sub = [
        ("request_id", "req_0"),
        ("input_tokens", "70"),
        ("query_source_safe", "agent.custom"),
        sub,
    ];
    let bash = [("tool_name", "Bash"), ("tool_use_id", "t2"), sub];
    let agent = [
        ("tool_name", "Agent"),
        ("tool_use_id", "t1"),
        ("subagent_type", "reviewer"),
    ];
    vec![
        Sent::Spans(vec![
            span(2, 1, "llm_request", (110, 120), &request("70")),
            span(
                8,
                3,
                "tool.blocked_on_user",
                (121, 122),
                &[("decision", "accept")],
            ),
            span(5, 4, "llm_request", (130, 140), &of_sub),
        ]),
        Sent::Spans(vec![
            span(7, 6, "tool.execution", (142, 149), &[("tool_use_id", "t2")]),
            span(6, 4, "tool", (141, 150), &bash),
            span(4, 3, "tool.execution", (123, 160), &[("tool_use_id", "t1")]),
            span(3, 1, "tool", (121, 161), &agent),
        ]),
        Sent::Spans(vec![
            span(9, 1, "llm_request", (165, 170), &request("80")),
            span(
                1,
                0,
                "interaction",
                (100, 180),
                &[("user_prompt", "review it")],
            ),
        ]),
    ]
}

fn entries() -> Sent {
    Sent::Logs(vec![
        log("user_prompt", 100, &[("prompt", "review it")]),
        log("assistant_response", 170, &[("response", "fine")]),
    ])
}

/// Each thing stands once, where it belongs.
fn check(stands: &Stands, trace: TraceId) {
    assert!(
        stands.spans.keys().all(|(of, _)| *of == trace),
        "one trace: {:?}",
        stands.spans.keys()
    );
    let kind = |kind| stands.of(|span| span.span_kind == kind).len();
    assert_eq!((kind(SpanKind::Agent), kind(SpanKind::Tool)), (2, 2));
    let main = stands.named("claude_code.interaction");
    assert_eq!(
        (main.span_id, main.agent_name.as_deref()),
        (ids::agent(trace, None), Some("main"))
    );
    let call = stands
        .of(|span| span.tool_call_id.as_deref() == Some("t1") && span.span_kind == SpanKind::Tool)
        [0];
    let bash = stands
        .of(|span| span.tool_call_id.as_deref() == Some("t2") && span.span_kind == SpanKind::Tool)
        [0];
    let reviewer = stands.named("reviewer");
    assert_eq!(call.parent_span_id, Some(main.span_id));
    assert_eq!(reviewer.parent_span_id, Some(call.span_id));
    assert_eq!(bash.parent_span_id, Some(reviewer.span_id));
    assert!(
        stands
            .of(|span| span.status != Status::Completed)
            .is_empty()
    );
}

/// What only telemetry tells.
fn check_telemetry(stands: &Stands, trace: TraceId) {
    let calls = stands.of(|span| span.span_kind == SpanKind::Llm);
    assert_eq!(calls.len(), 3);
    let of_main = |span: &&&Span| span.parent_span_id == Some(ids::agent(trace, None));
    assert_eq!(calls.iter().filter(of_main).count(), 2);
    let of_sub = |span: &&&Span| span.parent_span_id == Some(ids::agent(trace, Some("a7")));
    assert_eq!(calls.iter().filter(of_sub).count(), 1);
    let wait = stands.named("claude_code.tool.blocked_on_user");
    assert_eq!(wait.parent_span_id, Some(ids::tool(trace, "t1")));
}

#[test]
fn hooks_and_telemetry_of_a_prompt_are_one_trace_whichever_comes_first() {
    let named = ids::trace("s1", Some(PROMPT));
    let theirs = THEIRS.parse().unwrap();
    let (hooked, told) = (hooks(), telemetry());
    for (order, trace) in [
        ("hooks", named),
        ("telemetry", theirs),
        ("mixed", named),
        ("logs", named),
    ] {
        let (mut first, mut second) = (hooks(), telemetry());
        let parts = match order {
            "hooks" => first.into_iter().chain(second).collect(),
            "telemetry" => second.into_iter().chain(first).collect(),
            "logs" => [entries()]
                .into_iter()
                .chain(second)
                .chain(first)
                .collect::<Vec<_>>(),
            _ => {
                let rest = first.split_off(3);
                let last = second.split_off(1);
                first
                    .into_iter()
                    .chain(second)
                    .chain(rest)
                    .chain(last)
                    .collect()
            }
        };
        assert!(parts.len() >= hooked.len() + told.len());
        let stands = play(&parts);
        check(&stands, trace);
        check_telemetry(&stands, trace);
        let bash = stands.of(|span| span.tool_name.as_deref() == Some("Bash"))[0];
        assert_eq!(
            bash.output_data.as_ref().unwrap().get(),
            "\"a.rs\"",
            "{order}"
        );
        let known = stands.trace.unwrap();
        assert_eq!(known.name.as_deref(), Some("review it"), "{order}");
        assert_eq!(known.project.as_deref(), Some("shop"), "{order}");
        assert_eq!(
            known.final_output.as_ref().unwrap().get(),
            "\"fine\"",
            "{order}"
        );
    }
}

#[test]
fn telemetry_alone_names_its_sub_agents_and_has_the_answer_before_or_after_its_span() {
    let trace = ids::trace("s1", Some(PROMPT));
    for entries_first in [true, false] {
        let mut parts = telemetry();
        let prompt = Sent::Logs(vec![log("user_prompt", 100, &[("prompt", "review it")])]);
        parts.insert(0, prompt);
        parts.insert(if entries_first { 1 } else { 4 }, entries());
        let stands = play(&parts);
        check(&stands, trace);
        check_telemetry(&stands, trace);
        let main = stands.named("claude_code.interaction");
        assert_eq!(main.output_data.as_ref().unwrap().get(), "\"fine\"");
        let known = stands.trace.unwrap();
        assert_eq!(known.final_output.as_ref().unwrap().get(), "\"fine\"");
        assert_eq!(known.user_input.as_ref().unwrap().get(), "\"review it\"");
    }
}

#[test]
fn what_was_started_in_somebody_elses_trace_is_linked_to_it() {
    let mut interaction = span(
        1,
        9,
        "interaction",
        (100, 180),
        &[("user_prompt", "review it")],
    );
    let alone = play(&[Sent::Spans(vec![interaction.clone()])]);
    let main = alone.named("claude_code.interaction");
    assert_eq!(
        main.parent_span_id.unwrap().to_string(),
        format!("{:016x}", 9)
    );
    interaction["name"] = "claude_code.interaction".into();
    let named = play(&[entries(), Sent::Spans(vec![interaction])]);
    let main = named.named("claude_code.interaction");
    assert_eq!(main.parent_span_id, None);
    assert!(main.links.as_ref().unwrap().get().contains(THEIRS));
}
