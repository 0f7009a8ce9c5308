//! What becomes known of a span while it runs.

use serde::Serialize;
use telemetron_model::cost::NanoUsd;
use telemetron_model::record::{ErrorInfo, LlmCall, TokenUsage, ToolCall};
use telemetron_model::{RawJson, SpanId, TraceId};

use super::attributes::Attributes;

#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) input: Option<RawJson>,
    pub(crate) output: Option<RawJson>,
    pub(crate) attributes: Attributes,
    pub(crate) tokens: Option<TokenUsage>,
    pub(crate) cost: Option<NanoUsd>,
    pub(crate) error: Option<Box<ErrorInfo>>,
    pub(crate) call: Option<Box<Call>>,
    pub(crate) inner: Option<Box<Inner>>,
    pub(crate) links: Vec<Link>,
}

/// What only LLM and TOOL spans have.
#[derive(Debug, Default)]
pub(crate) struct Call {
    pub(crate) provider: Option<String>,
    pub(crate) parameters: Option<RawJson>,
    pub(crate) time_to_first_token_ns: Option<i64>,
    pub(crate) finish_reason: Option<String>,
    pub(crate) tool_call_id: Option<String>,
}

/// Calls without a span of their own.
#[derive(Debug, Default)]
pub(crate) struct Inner {
    pub(crate) llm_calls: Vec<LlmCall>,
    pub(crate) tool_calls: Vec<ToolCall>,
}

/// Another span that this one has to do with.
#[derive(Debug, Serialize)]
pub(crate) struct Link {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

impl Details {
    pub(crate) fn call(&mut self) -> &mut Call {
        self.call.get_or_insert_default()
    }

    pub(crate) fn inner(&mut self) -> &mut Inner {
        self.inner.get_or_insert_default()
    }

    /// About how many bytes it takes.
    pub(crate) fn size(&self) -> usize {
        let json = |value: &Option<RawJson>| value.as_ref().map_or(0, |json| json.get().len());
        let error = self.error.as_ref().map_or(0, |error| {
            error.message.len() + error.stack.as_ref().map_or(0, String::len)
        });
        let inner = self.inner.as_ref().map_or(0, |inner| inner.size());
        json(&self.input) + json(&self.output) + self.attributes.size() + error + inner
    }
}

impl Inner {
    fn size(&self) -> usize {
        let json = |value: &Option<RawJson>| value.as_ref().map_or(0, |json| json.get().len());
        let llm = self.llm_calls.iter();
        let llm: usize = llm
            .map(|call| json(&call.messages) + json(&call.response))
            .sum();
        let tools = self.tool_calls.iter();
        let tools: usize = tools
            .map(|call| json(&call.arguments) + json(&call.result))
            .sum();
        llm + tools
    }
}
