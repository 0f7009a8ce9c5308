//! Models come near the limits that their proxy sets: one by calls that the proxy alone counts, one
//! by the tokens that spans tell of. Higher limits are the end of it.

use telemetron_sdk::TokenUsage;

use super::stage::Stage;

/// Limited in requests.
const RATIONED: &str = "rationed";

/// Limited in tokens.
const THIRSTY: &str = "thirsty";

pub(super) async fn play(stage: &mut Stage) {
    stage.proxy.limits(RATIONED, 0, 10);
    stage.proxy.limits(THIRSTY, 1000, 0);
    let known = |answer: &serde_json::Value| {
        let models = answer["items"].as_array();
        models.is_some_and(|models| models.iter().any(|model| model["rpm_max"] == 10.0))
    };
    stage.api.eventually("/api/v1/oracle/llm", known).await;

    stage.proxy.calls(RATIONED, 9);
    let requests = stage.opens("model_near_limit").await;
    assert_eq!(requests["severity"], "warning");
    let said = requests["summary"].as_str().unwrap();
    assert_eq!(
        said,
        "model rationed took 0 tokens and 9 of 10 requests in its last minute, 90 % of the tighter \
         limit"
    );

    let trace = stage.telemetry.trace("a great thirst").start();
    let call = trace.llm(THIRSTY);
    call.tokens(TokenUsage::new(1000, 200));
    call.complete();
    trace.complete("done");
    let tokens = stage.opens("model_near_limit").await;
    assert_eq!(tokens["severity"], "error");
    let said = tokens["summary"].as_str().unwrap();
    assert!(
        said.contains("took 1200 of 1000 tokens and 1 requests"),
        "{said}"
    );

    stage.proxy.limits(RATIONED, 0, 100);
    stage.proxy.limits(THIRSTY, 10_000, 0);
    stage.closes(&requests).await;
    stage.closes(&tokens).await;
}
