use telemetron_model::record::SpanKind::{self, Agent, Chain, Llm, Retriever, Tool};

use super::{Given, span};

fn check(cases: Vec<(Given, SpanKind, &str)>) {
    for (given, kind, rule) in cases {
        let fields = given.read();
        let told = given.span.attributes.iter().map(|pair| pair.key.as_str());
        let told: Vec<_> = told.collect();
        assert_eq!(fields.kind, Some(kind), "{} {told:?}", given.span.name);
        assert!(
            fields.rules.contains(&rule),
            "{rule} not in {:?}: {told:?}",
            fields.rules
        );
    }
}

#[test]
fn every_vocabulary_has_its_kinds() {
    let openinference = |word: &str| span("x").with("openinference.span.kind", word);
    let langfuse = |word: &str| span("x").with("langfuse.observation.type", word);
    let langsmith = |word: &str| span("x").with("langsmith.span.kind", word);
    let mlflow = |word: &str| span("x").with("mlflow.spanType", word);
    let traceloop = |word: &str| span("x").with("traceloop.span.kind", word);
    check(vec![
        (openinference("LLM"), Llm, "kind:openinference"),
        (openinference("EMBEDDING"), Llm, "kind:openinference"),
        (openinference("RERANKER"), Retriever, "kind:openinference"),
        (openinference("GUARDRAIL"), Chain, "kind:openinference"),
        (openinference("UNKNOWN"), Chain, "kind:default"),
        (langfuse("generation"), Llm, "kind:langfuse"),
        (langfuse("embedding"), Llm, "kind:langfuse"),
        (langfuse("agent"), Agent, "kind:langfuse"),
        (langfuse("span"), Chain, "kind:langfuse"),
        (langfuse("nonsense"), Chain, "kind:default"),
        (langsmith("llm"), Llm, "kind:langsmith"),
        (langsmith("retriever"), Retriever, "kind:langsmith"),
        (langsmith("parser"), Chain, "kind:langsmith"),
        (mlflow("\"CHAT_MODEL\""), Llm, "kind:mlflow"),
        (mlflow("AGENT"), Agent, "kind:mlflow"),
        (mlflow("\"MEMORY\""), Chain, "kind:mlflow"),
        (traceloop("workflow"), Chain, "kind:traceloop"),
        (traceloop("agent"), Agent, "kind:traceloop"),
        (traceloop("handoff"), Tool, "kind:traceloop"),
    ]);
}

#[test]
fn every_operation_of_the_genai_conventions_has_its_kind() {
    let operation = |word: &str| span("x").with("gen_ai.operation.name", word);
    let cases = [
        (
            Llm,
            &[
                "chat",
                "text_completion",
                "generate_content",
                "embeddings",
                "fetch_response",
            ][..],
        ),
        (Tool, &["execute_tool", "upsert_memory", "handoff"]),
        (
            Retriever,
            &["retrieval", "search_memory", "vector_db_retrieve"],
        ),
        (
            Chain,
            &[
                "create_agent",
                "invoke_workflow",
                "plan",
                "goto",
                "agent_step",
            ],
        ),
    ];
    for (kind, words) in cases {
        check(
            words
                .iter()
                .map(|word| (operation(word), kind, "kind:otel_genai"))
                .collect(),
        );
    }
}

#[test]
fn an_agent_is_somebody_and_a_crew_or_a_task_is_not() {
    let run = |name: &str| span(name).with("gen_ai.operation.name", "invoke_agent");
    let rule = "kind:otel_genai";
    check(vec![
        (run("x").with("gen_ai.agent.name", "writer"), Agent, rule),
        (run("x").with("gen_ai.agent.id", "7"), Agent, rule),
        (run("invoke_agent"), Agent, rule),
        (run("crewai.workflow"), Chain, rule),
    ]);
    let nameless = run("invoke_agent").read();
    assert_eq!(nameless.agent_name, None, "an operation is no name");
}

