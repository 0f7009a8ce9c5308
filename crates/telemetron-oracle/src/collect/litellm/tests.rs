//! The collector against a played proxy that fails in ways a real one seldom does.

use super::super::played::{Answer, Played, play};
use super::*;

const MODELS: &str = r#"{"data":[{"model_name":"fast","litellm_params":{"model":"openai/x"}},
    {"model_name":"fast","litellm_params":{"model":"openai/y"}}]}"#;

const COUNTERS: &str = "litellm_spend_metric_total{requested_model=\"fast\"} 2.5\n\
    litellm_provider_remaining_budget_metric{api_provider=\"openai\"} 7.5\n";

const SPEND: &str = r#"[{"model":"fast","total_spend":40.0}]"#;

fn asking(proxy: &Played, key: Option<&str>) -> LiteLlm {
    let key = key.map(|key| key.to_owned().into());
    LiteLlm::new(Ok(Http::new(&proxy.url, key).unwrap()))
}

async fn told(collector: &mut LiteLlm) -> (Vec<KnownModel>, Option<String>) {
    match collector.ask().await.unwrap() {
        Observation::LiteLlm(models, lacks) => (models, lacks),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn counters_that_hang_or_are_missing_cost_nothing_but_themselves() {
    let models = ("/model/info", Answer::Says(200, MODELS));
    let hangs = play(&[models, ("/metrics/", Answer::Hangs)]).await;
    let (known, lacks) = told(&mut asking(&hangs, None)).await;
    assert_eq!(known.len(), 2);
    let expected = "its /metrics/ did not answer within 2000 ms";
    assert_eq!(lacks.as_deref(), Some(expected));

    let without = play(&[models]).await;
    let (known, lacks) = told(&mut asking(&without, None)).await;
    assert_eq!((known[0].usage, known[0].spend_usd), (None, None));
    assert!(lacks.unwrap().contains("callbacks: [prometheus]"));
}

#[tokio::test]
async fn spend_comes_from_the_database_else_from_the_counters_and_is_asked_for_seldom() {
    let models = ("/model/info", Answer::Says(200, MODELS));
    let counters = ("/metrics/", Answer::Says(200, COUNTERS));
    let spend = "/global/spend/models";
    let with = play(&[models, counters, (spend, Answer::Says(200, SPEND))]).await;
    let mut collector = asking(&with, None);
    for _ in 0..3 {
        let (known, lacks) = told(&mut collector).await;
        // Sums are by name, and stand with the first deployment alone.
        let spent: Vec<_> = known.iter().map(|model| model.spend_usd).collect();
        assert_eq!(spent, [Some(40.0), None]);
        assert_eq!(known[1].budget_left, Some(7.5));
        assert_eq!(lacks, None);
    }
    assert_eq!(with.asked_for(spend), 1);
    assert_eq!(with.asked_for("/metrics/"), 3);

    let without = play(&[models, counters, (spend, Answer::Says(500, "{}"))]).await;
    let mut collector = asking(&without, None);
    for _ in 0..3 {
        let (known, _) = told(&mut collector).await;
        assert_eq!(known[0].spend_usd, Some(2.5));
    }
    assert_eq!(without.asked_for(spend), 1);
}

#[tokio::test]
async fn whoever_may_not_ask_is_told_what_would_help() {
    let why = async |status: u16, key: Option<&str>| {
        let proxy = play(&[("/model/info", Answer::Says(status, "{}"))]).await;
        let refused = asking(&proxy, key).ask().await;
        refused.unwrap_err().to_string()
    };
    let wrong = why(401, Some("sk-wrong")).await;
    assert!(
        wrong.ends_with("it does not take the key of LITELLM_API_KEY"),
        "{wrong}"
    );
    assert!(!wrong.contains("sk-wrong"), "{wrong}");
    let missing = why(500, None).await;
    assert!(
        missing.ends_with("LITELLM_API_KEY names its key"),
        "{missing}"
    );
    let broken = why(503, Some("sk-right")).await;
    assert!(
        broken.ends_with("answered 503 Service Unavailable"),
        "{broken}"
    );
}
