//! A call of the model, from all lines of one answer to its span.

use serde_json::Value;
use telemetron_model::record::{ErrorInfo, Span, SpanKind, Status, TokenUsage};
use telemetron_model::{SpanId, Timestamp};
use telemetron_otlp::claude_hooks::ids as claude;
use telemetron_otlp::price::Call as Priced;

use super::line::Usage;
use super::scene::{Scene, failure};
use crate::{PRICES, ids, payload};

/// A call of the model: all lines of one answer.
pub(super) struct Call {
    pub(super) id: String,
    /// The request, as the API named it.
    pub(super) request: Option<String>,
    pub(super) start: Timestamp,
    pub(super) end: Timestamp,
    pub(super) input: Vec<Value>,
    pub(super) blocks: Vec<Value>,
    pub(super) model: Option<String>,
    pub(super) stop_reason: Option<String>,
    pub(super) usage: Option<Usage>,
    pub(super) failed: bool,
}

impl Call {
    /// What it said.
    pub(super) fn text(&self) -> String {
        let texts = self
            .blocks
            .iter()
            .filter_map(|block| block["text"].as_str());
        texts.collect::<Vec<_>>().join("\n")
    }

    /// Why it failed.
    pub(super) fn failure(&self) -> ErrorInfo {
        failure("api_error", self.text())
    }

    /// Its id: that of the request, as telemetry tells it too.
    fn span_id(&self, scene: &Scene, agent_id: Option<&str>) -> SpanId {
        let Some(id) = self.request.as_deref().filter(|_| !self.failed) else {
            return ids::span_id(scene.trace_id, &format!("message {}", self.id), 0);
        };
        let used = self.usage.unwrap_or_default();
        let request = claude::Request {
            id,
            agent_id,
            tokens: [
                used.input_tokens,
                used.cache_read_input_tokens,
                used.cache_creation_input_tokens,
                used.output_tokens,
            ],
        };
        claude::request(scene.trace_id, &request)
    }

    /// Its span, below that of its agent.
    pub(super) fn span(&self, scene: &Scene, agent_id: Option<&str>) -> Span {
        let usage = self.usage.map(tokens);
        let cost = usage.zip(self.model.as_deref()).and_then(|(usage, model)| {
            PRICES.cost(&Priced {
                model,
                provider: Some("anthropic"),
                usage,
                cache_written: self.usage.unwrap_or_default().cache_creation_input_tokens,
                ..Priced::default()
            })
        });
        let id = self.span_id(scene, agent_id);
        let name = self.model.as_deref().unwrap_or("model");
        Span {
            status: if self.failed {
                Status::Failed
            } else {
                Status::Completed
            },
            end_time: Some(self.end),
            model: self.model.clone(),
            provider: Some("anthropic".to_owned()),
            finish_reason: self.stop_reason.clone(),
            // What was new to the model: the rest of the conversation it had seen before.
            input_data: payload::payload(&self.input),
            output_data: payload::payload(&self.blocks),
            token_usage: usage,
            cost_usd: cost,
            error: self.failed.then(|| self.failure()),
            ..scene.span(
                id,
                Some(scene.agent(agent_id)),
                &format!("chat {name}"),
                SpanKind::Llm,
                self.start,
            )
        }
    }
}

/// Input with what was cached, as everywhere here.
fn tokens(usage: Usage) -> TokenUsage {
    let input =
        usage.input_tokens + usage.cache_creation_input_tokens + usage.cache_read_input_tokens;
    TokenUsage {
        input,
        output: usage.output_tokens,
        total: input + usage.output_tokens,
        cached: usage.cache_read_input_tokens,
        reasoning: 0,
    }
}
