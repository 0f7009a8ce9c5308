//! What a source tells, and how it enters the facts.

use std::sync::Arc;

use telemetron_view::oracle::SourceName;

use crate::facts::{Cluster, Facts, KnownModel, Lags, Telemetry, Traces};

/// What a source tells.
#[derive(Debug)]
pub(crate) enum Observation {
    Telemetry(Telemetry),
    Traces(Box<Traces>),
    Kafka(Lags),
    Kubernetes(Cluster),
    /// Its models, and what it does not tell of them.
    LiteLlm(Vec<KnownModel>, Option<String>),
    Ollama(Vec<KnownModel>),
}

impl Facts {
    /// Takes what a source told; says which it was.
    pub(crate) fn take(&mut self, observation: Observation) -> SourceName {
        match observation {
            Observation::Telemetry(told) => {
                self.telemetry = Some(Arc::new(told));
                SourceName::Telemetry
            }
            Observation::Traces(told) => {
                self.traces = Some(Arc::from(told));
                SourceName::Traces
            }
            Observation::Kafka(told) => {
                self.kafka = Some(Arc::new(told));
                SourceName::Kafka
            }
            Observation::Kubernetes(told) => {
                self.cluster = Some(Arc::new(told));
                SourceName::Kubernetes
            }
            Observation::LiteLlm(told, _partial_reason) => {
                self.proxy = Some(Arc::new(told));
                SourceName::LiteLlm
            }
            Observation::Ollama(told) => {
                self.ollama = Some(Arc::new(told));
                SourceName::Ollama
            }
        }
    }

    /// Drops the last word of a source.
    pub(crate) fn forget(&mut self, name: SourceName) {
        match name {
            SourceName::Telemetry => self.telemetry = None,
            SourceName::Traces => self.traces = None,
            SourceName::Kafka => self.kafka = None,
            SourceName::Kubernetes => self.cluster = None,
            SourceName::LiteLlm => self.proxy = None,
            SourceName::Ollama => self.ollama = None,
        }
    }
}

impl Observation {
    /// What a source that answers does not tell all the same, and why.
    pub(crate) fn partial_reason(&self) -> Option<String> {
        match self {
            Self::Kubernetes(cluster) => cluster.lacks.clone(),
            Self::LiteLlm(_models, lacks) => lacks.clone(),
            Self::Kafka(lags) => lags.lacks.clone(),
            Self::Telemetry(_) | Self::Traces(_) | Self::Ollama(_) => None,
        }
    }
}
