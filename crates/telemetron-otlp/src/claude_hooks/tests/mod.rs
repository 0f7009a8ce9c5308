use serde_json::{Value, json};
use telemetron_model::Timestamp;
use telemetron_model::record::{HandoffMode, Record, Span, SpanKind, Status};

use super::*;

mod endings;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_millis((1_700_000_000 + seconds) * 1_000)
}

fn hook(name: &str, more: &Value) -> Hook {
    let mut whole = json!({"session_id": "s1", "prompt_id": "p1", "hook_event_name": name});
    let fields = more.as_object().unwrap().clone();
    whole.as_object_mut().unwrap().extend(fields);
    Hook::parse(whole.to_string().as_bytes()).unwrap()
}

/// The records of hooks that come a second apart, with one memory.
fn play(hooks: &[Hook]) -> Vec<Record> {
    let mut session = Session::default();
    let at_times = (0..).zip(hooks);
    at_times
        .flat_map(|(second, hook)| map(hook, &mut session, at(second)))
        .collect()
}

fn spans(records: &[Record]) -> Vec<&Span> {
    let spans = records.iter().filter_map(|record| match record {
        Record::Span(span) => Some(span.as_ref()),
        _ => None,
    });
    spans.collect()
}

fn agent_call(name: &str, id: &str, target: &str) -> Value {
    let input = json!({"subagent_type": target, "prompt": "look", "description": "find it"});
    json!({"tool_name": name, "tool_use_id": id, "tool_input": input})
}

#[test]
fn a_prompt_is_an_agent_that_runs_until_it_has_answered() {
    let records = play(&[
        hook("UserPromptSubmit", &json!({"prompt": "fix the test"})),
        hook("Stop", &json!({"last_assistant_message": "fixed"})),
    ]);
    let spans = spans(&records);
    let [begun, ended] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(
        (begun.status, ended.status),
        (Status::Running, Status::Completed)
    );
    assert_eq!(
        (begun.trace_id, begun.span_id),
        (ended.trace_id, ended.span_id)
    );
    assert_eq!(ended.span_kind, SpanKind::Agent);
    assert_eq!(ended.agent_name.as_deref(), Some("main"));
    assert_eq!(ended.session_id.as_deref(), Some("s1"));
    assert_eq!(ended.input_data.as_ref().unwrap().get(), "\"fix the test\"");
    assert_eq!(ended.output_data.as_ref().unwrap().get(), "\"fixed\"");
    assert_eq!((begun.end_time, ended.end_time), (None, Some(at(1))));
}

#[test]
fn a_tool_runs_below_its_agent_and_ends_once() {
    let read = json!({"tool_name": "Read", "tool_use_id": "t1", "tool_input": {"path": "a.rs"}});
    let mut answered = read.clone();
    answered["tool_response"] = json!({"content": "fn"});
    answered["duration_ms"] = json!(250);
    let records = play(&[
        hook("UserPromptSubmit", &json!({"prompt": "x"})),
        hook("PreToolUse", &read),
        hook("PostToolUse", &answered),
    ]);
    let spans = spans(&records);
    let [main, running, done] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(running.span_id, done.span_id);
    assert_eq!(running.parent_span_id, Some(main.span_id));
    assert_eq!(
        (running.status, done.status),
        (Status::Running, Status::Completed)
    );
    assert_eq!(done.tool_name.as_deref(), Some("Read"));
    assert_eq!(done.start_time, at(2).plus_nanos(-250_000_000));
    assert_eq!(
        done.output_data.as_ref().unwrap().get(),
        "{\"content\":\"fn\"}"
    );
}

#[test]
fn a_failed_tool_says_why() {
    let failure = json!({
        "tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "make"},
        "error": "exit code 2: connection refused", "is_interrupt": false,
    });
    let records = play(&[hook("PostToolUseFailure", &failure)]);
    let spans = spans(&records);
    let error = spans[0].error.as_ref().unwrap();
    assert_eq!(spans[0].status, Status::Failed);
    assert_eq!(error.error_type, "tool_failure");
    assert!(error.message.contains("connection refused"));
}

#[test]
fn a_sub_agent_stands_below_the_call_that_spawned_it_from_its_start_on() {
    for name in ["Agent", "Task"] {
        let sub = json!({"agent_id": "a7", "agent_type": "Explore"});
        let records = play(&[
            hook("PreToolUse", &agent_call(name, "other", "Plan")),
            hook("PreToolUse", &agent_call(name, "t9", "Explore")),
            hook("SubagentStart", &sub),
            hook(
                "PreToolUse",
                &json!({
                    "agent_id": "a7", "agent_type": "Explore", "tool_name": "Grep", "tool_use_id": "t10",
                }),
            ),
            hook("SubagentStop", &sub),
        ]);
        let spans = spans(&records);
        let [_, call, begun, grep, ended, left] = spans.as_slice() else {
            panic!("{spans:?}");
        };
        assert_eq!(left.span_id, grep.span_id, "its tool ends with it");
        assert_eq!(begun.parent_span_id, Some(call.span_id), "{name}");
        assert_eq!(ended.parent_span_id, Some(call.span_id), "{name}");
        assert_eq!(grep.parent_span_id, Some(begun.span_id), "{name}");
        assert_eq!(begun.agent_name.as_deref(), Some("Explore"));
        assert_eq!(grep.agent_id.as_deref(), Some("a7"));
    }
}

#[test]
fn an_agent_call_is_a_handoff_that_wants_the_work_back() {
    let records = play(&[hook("PreToolUse", &agent_call("Agent", "t9", "Explore"))]);
    let Some(Record::Handoff(handoff)) = records.last() else {
        panic!("{records:?}");
    };
    assert_eq!(handoff.source_agent_name.as_deref(), Some("main"));
    assert_eq!(handoff.target_agent_name, "Explore");
    assert_eq!(handoff.mode, Some(HandoffMode::Delegate));
    assert_eq!(handoff.reason.as_deref(), Some("find it"));
}

