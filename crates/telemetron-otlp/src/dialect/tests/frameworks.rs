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
    let reading = partial.read();
    assert_eq!(reading.usage.unwrap().input, 9343);
    assert!(reading.rules.contains(&"usage:partial"));
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
}
