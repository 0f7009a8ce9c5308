use telemetron_model::record::TokenUsage;

use super::{Given, span};

/// Input, output, total, cached, reasoning, written to a cache.
fn usage(given: &Given) -> (i64, i64, i64, i64, i64, i64) {
    let fields = given.read();
    let TokenUsage {
        input,
        output,
        total,
        cached,
        reasoning,
    } = fields.usage.unwrap();
    (
        input,
        output,
        total,
        cached,
        reasoning,
        fields.cache_written,
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
