//! What is said of model and tool calls.

use serde::Serialize;
use telemetron_model::RawJson;
use telemetron_model::record::{LlmCall, ToolCall};

use super::SpanGuard;

impl SpanGuard {
    /// Who serves the model.
    pub fn provider(&self, provider: impl Into<String>) -> &Self {
        let provider = provider.into();
        self.with(|details| details.call().provider = Some(provider))
    }

    /// Parameters of the call: temperature, maximum of tokens, …
    pub fn parameters(&self, parameters: &(impl Serialize + ?Sized)) -> &Self {
        let parameters = RawJson::of(parameters);
        self.with(|details| details.call().parameters = parameters)
    }

    /// Says that the first token came now. Only the first time counts.
    pub fn first_token(&self) -> &Self {
        let elapsed = self.head().clock().elapsed().as_nanos();
        let elapsed = i64::try_from(elapsed).unwrap_or(i64::MAX);
        self.with(|details| {
            details.call().time_to_first_token_ns.get_or_insert(elapsed);
        })
    }

    /// Why the model stopped.
    pub fn finish_reason(&self, reason: impl Into<String>) -> &Self {
        let reason = reason.into();
        self.with(|details| details.call().finish_reason = Some(reason))
    }

    /// The model's id for this tool call.
    pub fn tool_call_id(&self, id: impl Into<String>) -> &Self {
        let id = id.into();
        self.with(|details| details.call().tool_call_id = Some(id))
    }

    /// A model call that has no span of its own.
    pub fn llm_call(&self, call: LlmCall) -> &Self {
        self.with(|details| details.inner().llm_calls.push(call))
    }

    /// A tool call that has no span of its own.
    pub fn tool_call(&self, call: ToolCall) -> &Self {
        self.with(|details| details.inner().tool_calls.push(call))
    }
}
