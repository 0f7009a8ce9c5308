use telemetron_model::record::SpanKind::{Agent, Chain, Llm, Tool};

use super::{json, span};
use crate::dialect::Pending;

#[test]
fn a_span_that_speaks_two_dialects_names_both_the_deciding_one_first() {
    let given = span("x")
        .with("gen_ai.request.model", "m")
        .with("openinference.span.kind", "LLM")
        .with("langfuse.observation.level", "DEFAULT");
    assert_eq!(
        given.read().dialects,
        ["openinference", "langfuse", "otel_genai"]
    );
    assert!(
        span("GET /")
            .with("http.route", "/")
            .read()
            .dialects
            .is_empty()
    );
}

#[test]
fn a_pending_span_of_logfire_announces_the_span_above_it() {
    let pending = |parent: &str| {
        span("work")
            .below(7)
            .with("logfire.span_type", "pending_span")
            .with("logfire.pending_parent_id", parent)
            .read()
            .pending
    };
    let id = |number: u64| number.to_be_bytes().to_vec();
    let announced = |parent_span_id| {
        Some(Pending {
            span_id: id(7),
            parent_span_id,
        })
    };
    assert_eq!(pending("0000000000000003"), announced(Some(id(3))));
    assert_eq!(pending("0000000000000000"), announced(None));
    assert_eq!(pending("no id"), announced(None));
    let orphan = span("work")
        .with("logfire.span_type", "pending_span")
        .read();
    assert_eq!(orphan.pending, None);
    assert_eq!(
        span("work")
            .below(7)
            .with("logfire.span_type", "span")
            .read()
            .pending,
        None
    );
}

