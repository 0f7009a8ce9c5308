use super::{Given, span};

fn check(cases: Vec<(Given, Option<&str>)>, field: fn(&Given) -> Option<String>) {
    for (given, expected) in cases {
        assert_eq!(
            field(&given).as_deref(),
            expected,
            "{:?}",
            given.span.attributes
        );
    }
}

#[test]
fn conversations_are_found_and_projects_are_not_taken_for_them() {
    let metadata = |json: &str| {
        span("x")
            .with("openinference.span.kind", "CHAIN")
            .with("metadata", json)
    };
    check(
        vec![
            (
                span("x")
                    .with("gen_ai.conversation.id", "c")
                    .with("session.id", "s"),
                Some("c"),
            ),
            (span("x").with("session.id", "s"), Some("s")),
            (span("x").with("langfuse.session.id", "s"), Some("s")),
            (
                span("x").with("traceloop.association.properties.session_id", "s"),
                Some("s"),
            ),
            (
                span("x")
                    .with("ai.operationId", "ai.toolCall")
                    .with("ai.telemetry.metadata.sessionId", "s"),
                Some("s"),
            ),
            (span("x").with("mlflow.trace.session", "\"s\""), Some("s")),
            (
                span("x").with("langsmith.trace.session_id", "the project"),
                None,
            ),
            (
                span("x")
                    .with("langsmith.metadata.thread_id", "t")
                    .with("langsmith.trace.session_id", "p"),
                Some("t"),
            ),
            (
                metadata(r#"{"thread_id":"t","langgraph_node":"n"}"#),
                Some("t"),
            ),
            (metadata(r#"{"thread_id":"t","session_id":"s"}"#), Some("s")),
            (metadata("no json, thread_id"), None),
            (span("x").with("session.id", "s".repeat(257).as_str()), None),
            (span("x"), None),
        ],
        |given| given.read().session_id,
    );
}

#[test]
fn users_are_found_in_every_dialect() {
    check(
        vec![
            (span("x").with("user.id", "u"), Some("u")),
            (span("x").with("enduser.id", "u"), Some("u")),
            (span("x").with("langfuse.user.id", "u"), Some("u")),
            (
                span("x").with("traceloop.association.properties.user_id", "u"),
                Some("u"),
            ),
            (
                span("x")
                    .with("ai.operationId", "ai.toolCall")
                    .with("ai.telemetry.metadata.userId", "u"),
                Some("u"),
            ),
            (span("x").with("mlflow.trace.user", "u"), Some("u")),
            (span("x").with("langsmith.metadata.user_id", "u"), Some("u")),
            (
                span("claude_code.tool").with("user.email", "u@x"),
                Some("u@x"),
            ),
        ],
        |given| given.read().user_id,
    );
}

#[test]
fn projects_are_found_where_they_are_named() {
    check(
        vec![
            (
                span("x").with("langsmith.trace.session_name", "p"),
                Some("p"),
            ),
            (
                span("x")
                    .with("openinference.span.kind", "LLM")
                    .resource("openinference.project.name", "p"),
                Some("p"),
            ),
        ],
        |given| given.read().project,
    );
}

#[test]
fn agents_are_named_in_every_dialect() {
    let agent = |given: Given| given.with("openinference.span.kind", "AGENT");
    check(
        vec![
            (span("x").with("gen_ai.agent.name", "a"), Some("a")),
            (
                span("invoke_agent a").with("gen_ai.operation.name", "invoke_agent"),
                Some("a"),
            ),
            (
                agent(span("x"))
                    .with("graph.node.id", "n")
                    .with("agent.name", "a"),
                Some("a"),
            ),
            (agent(span("x")).with("graph.node.id", "n"), Some("n")),
            (agent(span("planner.agent")), Some("planner")),
            (
                span("a.agent")
                    .with("traceloop.span.kind", "agent")
                    .with("traceloop.entity.name", "a"),
                Some("a"),
            ),
            (
                span("a").with("langfuse.observation.type", "agent"),
                Some("a"),
            ),
            (span("a").with("mlflow.spanType", "AGENT"), Some("a")),
            (
                span("x").with("langsmith.metadata.lc_agent_name", "a"),
                Some("a"),
            ),
            (
                span("x")
                    .with("ai.operationId", "ai.generateText")
                    .with("ai.telemetry.functionId", "a"),
                Some("a"),
            ),
            (
                span("agent run")
                    .scope("pydantic-ai")
                    .with("agent_name", "a"),
                Some("a"),
            ),
            (span("x"), None),
        ],
        |given| given.read().agent_name,
    );
}

#[test]
fn what_a_sub_agent_of_claude_code_does_is_the_work_of_the_agent_above() {
    let request = || span("claude_code.llm_request");
    let inside = || {
        request()
            .with("agent_id", "a1")
            .with("parent_agent_id", "a0")
    };
    let name = |given: Given| given.read().agent_name;
    assert_eq!(name(request()).as_deref(), Some("main"));
    assert_eq!(
        name(request().with("query_source", "repl_main_thread")).as_deref(),
        Some("main")
    );
    for query in [
        "agent:builtin:Explore",
        "agent:default",
        "agent.custom",
        "agent:custom",
    ] {
        assert_eq!(name(inside().with("query_source", query)), None);
    }
    let fields = inside().read();
    assert_eq!(
        fields.agent_id, None,
        "some of its spans have none, and one agent would be two"
    );
    assert_eq!(fields.parent_agent_id.as_deref(), Some("a0"));
    assert_eq!(
        name(span("claude_code.tool.execution")),
        None,
        "whose it is follows from the span above"
    );
    let spawning = span("claude_code.tool")
        .with("tool_name", "Agent")
        .with("subagent_type", "Explore");
    assert_eq!(
        name(spawning).as_deref(),
        Some("main"),
        "who starts is at work, not who is started"
    );
}

#[test]
fn failures_are_seen_where_the_status_does_not_say_so() {
    let cases = [
        (
            span("x").with("langfuse.observation.level", "ERROR"),
            "failed:langfuse_level",
        ),
        (
            span("claude_code.tool.execution").with("success", "false"),
            "failed:claude_code_success",
        ),
        (
            span("claude_code.interaction").with("success", false),
            "failed:claude_code_success",
        ),
        (
            span("x").with("error.type", "TimeoutError"),
            "failed:error.type",
        ),
        (
            span("x")
                .with("logfire.level_num", 17)
                .with("logfire.span_type", "span"),
            "failed:logfire_level",
        ),
    ];
    for (given, rule) in cases {
        let fields = given.read();
        assert!(
            fields.failed && fields.rules.contains(&rule),
            "{rule}: {:?}",
            fields.rules
        );
    }
    let fine = [
        span("x").with("langfuse.observation.level", "WARNING"),
        span("claude_code.tool.execution").with("success", "true"),
        span("x")
            .with("logfire.level_num", 17)
            .with("logfire.span_type", "log"),
    ];
    assert!(fine.iter().all(|given| !given.read().failed));
}

#[test]
fn why_it_failed_is_read() {
    let langfuse = span("x")
        .with("langfuse.observation.level", "ERROR")
        .with("langfuse.observation.status_message", "no luck");
    assert_eq!(langfuse.read().error.unwrap().message, "no luck");
    let claude = span("claude_code.llm_request")
        .with("success", "false")
        .with("error", "busy")
        .with("status_code", 529);
    let error = claude.read().error.unwrap();
    assert_eq!(
        (error.error_type.as_str(), error.message.as_str()),
        ("status 529", "busy")
    );
    let genai = span("x")
        .with("gen_ai.system", "openai")
        .with("error.type", "RateLimitError");
    assert_eq!(genai.read().error.unwrap().error_type, "RateLimitError");
}

#[test]
fn tools_without_a_name_are_named_after_their_span() {
    let names = [
        ("execute_tool search", "search"),
        ("search.tool", "search"),
        ("tools/call search", "search"),
        ("search", "search"),
    ];
    for (name, expected) in names {
        let tool = span(name).with("openinference.span.kind", "TOOL").read();
        assert_eq!(tool.tool_name.as_deref(), Some(expected), "{name}");
        assert!(tool.rules.contains(&"tool_name:span_name"));
    }
    let named = span("x")
        .with("openinference.span.kind", "TOOL")
        .with("tool.name", "search")
        .read();
    assert_eq!(named.tool_name.as_deref(), Some("search"));
}
