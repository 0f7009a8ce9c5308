//! `OpenLIT`: what it says `invoke_agent` of.

use telemetron_model::record::SpanKind::{Agent, Chain};

use super::span;

#[test]
fn openlit_says_invoke_agent_of_steps_as_well() {
    let run = |scope, name: Option<&str>| {
        let given = span(&format!("invoke_agent {}", name.unwrap_or("generate_plan")))
            .scope(scope)
            .with("gen_ai.operation.name", "invoke_agent")
            .with("gen_ai.agent.id", "01a22ee9");
        name.map_or_else(
            || given.read(),
            |name| {
                span("invoke_agent")
                    .scope(scope)
                    .with("gen_ai.operation.name", "invoke_agent")
                    .with("gen_ai.agent.id", name)
                    .with("gen_ai.agent.name", name)
                    .read()
            },
        )
    };
    let graph = "openlit.instrumentation.langgraph";
    for step in [
        run("openlit.instrumentation.crewai", None),
        run(graph, Some("call_agent")),
        run(graph, Some("model")),
    ] {
        assert_eq!(
            (step.kind, step.agent_name, step.agent_id),
            (Some(Chain), None, None)
        );
    }
    let agent = run(graph, Some("desk"));
    assert_eq!(
        (agent.kind, agent.agent_name.as_deref()),
        (Some(Agent), Some("desk"))
    );
}

#[test]
fn openlit_says_invoke_agent_of_functions_that_choose_an_agent() {
    let ran = |name: &str, gave: &str| {
        span(&format!("invoke_agent {name}"))
            .scope("openlit.instrumentation.langchain")
            .with("gen_ai.operation.name", "invoke_agent")
            .with("gen_ai.agent.name", name)
            .with("gen_ai.agent.id", "01a22ef4-1b03-707c-90e2-50ec752df1c5")
            .with("gen_ai.workflow.output", gave)
            .read()
    };
    for gave in [r#""desk""#, r#"["desk", "writer"]"#] {
        let router = ran("route_to_active_agent", gave);
        assert_eq!(
            (router.kind, router.agent_name, router.agent_id),
            (Some(Chain), None, None)
        );
    }
    for gave in [r#"{"output": "desk"}"#, r#""Take a jacket.""#, "[]"] {
        let agent = ran("packing_agent", gave);
        assert_eq!(
            (agent.kind, agent.agent_name.as_deref()),
            (Some(Agent), Some("packing_agent"))
        );
    }
}

#[test]
fn openlit_marks_a_handoff_with_a_run_of_the_target() {
    let mark = span("invoke_agent writer")
        .scope("openlit.instrumentation.openai_agents")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", "writer")
        .with("gen_ai.agent.source", "desk")
        .read();
    assert_eq!((mark.kind, mark.agent_name), (Some(Chain), None));
    let told = mark.handoff.unwrap();
    assert_eq!(
        (told.source.as_deref(), &*told.target),
        (Some("desk"), "writer")
    );
}
