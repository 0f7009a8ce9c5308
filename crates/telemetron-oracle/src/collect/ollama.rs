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
pub(crate) struct Ollama(pub(crate) Result<Http, Error>);

/// A list; one that is empty may be written as null.
#[derive(Debug, Deserialize)]
struct Listed<T> {
    models: Option<Vec<T>>,
}

impl<T> Listed<T> {
    fn into_models(self) -> impl Iterator<Item = T> {
        self.models.unwrap_or_default().into_iter()
    }
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
        let http = self.0.as_ref().map_err(Error::again)?;
        let tags: Listed<Tag> = http.json("/api/tags").await?;
        let loaded: Listed<Loaded> = http.json("/api/ps").await?;
        let loaded: BTreeMap<_, _> = loaded
            .into_models()
            .map(|model| (model.name.clone(), model))
            .collect();
        let models = tags.into_models().map(|tag| {
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

#[cfg(test)]
mod tests {
    use super::super::played::{Answer, play};
    use super::*;

    const TAGS: &str = r#"{"models":[
        {"name":"small:1b","model":"small:1b","modified_at":"2026-01-31T12:00:00Z","size":900,
         "digest":"a","details":{"family":"x","parameter_size":"1B","quantization_level":"Q4"}},
        {"name":"large:70b","model":"large:70b","modified_at":"2026-01-31T12:00:00Z","size":70000,
         "digest":"b","details":{}}]}"#;

    const LOADED: &str = r#"{"models":[
        {"name":"small:1b","model":"small:1b","size":1200,"size_vram":1000,"digest":"a",
         "details":{},"expires_at":"2026-01-31T12:05:00Z","context_length":4096}]}"#;

    async fn told(tags: &'static str, loaded: &'static str) -> Vec<KnownModel> {
        let server = play(&[
            ("/api/tags", Answer::Says(200, tags)),
            ("/api/ps", Answer::Says(200, loaded)),
        ])
        .await;
        let mut ollama = Ollama(Ok(Http::new(&server.url, None).unwrap()));
        match ollama.ask().await.unwrap() {
            Told::Ollama(models) => models,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn models_are_told_with_what_those_in_memory_hold() {
        let told = told(TAGS, LOADED).await;
        let held = told.iter().map(|model| {
            let name = model.model.as_str();
            (name, model.loaded_bytes, model.input_context, model.priced)
        });
        let expected = [
            ("small:1b", Some(1200), Some(4096), Some(false)),
            ("large:70b", None, None, Some(false)),
        ];
        assert_eq!(held.collect::<Vec<_>>(), expected);
    }

    #[tokio::test]
    async fn a_server_without_models_tells_none() {
        assert_eq!(told(r#"{"models":null}"#, r#"{"models":[]}"#).await, []);
    }
}
