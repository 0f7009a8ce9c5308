//! A language model behind an endpoint that speaks the API of OpenAI, as Ollama does at `/v1`.

use std::time::Duration;

use anyhow::{Context as _, bail};
use reqwest::Client;
use serde::Deserialize;
use serde_json::json;
use telemetron_sdk::{Failure, Scope, TokenUsage};

/// How long an answer may take: a small model on a laptop is slow.
const PATIENCE: Duration = Duration::from_secs(120);

/// Most tokens of an answer.
const MOST_TOKENS: u32 = 200;

/// Where a model is, and which.
#[derive(Debug, Clone, clap::Args)]
pub struct Endpoint {
    /// Ollama, or another endpoint that speaks the API of OpenAI below /v1
    #[arg(
        long,
        env = "OLLAMA_BASE_URL",
        default_value = "http://localhost:11434"
    )]
    #[arg(value_name = "URL")]
    pub llm_url: String,

    /// The language model
    #[arg(
        long,
        env = "DEMO_MODEL",
        default_value = "qwen2.5:0.5b",
        value_name = "NAME"
    )]
    pub model: String,
}

/// A model that is there.
#[derive(Debug)]
pub struct Model {
    client: Client,
    url: String,
    name: String,
}

#[derive(Deserialize)]
struct Models {
    data: Vec<Named>,
}

#[derive(Deserialize)]
struct Named {
    id: String,
}

#[derive(Deserialize)]
struct Completion {
    choices: Vec<Choice>,
    #[serde(default)]
    usage: TokenUsage,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: String,
}

impl Model {
    /// Looks for the model.
    ///
    /// # Errors
    /// A sentence that says what to do when nobody answers, or does not have it.
    pub async fn find(endpoint: &Endpoint) -> anyhow::Result<Self> {
        let url = endpoint.llm_url.trim_end_matches('/').to_owned();
        let name = endpoint.model.clone();
        let client = Client::builder().timeout(PATIENCE).build()?;
        let asked = client.get(format!("{url}/v1/models")).send().await;
        let asked = asked.and_then(reqwest::Response::error_for_status);
        let answer = asked.with_context(|| {
            format!(
                "no language model answers at {url}; start Ollama, name another endpoint in \
                 OLLAMA_BASE_URL, or run the demo that needs none: --simple"
            )
        })?;
        let models: Models = answer.json().await.with_context(|| {
            format!("{url}/v1/models is not the list of models that OpenAI's API gives")
        })?;
        // Ollama lists `name:latest` for `name`.
        let latest = format!("{name}:latest");
        if !models
            .data
            .iter()
            .any(|model| model.id == name || model.id == latest)
        {
            let there: Vec<_> = models.data.iter().map(|model| model.id.as_str()).collect();
            let there = match there.is_empty() {
                true => "it has none".to_owned(),
                false => format!("it has {}", there.join(", ")),
            };
            bail!(
                "the model {name} is not at {url}: {there}; `ollama pull {name}` brings it, and \
                 --model names another"
            );
        }
        Ok(Self { client, url, name })
    }

    /// Asks the model, as a call of an agent.
    ///
    /// # Errors
    /// When it does not answer as it should.
    pub(super) async fn ask(&self, agent: &Scope, wish: &str) -> anyhow::Result<String> {
        let messages = json!([{"role": "user", "content": wish}]);
        let call = agent.llm(self.name.clone());
        call.provider("ollama")
            .parameters(&json!({"max_tokens": MOST_TOKENS}))
            .input(&messages);
        match self.complete(&messages).await {
            Ok(completion) => {
                let Some(choice) = completion.choices.into_iter().next() else {
                    call.fail(Failure::new("NoChoice", "the model gave no answer"));
                    bail!("the model gave no answer");
                };
                call.tokens(completion.usage);
                if let Some(reason) = choice.finish_reason {
                    call.finish_reason(reason);
                }
                call.output(&json!({"role": "assistant", "content": choice.message.content}));
                call.complete();
                Ok(choice.message.content.trim().to_owned())
            }
            Err(error) => {
                call.fail(Failure::new("ModelFailed", format!("{error:#}")));
                Err(error)
            }
        }
    }

    async fn complete(&self, messages: &serde_json::Value) -> anyhow::Result<Completion> {
        let wanted = json!({"model": self.name, "messages": messages, "max_tokens": MOST_TOKENS});
        let answer = self
            .client
            .post(format!("{}/v1/chat/completions", self.url))
            .json(&wanted)
            .send()
            .await
            .with_context(|| format!("{} does not answer", self.url))?;
        let status = answer.status();
        let text = answer.text().await?;
        if !status.is_success() {
            bail!("{} answers {status}: {}", self.url, text.trim());
        }
        serde_json::from_str(&text)
            .with_context(|| format!("{} gave no chat completion of OpenAI's API", self.url))
    }
}
