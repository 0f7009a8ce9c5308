//! The LiteLLM proxy: the models it offers, their limits, and what went through it.
//!
//! `/model/info` and `/metrics` work without a database; spend comes from the database where the
//! proxy has one, else from its counters. `/health` is never asked: it calls the models.

mod counters;
mod models;
mod spend;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use http::StatusCode;
use telemetron_view::oracle::SourceName;
use tokio::time::timeout;

use self::counters::Minute;
use self::models::{ModelInfo, known};
use self::spend::Spend;
use super::Source;
use super::http::Http;
use crate::Error;
use crate::facts::{KnownModel, Usage};
use crate::observation::Observation;

/// How long the models wait for their counters and their spend.
const ASIDE: Duration = Duration::from_secs(2);

/// Asks a LiteLLM proxy.
pub(crate) struct LiteLlm {
    http: Result<Http, Error>,
    minute: Minute,
    spend: Spend,
}

impl LiteLlm {
    /// A collector for the proxy at a base URL, or the reason why there is none.
    pub(crate) fn new(http: Result<Http, Error>) -> Self {
        Self {
            http,
            minute: Minute::default(),
            spend: Spend::default(),
        }
    }
}

impl Source for LiteLlm {
    fn name(&self) -> SourceName {
        SourceName::LiteLlm
    }

    async fn ask(&mut self) -> Result<Observation, Error> {
        let http = self.http.as_ref().map_err(Error::again)?;
        let (info, counted, spent) = tokio::join!(
            models(http),
            timeout(ASIDE, counters::ask(http)),
            timeout(ASIDE, self.spend.ask(http)),
        );
        let info = info?;
        let counted = counted.unwrap_or_else(|_elapsed| {
            let limit = ASIDE.as_millis();
            Err(format!("its /metrics/ did not answer within {limit} ms"))
        });
        let lacks = counted.as_ref().err().cloned();
        let counted = counted.ok();
        let gained = counted
            .as_ref()
            .map(|told| self.minute.gained(&told.counts));
        let figures = Figures {
            gained: gained.unwrap_or_default(),
            counted: counted.unwrap_or_default(),
            spent: spent.unwrap_or_default(),
        };
        Ok(Observation::LiteLlm(figures.put_to(info), lacks))
    }
}

/// Asks for the models; whoever may not ask is told what would help.
async fn models(http: &Http) -> Result<ModelInfo, Error> {
    let path = "/model/info";
    let answer = http.get(path).await?;
    let status = answer.status;
    if status.is_success() {
        return http.read(path, &answer);
    }
    let help = match (http.has_key(), status) {
        // A proxy without a database fails where no key comes, and calls a wrong one a bad request.
        (false, StatusCode::INTERNAL_SERVER_ERROR) => "; LITELLM_API_KEY names its key",
        (has_key, StatusCode::BAD_REQUEST | StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) => {
            match has_key {
                true => "; it does not take the key of LITELLM_API_KEY",
                false => "; LITELLM_API_KEY names its key",
            }
        }
        _ => "",
    };
    Err(http.trouble(path, format_args!("answered {status}{help}")))
}

/// What is known of the models by their names, and by those of their providers.
struct Figures {
    gained: BTreeMap<String, Usage>,
    counted: counters::ProxyMetrics,
    spent: BTreeMap<String, f64>,
}

impl Figures {
    /// The models with their figures: these are by name, and several deployments share one.
    fn put_to(&self, info: ModelInfo) -> Vec<KnownModel> {
        let mut first = BTreeSet::new();
        let models = info.data.into_iter().map(|deployment| {
            let mut known = known(deployment);
            let provider = known.provider.as_ref();
            known.budget_left = provider.and_then(|name| self.counted.budgets.get(name).copied());
            if first.insert(known.model.clone()) {
                let name = &known.model;
                known.usage = self.gained.get(name).copied();
                let counted = self.counted.counts.get(name).map(|counted| counted.spend);
                known.spend_usd = self.spent.get(name).copied().or(counted);
            }
            known
        });
        models.collect()
    }
}

#[cfg(test)]
mod tests;
