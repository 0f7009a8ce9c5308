//! The Vercel AI SDK up to version 6, and its legacy telemetry after that. (Version 7 speaks
//! OpenTelemetry GenAI.)
//!
//! The outer span of an operation (`ai.generateText`) wraps the calls of the model (`….doGenerate`)
//! and of tools. It is no LLM span, for two reasons: its usage repeats that of its calls, or of the
//! last of them only, so that counting it would hide the true sum below it; and a run with tools is
//! what an agent is. So it is an AGENT where the program gave it a name (`functionId`) and a loop
//! that may call tools (text, not objects or embeddings), and a CHAIN otherwise.

use telemetron_model::RawJson;
use telemetron_model::record::SpanKind;

use super::otel::nanoseconds;
use super::usage::Counts;
use super::{SemanticFields, payload, provider, words};
use crate::SpanSource;

/// Whether the AI SDK made the span.
pub(super) fn matches(source: &SpanSource<'_>) -> bool {
    source.attributes.has("ai.operationId")
        || source.attributes.any_below("ai.model.")
        || source.attributes.any_below("ai.response.")
        || source.attributes.any_below("ai.settings.")
}

/// Reads an operation.
pub(super) fn read(source: &SpanSource<'_>) -> SemanticFields {
    let attributes = &source.attributes;
    let mut fields = SemanticFields {
        kind: kind_of(source),
        agent_name: words(source, &["ai.telemetry.functionId"]),
        session_id: context(source, "sessionId"),
        user_id: context(source, "userId"),
        model: words(source, &["ai.response.model"]),
        requested_model: words(source, &["ai.model.id"]),
        provider: attributes
            .text("ai.model.provider")
            .and_then(provider::normalised),
        time_to_first_token_ns: attributes
            .number("ai.response.msToFirstChunk")
            .and_then(|ms| nanoseconds(ms / 1e3)),
        finish_reason: words(source, &["ai.response.finishReason"]),
        tool_name: words(source, &["ai.toolCall.name"]),
        tool_call_id: words(source, &["ai.toolCall.id"]),
        input: payload::first_encoded(
            source,
            &[
                "ai.toolCall.args",
                "ai.prompt.messages",
                "ai.prompt",
                "ai.values",
                "ai.value",
            ],
        ),
        output: output(source),
        ..SemanticFields::default()
    };
    counts(source).settle(&mut fields);
    fields
}

/// What the program said of its surroundings: metadata of versions up to 6, context from 7 on.
fn context(source: &SpanSource<'_>, name: &str) -> Option<String> {
    let places = ["ai.telemetry.metadata.", "ai.settings.context."];
    let names = places.map(|place| format!("{place}{name}"));
    words(source, &[&names[0], &names[1]])
}

/// The kind by the operation, unless an operation of OpenTelemetry's own stands beside it.
fn kind_of(source: &SpanSource<'_>) -> Option<SpanKind> {
    if source.attributes.has("gen_ai.operation.name") {
        return None;
    }
    let operation = source.attributes.text("ai.operationId")?;
    let inner = operation.rsplit('.').next().unwrap_or(operation);
    let named = source.attributes.has("ai.telemetry.functionId");
    Some(match inner {
        "doGenerate" | "doStream" | "doEmbed" => SpanKind::Llm,
        "doRerank" => SpanKind::Retriever,
        "toolCall" => SpanKind::Tool,
        "generateText" | "streamText" if named => SpanKind::Agent,
        _ => SpanKind::Chain,
    })
}

/// The result, with the calls of tools beside the text where there are both.
fn output(source: &SpanSource<'_>) -> Option<RawJson> {
    let names = ["ai.toolCall.result", "ai.response.object"];
    payload::first_encoded(source, &names).or_else(|| {
        let text = payload::first(source, &["ai.response.text"]);
        let calls = payload::first(source, &["ai.response.toolCalls"]);
        match (text, calls) {
            (Some(text), Some(calls)) => RawJson::from_text(format!(
                r#"{{"text":{},"toolCalls":{}}}"#,
                text.get(),
                calls.get()
            ))
            .ok(),
            (text, calls) => text.or(calls),
        }
    })
}

/// Today's names, those of version 4, those of OpenTelemetry beside them, and what the provider
/// said for the parts that the SDK leaves out.
fn counts(source: &SpanSource<'_>) -> Counts {
    let count = |names: &[&str]| source.attributes.first_integer(names);
    let provider = ProviderUsage::of(source);
    let embeds = source
        .attributes
        .text("ai.operationId")
        .is_some_and(|name| name.contains("mbed"));
    let tokens = count(&["ai.usage.tokens"]);
    let input = count(&[
        "ai.usage.inputTokens",
        "ai.usage.promptTokens",
        "gen_ai.usage.input_tokens",
    ]);
    Counts {
        input: input.or_else(|| tokens.filter(|_| embeds)),
        output: count(&[
            "ai.usage.outputTokens",
            "ai.usage.completionTokens",
            "gen_ai.usage.output_tokens",
        ]),
        total: count(&["ai.usage.totalTokens"]).or(tokens),
        cache_read: count(&[
            "ai.usage.inputTokenDetails.cacheReadTokens",
            "ai.usage.cachedInputTokens",
        ])
        .or(provider.cache_read),
        cache_write: count(&["ai.usage.inputTokenDetails.cacheWriteTokens"])
            .or(provider.cache_write),
        reasoning: count(&[
            "ai.usage.outputTokenDetails.reasoningTokens",
            "ai.usage.reasoningTokens",
        ]),
        // both count what was cached apart: an SDK that repeats their input does so as well
        cache_apart: input.is_some() && input == provider.input,
        cache_write_hour: provider.cache_write_hour,
        ..Counts::default()
    }
}

/// The usage of Anthropic and of Bedrock, as their answers had it.
#[derive(Default)]
struct ProviderUsage {
    input: Option<i64>,
    cache_read: Option<i64>,
    cache_write: Option<i64>,
    cache_write_hour: Option<i64>,
}

impl ProviderUsage {
    fn of(source: &SpanSource<'_>) -> Self {
        let name = "ai.response.providerMetadata";
        let text = source.attributes.text(name).unwrap_or_default();
        if !text.contains("\"usage\"") {
            return Self::default();
        }
        let metadata = payload::object(source, name).unwrap_or_default();
        let provider = metadata
            .get("anthropic")
            .or_else(|| metadata.get("bedrock"));
        let usage = provider.and_then(|provider| provider.get("usage")?.as_object());
        let counts = usage.map(Counts::of_object).unwrap_or_default();
        Self {
            input: counts.input,
            cache_read: counts.cache_read,
            cache_write: counts.cache_write,
            cache_write_hour: counts.cache_write_hour,
        }
    }
}
