use telemetron_model::NanoUsd;
use telemetron_model::record::TokenUsage;

use super::{Given, json, span};

/// Input, output, total, cached, reasoning, written to a cache.
fn usage(given: &Given) -> (i64, i64, i64, i64, i64, i64) {
    let reading = given.read();
    let TokenUsage {
        input,
        output,
        total,
        cached,
        reasoning,
    } = reading.usage.unwrap();
    (
        input,
        output,
        total,
        cached,
        reasoning,
        reading.cache_written,
    )
}

#[test]
fn tokens_of_the_genai_conventions_are_read_in_every_generation() {
    let a = span("a")
        .with("gen_ai.usage.prompt_tokens", 10)
        .with("gen_ai.usage.completion_tokens", 5);
    let b = span("b")
        .with("gen_ai.usage.input_tokens", 100)
        .with("gen_ai.usage.output_tokens", 20)
        .with("gen_ai.usage.cache_read.input_tokens", 60)
        .with("gen_ai.usage.cache_creation.input_tokens", 30)
        .with("gen_ai.usage.reasoning.output_tokens", 7);
    let c = span("c")
        .with("gen_ai.usage.input_tokens", "100")
        .with("gen_ai.usage.output_tokens", 20)
        .with("gen_ai.usage.cache_write.input_tokens", 30);
    let traceloop = span("t")
        .with("gen_ai.usage.input_tokens", 100)
        .with("gen_ai.usage.output_tokens", 20)
        .with("gen_ai.usage.cache_read_input_tokens", 40)
        .with("gen_ai.usage.reasoning_tokens", 3)
        .with("llm.usage.total_tokens", 120);
    assert_eq!(usage(&a), (10, 5, 15, 0, 0, 0));
    assert_eq!(usage(&b), (100, 20, 120, 60, 7, 30));
    assert_eq!(usage(&c), (100, 20, 120, 0, 0, 30));
    assert_eq!(usage(&traceloop), (100, 20, 120, 40, 3, 0));
}

#[test]
fn a_zero_under_the_new_name_does_not_hide_the_old_names_count() {
    let given = span("x")
        .with("gen_ai.usage.input_tokens", 100)
        .with("gen_ai.usage.cache_read.input_tokens", 0)
        .with("gen_ai.usage.cache_read_input_tokens", 20);
    assert_eq!(usage(&given), (100, 0, 100, 20, 0, 0));
}

#[test]
fn claude_code_counts_what_was_cached_apart() {
    let given = span("claude_code.llm_request")
        .with("input_tokens", 3)
        .with("output_tokens", 50)
        .with("cache_read_tokens", 1)
        .with("cache_creation_tokens", 1);
    assert_eq!(usage(&given), (5, 50, 55, 1, 0, 1));
}

#[test]
fn openinference_includes_the_cache_only_where_it_fits() {
    let given = |prompt: i64| {
        span("x")
            .with("openinference.span.kind", "LLM")
            .with("llm.token_count.prompt", prompt)
            .with("llm.token_count.completion", 10)
            .with("llm.token_count.prompt_details.cache_read", 80)
            .with("llm.token_count.prompt_details.cache_write", 10)
            .with("llm.token_count.completion_details.reasoning", 4)
    };
    assert_eq!(usage(&given(100)), (100, 10, 110, 80, 4, 10));
    assert_eq!(usage(&given(5)), (95, 10, 105, 80, 4, 10));
}

