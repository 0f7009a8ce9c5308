use serde_json::{Value, json};

use super::{Given, json as parsed, span};

fn input(given: &Given) -> Value {
    parsed(given.read().input.as_ref())
}

fn output(given: &Given) -> Value {
    parsed(given.read().output.as_ref())
}

#[test]
fn messages_of_today_stay_as_they_are_with_the_instructions_before_them() {
    let given = span("chat m")
        .with("gen_ai.operation.name", "chat")
        .with(
            "gen_ai.system_instructions",
            r#"[{"type":"text","content":"be kind"}]"#,
        )
        .with("gen_ai.input.messages", r#"[{"role":"user","parts":[]}]"#)
        .with(
            "gen_ai.output.messages",
            r#"[{"role":"assistant","parts":[]}]"#,
        );
    let system = json!({"role": "system", "parts": [{"type": "text", "content": "be kind"}]});
    assert_eq!(
        input(&given),
        json!([system, {"role": "user", "parts": []}])
    );
    assert_eq!(output(&given), json!([{"role": "assistant", "parts": []}]));

    let alone = span("x").with("gen_ai.system_instructions", "be kind");
    assert_eq!(
        input(&alone),
        json!([{"role": "system", "content": "be kind"}])
    );
    let nothing_said = span("x")
        .with("gen_ai.system_instructions", "[]")
        .with("gen_ai.input.messages", "[]");
    assert_eq!(
        input(&nothing_said),
        json!([{"role": "system", "parts": []}])
    );
}

#[test]
fn messages_that_came_as_events_are_gathered() {
    let given = span("chat m")
        .with("gen_ai.system", "openai")
        .event(
            "gen_ai.system.message",
            &[("content", "be kind"), ("gen_ai.system", "openai")],
        )
        .event("gen_ai.user.message", &[("content", r#"[{"text":"hi"}]"#)])
        .event("unrelated", &[("content", "x")])
        .event(
            "gen_ai.choice",
            &[
                ("message", r#"{"content":"ho"}"#),
                ("finish_reason", "stop"),
            ],
        );
    let expected = json!([
        {"role": "system", "content": "be kind"},
        {"role": "user", "content": [{"text": "hi"}]},
    ]);
    assert_eq!(input(&given), expected);
    let choice =
        json!([{"role": "assistant", "message": {"content": "ho"}, "finish_reason": "stop"}]);
    assert_eq!(output(&given), choice);
}

#[test]
fn an_event_may_carry_the_messages_of_today_or_of_long_ago() {
    let details = span("x").with("gen_ai.system", "openai").event(
        "gen_ai.client.inference.operation.details",
        &[
            ("gen_ai.input.messages", r#"[{"role":"user"}]"#),
            ("gen_ai.output.messages", "[1]"),
        ],
    );
    assert_eq!(
        (input(&details), output(&details)),
        (json!([{"role": "user"}]), json!([1]))
    );
    let oldest = span("x")
        .with("gen_ai.system", "openai")
        .event("gen_ai.content.prompt", &[("gen_ai.prompt", "hi")])
        .event("gen_ai.content.completion", &[("gen_ai.completion", "ho")]);
    assert_eq!(
        (input(&oldest), output(&oldest)),
        (json!("hi"), json!("ho"))
    );
}

#[test]
fn flattened_messages_are_rebuilt_in_their_order() {
    let mut given = span("x")
        .with("openinference.span.kind", "LLM")
        .with("input.value", "raw");
    for index in 0..12 {
        given = given.with(
            &format!("llm.input_messages.{index}.message.content"),
            index.to_string().as_str(),
        );
    }
    let contents: Vec<_> = (0..12)
        .map(|index| json!({"content": index.to_string()}))
        .collect();
    assert_eq!(input(&given), Value::Array(contents));

    let called = span("x")
        .with("openinference.span.kind", "LLM")
        .with("llm.output_messages.0.message.role", "assistant")
        .with(
            "llm.output_messages.0.message.contents.0.message_content.type",
            "text",
        )
        .with(
            "llm.output_messages.0.message.contents.0.message_content.text",
            "hm",
        )
        .with(
            "llm.output_messages.0.message.tool_calls.0.tool_call.id",
            "c1",
        )
        .with(
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.name",
            "f",
        )
        .with(
            "llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments",
            "{}",
        );
    let expected = json!([{
        "role": "assistant",
        "contents": [{"type": "text", "text": "hm"}],
        "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": "{}"}}],
    }]);
    assert_eq!(output(&called), expected);

    let traceloop = span("openai.chat")
        .with("gen_ai.prompt.0.role", "user")
        .with("gen_ai.prompt.0.content", "hi")
        .with("gen_ai.completion.0.tool_calls.0.name", "f");
    assert_eq!(
        input(&traceloop),
        json!([{"role": "user", "content": "hi"}])
    );
    assert_eq!(output(&traceloop), json!([{"tool_calls": [{"name": "f"}]}]));
}

#[test]
fn a_hostile_path_costs_neither_memory_nor_a_panic() {
    let given = span("x")
        .with("openinference.span.kind", "LLM")
        .with("llm.input_messages.4294967295.message.content", "far")
        .with("llm.input_messages.0", "leaf")
        .with("llm.input_messages.0.message.content", "below the leaf")
        .with("llm.input_messages.named.x", "beside the list")
        .with(
            &format!("llm.input_messages.1{}", ".x".repeat(10_000)),
            "deep",
        );
    let messages = input(&given);
    assert_eq!(messages.as_array().map(Vec::len), Some(3));
    assert_eq!(messages[0], "leaf");
}

#[test]
fn what_is_encoded_as_json_is_unwrapped() {
    let mlflow = span("x")
        .with("mlflow.spanInputs", r#""plain""#)
        .with("mlflow.spanOutputs", r#"{"a":1}"#);
    assert_eq!(
        (input(&mlflow), output(&mlflow)),
        (json!("plain"), json!({"a": 1}))
    );
    let langfuse = span("x")
        .with("langfuse.observation.input", r#"[{"role":"user"}]"#)
        .with("langfuse.observation.output", "plain");
    assert_eq!(
        (input(&langfuse), output(&langfuse)),
        (json!([{"role": "user"}]), json!("plain"))
    );
    let call = span("ai.toolCall")
        .with("ai.operationId", "ai.toolCall")
        .with("ai.toolCall.args", r#"{"city":"x"}"#)
        .with("ai.toolCall.result", r#""sunny""#);
    assert_eq!(
        (input(&call), output(&call)),
        (json!({"city": "x"}), json!("sunny"))
    );
}

#[test]
fn arguments_and_results_of_tools_are_read() {
    let tool = span("execute_tool f")
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.tool.name", "f")
        .with("gen_ai.tool.call.id", "c1")
        .with("gen_ai.tool.call.arguments", r#"{"a":1}"#)
        .with("gen_ai.tool.call.result", "done");
    let fields = tool.read();
    assert_eq!(fields.tool_name.as_deref(), Some("f"));
    assert_eq!(fields.tool_call_id.as_deref(), Some("c1"));
    assert_eq!(
        (input(&tool), output(&tool)),
        (json!({"a": 1}), json!("done"))
    );

    let claude = span("claude_code.tool")
        .with("tool_name", "Bash")
        .with("tool_use_id", "toolu_1")
        .with("full_command", "ls")
        .event("tool.output", &[("output", "a\nb")]);
    let fields = claude.read();
    assert_eq!(fields.tool_name.as_deref(), Some("Bash"));
    assert_eq!(
        (input(&claude), output(&claude)),
        (json!("ls"), json!("a\nb"))
    );
}

#[test]
fn queries_and_documents_of_retrievals_are_read() {
    let openinference = span("x")
        .with("openinference.span.kind", "RETRIEVER")
        .with("input.value", "where")
        .with("retrieval.documents.0.document.id", "d1")
        .with("retrieval.documents.0.document.score", 0.5);
    assert_eq!(input(&openinference), json!("where"));
    assert_eq!(output(&openinference), json!([{"id": "d1", "score": 0.5}]));
    let genai = span("retrieval x")
        .with("gen_ai.operation.name", "retrieval")
        .with("gen_ai.retrieval.query.text", "where")
        .with("gen_ai.retrieval.documents", r#"[{"id":"d1"}]"#);
    assert_eq!(
        (input(&genai), output(&genai)),
        (json!("where"), json!([{"id": "d1"}]))
    );
}

#[test]
fn a_name_that_is_a_value_and_a_branch_is_read_as_the_branch() {
    let mut given = span("chat")
        .with("gen_ai.prompt", true)
        .with("gen_ai.completion", "x");
    for at in [10, 2, 0, 1] {
        given = given
            .with(&format!("gen_ai.prompt.{at}.role"), "user")
            .with(
                &format!("gen_ai.prompt.{at}.content"),
                format!("message {at}.").as_str(),
            );
    }
    let fields = given.with("gen_ai.completion.0.content", "done").read();
    let input = parsed(fields.input.as_ref());
    let contents: Vec<_> = input
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["content"])
        .collect();
    assert_eq!(
        contents,
        ["message 0.", "message 1.", "message 2.", "message 10."]
    );
    assert_eq!(parsed(fields.output.as_ref())[0]["content"], "done");
}

#[test]
fn instructions_alone_are_no_question_where_there_is_one() {
    let agent = span("invoke_agent a")
        .with("gen_ai.operation.name", "invoke_agent")
        .with(
            "gen_ai.system_instructions",
            r#"[{"type":"text","content":"be brief"}]"#,
        );
    assert_eq!(parsed(agent.read().input.as_ref())[0]["role"], "system");
    let asked = agent.with(
        "pydantic_ai.all_messages",
        r#"[{"role":"user","content":"hi"}]"#,
    );
    assert_eq!(parsed(asked.read().input.as_ref())[0]["content"], "hi");
}

#[test]
fn messages_in_logfires_events_are_question_and_answer() {
    let named = span("Responses API")
        .with("logfire.span_type", "span")
        .with(
            "events",
            r#"[{"event.name":"gen_ai.user.message","content":"2+2?"},
            {"event.name":"gen_ai.assistant.message","content":"4.","role":"assistant"}]"#,
        );
    let gemini = span("generate_content")
        .with("logfire.span_type", "span")
        .with(
            "events",
            r#"[{"content":"2+2?","role":"user"},
            {"index":0,"message":{"role":"assistant","content":"4."}}]"#,
        );
    for given in [named, gemini] {
        let fields = given.read();
        let user = serde_json::json!([{"role": "user", "content": "2+2?"}]);
        let assistant = serde_json::json!([{"role": "assistant", "content": "4."}]);
        assert_eq!(parsed(fields.input.as_ref()), user);
        assert_eq!(parsed(fields.output.as_ref()), assistant);
    }
}

#[test]
fn langfuses_trace_attributes_stand_in_for_those_of_the_observation() {
    let fields = span("root")
        .with("langfuse.trace.input", r#"{"query": "hello"}"#)
        .with("langfuse.trace.output", r#"{"response": "hi"}"#)
        .with("langfuse.observation.metadata.langfuse_user_id", "u")
        .with("langfuse.observation.metadata.langfuse_session_id", "s")
        .read();
    assert_eq!(
        parsed(fields.input.as_ref()),
        serde_json::json!({"query": "hello"})
    );
    assert_eq!(
        parsed(fields.output.as_ref()),
        serde_json::json!({"response": "hi"})
    );
    assert_eq!(
        (fields.user_id.as_deref(), fields.session_id.as_deref()),
        (Some("u"), Some("s"))
    );
}
