//! Transcripts of Claude Code, written for the test.

use serde_json::{Value, json};
use telemetron_model::record::{SpanKind, Status};
use telemetron_otlp::claude_hooks::ids;

use super::Run;
use crate::{Reading, read_file};

/// A line at a second of the test's minute.
fn line(second: u32, uuid: &str, kind: &str, message: &Value) -> Value {
    json!({"type": kind, "uuid": uuid, "sessionId": "s1", "version": "2.1.0", "cwd": "/work",
           "isSidechain": false, "timestamp": format!("2026-01-02T03:04:{second:02}.000Z"), "message": message})
}

fn answer(second: u32, uuid: &str, id: &str, block: &Value) -> Value {
    line(
        second,
        uuid,
        "assistant",
        &json!({
        "id": id, "role": "assistant", "model": "claude-sonnet-4-5", "content": [block], "stop_reason": null,
        "usage": {"input_tokens": 10, "output_tokens": 5, "cache_read_input_tokens": 100,
                  "cache_creation_input_tokens": 20}}),
    )
}

fn result(second: u32, uuid: &str, tool: &str, content: &str, is_error: bool) -> Value {
    line(
        second,
        uuid,
        "user",
        &json!({"role": "user", "content": [
        {"type": "tool_result", "tool_use_id": tool, "content": content, "is_error": is_error}]}),
    )
}

fn said(second: u32, uuid: &str, text: &str) -> Value {
    line(
        second,
        uuid,
        "user",
        &json!({"role": "user", "content": text}),
    )
}

fn text(lines: &[Value]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}

fn runs(text: &str) -> Vec<Run> {
    let readings = read_file(text.as_bytes(), None);
    let run = |reading| match reading {
        Reading::Run { format, run } => Run {
            format,
            records: run.records,
        },
        Reading::Skipped(reason) => panic!("{reason}"),
    };
    readings.map(run).collect()
}

#[test]
fn every_prompt_is_a_trace_whose_calls_count_once() {
    let runs = runs(&text(&[
        said(0, "p1", "fix the test"),
        answer(2, "a1", "m1", &json!({"type": "text", "text": "I look."})),
        answer(
            3,
            "a2",
            "m1",
            &json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {"command": "ls"}}),
        ),
        result(5, "r1", "t1", "no such file", true),
        answer(7, "a3", "m2", &json!({"type": "text", "text": "Done."})),
        said(20, "p2", "thanks"),
        answer(21, "a4", "m3", &json!({"type": "text", "text": "Welcome."})),
    ]));
    assert_eq!(runs.len(), 2);
    let calls: Vec<_> = runs[0]
        .spans()
        .into_iter()
        .filter(|span| span.span_kind == SpanKind::Llm)
        .collect();
    assert_eq!(calls.len(), 2, "two lines of one answer are one call");
    let usage = calls[0].token_usage.unwrap();
    assert_eq!((usage.input, usage.cached, usage.output), (130, 100, 5));
    assert!(calls[0].cost_usd.is_some());
    assert_eq!(calls[0].start_time, runs[0].trace().start_time);
    let tool = runs[0].span("Bash");
    assert_eq!(tool.status, Status::Failed);
    assert_eq!(tool.error.as_ref().unwrap().message, "no such file");
    assert_eq!(
        runs[0].trace().final_output.as_ref().unwrap().get(),
        "\"Done.\""
    );
    assert!(
        runs.iter()
            .all(|run| run.trace().session_id.as_deref() == Some("s1"))
    );
}

#[test]
fn a_sub_agent_works_below_the_call_that_spawned_it() {
    let mut returned = result(9, "r1", "t1", "found it", false);
    returned["toolUseResult"] = json!({"agentId": "x9", "status": "completed"});
    let below = |mut line: Value| {
        line["isSidechain"] = true.into();
        line["agentId"] = "x9".into();
        line
    };
    let spawn = json!({"type": "tool_use", "id": "t1", "name": "Task", "input": {
        "subagent_type": "Explore", "description": "look around", "prompt": "find the bug"}});
    let runs = runs(&text(&[
        said(0, "p1", "go"),
        answer(1, "a1", "m1", &spawn),
        below(said(2, "b1", "find the bug")),
        below(answer(
            4,
            "b2",
            "m2",
            &json!({"type": "text", "text": "line 7"}),
        )),
        returned,
        answer(
            11,
            "a2",
            "m3",
            &json!({"type": "text", "text": "It is line 7."}),
        ),
    ]));
    assert_eq!(runs.len(), 1);
    let explore = runs[0].span("Explore");
    assert_eq!(explore.parent_span_id, Some(runs[0].span("Task").span_id));
    assert_eq!(explore.output_data.as_ref().unwrap().get(), "\"line 7\"");
    assert_eq!(runs[0].passes(), [("main", "Explore")]);
    assert_eq!(runs[0].handoffs()[0].reason.as_deref(), Some("look around"));
}