#[test]
fn the_openai_agents_sdk_is_read_through_logfire() {
    let template = |text: &str| {
        span(text)
            .with("logfire.msg_template", text)
            .with("gen_ai.system", "openai")
    };
    let agent = template("Agent run: {name!r}")
        .with("name", "agent1")
        .read();
    assert_eq!(
        (agent.kind, agent.agent_name.as_deref()),
        (Some(Agent), Some("agent1"))
    );
    let tool = template("Function: {name}")
        .with("name", "f")
        .with("input", "{}")
        .with("output", "4")
        .read();
    assert_eq!(
        (tool.kind, tool.tool_name.as_deref()),
        (Some(Tool), Some("f"))
    );
    let turn = template("Turn {turn} for agent agent1")
        .with("agent_name", "agent1")
        .with("usage", r#"{"input_tokens":9}"#)
        .read();
    assert_eq!(
        (turn.kind, turn.usage),
        (Some(Chain), None),
        "a turn repeats the usage of its calls"
    );
    let call = template("Responses API with {gen_ai.request.model!r}")
        .with("gen_ai.request.model", "gpt-4o")
        .with(
            "usage",
            r#"{"input_tokens":9,"output_tokens":1,"input_tokens_details":{"cached_tokens":4}}"#,
        )
        .read();
    let usage = call.usage.unwrap();
    assert_eq!((call.kind, usage.input, usage.cached), (Some(Llm), 9, 4));
    let root = template("OpenAI Agents trace: {name}")
        .with("group_id", "g")
        .read();
    assert_eq!(
        (root.kind, root.session_id.as_deref()),
        (Some(Chain), Some("g"))
    );
    assert_eq!(
        template("OpenAI Agents trace: {name}")
            .with("group_id", "null")
            .read()
            .session_id,
        None
    );
    let own = span("Turn left")
        .with("logfire.msg_template", "Turn left")
        .read();
    assert!(
        !own.dialects.contains(&"openai_agents"),
        "a template of one's own"
    );
}

#[test]
fn partial_usage_counts_where_there_is_no_other() {
    let partial = span("chat m")
        .with("gen_ai.operation.name", "chat")
        .with("logfire.span_type", "span")
        .with("gen_ai.usage.partial.input_tokens", 9343)
        .with("gen_ai.usage.partial.cache_read.input_tokens", 8313);
    let fields = partial.read();
    assert_eq!(fields.usage.unwrap().input, 9343);
    assert!(fields.rules.contains(&"usage:partial"));
    let whole = partial.with("gen_ai.usage.input_tokens", 1).read();
    assert_eq!(whole.usage.unwrap().input, 1);
    assert!(!whole.rules.contains(&"usage:partial"));
}

#[test]
fn runs_of_pydantic_ai_before_genai_operations_are_agents() {
    let run = span("roulette_agent run")
        .scope("pydantic-ai")
        .with("agent_name", "roulette_agent")
        .with("model_name", "gpt-4o")
        .with("pydantic_ai.all_messages", r#"[{"role":"user"}]"#)
        .with("final_result", "won")
        .read();
    assert_eq!(
        (run.kind, run.agent_name.as_deref()),
        (Some(Agent), Some("roulette_agent"))
    );
    assert_eq!(json(run.output.as_ref()), "won");
    let tool = span("running tool")
        .scope("pydantic-ai")
        .with("gen_ai.tool.name", "f")
        .with("tool_arguments", "{}")
        .read();
    assert_eq!(
        (tool.kind, tool.tool_name.as_deref()),
        (Some(Tool), Some("f"))
    );
}

#[test]
fn the_marks_of_crewai_are_steps_beside_the_work() {
    let mark = span("Tool Usage")
        .scope("crewai.telemetry")
        .with("tool_name", "search")
        .read();
    assert_eq!(
        (mark.kind, mark.tool_name.as_deref()),
        (Some(Chain), Some("search"))
    );
    let task = span("Task Execution")
        .scope("crewai.telemetry")
        .with("agent_role", "Writer")
        .read();
    assert_eq!(
        (task.kind, task.agent_name.as_deref()),
        (Some(Chain), Some("Writer"))
    );
}

#[test]
fn the_agent_that_processes_a_message_of_autogen_is_at_work() {
    let message = |operation: &str, destination: &str| {
        span("autogen x y")
            .with("messaging.operation", operation)
            .with("messaging.destination", destination)
            .read()
    };
    let processing = message("process", "writer.(default)-A");
    assert_eq!(
        (processing.kind, processing.agent_name.as_deref()),
        (Some(Chain), Some("writer"))
    );
    assert_eq!(message("publish", "writer.(default)-A").agent_name, None);
    assert_eq!(message("process", "topic.(source)-T").agent_name, None);
    // Members of a team hear of everything, and work when they are asked to.
    let heard = |message: &str| {
        span("autogen process writer")
            .with("messaging.operation", "process")
            .with("messaging.destination", "writer.(default)-A")
            .with("recipient_agent_class", "ChatAgentContainer")
            .with("sender_agent_type", "Manager")
            .with("message", message)
            .read()
            .agent_name
    };
    assert_eq!(heard(r#"{"response":{}}"#), None);
    assert_eq!(heard("{}").as_deref(), Some("writer"));
}

#[test]
fn genkit_says_everything_under_its_own_names() {
    let model = span("openai/gpt-4o-mini")
        .with("genkit:type", "action")
        .with("genkit:metadata:subtype", "model")
        .with("genkit:name", "openai/gpt-4o-mini")
        .with("genkit:state", "success")
        .with(
            "genkit:input",
            r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}],"config":{"temperature":0.5}}"#,
        )
        .with(
            "genkit:output",
            r#"{"finishReason":"stop","message":{"role":"model","content":[{"text":"Four."}]},
               "usage":{"inputTokens":100,"outputTokens":7,"totalTokens":107},
               "raw":{"model":"gpt-4o-mini-2024-07-18","usage":{"prompt_tokens":100,
               "prompt_tokens_details":{"cached_tokens":20}}}}"#,
        );
    let fields = model.read();
    assert_eq!(fields.kind, Some(Llm));
    assert_eq!(fields.provider.as_deref(), Some("openai"));
    assert_eq!(fields.requested_model.as_deref(), Some("gpt-4o-mini"));
    assert_eq!(fields.model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
    assert_eq!(fields.finish_reason.as_deref(), Some("stop"));
    let usage = fields.usage.unwrap();
    assert_eq!((usage.input, usage.output, usage.cached), (100, 7, 20));
    let message = serde_json::json!([{"role": "user", "content": [{"text": "hi"}]}]);
    assert_eq!(json(fields.input.as_ref()), message);
    assert_eq!(
        json(fields.parameters.as_ref()),
        serde_json::json!({"temperature": 0.5})
    );

    let tool = span("book_hotel")
        .with("genkit:metadata:subtype", "tool")
        .with("genkit:name", "book_hotel")
        .with("genkit:state", "error")
        .with("genkit:input", r#"{"nights":2}"#)
        .read();
    assert_eq!((tool.kind, tool.failed), (Some(Tool), true));
    assert_eq!(tool.tool_name.as_deref(), Some("book_hotel"));
    assert_eq!(json(tool.input.as_ref()), serde_json::json!({"nights": 2}));

    let flow = span("tripFlow")
        .with("genkit:type", "action")
        .with("genkit:metadata:subtype", "flow")
        .with("genkit:input", r#""Two nights in Rome""#)
        .read();
    assert_eq!(flow.kind, Some(Chain));
    assert_eq!(json(flow.input.as_ref()), "Two nights in Rome");
}

#[test]
fn mastras_own_attributes_say_what_went_in_and_out() {
    let run = span("invoke_agent planner")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", "planner")
        .with("gen_ai.system_instructions", "You plan trips.")
        .with("mastra.span.type", "agent_run")
        .with("mastra.agent_run.input", "Two nights in Rome")
        .with("mastra.agent_run.output", r#"{"text":"Sunny.","files":[]}"#)
        .with("mastra.metadata.userId", "user_7")
        .with("mastra.metadata.sessionId", "s1")
        .read();
    assert_eq!(run.kind, Some(Agent));
    assert_eq!(json(run.input.as_ref()), "Two nights in Rome");
    assert_eq!(json(run.output.as_ref())["text"], "Sunny.");
    assert_eq!(run.user_id.as_deref(), Some("user_7"));
    assert_eq!(run.session_id.as_deref(), Some("s1"));
}

#[test]
fn a_note_of_usage_by_ag2_counts_nothing() {
    let note = span("record_usage model_call")
        .with("ag2.span.type", "usage")
        .with("gen_ai.response.model", "gpt-4o")
        .with("gen_ai.usage.input_tokens", 110)
        .with("gen_ai.usage.output_tokens", 21)
        .read();
    assert_eq!((note.kind, note.usage), (Some(Chain), None));
}

#[test]
fn a_summary_that_ag2_had_written_is_a_call_that_nothing_else_tells() {
    for kind in ["compaction", "aggregation"] {
        let note = span("record_usage")
            .with("ag2.span.type", "usage")
            .with("ag2.usage.kind", kind)
            .with("gen_ai.response.model", "gpt-4o")
            .with("gen_ai.usage.input_tokens", 110)
            .with("gen_ai.usage.output_tokens", 21)
            .read();
        let usage = note.usage.unwrap();
        assert_eq!((note.kind, usage.total), (Some(Llm), 131));
    }
}

#[test]
fn a_channel_of_ag2_is_a_session() {
    let envelope = span("network.envelope ag2.packet")
        .with("ag2.span.type", "envelope")
        .with("ag2.network.channel_id", "18ed1f8b66ef51e2105d9d6598a13661")
        .read();
    assert_eq!(
        (envelope.kind, envelope.session_id.as_deref()),
        (Some(Chain), Some("18ed1f8b66ef51e2105d9d6598a13661"))
    );
}

#[test]
fn what_ag2_calls_thinking_was_reasoned() {
    let call = span("chat gpt-4o")
        .with("ag2.span.type", "llm")
        .with("gen_ai.operation.name", "chat")
        .with("gen_ai.usage.input_tokens", 130)
        .with("gen_ai.usage.output_tokens", 29)
        .with("gen_ai.usage.thinking_tokens", 7)
        .read();
    let usage = call.usage.unwrap();
    assert_eq!((usage.output, usage.reasoning), (29, 7));
}

#[test]
fn version_7_of_the_ai_sdk_has_session_and_user_in_its_context() {
    for given in [
        span("ai.generateText").with("ai.operationId", "ai.generateText"),
        span("invoke_agent m").with("gen_ai.operation.name", "invoke_agent"),
    ] {
        let fields = given
            .with("ai.settings.context.userId", "user_7")
            .with("ai.settings.context.sessionId", "s1")
            .read();
        assert_eq!(fields.user_id.as_deref(), Some("user_7"));
        assert_eq!(fields.session_id.as_deref(), Some("s1"));
    }
}
