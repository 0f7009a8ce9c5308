//! A session of Claude Code, as its hooks tell it.

use serde_json::{Value, json};

use super::post;
use crate::platform::Platform;

#[tokio::test(flavor = "multi_thread")]
async fn a_session_is_seen_while_it_works_and_its_sub_agent_stands_where_it_belongs() {
    let Some(platform) = Platform::start().await else {
        return;
    };
    let call =
        json!({"subagent_type": "Explore", "prompt": "find the test", "description": "look"});
    hook(
        &platform,
        "UserPromptSubmit",
        json!({"prompt": "fix the test"}),
    )
    .await;
    hook(
        &platform,
        "PreToolUse",
        json!({
            "tool_name": "Agent", "tool_use_id": "t1", "tool_input": call,
        }),
    )
    .await;
    hook(
        &platform,
        "SubagentStart",
        json!({"agent_id": "a1", "agent_type": "Explore"}),
    )
    .await;
    hook(
        &platform,
        "PreToolUse",
        json!({
            "agent_id": "a1", "agent_type": "Explore", "tool_name": "Grep", "tool_use_id": "t2",
            "tool_input": {"pattern": "fn test"},
        }),
    )
    .await;
    let at_work = |answer: &Value| answer["items"][0]["counts"]["running_spans"] == 4;
    let list = platform.eventually("/api/v1/traces", at_work).await;
    let trace_id = list["items"][0]["trace_id"].as_str().unwrap().to_owned();

    hook(
        &platform,
        "PostToolUseFailure",
        json!({
            "agent_id": "a1", "agent_type": "Explore", "tool_name": "Grep", "tool_use_id": "t2",
            "error": "timed out",
        }),
    )
    .await;
    hook(
        &platform,
        "SubagentStop",
        json!({"agent_id": "a1", "agent_type": "Explore"}),
    )
    .await;
    hook(
        &platform,
        "PostToolUse",
        json!({
            "tool_name": "Agent", "tool_use_id": "t1", "tool_input": call,
            "tool_response": {"status": "completed", "agentId": "a1"},
        }),
    )
    .await;
    hook(
        &platform,
        "Stop",
        json!({"last_assistant_message": "fixed"}),
    )
    .await;

    let done = |answer: &Value| answer["trace"]["counts"]["running_spans"] == 0;
    let answer = platform
        .eventually(&format!("/api/v1/traces/{trace_id}"), done)
        .await;
    check(&answer);
}

fn check(answer: &Value) {
    let spans = answer["spans"].as_array().unwrap();
    let named = |name: &str| spans.iter().find(|span| span["name"] == name).unwrap();
    let (main, call) = (named("claude_code.interaction"), named("Agent"));
    let (explore, grep) = (named("Explore"), named("Grep"));
    assert_eq!(spans.len(), 4);
    assert_eq!(call["parent_span_id"], main["span_id"]);
    assert_eq!(explore["parent_span_id"], call["span_id"]);
    assert_eq!(grep["parent_span_id"], explore["span_id"]);
    assert_eq!(
        (&main["status"], &grep["status"]),
        (&json!("COMPLETED"), &json!("FAILED"))
    );
    assert_eq!(answer["trace"]["session_id"], "s1");
    let handoffs = answer["handoffs"].as_array().unwrap();
    assert_eq!(handoffs.len(), 1, "{handoffs:?}");
    assert_eq!(handoffs[0]["target_agent_name"], "Explore");
}

async fn hook(platform: &Platform, name: &str, more: Value) {
    let mut body = json!({"session_id": "s1", "prompt_id": "p1", "hook_event_name": name});
    body.as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    let answer = post(platform, "/hooks/claude-code", &body).await;
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.text().await.unwrap().as_str()
        ),
        (200, "")
    );
}
