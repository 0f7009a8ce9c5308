//! Each form, on a log written for the test.

use serde_json::json;
use telemetron_model::record::{Record, SpanKind, Status, TimeSource};

use super::{Run, only};

#[test]
fn a_captain_agent_team_is_one_trace_with_its_executions() {
    let run = Run::from_json(&json!({
        "question": "How many?", "question_ID": "q1", "is_correct": false,
        "mistake_agent": "Counter_Expert", "mistake_step": "0", "ground_truth": "8",
        "system_prompt": {"Counter_Expert": "You count."},
        "history": [
            {"role": "assistant", "name": "Counter_Expert", "content": "```python\nprint(4)\n```"},
            {"role": "user", "name": "Computer_terminal",
             "content": "exitcode: 1 (execution failed)\nCode output: no such file"},
            {"role": "user", "name": "Counter_Expert", "content": "TERMINATE"},
        ],
    }));
    assert_eq!(run.format, "who-and-when");
    assert_eq!(
        run.speakers(),
        ["Counter_Expert", "Computer_terminal", "Counter_Expert"]
    );
    let call = &run.turns()[1].tool_calls[0];
    assert_eq!(
        call.error.as_deref(),
        Some("exitcode: 1 (execution failed)")
    );
    assert_eq!(call.result.as_ref().unwrap().get(), "\"no such file\"");
    assert!(call.arguments.as_ref().unwrap().get().contains("print(4)"));
    assert!(
        run.turns()[0]
            .attributes
            .as_ref()
            .unwrap()
            .get()
            .contains("You count.")
    );
    assert_eq!(
        run.trace().root_agent_name.as_deref(),
        Some("Counter_Expert")
    );
}

#[test]
fn what_was_labelled_later_is_not_in_the_trace() {
    let log = |label: &str, correct: bool| {
        Run::from_json(&json!({
            "question": "q", "history": [{"role": "human", "content": "q"}],
            "mistake_agent": label, "mistake_reason": label, "ground_truth": label,
            "mistake_step": label, "level": label, "is_corrected": correct,
        }))
    };
    let run = log("the-label", false);
    assert!(
        !String::from_utf8(run.bytes())
            .unwrap()
            .contains("the-label")
    );
    assert_eq!(run.trace().status, Status::Completed);
    assert_eq!(log("the-label", true).trace().status, Status::Completed);
}

#[test]
fn magentic_one_speakers_are_named_without_their_asides() {
    let run = Run::from_json(&json!({
        "question": "Where?",
        "history": [
            {"role": "human", "content": "Where?"},
            {"role": "Orchestrator (thought)", "content": "Ask the web."},
            {"role": "Orchestrator (-> WebSurfer)", "content": "Look it up."},
            {"role": "Orchestrator (thought)", "content": "Next speaker WebSurfer"},
            {"role": "WebSurfer", "content": "Found it."},
            {"role": "Orchestrator (termination condition)", "content": "No agent selected."},
        ],
    }));
    let speakers = [
        "human",
        "Orchestrator",
        "Orchestrator",
        "Orchestrator",
        "WebSurfer",
        "Orchestrator",
    ];
    assert_eq!(run.speakers(), speakers);
    let passes = [
        ("human", "Orchestrator"),
        ("Orchestrator", "WebSurfer"),
        ("WebSurfer", "Orchestrator"),
    ];
    assert_eq!(run.passes(), passes);
    // The request stands two turns before the speaker changes.
    assert_eq!(run.handoffs()[1].reason.as_deref(), Some("Look it up."));
    assert_eq!(run.handoffs()[1].span_id, Some(run.turns()[2].span_id));
    assert_eq!(run.trace().root_agent_name.as_deref(), Some("Orchestrator"));
}