#[test]
fn a_recording_that_breaks_off_does_not_run() {
    let call = json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {}});
    let open = [said(0, "p1", "go"), answer(1, "a1", "m1", &call)];
    let last = runs(&text(&open));
    let bash = last[0].span("Bash");
    assert_eq!(
        (bash.status, bash.finish_reason.as_deref()),
        (Status::Completed, Some("broke_off"))
    );
    assert_eq!(last[0].trace().status, Status::Completed);
    let followed = runs(&text(
        &[open.as_slice(), &[said(9, "p2", "never mind")]].concat(),
    ));
    assert_eq!(followed[0].span("Bash").status, Status::Failed);
}

#[test]
fn a_broken_line_is_named_and_costs_itself_alone() {
    let text = format!("{}42\n", text(&[said(0, "p1", "go")]));
    let readings: Vec<_> = read_file(text.as_bytes(), None).collect();
    assert!(matches!(
        readings.as_slice(),
        [Reading::Run { .. }, Reading::Skipped(reason)] if reason.contains("no entry of a transcript")
    ));
}

#[test]
fn a_prompt_that_is_named_has_the_trace_of_its_hooks_and_a_fork_repeats_it() {
    let prompt = "da278095-ae54-4608-bf43-6659e08afbcf";
    let told = |session: &str| {
        let mut said = said(0, "p1", "go on\nplease");
        said["promptId"] = prompt.into();
        said["sessionId"] = session.into();
        let mut call = answer(
            1,
            "a1",
            "m1",
            &json!({"type": "tool_use", "id": "t1", "name": "Bash", "input": {}}),
        );
        call["requestId"] = "req_011CSHoEeqs5C35K2UUqR7Fy".into();
        runs(&text(&[said, call, result(2, "r1", "t1", "ok", false)])).remove(0)
    };
    let run = told("s1");
    let trace = ids::trace("s1", Some(prompt));
    assert_eq!(run.trace().trace_id, trace);
    assert_eq!(run.trace().name.as_deref(), Some("go on"));
    assert_eq!(run.trace().project.as_deref(), Some("work"));
    assert_eq!(run.span("Bash").span_id, ids::tool(trace, "t1"));
    assert_eq!(
        run.span("Bash").parent_span_id,
        Some(ids::agent(trace, None))
    );
    let request = ids::Request {
        id: "req_011CSHoEeqs5C35K2UUqR7Fy",
        ..ids::Request::default()
    };
    let call = run.span("chat claude-sonnet-4-5");
    assert_eq!(call.span_id, ids::request(trace, &request));
    assert_eq!(told("fork").trace().trace_id, trace);
}

#[test]
fn work_before_the_first_prompt_is_kept_and_so_is_a_picture() {
    let boundary = json!({"type": "system", "subtype": "compact_boundary", "uuid": "b", "sessionId": "s1",
        "timestamp": "2026-01-02T03:04:00.000Z", "content": "Conversation compacted"});
    let mut summary = said(0, "s", "The parser is half done.");
    summary["isCompactSummary"] = true.into();
    let picture = json!({"type": "image", "source": {"type": "base64", "data": "AAAA"}});
    let runs = runs(&text(&[
        boundary,
        summary,
        answer(2, "a1", "m1", &json!({"type": "text", "text": "Done."})),
        line(
            9,
            "p2",
            "user",
            &json!({"role": "user", "content": [picture]}),
        ),
        answer(10, "a2", "m2", &json!({"type": "text", "text": "A cat."})),
    ]));
    assert_eq!(runs.len(), 2);
    assert_eq!(
        runs[0].trace().final_output.as_ref().unwrap().get(),
        "\"Done.\""
    );
    let asked = runs[1].trace().user_input.as_ref().unwrap().get();
    assert!(asked.contains("image"), "{asked}");
}
