//! The steps agents take: calls of models and tools that take as long as real ones might.

use std::time::Duration;

use serde_json::{Value, json};
use telemetron_sdk::{Failure, Scope, Severity, TokenUsage, event_type};
use tokio::time::sleep;

use super::dice::Dice;

/// A simulated model and its price.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Model {
    /// Its name.
    pub(crate) name: &'static str,
    /// Dollars for a million tokens in.
    input_usd: f64,
    /// Dollars for a million tokens out.
    output_usd: f64,
    /// Milliseconds a call takes, at least.
    millis: u64,
}

/// The model that thinks.
pub(crate) const LARGE: Model = Model {
    name: "demo-large",
    input_usd: 3.0,
    output_usd: 15.0,
    millis: 220,
};

/// The model that reads.
pub(crate) const SMALL: Model = Model {
    name: "demo-small",
    input_usd: 0.25,
    output_usd: 1.25,
    millis: 120,
};

/// Calls a model.
pub(crate) async fn think(scope: &Scope, model: Model, dice: &mut Dice, ask: &str, answer: &str) {
    let call = scope.llm(model.name);
    call.provider("simulated")
        .parameters(&json!({"temperature": 0.2, "max_tokens": 2048}))
        .input(&json!([{"role": "user", "content": ask}]));
    sleep(millis(model.millis / 3)).await;
    call.first_token();
    sleep(millis(model.millis + dice.throw(0..120))).await;
    let (input, output) = (dice.throw(400..2_400), dice.throw(60..700));
    call.output(&json!({"role": "assistant", "content": answer}))
        .tokens(TokenUsage::new(whole(input), whole(output)))
        .cost_usd(price(model, input, output))
        .finish_reason("stop");
    call.complete();
}

/// Calls a tool.
pub(crate) async fn use_tool(
    scope: &Scope,
    tool: &'static str,
    dice: &mut Dice,
    arguments: Value,
    outcome: Result<Value, Failure>,
) -> Result<(), Failure> {
    let call = scope.tool(tool);
    call.input(&arguments);
    sleep(millis(dice.throw(40..160))).await;
    match outcome {
        Ok(result) => {
            call.output(&result);
            call.complete();
            Ok(())
        }
        Err(failure) => {
            call.fail(failure.clone());
            Err(failure)
        }
    }
}

/// Says that something is tried again, and waits before it is.
pub(crate) async fn back_off(scope: &Scope, what: &str, attempt: u64) {
    scope
        .event("retry with backoff")
        .kind(event_type::RETRY)
        .severity(Severity::Warning)
        .message(format!("{what} failed, attempt {} follows", attempt + 1))
        .data(&json!({"attempt": attempt + 1}))
        .send();
    sleep(millis(100 * attempt)).await;
}

/// Says that something has been tried as often as it may be.
pub(crate) fn give_up(scope: &Scope, what: &str, attempts: u64) {
    scope
        .event("retries exhausted")
        .kind(event_type::RETRY)
        .severity(Severity::Error)
        .message(format!("{what} failed {attempts} times"))
        .data(&json!({"attempts": attempts}))
        .send();
}

fn price(model: Model, input: u64, output: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand tokens")]
    let (input, output) = (input as f64, output as f64);
    (input * model.input_usd + output * model.output_usd) / 1e6
}

const fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn whole(tokens: u64) -> i64 {
    i64::try_from(tokens).unwrap_or(i64::MAX)
}
