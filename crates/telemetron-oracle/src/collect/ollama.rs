//! Ollama: the models it has, what each of them is, and those it holds in memory.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Value, json};
use telemetron_view::oracle::SourceName;

use super::Source;
use super::http::Http;
use crate::Error;
use crate::facts::KnownModel;
use crate::observation::Observation;

/// Most models that are asked about at one turn.
const MOST: usize = 8;

/// Asks Ollama.
pub(crate) struct Ollama {
    http: Result<Http, Error>,
    /// What models are, by digest: it never changes.
    shown: BTreeMap<String, Shown>,
}

impl Ollama {
    /// A collector for the server at a base URL, or the reason why there is none.
    pub(crate) const fn new(http: Result<Http, Error>) -> Self {
        Self {
            http,
            shown: BTreeMap::new(),
        }
    }

    /// Asks what models are of which that is not known; one that does not tell is asked again.
    async fn learn(&mut self, tags: &[Tag]) {
        let Ok(http) = &self.http else { return };
        self.shown
            .retain(|digest, _| tags.iter().any(|tag| tag.digest == *digest));
        let new = |tag: &&Tag| !tag.digest.is_empty() && !self.shown.contains_key(&tag.digest);
        let new: Vec<_> = tags.iter().filter(new).take(MOST).collect();
        for tag in new {
            let question = json!({"model": tag.name});
            if let Ok(shown) = http.post("/api/show", &question).await {
                self.shown.insert(tag.digest.clone(), shown);
            }
        }
    }
}

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
    #[serde(default)]
    digest: String,
}

/// What a model is.
#[derive(Debug, Deserialize)]
struct Shown {
    #[serde(default)]
    capabilities: Vec<String>,
    #[serde(default)]
    model_info: BTreeMap<String, Value>,
}

impl Shown {
    /// A number of its architecture, such as `llama.context_length`.
    fn number(&self, name: &str) -> Option<i64> {
        let architecture = self.model_info.get("general.architecture")?.as_str()?;
        let value = self.model_info.get(&format!("{architecture}.{name}"))?;
        value.as_i64()
    }

    fn can(&self, capability: &str) -> bool {
        self.capabilities.iter().any(|can| can == capability)
    }

    fn takes(&self) -> Vec<String> {
        let takes = [
            ("text", !self.capabilities.is_empty()),
            ("image", self.can("vision")),
        ];
        words(&takes)
    }

    fn gives(&self) -> Vec<String> {
        words(&[
            ("text", self.can("completion")),
            ("vector", self.can("embedding")),
        ])
    }
}

fn words(all: &[(&str, bool)]) -> Vec<String> {
    let true_ones = all.iter().filter(|(_, is_so)| *is_so);
    true_ones.map(|(word, _)| (*word).to_owned()).collect()
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

    async fn ask(&mut self) -> Result<Observation, Error> {
        let http = self.http.as_ref().map_err(Error::again)?;
        let tags: Listed<Tag> = http.json("/api/tags").await?;
        let loaded: Listed<Loaded> = http.json("/api/ps").await?;
        let tags: Vec<_> = tags.into_models().collect();
        self.learn(&tags).await;
        let loaded: BTreeMap<_, _> = loaded
            .into_models()
            .map(|model| (model.name.clone(), model))
            .collect();
        let models = tags.into_iter().map(|tag| {
            let held = loaded.get(&tag.name);
            known(tag.name, held, self.shown.get(&tag.digest))
        });
        Ok(Observation::Ollama(models.collect()))
    }
}

/// What is known of a model. In memory it may have less room than it could.
fn known(model: String, held: Option<&Loaded>, shown: Option<&Shown>) -> KnownModel {
    let room = held.and_then(|held| held.context_length);
    let embeds = shown.filter(|shown| shown.can("embedding"));
    KnownModel {
        model,
        provider: Some("ollama".to_owned()),
        loaded_bytes: held.map(|held| held.size_vram.max(held.size)),
        input_context: room.or_else(|| shown?.number("context_length")),
        output_dim: embeds.and_then(|shown| shown.number("embedding_length")),
        input_types: shown.map(Shown::takes).unwrap_or_default(),
        output_types: shown.map(Shown::gives).unwrap_or_default(),
        priced: Some(false),
        ..KnownModel::default()
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
        let mut ollama = Ollama::new(Http::new(&server.url, None));
        models_of(&mut ollama).await
    }

    async fn models_of(ollama: &mut Ollama) -> Vec<KnownModel> {
        match ollama.ask().await.unwrap() {
            Observation::Ollama(models) => models,
            other => panic!("{other:?}"),
        }
    }

    #[tokio::test]
    async fn what_a_model_is_is_asked_once_and_what_it_has_room_for_in_memory_counts_first() {
        let shown = r#"{"capabilities":["embedding","vision"],"model_info":{
            "general.architecture":"bert","bert.context_length":512,"bert.embedding_length":384}}"#;
        let server = play(&[
            ("/api/tags", Answer::Says(200, TAGS)),
            ("/api/ps", Answer::Says(200, LOADED)),
            ("/api/show", Answer::Says(200, shown)),
        ])
        .await;
        let mut ollama = Ollama::new(Http::new(&server.url, None));
        let models = models_of(&mut ollama).await;
        let room = models.iter().map(|model| model.input_context);
        assert_eq!(room.collect::<Vec<_>>(), [Some(4096), Some(512)]);
        assert_eq!(models[1].output_dim, Some(384));
        assert_eq!(models[1].input_types, ["text", "image"]);
        assert_eq!(models[1].output_types, ["vector"]);
        assert_eq!(models_of(&mut ollama).await, models);
        assert_eq!(server.asked_for("/api/show"), 2, "once for each model");
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
