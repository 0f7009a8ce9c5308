//! Recordings of events and runs, each on a small one written for the test.

use serde_json::{Value, json};
use telemetron_model::RawJson;
use telemetron_model::record::{SpanKind, Status, TimeSource};

use super::{Run, only};

fn text(payload: Option<&RawJson>) -> String {
    payload.map_or("", |it| it.get()).to_owned()
}

fn response(id: &str, input: i64) -> Value {
    json!({"function_name": "execute_bash", "tool_call_id": id, "model_response": {
        "id": id, "model": "claude-sonnet-4-5",
        "choices": [{"message": {"role": "assistant", "content": "Let me look."}}],
        "usage": {"prompt_tokens": input, "completion_tokens": 5, "total_tokens": input + 5},
    }})
}

#[test]
fn openhands_events_are_an_agent_with_calls_of_models_and_tools() {
    let run = Run::from_json(&json!([
        {"id": 0, "timestamp": "2025-01-27T23:16:50.1", "source": "user", "action": "message",
         "message": "List it", "args": {"content": "List it"}},
        {"id": 1, "timestamp": "2025-01-27T23:16:51.1", "source": "agent", "action": "run",
         "args": {"command": "ls", "thought": "Look.", "hidden": false},
         "tool_call_metadata": response("a", 100)},
        {"id": 2, "timestamp": "2025-01-27T23:16:52.1", "source": "agent", "cause": 1,
         "observation": "run", "content": "no such thing", "extras": {"metadata": {"exit_code": 2}}},
        {"id": 3, "timestamp": "2025-01-27T23:16:53.1", "source": "agent", "action": "delegate",
         "args": {"agent": "BrowsingAgent", "inputs": {"task": "browse"}}},
        {"id": 4, "timestamp": "2025-01-27T23:16:54.1", "source": "agent", "cause": 3,
         "observation": "delegate", "content": "", "extras": {"outputs": {"content": "done"}}},
        {"id": 5, "timestamp": "2025-01-27T23:16:55.1", "source": "agent", "action": "finish",
         "args": {"final_thought": "It is empty."}},
    ]));
    assert_eq!(run.format, "openhands");
    let root = run.span("openhands");
    assert_eq!(root.span_kind, SpanKind::Agent);
    assert_eq!(text(root.input_data.as_ref()), "\"List it\"");
    assert_eq!(text(root.output_data.as_ref()), "\"It is empty.\"");
    assert_eq!(root.time_source, None, "its times are its own");
    let call = run.span("chat claude-sonnet-4-5");
    assert_eq!(call.token_usage.unwrap().input, 100);
    let tool = run.span("execute_tool execute_bash");
    assert_eq!(text(tool.input_data.as_ref()), r#"{"command":"ls"}"#);
    assert_eq!(tool.status, Status::Failed);
    assert_eq!(tool.error.as_ref().unwrap().message, "exit code 2");
    let delegate = run.span("BrowsingAgent");
    assert_eq!(delegate.parent_span_id, Some(root.span_id));
    assert!(text(delegate.output_data.as_ref()).contains("done"));
}

#[test]
fn what_an_evaluation_of_openhands_says_of_the_result_is_left_out() {
    let run = Run::from_json(&json!({
        "instance_id": "x", "test_result": {"git_patch": "the-patch"}, "error": "it ran out of turns",
        "metadata": {"agent_class": "CodeActAgent"},
        "history": [{"action": "run", "command": "ls", "thought": "Look."},
                    {"observation": "run", "content": "a.txt", "extras": {"exit_code": 0}}],
    }));
    let root = run.span("CodeActAgent");
    assert_eq!(root.status, Status::Failed);
    assert_eq!(
        root.time_source,
        Some(TimeSource::Order),
        "its times were made up"
    );
    assert_eq!(run.trace().time_source, Some(TimeSource::Order));
    assert_eq!(run.span("execute_tool run").status, Status::Completed);
    assert!(
        !String::from_utf8(run.bytes())
            .unwrap()
            .contains("the-patch")
    );
}

#[test]
fn a_sample_of_inspect_is_a_trace_by_its_events() {
    let at = |second: u8| format!("2025-07-05T09:59:{second}-04:00");
    let run = Run::from_json(&json!({
        "version": 2, "eval": {"task": "popularity"}, "plan": {}, "stats": {},
        "samples": [{
            "id": 1, "epoch": 1, "input": "attachment://a", "target": "secret", "scores": {"m": {"value": "secret"}},
            "attachments": {"a": "Say yes."}, "output": {"choices": [{"message": {"content": "Yes"}}]},
            "events": [
                {"event": "span_begin", "id": "s", "type": "agent", "name": "solver", "timestamp": at(40)},
                {"event": "model", "span_id": "s", "model": "openai/gpt-4o-mini", "timestamp": at(40),
                 "completed": at(42), "input": [{"role": "user", "content": "attachment://a"}],
                 "output": {"model": "gpt-4o-mini-2024-07-18", "choices": [{"message": {"content": ""}}],
                            "usage": {"input_tokens": 66, "output_tokens": 3, "total_tokens": 69}}},
                {"event": "span_begin", "id": "t", "parent_id": "s", "type": "tool", "name": "bash", "timestamp": at(42)},
                {"event": "tool", "span_id": "s", "id": "c1", "function": "bash", "arguments": {"cmd": "ls"},
                 "timestamp": at(42), "completed": at(43), "result": "", "error": {"type": "timeout", "message": "too slow"}},
                {"event": "score", "timestamp": at(43), "score": {"value": "secret"}},
                {"event": "span_end", "id": "s", "timestamp": at(43)},
            ],
        }],
    }));
    let agent = run.span("solver");
    assert_eq!(
        (agent.span_kind, agent.agent_name.as_deref()),
        (SpanKind::Agent, Some("solver"))
    );
    let call = run.span("chat openai/gpt-4o-mini");
    assert_eq!(call.parent_span_id, Some(agent.span_id));
    assert_eq!(call.provider.as_deref(), Some("openai"));
    assert_eq!(call.token_usage.unwrap().total, 69);
    assert!(text(call.input_data.as_ref()).contains("Say yes."));
    let tool = run.span("execute_tool bash");
    assert_eq!(tool.error.as_ref().unwrap().message, "too slow");
    assert_eq!(
        text(run.span("popularity").input_data.as_ref()),
        "\"Say yes.\""
    );
    assert!(!String::from_utf8(run.bytes()).unwrap().contains("secret"));
}

#[test]
fn a_log_of_inspect_without_samples_says_so() {
    let text = json!({"eval": {}, "samples": []}).to_string();
    let readings: Vec<_> = crate::read_file(text.as_bytes(), None).collect();
    assert!(format!("{readings:?}").contains("it holds no samples"));
}

#[test]
fn runs_of_langsmith_are_spans_with_those_below_them() {
    let run = Run::from_json(&json!({
        "id": "fe8ffecb-72ce-4cd2-bdb7-01f34654c391", "trace_id": "fe8ffecb-72ce-4cd2-bdb7-01f34654c391",
        "name": "trip", "run_type": "chain", "start_time": "2024-10-11T20:58:20.695375",
        "end_time": "2024-10-11T20:58:22", "inputs": {"q": "Rome?"}, "outputs": {"a": "Sunny"}, "error": null,
        "session_name": "travel", "extra": {"metadata": {"thread_id": "t1"}},
        "child_runs": [
            {"id": "0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f70", "name": "ChatOpenAI", "run_type": "llm",
             "start_time": "2024-10-11T20:58:21", "end_time": "2024-10-11T20:58:21.5",
             "inputs": {"messages": []}, "outputs": {"usage_metadata": {"input_tokens": 9, "output_tokens": 4,
              "total_tokens": 13, "input_token_details": {"cache_read": 5}}},
             "extra": {"metadata": {"ls_model_name": "gpt-4o", "ls_provider": "openai"}}},
            {"id": "0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f71", "name": "lookup", "run_type": "tool",
             "start_time": "2024-10-11T20:58:21.6", "end_time": "2024-10-11T20:58:21.7",
             "inputs": {"city": "Rome"}, "error": "ValueError('no station')"},
        ],
    }));
    let root = run.span("trip");
    assert_eq!(root.session_id.as_deref(), Some("t1"));
    assert_eq!(root.project.as_deref(), Some("travel"));
    let call = run.span("ChatOpenAI");
    assert_eq!(call.parent_span_id, Some(root.span_id));
    assert_eq!(call.model.as_deref(), Some("gpt-4o"));
    let usage = call.token_usage.unwrap();
    assert_eq!((usage.input, usage.cached, usage.output), (9, 5, 4));
    assert_eq!(run.span("lookup").status, Status::Failed);
}

#[test]
fn what_langsmiths_sdk_posts_and_patches_is_one_run() {
    let id = "fe8ffecb-72ce-4cd2-bdb7-01f34654c391";
    let run = Run::from_json(&json!({
        "post": [{"id": id, "trace_id": id, "name": "ChatOpenAI", "run_type": "llm",
                  "start_time": "2024-10-11T20:58:20+00:00", "inputs": {"model": "gpt-4o"}, "outputs": {}}],
        "patch": [{"id": id, "trace_id": id, "end_time": "2024-10-11T20:58:22+00:00",
                   "outputs": {"model": "gpt-4o-2024", "usage": {"prompt_tokens": 7, "completion_tokens": 2, "total_tokens": 9}}}],
    }));
    let call = run.span("ChatOpenAI");
    assert_eq!(call.model.as_deref(), Some("gpt-4o-2024"));
    assert_eq!(call.token_usage.unwrap().total, 9);
    assert_eq!(
        call.end_time.unwrap().nanos() - call.start_time.nanos(),
        2_000_000_000
    );
}

fn messages() -> [Value; 6] {
    let usage = json!({"input_tokens": 3, "cache_read_input_tokens": 100, "cache_creation_input_tokens": 20, "output_tokens": 8});
    let answer = |id: &str, above: Value, block: Value| {
        json!({"type": "assistant", "session_id": "s1", "parent_tool_use_id": above,
               "message": {"id": id, "model": "claude-sonnet-4-5", "content": [block], "usage": usage}})
    };
    let task = json!({"type": "tool_use", "id": "t1", "name": "Task", "input": {"subagent_type": "writer", "prompt": "Write"}});
    [
        json!({"type": "system", "subtype": "init", "session_id": "s1", "cwd": "/home/me/travel"}),
        answer("m1", Value::Null, json!({"type": "text", "text": "I ask."})),
        answer("m1", Value::Null, task),
        answer(
            "m2",
            "t1".into(),
            json!({"type": "text", "text": "A jacket."}),
        ),
        json!({"type": "user", "session_id": "s1", "message": {"content": [{"type": "tool_result", "tool_use_id": "t1", "content": "A jacket."}]}}),
        json!({"type": "result", "subtype": "error_max_turns", "is_error": true, "session_id": "s1"}),
    ]
}

#[test]
fn messages_of_the_claude_agent_sdk_are_a_trace_without_times() {
    let lines: Vec<_> = messages().iter().map(Value::to_string).collect();
    let run = only(&lines.join("\n"));
    assert_eq!(run.format, "claude-agent-sdk");
    let root = run.span("main");
    assert_eq!(root.session_id.as_deref(), Some("s1"));
    assert_eq!(root.project.as_deref(), Some("travel"));
    assert_eq!(root.time_source, Some(TimeSource::Order));
    assert_eq!(root.status, Status::Failed);
    let calls: Vec<_> = run
        .spans()
        .into_iter()
        .filter(|span| span.span_kind == SpanKind::Llm)
        .collect();
    assert_eq!(calls.len(), 2, "an answer comes in several messages");
    let usage = calls[0].token_usage.unwrap();
    assert_eq!((usage.input, usage.cached, usage.output), (123, 100, 8));
    let writer = run.span("writer");
    assert_eq!(
        writer.parent_span_id,
        Some(run.span("execute_tool Task").span_id)
    );
    assert_eq!(calls[1].parent_span_id, Some(writer.span_id));
}

#[test]
fn a_cassette_is_read_as_its_messages_are() {
    let prompt = json!({"type": "user", "message": {"role": "user", "content": "What do I pack?"}, "session_id": "default", "parent_tool_use_id": null});
    let sent = [prompt]
        .into_iter()
        .map(|it| json!({"direction": "send", "message": it}));
    let got = messages().map(|it| json!({"direction": "recv", "message": it}));
    let all: Vec<_> = sent.chain(got).collect();
    let run = Run::from_json(&json!({"metadata": {"cli_version": "1"}, "messages": all}));
    assert_eq!(
        text(run.span("main").input_data.as_ref()),
        "\"What do I pack?\""
    );
}

#[test]
fn a_page_that_phoenix_answers_is_its_spans() {
    let span = json!({"id": "U3Bhbjox", "name": "ask", "context": {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"},
        "span_kind": "LLM", "parent_id": null, "start_time": "2025-01-01T00:00:00+00:00", "end_time": "2025-01-01T00:00:01+00:00",
        "status_code": "OK", "status_message": "", "attributes": {"llm.model_name": "gpt-4o", "llm.token_count.prompt": 3}, "events": []});
    let page = json!({"data": [span], "next_cursor": null}).to_string();
    let run = only(&page);
    let ask = run.span("ask");
    assert_eq!(
        (ask.span_kind, ask.model.as_deref()),
        (SpanKind::Llm, Some("gpt-4o"))
    );
}

#[test]
fn a_page_of_otlp_spans_that_phoenix_answers_is_read_as_well() {
    let page = json!({"next_cursor": null, "data": [{
        "trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331", "name": "ask",
        "kind": "SPAN_KIND_CLIENT", "start_time_unix_nano": "1700000000000000000",
        "end_time_unix_nano": "1700000001000000000", "status": {"code": 2, "message": "not now"},
        "attributes": [{"key": "openinference.span.kind", "value": {"string_value": "LLM"}},
                       {"key": "llm.token_count.prompt", "value": {"int_value": "3"}},
                       {"key": "tag.tags", "value": {"array_value": {"values": [{"string_value": "a"}]}}}],
    }]});
    let run = only(&page.to_string());
    let ask = run.span("ask");
    assert_eq!((ask.span_kind, ask.status), (SpanKind::Llm, Status::Failed));
    assert_eq!(ask.token_usage.unwrap().input, 3);
}