#[test]
fn without_memory_the_end_of_the_call_sets_the_sub_agent_right() {
    let mut answered = agent_call("Agent", "t9", "Explore");
    answered["tool_response"] = json!({
        "status": "completed", "agentId": "a7", "content": [{"type": "text", "text": "found"}],
    });
    let records: Vec<_> = [
        hook(
            "SubagentStart",
            &json!({"agent_id": "a7", "agent_type": "Explore"}),
        ),
        hook("PostToolUse", &answered),
    ]
    .iter()
    .flat_map(|hook| map(hook, &mut Session::default(), at(0)))
    .collect();
    let spans = spans(&records);
    let [begun, call, ended] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(begun.span_id, ended.span_id);
    assert_eq!(ended.parent_span_id, Some(call.span_id));
    assert_eq!(ended.status, Status::Completed);
    assert_eq!(ended.input_data.as_ref().unwrap().get(), "\"look\"");
}

#[test]
fn a_sub_agent_that_was_only_launched_goes_on_until_it_stops() {
    let mut launched = agent_call("Agent", "t9", "Explore");
    launched["tool_response"] = json!({"status": "async_launched", "agentId": "a7"});
    let records = play(&[
        hook("PostToolUse", &launched),
        hook(
            "SubagentStop",
            &json!({"agent_id": "a7", "agent_type": "Explore"}),
        ),
    ]);
    let spans = spans(&records);
    let [call, running, stopped] = spans.as_slice() else {
        panic!("{spans:?}");
    };
    assert_eq!(
        (running.status, stopped.status),
        (Status::Running, Status::Completed)
    );
    assert_eq!(stopped.parent_span_id, Some(call.span_id));
}

#[test]
fn an_answer_that_never_came_fails_the_prompt() {
    let failed = play(&[
        hook("UserPromptSubmit", &json!({"prompt": "x"})),
        hook("StopFailure", &json!({"error": "rate_limit"})),
    ]);
    let error = spans(&failed)[1].error.clone().unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.retryable),
        ("rate_limit", Some(true))
    );
    let refused = json!({"error": "unknown", "last_assistant_message": "API Error: 400 not now"});
    let refused = play(&[hook("StopFailure", &refused)]);
    let error = spans(&refused)[0].error.clone().unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("unknown", "API Error: 400 not now")
    );

    let given_up = play(&[
        hook("UserPromptSubmit", &json!({"prompt": "x"})),
        hook(
            "SessionEnd",
            &json!({"prompt_id": null, "reason": "prompt_input_exit"}),
        ),
    ]);
    let spans = spans(&given_up);
    assert_eq!(
        (spans[0].span_id, spans[1].status),
        (spans[1].span_id, Status::Failed)
    );
    assert!(matches!(given_up.last(), Some(Record::Event(event)) if event.trace_id.is_none()));
}

#[test]
fn other_hooks_are_events_of_their_prompt_and_come_once() {
    let notification = hook("Notification", &json!({"message": "waits for you"}));
    let (first, again) = (
        map(&notification, &mut Session::default(), at(0)),
        map(&notification, &mut Session::default(), at(9)),
    );
    let ([Record::Event(first)], [Record::Event(again)]) = (first.as_slice(), again.as_slice())
    else {
        panic!("{first:?} {again:?}");
    };
    assert_eq!(first.message.as_deref(), Some("waits for you"));
    assert_eq!(first.event_name, "claude_code.Notification");
    assert!(first.trace_id.is_some());
    assert_eq!(first.event_id, again.event_id);
}

#[test]
fn prompts_have_traces_of_their_own_and_sessions_without_them_have_one() {
    let trace = |prompt: Value| {
        let hook = hook(
            "UserPromptSubmit",
            &json!({"prompt_id": prompt, "prompt": "x"}),
        );
        spans(&map(&hook, &mut Session::default(), at(0)))[0].trace_id
    };
    assert_ne!(trace(json!("p1")), trace(json!("p2")));
    assert_eq!(trace(json!(null)), trace(json!(null)));

    let records = play(&[
        hook(
            "UserPromptSubmit",
            &json!({"prompt_id": null, "prompt": "x"}),
        ),
        hook("Stop", &json!({"prompt_id": null})),
        hook("SessionEnd", &json!({"prompt_id": null})),
    ]);
    let statuses: Vec<_> = spans(&records).iter().map(|span| span.status).collect();
    assert_eq!(statuses, [Status::Running, Status::Completed]);
}

#[test]
fn what_is_no_hook_is_refused_with_a_sentence() {
    for body in [
        "",
        "[]",
        "{}",
        r#"{"session_id": "", "hook_event_name": "Stop"}"#,
    ] {
        let error = Hook::parse(body.as_bytes()).unwrap_err().to_string();
        assert!(
            error.starts_with("the body is no hook of Claude Code: "),
            "{error}"
        );
    }
}

#[test]
fn what_is_remembered_is_bounded() {
    let mut session = Session::default();
    for number in 0..2_000 {
        let call = agent_call("Agent", &format!("t{number}"), "Explore");
        map(&hook("PreToolUse", &call), &mut session, at(0));
        let sub = json!({"agent_id": format!("a{number}"), "agent_type": "Explore"});
        map(&hook("SubagentStart", &sub), &mut session, at(0));
    }
    let remembered = format!("{session:?}").len();
    assert!(remembered < 400_000, "{remembered} bytes");
}
