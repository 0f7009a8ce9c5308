//! Koog, LlamaIndex, and calls of other agents and of tools over protocols.

use telemetron_model::record::HandoffMode;
use telemetron_model::record::SpanKind::{Agent, Chain, Llm, Tool};

use super::{json, span};

#[test]
fn of_koog_the_run_is_the_agents_and_its_graph_is_steps() {
    let run = span("invoke_agent planner")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.id", "planner")
        .with("koog.event.id", "e1")
        .read();
    assert_eq!(run.kind, Some(Agent));
    assert_eq!(run.agent_id.as_deref(), Some("planner"));
    for step in ["strategy", "subgraph", "node"] {
        let read = span(&format!("{step} single_run"))
            .with("gen_ai.conversation.id", "r1")
            .with(&format!("koog.{step}.id"), "single_run")
            .with(&format!("koog.{step}.input"), "Rome?")
            .read();
        assert_eq!((read.kind, read.agent_name), (Some(Chain), None), "{step}");
    }
    let node = span("node call")
        .with("koog.node.id", "call")
        .with("koog.node.input", "Rome?")
        .with("koog.node.output", r#"{"day":"sunny"}"#)
        .read();
    assert_eq!(json(node.input.as_ref()), "Rome?");
    assert_eq!(json(node.output.as_ref())["day"], "sunny");
    // Before version 1, spans bore their ids as names.
    let old = span("run.0a7f0e2c-11d4-4b6e-9f21-5b6d9c3e8f70")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.system", "openai")
        .with("gen_ai.agent.id", "planner")
        .read();
    assert_eq!(old.agent_name, None);
}

#[test]
fn of_koog_an_agent_without_an_id_is_nobody_and_what_was_asked_is_no_answer() {
    let asked = r#"[{"role":"System","parts":[{"type":"text","content":"You help."}]}]"#;
    let run = |id: &str| {
        span(&format!("invoke_agent {id}"))
            .with("gen_ai.operation.name", "invoke_agent")
            .with("gen_ai.agent.id", id)
            .with("gen_ai.input.messages", asked)
            .with("gen_ai.output.messages", asked)
            .with("koog.event.id", "e1")
            .read()
    };
    for id in ["6ee9670b-06c4-4fca-9b2f-faca2d24874b", "null.0"] {
        let nobody = run(id);
        assert_eq!(
            (nobody.kind, nobody.agent_id, nobody.agent_name),
            (Some(Chain), None, None)
        );
    }
    let desk = run("desk");
    assert_eq!(
        (desk.kind, desk.agent_id.as_deref()),
        (Some(Agent), Some("desk"))
    );
    assert!(desk.input.is_some());
    assert_eq!(desk.output, None);
}

#[test]
fn a_message_over_a2a_puts_an_agent_to_work_and_a_question_about_it_does_not() {
    let call = |method: &str| {
        span(&format!("{method} CalendarAgent"))
            .with("a2a.method.name", method)
            .with("gen_ai.agent.name", "CalendarAgent")
            .with("a2a.context.id", "c1")
            .with("a2a.task.state", "completed")
    };
    let sent = call("message/send").with("gen_ai.operation.name", "invoke_agent");
    let sent = sent.read();
    assert_eq!(sent.kind, Some(Agent));
    assert_eq!(sent.agent_name.as_deref(), Some("CalendarAgent"));
    assert_eq!(sent.session_id.as_deref(), Some("c1"));
    assert!(!sent.failed);
    let asked = call("tasks/get").read();
    assert_eq!((asked.kind, asked.agent_name), (Some(Chain), None));
}

#[test]
fn a_task_over_a2a_that_was_rejected_failed() {
    let sent = span("message/send CalendarAgent")
        .with("a2a.method.name", "message/send")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", "CalendarAgent")
        .with("a2a.task.state", "rejected")
        .read();
    assert!(sent.failed && sent.rules.contains(&"failed:a2a_task_state"));
    assert!(sent.error.unwrap().message.contains("rejected"));
}

#[test]
fn an_agent_that_calls_another_one_through_an_api_delegates_to_it() {
    let call = |caller: &str| {
        span("invoke_agent weather-agent")
            .with("gen_ai.operation.name", "invoke_agent")
            .with("gen_ai.agent.name", "weather-agent")
            .with("gen_ai.caller.type", caller)
            .with("gen_ai.caller.name", "planner")
            .read()
    };
    let told = call("agent").handoff.unwrap();
    assert_eq!(told.evidence, "handoff:caller");
    assert_eq!(
        (told.source.as_deref(), &*told.target),
        (Some("planner"), "weather-agent")
    );
    assert_eq!(told.mode, Some(HandoffMode::Delegate));
    // The step of a workflow is nobody.
    assert_eq!(call("workflow").handoff, None);
}

#[test]
fn of_mcp_only_a_call_of_a_tool_is_one() {
    let method = |name: &str| {
        span(name)
            .with("mcp.method.name", name)
            .with("mcp.session.id", "s")
    };
    let listed = method("tools/list").read();
    assert_eq!((listed.kind, listed.session_id), (Some(Chain), None));
    assert_eq!(method("prompts/get").read().kind, Some(Chain));
    let called = method("tools/call")
        .with("gen_ai.tool.name", "weather")
        .read();
    assert_eq!(
        (called.kind, called.tool_name.as_deref()),
        (Some(Tool), Some("weather"))
    );
    let failed = method("tools/call")
        .with("gen_ai.tool.name", "weather")
        .with("error.type", "tool_error")
        .read();
    assert!(failed.failed);
}

#[test]
fn an_agents_place_in_memory_is_no_id() {
    let run = span("invoke_agent desk")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.agent.name", "desk")
        .with("gen_ai.agent.id", "140332377524944")
        .read();
    assert_eq!(
        (run.agent_id, run.agent_name.as_deref()),
        (None, Some("desk"))
    );
}

#[test]
fn a_model_that_asks_for_a_tool_is_not_that_tool() {
    let call = span("chat gpt-4o")
        .with("gen_ai.operation.name", "chat")
        .with("gen_ai.tool.name", "weather")
        .with("gen_ai.tool.call.id", "c1")
        .with("gen_ai.tool.call.arguments", "{}")
        .with(
            "gen_ai.output.messages",
            r#"[{"role":"assistant","parts":[]}]"#,
        )
        .read();
    assert_eq!(
        (call.kind, call.tool_name, call.tool_call_id),
        (Some(Llm), None, None)
    );
    assert_eq!(json(call.output.as_ref())[0]["role"], "assistant");
}

#[test]
fn llamaindex_calls_tools_and_names_agents_in_the_events_of_its_steps() {
    let result =
        r#"{"tool_name":"weather","tool_output":{"raw_output":"no station","is_error":true}}"#;
    let traced = span("AgentWorkflow.task")
        .scope("opentelemetry.instrumentation.llamaindex")
        .with("traceloop.span.kind", "task")
        .with("tool.name", "weather")
        .with("tool.arguments", r#"{"city":"Rome"}"#)
        .with("traceloop.entity.output", result)
        .read();
    assert_eq!(
        (traced.kind, traced.tool_name.as_deref()),
        (Some(Tool), Some("weather"))
    );
    assert_eq!(json(traced.input.as_ref())["city"], "Rome");
    assert_eq!(json(traced.output.as_ref()), "no station");
    assert!(traced.failed);
    let own = |name: &str, input: &str| {
        span(name)
            .scope("llamaindex.opentelemetry.tracer")
            .with("llamaindex.step.input_summary", input)
    };
    let handed = own(
        "AgentWorkflow.call_tool",
        "ToolCall(tool_name='handoff', tool_kwargs={'to_agent': 'writer', 'reason': 'x'}, tool_id='c')",
    )
    .event("step.output", &[("output", "ToolCallResult(tool_output=ToolOutput(blocks=[TextBlock(block_type='text', text='done')]…")])
    .read();
    assert_eq!(handed.kind, Some(Tool));
    assert_eq!(json(handed.output.as_ref()), "done");
    assert_eq!(handed.handoff.unwrap().target, "writer");
    let step = own(
        "AgentWorkflow.run_agent_step",
        "AgentSetup(input=[], current_agent_name='desk')",
    )
    .read();
    assert_eq!(step.agent_name.as_deref(), Some("desk"));
    let gave = "AgentInput(input=[], current_agent_name='writer')";
    let inferred = span("BaseWorkflowAgent.init_run")
        .scope("openinference.instrumentation.llama_index")
        .with("openinference.span.kind", "CHAIN")
        .with("output.value", gave)
        .read();
    let start = own("BaseWorkflowAgent.init_run", "AgentWorkflowStartEvent()");
    let start = start.event("step.output", &[("output", gave)]).read();
    for begun in [inferred, start] {
        let handed = begun.handoff.unwrap();
        assert_eq!((handed.rule, &*handed.target), ("during_tool", "writer"));
    }
    let call = own(
        "OpenAILike.astream_chat",
        "AgentSetup(input=[], current_agent_name='desk')",
    )
    .event(
        "LLMChatStartEvent",
        &[("model_dict.model_name", "gpt-4o"), ("messages", "[]")],
    )
    .read();
    assert_eq!(
        (call.kind, call.model.as_deref()),
        (Some(Llm), Some("gpt-4o"))
    );
}

#[test]
fn agnos_teams_are_led_by_somebody_and_its_tools_say_how_they_ended() {
    let scope = "opentelemetry.instrumentation.agno";
    let team = span("lead.team")
        .scope(scope)
        .with("traceloop.span.kind", "workflow")
        .with("agno.team.name", "lead")
        .read();
    assert_eq!(
        (team.kind, team.agent_name.as_deref()),
        (Some(Agent), Some("lead"))
    );
    let tool = |output: &str| {
        span("weather.tool")
            .scope(scope)
            .with("traceloop.span.kind", "tool")
            .with("traceloop.entity.output", output)
            .read()
    };
    let good =
        tool("status='success' result='sunny' error=None updated_session_state=None files=None");
    assert_eq!(json(good.output.as_ref()), "sunny");
    assert!(!good.failed);
    let bad = tool("status='failure' result=None error='no station' updated_session_state=None");
    assert_eq!(bad.error.unwrap().message, "no station");
}

#[test]
fn mlflow_tells_handoffs_and_its_runners_are_nobody() {
    let runner = span("AgentRunner.run")
        .with("mlflow.spanType", r#""AGENT""#)
        .read();
    assert_eq!((runner.kind, runner.agent_name), (Some(Chain), None));
    let agent = span("desk").with("mlflow.spanType", r#""AGENT""#).read();
    assert_eq!(
        (agent.kind, agent.agent_name.as_deref()),
        (Some(Agent), Some("desk"))
    );
    let told = span("Handoff")
        .with("mlflow.spanType", r#""CHAIN""#)
        .with("mlflow.spanInputs", r#"{"from_agent":"desk"}"#)
        .with("mlflow.spanOutputs", r#"{"to_agent":"writer"}"#)
        .read()
        .handoff
        .unwrap();
    assert_eq!(
        (told.source.as_deref(), &*told.target),
        (Some("desk"), "writer")
    );
}

#[test]
fn a_graph_that_openllmetry_calls_by_its_class_is_nobody() {
    let run = |name: &str| {
        span(&format!("invoke_agent {name}"))
            .scope("opentelemetry.instrumentation.langchain")
            .with("gen_ai.operation.name", "invoke_agent")
            .with("gen_ai.agent.name", name)
            .read()
    };
    let graph = run("LangGraph");
    assert_eq!((graph.kind, graph.agent_name), (Some(Chain), None));
    assert_eq!(run("desk").agent_name.as_deref(), Some("desk"));
}

#[test]
fn the_callback_of_langfuse_and_the_export_of_langsmith_tell_runs_of_agents_as_chains() {
    let told = |scope, prefix: &str, quote: &str| {
        span("desk")
            .scope(scope)
            .with("langfuse.observation.type", "chain")
            .with(
                &format!("{prefix}lc_agent_name"),
                format!("{quote}desk{quote}").as_str(),
            )
            .read()
    };
    let langfuse = told("langfuse-sdk", "langfuse.observation.metadata.", "\"");
    let langsmith = told("langsmith", "langsmith.metadata.", "");
    for read in [langfuse, langsmith] {
        assert_eq!(
            (read.kind, read.agent_name.as_deref()),
            (Some(Agent), Some("desk"))
        );
    }
}

#[test]
fn what_one_dialect_leaves_out_of_a_count_another_tells() {
    let call = |input: i64| {
        span("chat gpt-4o")
            .with("openinference.span.kind", "LLM")
            .with("llm.token_count.prompt", 120_i64)
            .with("llm.token_count.completion", 26_i64)
            .with("gen_ai.usage.input_tokens", input)
            .with("gen_ai.usage.output_tokens", 26_i64)
            .with("gen_ai.usage.cache_read.input_tokens", 64_i64)
            .read()
            .usage
            .unwrap()
    };
    assert_eq!((call(120).input, call(120).cached), (120, 64));
    assert_eq!(call(999).cached, 0, "it is another count");
}