#[test]
fn a_log_without_times_keeps_its_order_and_has_no_durations() {
    let run = Run::from_json(&json!({
        "question": "q",
        "history": [{"role": "a", "content": "1"}, {"role": "b", "content": "2"}],
    }));
    let turns = run.turns();
    assert!(turns[0].start_time < turns[1].start_time);
    for record in &run.records {
        match record {
            Record::Span(span) => {
                assert_eq!(span.time_source, Some(TimeSource::Order));
                assert_eq!(span.span_kind, SpanKind::Agent);
            }
            Record::Trace(trace) => assert_eq!(trace.time_source, Some(TimeSource::Order)),
            _ => {}
        }
    }
    assert!(
        turns
            .iter()
            .all(|span| span.end_time == Some(span.start_time))
    );
    assert_eq!(turns[1].input_data.as_ref().unwrap().get(), "\"1\"");
}

#[test]
fn an_ag2_chat_has_lines_for_messages_and_a_proxy_that_runs_code() {
    let run = Run::from_json(&json!({
        "instance_id": "i1", "problem_statement": ["How", "many?"],
        "other_data": {"correct": true, "answer": "the-answer"}, "note": {"text": ["the-note"]},
        "trajectory": [
            {"role": "assistant", "name": "mathproxyagent", "content": ["Solve", "it."]},
            {"role": "user", "name": "assistant", "content": ["```python", "print(4)", "```"]},
            {"role": "assistant", "name": "mathproxyagent", "content": ["4"]},
            {"role": "user", "name": "assistant", "content": ["It is 4."]},
            {"role": "assistant", "name": "mathproxyagent", "content": ["Continue."]},
        ],
    }));
    assert_eq!(run.format, "ag2");
    let executions: Vec<_> = run
        .turns()
        .iter()
        .map(|span| span.tool_calls.len())
        .collect();
    assert_eq!(executions, [0, 0, 1, 0, 0]);
    assert_eq!(
        run.trace().user_input.as_ref().unwrap().get(),
        "\"How\\nmany?\""
    );
    let text = String::from_utf8(run.bytes()).unwrap();
    assert!(
        !text.contains("the-answer") && !text.contains("the-note"),
        "{text}"
    );
}

#[test]
fn a_hyperagent_log_is_cut_into_turns_calls_and_notes() {
    let run = Run::from_json(&json!({
        "instance_id": "i1", "problem_statement": ["A bug"],
        "other_data": {"patch": ["the-patch"]}, "note": {},
        "trajectory": [
            "HyperAgent_repo-1 - INFO - Initialized tools",
            "HyperAgent_repo-1 - INFO - Planner's Response: Thought: look",
            "",
            "Intern Name: Navigator",
            "Subgoal: find the file",
            "HyperAgent_repo-1 - INFO - Inner-Navigator-Assistant's Response: Action:",
            "result = open_file._run(path=\"a.py\")",
            "HyperAgent_repo-1 - INFO - Navigator->Planner: here it is",
        ],
    }));
    assert_eq!(run.format, "hyperagent");
    assert_eq!(
        run.speakers(),
        ["Planner", "Inner-Navigator-Assistant", "Navigator"]
    );
    assert_eq!(run.turns()[1].tool_calls[0].tool_name, "open_file");
    assert_eq!(run.handoffs()[0].reason.as_deref(), Some("find the file"));
    assert_eq!(
        run.events()[0].message.as_deref(),
        Some("Initialized tools")
    );
    assert!(
        !String::from_utf8(run.bytes())
            .unwrap()
            .contains("the-patch")
    );
}

#[test]
fn a_tree_of_thoughts_has_reasoners_and_a_verifier() {
    let run = Run::from_json(&json!({
        "instance_id": "i1", "problem_statement": "How many?", "other_data": {"answer": "4"},
        "trajectory": [
            " ########## Round 1 ########## ",
            "***** Reasoner 1 output: *****",
            "Step 1", "",
            "**************************************************",
            "***** Reasoner 2 output: ***** ",
            "Step 1",
            "**************************************************",
            "Reasoner 1: Answer: 12, Verified: False",
            "Verifier response:", "It is wrong.",
            "**************************************************",
            "No agreement among verified answers.",
        ],
    }));
    assert_eq!(run.format, "ma-tot");
    assert_eq!(run.speakers(), ["Reasoner 1", "Reasoner 2", "Verifier"]);
    assert!(
        run.turns()[2]
            .output_data
            .as_ref()
            .unwrap()
            .get()
            .contains("It is wrong.")
    );
    let notes: Vec<_> = run
        .events()
        .iter()
        .map(|event| event.message.as_deref().unwrap())
        .collect();
    assert_eq!(notes, ["Round 1", "No agreement among verified answers."]);
}

