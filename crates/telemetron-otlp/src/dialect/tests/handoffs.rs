use telemetron_model::record::HandoffMode::{self, Delegate, Transfer};
use telemetron_model::record::HandoffRule;

use super::{Given, span};

/// Evidence, source, target, mode, reason.
type Expected<'a> = (
    &'a str,
    Option<&'a str>,
    &'a str,
    HandoffMode,
    Option<&'a str>,
);

fn check(given: &Given, expected: Expected<'_>) {
    let fields = given.read();
    let handoff = fields.handoff.as_ref();
    let handoff = handoff.unwrap_or_else(|| panic!("no handoff in {}", given.span.name));
    let found = (
        handoff.evidence,
        handoff.source.as_deref(),
        handoff.target.as_str(),
        handoff.mode.unwrap(),
        handoff.reason.as_deref(),
    );
    assert_eq!(found, expected, "{}", given.span.name);
    assert!(fields.rules.contains(&handoff.evidence));
    assert!(
        handoff.rule.parse::<HandoffRule>().is_ok(),
        "{}",
        handoff.rule
    );
}

#[test]
fn a_handoff_that_is_called_one_is_explicit() {
    let traceloop = span("a → b.handoff")
        .with("traceloop.span.kind", "handoff")
        .with("gen_ai.handoff.from_agent", "a")
        .with("gen_ai.handoff.to_agent", "b");
    let logfire = span("Handoff: {from_agent} → {to_agent}")
        .with("logfire.msg_template", "Handoff: {from_agent} → {to_agent}")
        .with("gen_ai.system", "openai")
        .with("from_agent", "a")
        .with("to_agent", "b");
    for given in [traceloop, logfire] {
        check(&given, ("handoff:explicit", Some("a"), "b", Transfer, None));
    }
    let proposed = span("execute_tool x")
        .with("gen_ai.operation.name", "execute_tool")
        .with("gen_ai.agent.name", "a")
        .with("gen_ai.transfer.target.name", "b")
        .with("gen_ai.transfer.mode", "return_to_caller");
    check(
        &proposed,
        ("handoff:explicit", Some("a"), "b", Delegate, None),
    );
}

#[test]
fn openinference_has_a_span_for_it() {
    let given = span("handoff to Spanish Agent")
        .with("openinference.span.kind", "TOOL")
        .with("input.value", "Triage Agent")
        .with("output.value", "Spanish Agent");
    check(
        &given,
        (
            "handoff:openinference",
            Some("Triage Agent"),
            "Spanish Agent",
            Transfer,
            None,
        ),
    );
}

