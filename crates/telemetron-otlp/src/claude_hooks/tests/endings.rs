//! Ends of what is never told to end.

use serde_json::json;
use telemetron_model::record::Status;

use super::{agent_call, at, hook, play, spans};

#[test]
fn a_new_prompt_ends_the_one_that_was_interrupted_and_a_late_hook_has_the_last_word() {
    let call =
        json!({"tool_name": "Bash", "tool_use_id": "t1", "tool_input": {"command": "sleep 600"}});
    let next = json!({"prompt_id": "p2", "prompt": "second"});
    let told = [
        hook("UserPromptSubmit", &json!({"prompt": "first"})),
        hook("PreToolUse", &call),
        hook("UserPromptSubmit", &next),
        hook("Stop", &json!({"last_assistant_message": "done after all"})),
    ];
    let records = play(&told);
    let spans = spans(&records);
    let given_up: Vec<_> = spans
        .iter()
        .filter(|span| span.finish_reason.as_deref() == Some("interrupted"))
        .map(|span| (span.name.as_str(), span.status, span.end_time))
        .collect();
    let at_two = Some(at(2));
    assert_eq!(
        given_up,
        [
            ("claude_code.interaction", Status::Completed, at_two),
            ("Bash", Status::Completed, at_two),
        ]
    );
    let last = spans.last().unwrap();
    assert_eq!(
        (last.status, last.end_time),
        (Status::Completed, Some(at(3)))
    );
    assert_eq!(last.trace_id, spans[0].trace_id);
}

#[test]
fn a_sub_agent_in_the_background_stays_with_its_prompt_whatever_its_hooks_say() {
    let mut launched = agent_call("Agent", "t9", "Explore");
    launched["tool_response"] = json!({"status": "async_launched", "agentId": "a7"});
    let read = json!({"agent_id": "a7", "agent_type": "Explore", "tool_name": "Read", "tool_use_id": "t10"});
    let mut late = read.clone();
    late["prompt_id"] = "p2".into();
    let told = [
        hook("UserPromptSubmit", &json!({"prompt": "x"})),
        hook("PreToolUse", &agent_call("Agent", "t9", "Explore")),
        hook(
            "SubagentStart",
            &json!({"agent_id": "a7", "agent_type": "Explore"}),
        ),
        hook("PostToolUse", &launched),
        hook("PreToolUse", &read),
        hook("Stop", &json!({})),
        hook(
            "UserPromptSubmit",
            &json!({"prompt_id": "p2", "prompt": "y"}),
        ),
        hook("PostToolUse", &late),
        hook(
            "SubagentStop",
            &json!({"prompt_id": "p2", "agent_id": "a7", "agent_type": "Explore"}),
        ),
        hook("Stop", &json!({"prompt_id": "p2"})),
    ];
    let records = play(&told);
    let spans = spans(&records);
    let of = |name: &str| spans.iter().rfind(|span| span.name == name).unwrap();
    let first = spans[0].trace_id;
    assert_eq!(
        (of("Read").trace_id, of("Read").status),
        (first, Status::Completed)
    );
    assert_eq!(
        (of("Explore").trace_id, of("Explore").status),
        (first, Status::Completed)
    );
    assert!(spans.iter().all(|span| span.finish_reason.is_none()));
}

#[test]
fn a_tool_that_was_denied_ends_when_it_is_told_or_when_its_agent_stops() {
    let call = |id: &str| json!({"tool_name": "Bash", "tool_use_id": id, "tool_input": {}});
    let mut denied = call("t1");
    denied["reason"] = "no shell here".into();
    let records = play(&[
        hook("PreToolUse", &call("t1")),
        hook("PermissionDenied", &denied),
        hook("PreToolUse", &call("t2")),
        hook("Stop", &json!({})),
    ]);
    let spans = spans(&records);
    let error = spans[1].error.as_ref().unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("permission_denied", "no shell here")
    );
    let last = spans.last().unwrap();
    assert_eq!(
        (last.tool_call_id.as_deref(), last.finish_reason.as_deref()),
        (Some("t2"), Some("no_result"))
    );
}

#[test]
fn the_end_of_a_session_ends_all_that_was_at_work() {
    let records = play(&[
        hook("UserPromptSubmit", &json!({"prompt": "x"})),
        hook("PreToolUse", &agent_call("Agent", "t9", "Explore")),
        hook(
            "SubagentStart",
            &json!({"agent_id": "a7", "agent_type": "Explore"}),
        ),
        hook("SessionEnd", &json!({"reason": "logout"})),
    ]);
    let ended = spans(&records)
        .iter()
        .filter(|span| span.end_time == Some(at(3)))
        .count();
    assert_eq!(ended, 3, "main, the call and the sub-agent");
}