#[test]
fn peer_reviewers_pass_work_where_they_are_told_the_words_of_another() {
    let said = "The sum is forty-two, because twenty and twenty-two add up.";
    let run = Run::from_json(&json!({
        "problem_statement": ["20 + 22?"],
        "trajectory": {
            "0": [{"role": "user", "content": "20 + 22?"}, {"role": "assistant", "content": said},
                  {"role": "user", "content": "feedback"}, {"role": "assistant", "content": "42"}],
            "1": [{"role": "user", "content": "20 + 22?"}, {"role": "assistant", "content": "43"},
                  {"role": "user", "content": format!("Another agent: {said}")},
                  {"role": "assistant", "content": "They are right."}],
        },
    }));
    assert_eq!(run.format, "peer-review");
    assert_eq!(run.speakers(), ["Agent 0", "Agent 1", "Agent 0", "Agent 1"]);
    assert_eq!(run.passes(), [("Agent 0", "Agent 1")]);
    assert_eq!(
        run.turns()[0].input_data.as_ref().unwrap().get(),
        "\"20 + 22?\""
    );
}

#[test]
fn a_metagpt_log_has_the_times_of_its_lines_and_the_cost_of_the_run() {
    let run = Run::from_json(&json!({
        "run_id": 7, "prompt": "write a game", "cost": 0.148, "timestamp": "2025-01-12 14:37:42",
        "content": "2025-01-12 14:37:42.009 | INFO     | metagpt.roles.role:_act:391 - Alice(Coder): to do Write(Write)\n\
            code\n\
            2025-01-12 14:38:04.829 | INFO     | __main__:_act:85 - Bob(Tester): to do Test(Test)\n\
            test",
    }));
    assert_eq!(run.format, "metagpt");
    assert_eq!(run.speakers(), ["Alice", "Bob"]);
    assert_eq!(
        run.turns()[0].start_time.to_string(),
        "2025-01-12T14:37:42.009Z"
    );
    assert_eq!(
        run.turns()[1].start_time.to_string(),
        "2025-01-12T14:38:04.829Z"
    );
    assert_eq!(run.turns()[0].time_source, Some(TimeSource::Order));
    assert_eq!(run.trace().reported_cost_usd.unwrap().usd(), 0.148);
}

#[test]
fn the_same_document_gives_the_same_bytes_and_another_one_another_trace() {
    let log = |id: &str| {
        Run::from_json(&json!({
            "question": "q", "question_ID": id,
            "history": [{"role": "a", "content": "1"}, {"role": "b", "content": "2"}],
        }))
    };
    assert_eq!(log("1").bytes(), log("1").bytes());
    assert_ne!(log("1").trace().trace_id, log("2").trace().trace_id);
}