#[test]
fn the_name_of_a_tool_may_be_a_handoff() {
    let call = |tool: &str, arguments: &str| {
        span("execute_tool")
            .with("gen_ai.operation.name", "execute_tool")
            .with("gen_ai.tool.name", tool)
            .with("gen_ai.tool.call.arguments", arguments)
    };
    let rule = "handoff:transfer_tool";
    check(
        &call("transfer_to_writer", r#"{"reason":"draft"}"#),
        (rule, None, "writer", Transfer, Some("draft")),
    );
    check(
        &call("handoff_to_writer", "{}"),
        (rule, None, "writer", Transfer, None),
    );
    check(
        &call("hand_off_to_writer", "{}"),
        (rule, None, "writer", Transfer, None),
    );
    check(
        &call("transfer_to_agent", r#"{"agent_name":"writer"}"#),
        (rule, None, "writer", Transfer, None),
    );
    let crew = "handoff:delegation_tool";
    let arguments = r#"{"coworker":"Planner","task":"plan","context":"all"}"#;
    check(
        &call("Delegate work to coworker", arguments),
        (crew, None, "Planner", Delegate, Some("plan")),
    );
    let arguments = r#"{"coworker":"Planner","question":"when?"}"#;
    check(
        &call("ask_question_to_coworker", arguments),
        (crew, None, "Planner", Delegate, Some("when?")),
    );
    let claude = "handoff:claude_subagent";
    let arguments = r#"{"subagent_type":"Explore","description":"look","prompt":"look at all"}"#;
    check(
        &call("Task", arguments),
        (claude, None, "Explore", Delegate, Some("look")),
    );
    for (tool, arguments) in [
        ("transfer_to_", "{}"),
        ("Delegate work to coworker", "{}"),
        ("Task", "{}"),
        ("search", "{}"),
    ] {
        assert_eq!(call(tool, arguments).read().handoff, None, "{tool}");
    }
}

#[test]
fn a_coworker_is_found_in_the_text_of_a_python_call() {
    let given = span("Delegate work to coworker._use")
        .with("openinference.span.kind", "TOOL")
        .with("tool.name", "Delegate work to coworker")
        .with(
            "input.value",
            r#"{"tool":"T(name='x')","calling":"tool_name='D' arguments={'coworker': 'Project \\'A\\' Planner', 'task': \"it's due\"}"}"#,
        );
    let expected = (
        "handoff:delegation_tool",
        None,
        "Project 'A' Planner",
        Delegate,
        Some("it's due"),
    );
    check(&given, expected);
}

#[test]
fn a_sub_agent_of_claude_code_is_named_by_the_tool_that_starts_it() {
    let given = span("claude_code.tool")
        .with("tool_name", "Agent")
        .with("subagent_type", "Explore");
    check(
        &given,
        ("handoff:claude_subagent", None, "Explore", Delegate, None),
    );
}

#[test]
fn a_command_of_langgraph_goes_to_a_node() {
    let goto = |target: &str| {
        span("goto x")
            .with("gen_ai.operation.name", "goto")
            .with("langgraph.command.source_node", "a")
            .with("langgraph.command.goto_node", target)
    };
    check(
        &goto("b"),
        ("handoff:langgraph_goto", Some("a"), "b", Transfer, None),
    );
    assert_eq!(goto("__end__").read().handoff, None);
    let several = span("goto x").with("langgraph.command.goto_nodes", r#"["b","c"]"#);
    check(
        &several,
        ("handoff:langgraph_goto", None, "b", Transfer, None),
    );
}

#[test]
fn the_parent_in_a_graph_of_agents_has_passed_on() {
    let agent = |parent: &str| {
        span("x")
            .with("openinference.span.kind", "AGENT")
            .with("graph.node.id", "critic")
            .with("graph.node.parent_id", parent)
    };
    check(
        &agent("artist"),
        (
            "handoff:graph_parent",
            Some("artist"),
            "critic",
            Transfer,
            None,
        ),
    );
    assert_eq!(agent("").read().handoff, None, "a root");
    assert_eq!(agent("critic").read().handoff, None, "itself");
    let traceloop = span("b.agent")
        .with("traceloop.span.kind", "agent")
        .with("gen_ai.agent.name", "b")
        .with("gen_ai.agent.handoff_parent", "a");
    check(
        &traceloop,
        ("handoff:handoff_parent", Some("a"), "b", Transfer, None),
    );
}

#[test]
fn an_agent_that_is_a_node_of_a_graph_may_take_over_from_the_one_beside_it() {
    let node = |name: &str| {
        span(name).with("openinference.span.kind", "AGENT").with(
            "metadata",
            r#"{"langgraph_node":"writer","langgraph_step":3}"#,
        )
    };
    check(
        &node("writer_agent"),
        (
            "handoff:langgraph_sibling",
            None,
            "writer_agent",
            Transfer,
            None,
        ),
    );
    let step = node("agent").read();
    assert_eq!(
        (step.agent_name, step.handoff),
        (None, None),
        "a step of a prebuilt graph"
    );
    let langsmith = span("writer")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", "writer")
        .with("langsmith.metadata.langgraph_node", "writer");
    check(
        &langsmith,
        ("handoff:langgraph_sibling", None, "writer", Transfer, None),
    );
    assert_eq!(
        span("writer")
            .with("gen_ai.operation.name", "invoke_agent")
            .read()
            .handoff,
        None
    );
}