#[test]
fn usage_written_as_json_is_read() {
    let langfuse = span("x").with("langfuse.observation.type", "generation").with(
        "langfuse.observation.usage_details",
        r#"{"input":20,"output":5,"total":75,"input_cached_tokens":50,"output_reasoning_tokens":2}"#,
    );
    let mlflow = span("x").with(
        "mlflow.chat.tokenUsage",
        r#"{"input_tokens":9,"output_tokens":1,"total_tokens":10,"cache_read_input_tokens":4}"#,
    );
    let langsmith = span("x")
        .with("langsmith.span.kind", "llm")
        .with("gen_ai.usage.input_tokens", 9)
        .with("gen_ai.usage.output_tokens", 1)
        .with("gen_ai.usage.input_token_details", r#"{"cache_read":4}"#);
    assert_eq!(usage(&langfuse), (70, 5, 75, 50, 2, 0));
    assert_eq!(usage(&mlflow), (9, 1, 10, 4, 0, 0));
    assert_eq!(usage(&langsmith), (9, 1, 10, 4, 0, 0));
}

#[test]
fn tokens_of_the_ai_sdk_are_read_in_every_version() {
    let call = |name: &str| span(name).with("ai.operationId", "ai.generateText.doGenerate");
    let four = call("4")
        .with("ai.usage.promptTokens", 14)
        .with("ai.usage.completionTokens", 20);
    let six = call("6")
        .with("ai.usage.inputTokens", 12_632)
        .with("ai.usage.outputTokens", 13)
        .with("ai.usage.totalTokens", 12_645)
        .with("ai.usage.inputTokenDetails.cacheWriteTokens", 12_629)
        .with("ai.usage.reasoningTokens", 3);
    let apart = call("bedrock")
        .with("gen_ai.usage.input_tokens", 7)
        .with("gen_ai.usage.output_tokens", 3)
        .with("ai.usage.cachedInputTokens", 16_399);
    assert_eq!(usage(&four), (14, 20, 34, 0, 0, 0));
    assert_eq!(usage(&six), (12_632, 13, 12_645, 0, 3, 12_629));
    assert_eq!(usage(&apart), (16_406, 3, 16_409, 16_399, 0, 0));
    let embedding = span("e")
        .with("ai.operationId", "ai.embed.doEmbed")
        .with("ai.usage.tokens", 10);
    assert_eq!(usage(&embedding), (10, 0, 10, 0, 0, 0));
    let total = call("b")
        .with("ai.usage.inputTokens", 7)
        .with("ai.usage.tokens", 9);
    assert_eq!(usage(&total), (7, 2, 9, 0, 0, 0));
}

#[test]
fn what_the_provider_of_the_ai_sdk_said_shows_whether_the_cache_stands_apart() {
    let call = |input: i64, metadata: &str| {
        span("x")
            .with("ai.operationId", "ai.streamText.doStream")
            .with("ai.usage.inputTokens", input)
            .with("ai.usage.outputTokens", 1)
            .with("ai.response.providerMetadata", metadata)
    };
    let anthropic = r#"{"anthropic":{"usage":{"input_tokens":7,"cache_read_input_tokens":5,"cache_creation_input_tokens":1}}}"#;
    assert_eq!(usage(&call(7, anthropic)), (13, 1, 14, 5, 0, 1));
    assert_eq!(usage(&call(13, anthropic)), (13, 1, 14, 5, 0, 1));
    let bedrock = r#"{"bedrock":{"usage":{"inputTokens":7,"cacheReadInputTokens":5}}}"#;
    assert_eq!(usage(&call(7, bedrock)), (12, 1, 13, 5, 0, 0));
    assert_eq!(usage(&call(7, r#"{"openai":{}}"#)), (7, 1, 8, 0, 0, 0));
    assert_eq!(
        usage(&call(7, "no json with \"usage\"")),
        (7, 1, 8, 0, 0, 0)
    );
}

#[test]
fn langfuses_parts_stand_apart_unless_the_total_shows_that_they_do_not() {
    let given = |details: &str| {
        span("x")
            .with("langfuse.observation.type", "generation")
            .with("langfuse.observation.usage_details", details)
    };
    let cases = [
        // the handlers for LangChain and OpenAI: every part is taken out
        (
            r#"{"input":500,"output":300,"total":2900,"input_cache_read":1500,"output_reasoning":600}"#,
            (2000, 900, 2900, 1500, 600, 0),
        ),
        (
            r#"{"input":80,"output":4,"total":107,"input_cached_tokens":20,"output_reasoning_tokens":3}"#,
            (100, 7, 107, 20, 3, 0),
        ),
        (
            r#"{"input":10,"output":2,"total":20,"input_audio":5,"output_audio":3}"#,
            (15, 5, 20, 0, 0, 0),
        ),
        (
            r#"{"input":10,"output":2,"input_cache_read":4,"input_cache_creation":0,
               "input_ephemeral_5m_input_tokens":1,"input_ephemeral_1h_input_tokens":2}"#,
            (17, 2, 19, 4, 0, 3),
        ),
        // inclusive, as the total shows
        (
            r#"{"input":100,"output":7,"total":107,"input_cached_tokens":20,"output_reasoning_tokens":3}"#,
            (100, 7, 107, 20, 3, 0),
        ),
        // what a provider said, as it came
        (
            r#"{"prompt_tokens":220,"completion_tokens":18,"total_tokens":238,
               "prompt_tokens_details":{"cached_tokens":100},"completion_tokens_details":{"reasoning_tokens":0}}"#,
            (220, 18, 238, 100, 0, 0),
        ),
        (
            r#"{"input":3,"output":5,"cache_read_input_tokens":2,"cache_creation_input_tokens":1}"#,
            (6, 5, 11, 2, 0, 1),
        ),
    ];
    for (details, expected) in cases {
        assert_eq!(usage(&given(details)), expected, "{details}");
    }
}

#[test]
fn counts_are_read_in_every_form_in_which_they_come() {
    let given = [
        span("text")
            .with("gen_ai.usage.input_tokens", "1200")
            .with("gen_ai.usage.output_tokens", "34"),
        span("double")
            .with("gen_ai.usage.input_tokens", 1200.0)
            .with("gen_ai.usage.output_tokens", 34.0),
        span("langfuse").with(
            "langfuse.observation.usage_details",
            r#"{"input": 1200.0, "output": "34"}"#,
        ),
        span("mlflow").with(
            "mlflow.chat.tokenUsage",
            r#"{"input_tokens": 1200.0, "output_tokens": 34.0, "total_tokens": 1234.0}"#,
        ),
    ];
    for given in given {
        assert_eq!(
            usage(&given),
            (1200, 34, 1234, 0, 0, 0),
            "{}",
            given.span.name
        );
    }
}

#[test]
fn details_are_read_where_frameworks_put_them() {
    let base = || {
        span("x")
            .with("gen_ai.usage.input_tokens", 90)
            .with("gen_ai.usage.output_tokens", 15)
    };
    let pydantic = base()
        .with("gen_ai.usage.details.reasoning_tokens", 5)
        .with("gen_ai.usage.details.cache_read_tokens", 30);
    let litellm = base().with(
        "metadata.usage_object",
        "{'completion_tokens': 15, 'completion_tokens_details': {'reasoning_tokens': 5}, 'prompt_tokens_details': {'cached_tokens': 30}}",
    );
    let langsmith = base()
        .with("langsmith.span.kind", "llm")
        .with("gen_ai.usage.input_token_details", "{'cache_read': 30}")
        .with("gen_ai.usage.output_token_details", "{'reasoning': 5}");
    for given in [pydantic, litellm, langsmith] {
        assert_eq!(usage(&given), (90, 15, 105, 30, 5, 0));
    }
}

#[test]
fn usage_comes_whole_from_one_dialect() {
    let given = span("x")
        .with("openinference.span.kind", "LLM")
        .with("llm.token_count.prompt", 80)
        .with("llm.token_count.completion", 18)
        .with("gen_ai.usage.input_tokens", 70)
        .with("gen_ai.usage.cache_read.input_tokens", 60);
    assert_eq!(usage(&given), (80, 18, 98, 0, 0, 0));
}

#[test]
fn the_model_that_answered_counts_before_the_one_that_was_asked_for() {
    let asked = span("x").with("llm.model_name", "gpt-4o-mini");
    assert_eq!(asked.read().model.as_deref(), Some("gpt-4o-mini"));
    let answered = asked.with("gen_ai.response.model", "gpt-4o-mini-2024-07-18");
    let reading = answered.read();
    assert_eq!(reading.model.as_deref(), Some("gpt-4o-mini-2024-07-18"));
    assert_eq!(reading.requested_model.as_deref(), Some("gpt-4o-mini"));
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
    let reading = given.read();
    assert_eq!(reading.finish_reason.as_deref(), Some("stop"));
    let expected = serde_json::json!({"temperature": 0.5, "stop_sequences": ["a"]});
    assert_eq!(json(reading.parameters.as_ref()), expected);

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