#[test]
fn a_list_of_messages_is_a_chat_whose_tools_are_calls_of_the_answer_before() {
    let text = json!([
        {"role": "system", "content": "You help."},
        {"role": "user", "content": "List it."},
        {"role": "assistant", "content": null, "tool_calls": [
            {"id": "c1", "function": {"name": "ls", "arguments": "{\"path\": \".\"}"}}]},
        {"role": "tool", "tool_call_id": "c1", "content": "<returncode>2</returncode> no such folder"},
        {"role": "assistant", "content": "There is none."},
    ])
    .to_string();
    let run = only(&text);
    assert_eq!(run.format, "chat");
    assert_eq!(
        run.trace().user_input.as_ref().unwrap().get(),
        "\"List it.\""
    );
    let calls: Vec<_> = run
        .spans()
        .iter()
        .flat_map(|span| span.tool_calls.clone())
        .collect();
    assert_eq!(calls.len(), 1);
    assert_eq!(calls[0].tool_name, "ls");
    assert_eq!(
        calls[0].arguments.as_ref().unwrap().get(),
        r#"{"path": "."}"#
    );
    assert_eq!(calls[0].error.as_deref(), Some("exit code 2"));
    assert_eq!(
        run.trace().final_output.as_ref().unwrap().get(),
        "\"There is none.\""
    );
    let tau = json!({"task_id": 1, "reward": 0.0, "traj": serde_json::from_str::<serde_json::Value>(&text).unwrap()});
    let tau = only(&tau.to_string());
    let metadata = tau.trace().metadata.as_ref().unwrap().get().to_owned();
    assert!(
        metadata.contains("task_id") && !metadata.contains("reward"),
        "{metadata}"
    );
}

#[test]
fn steps_of_swe_agent_and_of_atif_are_turns_with_what_they_ran() {
    let swe = json!({"environment": "e", "history": [{"role": "user", "content": "fix it"}],
        "trajectory": [{"action": "ls", "observation": "a.txt", "response": "r", "thought": "look"}],
        "info": {"exit_status": "submitted"}});
    let swe = only(&swe.to_string());
    assert_eq!(
        (swe.format, swe.turns()[0].tool_calls[0].tool_name.as_str()),
        ("swe-agent", "ls")
    );
    assert_eq!(swe.trace().user_input.as_ref().unwrap().get(), "\"fix it\"");
    let atif = json!({"schema_version": "ATIF-v1.4", "agent": {"name": "planner"}, "steps": [
        {"source": "user", "message": "weather?"},
        {"source": "agent", "message": "I look.", "tool_calls": [
            {"tool_call_id": "c1", "function_name": "weather", "arguments": {"city": "Rome"}}],
         "observation": {"results": [{"source_call_id": "c1", "content": "sunny"}]}}]});
    let atif = only(&atif.to_string());
    let turn = atif.span("planner");
    assert_eq!(
        turn.tool_calls[0].result.as_ref().unwrap().get(),
        "\"sunny\""
    );
    assert_eq!(turn.input_data.as_ref().unwrap().get(), "\"weather?\"");
}

#[test]
fn a_flat_span_and_the_line_of_a_trace_after_its_spans_are_read() {
    let flat = json!({"resource": {"attributes": {"service.name": "agent"}}, "scope": {"name": "s"},
        "traceId": "abc10000000000000000000000000009", "spanId": "0000000000000111", "name": "POST /invocations",
        "kind": "SERVER", "startTimeUnixNano": 1_796_036_500_000_000_000_u64,
        "endTimeUnixNano": 1_796_036_501_000_000_000_u64, "attributes": {"session.id": "s1"},
        "status": {"code": "UNSET"}});
    let flat = only(&flat.to_string());
    assert_eq!(flat.format, "otlp-flat");
    let span = flat.span("POST /invocations");
    assert_eq!(span.session_id.as_deref(), Some("s1"));
    assert_eq!(span.end_time.unwrap().since(span.start_time), 1_000_000_000);

    let trace = "trace_4b8c0787891d446583235b6d3aa35363";
    let line = json!({"object": "trace.span", "id": "span_b585c9fa8a24446cb9c19e0b", "trace_id": trace,
        "started_at": "2026-11-30T10:39:28.2+00:00", "ended_at": "2026-11-30T10:39:29.4+00:00",
        "span_data": {"type": "agent", "name": "Triage"}});
    let last = json!({"object": "trace", "id": trace, "workflow_name": "Trip planning", "group_id": "conv-77"});
    let run = only(&format!("{line}\n{last}\n"));
    assert_eq!(run.trace().name.as_deref(), Some("Trip planning"));
    assert_eq!(run.span("Triage").session_id.as_deref(), Some("conv-77"));
}