#[test]
fn the_first_in_the_order_of_precedence_decides() {
    let genai = |word: &str| span("x").with("gen_ai.operation.name", word);
    check(vec![
        (
            genai("chat")
                .with("openinference.span.kind", "TOOL")
                .with("langfuse.observation.type", "span"),
            Tool,
            "kind:openinference",
        ),
        (
            genai("chat").with("langfuse.observation.type", "span"),
            Chain,
            "kind:langfuse",
        ),
        (
            genai("embeddings").with("langsmith.span.kind", "retriever"),
            Retriever,
            "kind:langsmith",
        ),
        (
            genai("chat").with("traceloop.span.kind", "workflow"),
            Chain,
            "kind:traceloop",
        ),
        (
            genai("chat").with("traceloop.span.kind", "task"),
            Llm,
            "kind:otel_genai",
        ),
        (
            genai("chat").with("ai.operationId", "ai.generateText"),
            Llm,
            "kind:otel_genai",
        ),
        (
            genai("chat").with("gen_ai.tool.name", "t"),
            Llm,
            "kind:otel_genai",
        ),
    ]);
}

#[test]
fn a_span_without_a_word_for_it_is_told_by_what_it_has() {
    let statement = |system: &str, operation: &str| {
        span("x")
            .with("db.system.name", system)
            .with("db.operation.name", operation)
    };
    check(vec![
        (
            span("x").with("gen_ai.tool.name", "search"),
            Tool,
            "kind:otel_genai",
        ),
        (
            span("x").with("mcp.method.name", "tools/call"),
            Tool,
            "kind:otel_genai",
        ),
        (
            span("x").with("mcp.method.name", "tools/list"),
            Chain,
            "kind:default",
        ),
        (
            span("x").with("gen_ai.request.model", "gpt-4o"),
            Llm,
            "kind:model",
        ),
        (
            span("x")
                .with("gen_ai.operation.name", "odd")
                .with("gen_ai.request.model", "m"),
            Llm,
            "kind:model",
        ),
        (
            span("x")
                .with("traceloop.span.kind", "task")
                .with("gen_ai.request.model", "m"),
            Chain,
            "kind:default",
        ),
        (
            statement("qdrant", "query_points"),
            Retriever,
            "kind:vector_query",
        ),
        (statement("qdrant", "upsert"), Chain, "kind:default"),
        (statement("postgresql", "SELECT"), Chain, "kind:default"),
        (
            span("GET /").with("http.request.method", "GET"),
            Chain,
            "kind:default",
        ),
    ]);
}

#[test]
fn the_wrapper_of_the_ai_sdk_is_no_call_of_a_model() {
    let operation = |word: &str| {
        span(word)
            .with("ai.operationId", word)
            .with("ai.model.id", "gpt-4o")
    };
    let named = |word: &str| operation(word).with("ai.telemetry.functionId", "planner");
    check(vec![
        (operation("ai.generateText"), Chain, "kind:ai_sdk"),
        (named("ai.generateText"), Agent, "kind:ai_sdk"),
        (named("ai.streamText"), Agent, "kind:ai_sdk"),
        (named("ai.generateObject"), Chain, "kind:ai_sdk"),
        (named("ai.embed"), Chain, "kind:ai_sdk"),
        (named("ai.generateText.doGenerate"), Llm, "kind:ai_sdk"),
        (named("ai.streamText.doStream"), Llm, "kind:ai_sdk"),
        (named("ai.embedMany.doEmbed"), Llm, "kind:ai_sdk"),
        (named("ai.toolCall"), Tool, "kind:ai_sdk"),
    ]);
}

#[test]
fn spans_of_claude_code_are_told_by_type_and_by_name() {
    let typed = |word: &str| span("claude_code.x").with("span.type", word);
    check(vec![
        (typed("interaction"), Agent, "kind:claude_code"),
        (typed("claude_code.llm_request"), Llm, "kind:claude_code"),
        (span("claude_code.tool"), Tool, "kind:claude_code"),
        (
            span("claude_code.tool.execution"),
            Chain,
            "kind:claude_code",
        ),
        (
            span("claude_code.tool.blocked_on_user"),
            Chain,
            "kind:claude_code",
        ),
        (typed("hook"), Chain, "kind:claude_code"),
        (
            span("claude_code.interaction").with("gen_ai.operation.name", "invoke_agent"),
            Agent,
            "kind:claude_code",
        ),
    ]);
}
