//! Ollama: the models it has, and those it holds in memory.

use std::collections::BTreeMap;

use serde::Deserialize;
use telemetron_model::oracle::SourceName;

use super::Source;
use super::http::Http;
use crate::Error;
use crate::board::Told;
use crate::facts::KnownModel;

/// Asks Ollama.
pub(crate) struct Ollama(pub(crate) Result<Http, String>);

#[derive(Debug, Deserialize)]
struct Listed<T> {
    #[serde(default = "Vec::new")]
    models: Vec<T>,
}

#[derive(Debug, Deserialize)]
struct Tag {
    name: String,
}

#[derive(Debug, Deserialize)]
struct Loaded {
    name: String,
    #[serde(default)]
    size_vram: i64,
    #[serde(default)]
    size: i64,
    context_length: Option<i64>,
}

impl Source for Ollama {
    fn name(&self) -> SourceName {
        SourceName::Ollama
    }

    async fn ask(&mut self) -> Result<Told, Error> {
        let http = self.0.as_ref().map_err(|why| Error::Absent(why.clone()))?;
        let tags: Listed<Tag> = http.json("/api/tags").await?;
        let loaded: Listed<Loaded> = http.json("/api/ps").await?;
        let loaded: BTreeMap<_, _> = loaded
            .models
            .into_iter()
            .map(|model| (model.name.clone(), model))
            .collect();
        let models = tags.models.into_iter().map(|tag| {
            let held = loaded.get(&tag.name);
            KnownModel {
                provider: Some("ollama".to_owned()),
                loaded_bytes: held.map(|held| held.size_vram.max(held.size)),
                input_context: held.and_then(|held| held.context_length),
                priced: Some(false),
                model: tag.name,
                ..KnownModel::default()
            }
        });
        Ok(Told::Ollama(models.collect()))
    }
}
