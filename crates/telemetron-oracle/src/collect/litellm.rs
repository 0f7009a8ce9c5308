//! The LiteLLM proxy: the models it offers, their limits, and what went through it.
//!
//! `/model/info` and `/metrics` work without a database; spend comes from the database where the
//! proxy has one, else from its counters. `/health` is never asked: it calls the models.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Deserialize;
use telemetron_model::oracle::SourceName;
use tokio::time::Instant;

use super::Source;
use super::http::Http;
use super::prometheus::{Sample, samples};
use crate::Error;
use crate::board::Told;
use crate::facts::{KnownModel, Usage};

/// Over how long usage is taken.
const MINUTE: Duration = Duration::from_secs(60);

/// Who probes the models on behalf of the proxy itself.
const PROBES: &str = "litellm-internal-health-check";

/// Asks a LiteLLM proxy.
pub(crate) struct LiteLlm {
    http: Result<Http, String>,
    seen: VecDeque<(Instant, BTreeMap<String, Counted>)>,
    has_database: bool,
}

/// What the counters of a model say since the proxy was started.
#[derive(Debug, Clone, Copy, Default)]
struct Counted {
    tokens: f64,
    requests: f64,
    spend: f64,
}

#[derive(Debug, Deserialize)]
struct ModelInfo {
    data: Vec<Deployment>,
}

/// One deployment of a model, as far as it is of use.
#[derive(Debug, Deserialize)]
struct Deployment {
    model_name: String,
    #[serde(default)]
    litellm_params: Params,
    #[serde(default)]
    model_info: Info,
}

#[derive(Debug, Default, Deserialize)]
struct Params {
    model: Option<String>,
    custom_llm_provider: Option<String>,
    tpm: Option<f64>,
    rpm: Option<f64>,
}

#[derive(Debug, Default, Deserialize)]
struct Info {
    litellm_provider: Option<String>,
    mode: Option<String>,
    tpm: Option<f64>,
    rpm: Option<f64>,
    max_input_tokens: Option<f64>,
    max_output_tokens: Option<f64>,
    max_tokens: Option<f64>,
    output_vector_size: Option<f64>,
    input_cost_per_token: Option<f64>,
    output_cost_per_token: Option<f64>,
    supports_vision: Option<bool>,
    supports_audio_input: Option<bool>,
    supports_audio_output: Option<bool>,
    supports_pdf_input: Option<bool>,
}

#[derive(Debug, Deserialize)]
struct Spend {
    #[serde(default)]
    model: String,
    #[serde(default)]
    total_spend: f64,
}

impl LiteLlm {
    /// A collector for the proxy at a base URL, or the reason why there is none.
    pub(crate) fn new(http: Result<Http, String>) -> Self {
        Self {
            http,
            seen: VecDeque::new(),
            has_database: true,
        }
    }

    /// Dollars by model, from the database; asked no more once the proxy says that it has none.
    async fn spend(&mut self) -> BTreeMap<String, f64> {
        let Ok(http) = &self.http else {
            return BTreeMap::new();
        };
        if !self.has_database {
            return BTreeMap::new();
        }
        match http
            .json::<Vec<Spend>>("/global/spend/models?limit=1000")
            .await
        {
            Ok(all) => all
                .into_iter()
                .map(|one| (one.model, one.total_spend))
                .collect(),
            Err(_without) => {
                self.has_database = false;
                BTreeMap::new()
            }
        }
    }

    /// Notes what the counters say; gives what they gained in the last minute.
    fn gained(&mut self, counted: &BTreeMap<String, Counted>) -> BTreeMap<String, Usage> {
        let now = Instant::now();
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
            // A proxy that was started again counts from nothing.
            let usage = Usage {
                tokens: (now.tokens - then.tokens).max(0.0),
                requests: (now.requests - then.requests).max(0.0),
            };
            (model.clone(), usage)
        };
        counted.iter().map(gain).collect()
    }
}

impl Source for LiteLlm {
    fn name(&self) -> SourceName {
        SourceName::LiteLlm
    }

    async fn ask(&mut self) -> Result<Told, Error> {
        let http = self
            .http
            .as_ref()
            .map_err(|why| Error::Absent(why.clone()))?;
        let info: ModelInfo = http.json("/model/info").await?;
        // The proxy sends whoever leaves the last slash out elsewhere. Counters need a callback in the proxy's configuration; without them the spans tell.
        let metrics = http.get("/metrics/").await;
        let counted = metrics
            .ok()
            .filter(|answer| answer.status.is_success())
            .map(|answer| counted(&samples(&String::from_utf8_lossy(&answer.body))));
        let spend = self.spend().await;
        let gained = counted.as_ref().map(|counted| self.gained(counted));
        let mut first = std::collections::BTreeSet::new();
        let models = info.data.into_iter().map(|deployment| {
            let mut known = known(deployment);
            // Counters are by model, and several deployments share one.
            if first.insert(known.model.clone()) {
                let name = &known.model;
                known.usage = gained.as_ref().and_then(|gained| gained.get(name).copied());
                let told = counted.as_ref().and_then(|counted| counted.get(name));
                known.spend_usd = spend.get(name).copied();
                known.spend_usd = known.spend_usd.or_else(|| told.map(|told| told.spend));
            }
            known
        });
        Ok(Told::LiteLlm(models.collect()))
    }
}

