use telemetron_model::NanoUsd;

use super::{Given, json, span};

#[test]
fn the_model_that_answered_counts_before_the_one_that_was_asked_for() {
    let asked = span("x").with("llm.model_name", "gpt-4o-mini");
    assert_eq!(asked.read().model.as_deref(), Some("gpt-4o-mini"));
    let answered = asked.with("gen_ai.response.model", "gpt-4o-mini-2024-07-18");
    let fields = answered.read();
    assert_eq!(fields.model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
    assert_eq!(fields.requested_model.as_deref(), Some("gpt-4o-mini"));
    let models = [
        ("langfuse.observation.model.name", "a"),
        ("ai.model.id", "b"),
        ("ai.response.model", "c"),
        ("mlflow.llm.model", "d"),
        ("llm.response.model_name", "e"),
    ];
    for (name, model) in models {
        assert_eq!(
            span("x").with(name, model).read().model.as_deref(),
            Some(model),
            "{name}"
        );
    }
}

#[test]
fn providers_bear_todays_names_in_every_dialect() {
    let cases = [
        ("gen_ai.provider.name", "vertex_ai", Some("gcp.vertex_ai")),
        ("gen_ai.system", "xai", Some("x_ai")),
        ("gen_ai.system", "autogen", None),
        ("ai.model.provider", "openai.responses", Some("openai")),
        ("mlflow.llm.provider", "\"bedrock\"", Some("aws.bedrock")),
    ];
    for (name, given, expected) in cases {
        let found = span("x").with(name, given).read().provider;
        assert_eq!(found.as_deref(), expected, "{name}={given}");
    }
    let openinference = span("x")
        .with("openinference.span.kind", "LLM")
        .with("llm.provider", "azure")
        .with("llm.system", "openai");
    assert_eq!(
        openinference.read().provider.as_deref(),
        Some("azure.ai.openai")
    );
}

#[test]
fn a_provider_that_nobody_names_is_told_by_what_surrounds_the_model() {
    let call = |model: &str| {
        span("ChatOpenAI")
            .with("openinference.span.kind", "LLM")
            .with("llm.model_name", model)
    };
    let rule = |given: &Given| given.read().rules.contains(&"provider:model_name");
    let told = [
        (
            call("m").with("metadata", r#"{"ls_provider":"anthropic","x":1}"#),
            "anthropic",
        ),
        (
            call("m").with(
                "output.value",
                r#"{"response_metadata":{"model_provider":"google_genai"}}"#,
            ),
            "gcp.gen_ai",
        ),
        (
            call("m").with("langsmith.metadata.ls_provider", "amazon_bedrock"),
            "aws.bedrock",
        ),
        (call("anthropic/claude-x"), "anthropic"),
        (call("openai:gpt-4o"), "openai"),
        (
            span("OpenAI-generation")
                .with("langfuse.observation.type", "generation")
                .with("langfuse.observation.model.name", "house"),
            "openai",
        ),
    ];
    for (given, expected) in &told {
        assert_eq!(given.read().provider.as_deref(), Some(*expected));
        assert!(!rule(given));
    }
    for (model, expected) in [
        ("gpt-4o-mini", Some("openai")),
        ("claude-sonnet-4-5", Some("anthropic")),
        ("gpt-oss:20b", None),
        ("llama3.2:3b", None),
        ("mistral-7b", None),
    ] {
        let given = call(model);
        assert_eq!(given.read().provider.as_deref(), expected, "{model}");
        assert_eq!(rule(&given), expected.is_some(), "{model}");
    }
    let framework = span("x")
        .with("gen_ai.operation.name", "invoke_agent")
        .with("gen_ai.request.model", "gpt-4o")
        .with("gen_ai.provider.name", "microsoft.agent_framework");
    assert_eq!(framework.read().provider, None);
}

#[test]
fn costs_are_read_in_dollars() {
    let usd = |usd: f64| NanoUsd::from_usd(usd);
    let cases = [
        (
            span("x")
                .with("llm.cost.total", 0.25)
                .with("openinference.span.kind", "LLM"),
            usd(0.25),
        ),
        (span("x").with("gen_ai.usage.cost", 0.5), usd(0.5)),
        (
            span("x")
                .with("gen_ai.usage.input_cost", 0.5)
                .with("gen_ai.usage.output_cost", 0.25),
            usd(0.75),
        ),
        (
            span("x")
                .with("operation.cost", 0.01)
                .with("logfire.span_type", "span"),
            usd(0.01),
        ),
        (
            span("x").with(
                "langfuse.observation.cost_details",
                r#"{"input":0.1,"output":0.2,"total":0.3}"#,
            ),
            usd(0.3),
        ),
        (
            span("x").with(
                "langfuse.observation.cost_details",
                r#"{"input":0.1,"output":0.2}"#,
            ),
            usd(0.1 + 0.2),
        ),
        (
            span("x").with("mlflow.llm.cost", r#"{"total_cost":0.75}"#),
            usd(0.75),
        ),
        (span("x").with("gen_ai.cost.total_cost", 0.0), usd(0.0)),
        (
            span("x")
                .with("gen_ai.cost.input_cost", 0.5)
                .with("gen_ai.cost.output_cost", 0.25),
            usd(0.75),
        ),
        (
            span("x").with("hidden_params", r#"{"cache_key":"k","response_cost":0.5}"#),
            usd(0.5),
        ),
        (
            span("x").with(
                "ai.response.providerMetadata",
                r#"{"gateway":{"cost":"0.5"}}"#,
            ),
            usd(0.5),
        ),
        (span("x").with("litellm.cost.usd", 0.5), usd(0.5)),
        (span("x").with("gen_ai.usage.cost", -1.0), None),
        (span("x").with("gen_ai.usage.cost", f64::INFINITY), None),
    ];
    for (given, expected) in cases {
        assert_eq!(given.read().cost, expected, "{:?}", given.span.attributes);
    }
}

#[test]
fn the_wait_for_the_first_token_is_in_nanoseconds() {
    let cases = [
        (
            span("x").with("gen_ai.response.time_to_first_chunk", 0.25),
            250_000_000,
        ),
        (
            span("x").with("ai.response.msToFirstChunk", 426.5),
            426_500_000,
        ),
        (
            span("claude_code.llm_request").with("ttft_ms", 12),
            12_000_000,
        ),
        (
            span("chat")
                .scope("strands.telemetry.tracer")
                .with("gen_ai.server.time_to_first_token", 2657),
            2_657_000_000,
        ),
        (
            span("x").with(
                "langfuse.observation.completion_start_time",
                "\"2023-11-14T22:13:21.500Z\"",
            ),
            1_500_000_000,
        ),
    ];
    for (given, expected) in cases {
        assert_eq!(
            given.read().time_to_first_token_ns,
            Some(expected),
            "{}",
            given.span.name
        );
    }
    let before = span("x").with(
        "langfuse.observation.completion_start_time",
        "\"2023-11-14T22:13:19Z\"",
    );
    assert_eq!(before.read().time_to_first_token_ns, None);
}

#[test]
fn finish_reasons_and_parameters_are_read() {
    let given = span("x")
        .with("gen_ai.response.finish_reasons", vec!["stop", "length"])
        .with("gen_ai.request.model", "m")
        .with("gen_ai.request.temperature", 0.5)
        .with("gen_ai.request.stop_sequences", vec!["a"]);
    let fields = given.read();
    assert_eq!(fields.finish_reason.as_deref(), Some("stop"));
    let expected = serde_json::json!({"temperature": 0.5, "stop_sequences": ["a"]});
    assert_eq!(json(fields.parameters.as_ref()), expected);

    let quoted = span("x").with("gen_ai.response.finish_reasons", r#"["STOP"]"#);
    assert_eq!(quoted.read().finish_reason.as_deref(), Some("STOP"));
    let dotted = span("x")
        .with("llm.model_name", "m")
        .with("llm.invocation_parameters.top_p", 0.1);
    assert_eq!(
        json(dotted.read().parameters.as_ref()),
        serde_json::json!({"top_p": 0.1})
    );
    let legacy = span("x").with("gen_ai.completion.0.finish_reason", "length");
    assert_eq!(legacy.read().finish_reason.as_deref(), Some("length"));
}

#[test]
fn how_a_call_was_served_is_read_from_its_answer_first() {
    let call = || span("x").with("gen_ai.request.model", "gpt-5");
    let cases = [
        (
            call()
                .with("openai.request.service_tier", "flex")
                .with("openai.response.service_tier", "default"),
            Some("default"),
        ),
        (
            call().with("gen_ai.openai.request.service_tier", "flex"),
            Some("flex"),
        ),
        (
            call().with("openinference.span.kind", "LLM").with(
                "llm.invocation_parameters",
                r#"{"service_tier": "priority"}"#,
            ),
            Some("priority"),
        ),
        (
            call()
                .with("openinference.span.kind", "LLM")
                .with("output.value", r#"{"llm_output": {"service_tier":"flex"}}"#),
            Some("flex"),
        ),
        (
            call().with("openinference.span.kind", "LLM").with(
                "output.value",
                r#"{"text": "say \"service_tier\": \"flex\""}"#,
            ),
            None,
        ),
        (span("x").with("openai.request.service_tier", "flex"), None),
    ];
    for (given, expected) in cases {
        let found = given.read().service_tier;
        assert_eq!(found.as_deref(), expected, "{:?}", given.span.attributes);
    }
}
