//! What the counters of the proxy say: what each model took since the proxy was started.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use tokio::time::Instant;

use super::super::http::Http;
use super::super::prometheus::{Sample, samples};
use crate::facts::Usage;

/// Over how long usage is taken.
const MINUTE: Duration = Duration::from_secs(60);

/// Who probes the models on behalf of the proxy itself.
const PROBES: &str = "litellm-internal-health-check";

/// What every model took, by its name.
pub(super) type Counts = BTreeMap<String, Counted>;

/// What `/metrics` says.
#[derive(Debug, Default)]
pub(super) struct ProxyMetrics {
    /// What every model took since the proxy was started.
    pub(super) counts: Counts,
    /// Dollars that are left of the budget of each provider.
    pub(super) budgets: BTreeMap<String, f64>,
}

/// What the counters of a model say since the proxy was started.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Counted {
    pub(super) tokens: f64,
    pub(super) requests: f64,
    pub(super) spend: f64,
}

impl Counted {
    /// Counters only grow: one that fell belongs to a proxy that was started again.
    fn fell_below(&self, before: &Self) -> bool {
        self.tokens < before.tokens || self.requests < before.requests
    }
}

/// What the counters said within the last minute.
#[derive(Debug, Default)]
pub(super) struct Minute {
    seen: VecDeque<(Instant, Counts)>,
}

impl Minute {
    /// Notes what the counters say; gives what they gained in the last minute.
    pub(super) fn gained(&mut self, counted: &Counts) -> BTreeMap<String, Usage> {
        let now = Instant::now();
        self.start_anew_after_restart(counted);
        let early = |(at, _): &(Instant, _)| now.duration_since(*at) >= MINUTE;
        while self.seen.get(1).is_some_and(early) {
            self.seen.pop_front();
        }
        let before = self.seen.front().map(|(_, before)| before.clone());
        self.seen.push_back((now, counted.clone()));
        let Some(before) = before else {
            return BTreeMap::new();
        };
        let gain = |(model, now): (&String, &Counted)| {
            let then = before.get(model).copied().unwrap_or_default();
            let usage = Usage {
                tokens: now.tokens - then.tokens,
                requests: now.requests - then.requests,
            };
            (model.clone(), usage)
        };
        counted.iter().map(gain).collect()
    }

    /// A proxy that was started again counts from nothing, since we looked last.
    fn start_anew_after_restart(&mut self, counted: &Counts) {
        let Some((at, last)) = self.seen.back() else {
            return;
        };
        let fell = last.iter().any(|(model, before)| {
            let now = counted.get(model).copied().unwrap_or_default();
            now.fell_below(before)
        });
        if fell {
            self.seen = VecDeque::from([(*at, Counts::new())]);
        }
    }
}

/// Asks for the counters, or gives the reason why there are none.
pub(super) async fn ask(http: &Http) -> Result<ProxyMetrics, String> {
    // The proxy sends whoever leaves the last slash out elsewhere.
    let answer = http
        .get("/metrics/")
        .await
        .map_err(|error| error.to_string())?;
    match answer.status.as_u16() {
        200 => {
            let samples = samples(&String::from_utf8_lossy(&answer.body));
            Ok(ProxyMetrics {
                counts: counted(&samples),
                budgets: budgets(&samples),
            })
        }
        404 => Err(
            "it has no counters (`callbacks: [prometheus]` in its litellm_settings has them)"
                .to_owned(),
        ),
        status => Err(format!("its /metrics/ answer {status}")),
    }
}

/// Sums the counters by the model that was asked for.
fn counted(samples: &[Sample]) -> Counts {
    let mut counted = Counts::new();
    for sample in samples {
        let label = |name: &str| sample.labels.get(name).filter(|value| !value.is_empty());
        let probe = ["team", "team_alias", "api_key_alias"]
            .iter()
            .any(|name| label(name).is_some_and(|value| value == PROBES));
        let model = label("requested_model").or_else(|| label("model_group"));
        let model = model
            .or_else(|| label("model"))
            .filter(|model| *model != "None");
        let (Some(model), false) = (model, probe) else {
            continue;
        };
        let sum = counted.entry(model.clone()).or_default();
        match sample.name.as_str() {
            "litellm_total_tokens_metric_total" => sum.tokens += sample.value,
            "litellm_proxy_total_requests_metric_total" => sum.requests += sample.value,
            "litellm_spend_metric_total" => sum.spend += sample.value,
            _ => {}
        }
    }
    counted
}

/// What is left of the budget of each provider; none where nothing limits it.
fn budgets(samples: &[Sample]) -> BTreeMap<String, f64> {
    let left = samples.iter().filter(|sample| {
        sample.name == "litellm_provider_remaining_budget_metric" && sample.value.is_finite()
    });
    left.filter_map(|sample| Some((sample.labels.get("api_provider")?.clone(), sample.value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(tokens: f64) -> Counts {
        let text = format!(
            "litellm_total_tokens_metric_total{{requested_model=\"fast\",team_alias=\"\"}} {tokens}\n\
             litellm_total_tokens_metric_total{{requested_model=\"fast\",team_alias=\"{PROBES}\"}} 999\n"
        );
        counted(&samples(&text))
    }

    #[tokio::test(start_paused = true)]
    async fn usage_is_what_the_counters_gained_within_a_minute() {
        let mut minute = Minute::default();
        assert!(minute.gained(&at(100.0)).is_empty());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(minute.gained(&at(160.0))["fast"].tokens, 60.0);
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(minute.gained(&at(200.0))["fast"].tokens, 100.0);
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(minute.gained(&at(200.0))["fast"].tokens, 40.0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_proxy_that_was_started_again_counts_from_nothing() {
        let mut minute = Minute::default();
        minute.gained(&at(5000.0));
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(minute.gained(&at(30.0))["fast"].tokens, 30.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(minute.gained(&at(90.0))["fast"].tokens, 90.0);
        tokio::time::advance(Duration::from_secs(10)).await;
        assert!(minute.gained(&Counts::new()).is_empty());
        assert_eq!(minute.gained(&at(60.0))["fast"].tokens, 60.0);
    }
}