/// Sums the counters by the model that was asked for.
fn counted(samples: &[Sample]) -> BTreeMap<String, Counted> {
    let mut counted: BTreeMap<String, Counted> = BTreeMap::new();
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

fn known(deployment: Deployment) -> KnownModel {
    let Deployment {
        model_name,
        litellm_params: params,
        model_info: info,
    } = deployment;
    let prefix = params
        .model
        .as_deref()
        .and_then(|model| model.split_once('/'));
    let provider = params
        .custom_llm_provider
        .or_else(|| info.litellm_provider.clone())
        .or_else(|| prefix.map(|(provider, _)| provider.to_owned()));
    let cost = [info.input_cost_per_token, info.output_cost_per_token];
    let embeds = info.mode.as_deref() == Some("embedding");
    KnownModel {
        tpm_max: params.tpm.or(info.tpm),
        rpm_max: params.rpm.or(info.rpm),
        input_context: whole(info.max_input_tokens.or(info.max_tokens)),
        output_context: whole(info.max_output_tokens.or(info.max_tokens)).filter(|_| !embeds),
        output_dim: whole(info.output_vector_size),
        priced: cost
            .iter()
            .any(Option::is_some)
            .then(|| cost.iter().flatten().any(|price| *price > 0.0)),
        input_types: takes(&info),
        output_types: gives(&info),
        upstream: params.model,
        model: model_name,
        provider,
        ..KnownModel::default()
    }
}

fn whole(number: Option<f64>) -> Option<i64> {
    #[expect(clippy::cast_possible_truncation, reason = "a number of tokens")]
    let whole = |number: f64| number as i64;
    number.filter(|number| number.is_finite()).map(whole)
}

/// What a model takes: nothing is said of a model that the proxy knows nothing of.
fn takes(info: &Info) -> Vec<String> {
    if info.mode.is_none() {
        return Vec::new();
    }
    let more = [
        ("image", info.supports_vision),
        ("audio", info.supports_audio_input),
        ("pdf", info.supports_pdf_input),
    ];
    let more = more
        .into_iter()
        .filter(|(_, supports)| *supports == Some(true));
    let first = match info.mode.as_deref() {
        Some("audio_transcription") => "audio",
        _ => "text",
    };
    let mut types = vec![first.to_owned()];
    types.extend(
        more.map(|(name, _)| name.to_owned())
            .filter(|name| name != first),
    );
    types
}

fn gives(info: &Info) -> Vec<String> {
    let first = match info.mode.as_deref() {
        None => return Vec::new(),
        Some("embedding") => "vector",
        Some("image_generation") => "image",
        Some("audio_speech") => "audio",
        Some(_) => "text",
    };
    let mut types = vec![first.to_owned()];
    if info.supports_audio_output == Some(true) && first != "audio" {
        types.push("audio".to_owned());
    }
    types
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deployment_says_its_limits_its_window_and_who_runs_it() {
        let text = r#"{"model_name":"fast","litellm_params":{"model":"openai/gpt-x","tpm":1000,"rpm":10},
            "model_info":{"id":"1","mode":"chat","max_input_tokens":128000,"max_output_tokens":4096,
            "input_cost_per_token":0.000001,"supports_vision":true}}"#;
        let known = known(serde_json::from_str(text).unwrap());
        assert_eq!(known.provider.as_deref(), Some("openai"));
        assert_eq!((known.tpm_max, known.rpm_max), (Some(1000.0), Some(10.0)));
        assert_eq!(known.input_context, Some(128_000));
        assert_eq!(known.input_types, ["text", "image"]);
        assert_eq!(known.priced, Some(true));
    }

    #[tokio::test(start_paused = true)]
    async fn usage_is_what_the_counters_gained_within_a_minute() {
        let mut proxy = LiteLlm::new(Err("none".to_owned()));
        let at = |tokens: f64| {
            let text = format!(
                "litellm_total_tokens_metric_total{{requested_model=\"fast\",team_alias=\"\"}} {tokens}\n\
                 litellm_total_tokens_metric_total{{requested_model=\"fast\",team_alias=\"{PROBES}\"}} 999\n"
            );
            counted(&samples(&text))
        };
        assert!(proxy.gained(&at(100.0)).is_empty());
        tokio::time::advance(Duration::from_secs(30)).await;
        assert_eq!(proxy.gained(&at(160.0))["fast"].tokens, 60.0);
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(proxy.gained(&at(200.0))["fast"].tokens, 100.0);
        tokio::time::advance(Duration::from_secs(50)).await;
        assert_eq!(proxy.gained(&at(200.0))["fast"].tokens, 40.0);
    }
}
