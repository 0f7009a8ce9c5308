//! A played LiteLLM proxy: the models it offers with their limits, and its counters. That a real
//! proxy is understood as well is another test's.

use std::fmt::Write as _;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::routing::get;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

/// What the proxy knows of a model.
#[derive(Debug, Clone)]
struct Offered {
    name: &'static str,
    tokens_a_minute: u64,
    requests_a_minute: u64,
    requests: u64,
}

type Models = Arc<Mutex<Vec<Offered>>>;

/// The proxy; dropping it ends it.
pub(super) struct Proxy {
    url: String,
    models: Models,
    _server: JoinSet<()>,
}

impl Proxy {
    /// Serves a proxy that offers nothing yet.
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let models = Models::default();
        let app = Router::new()
            .route("/model/info", get(info))
            .route("/metrics/", get(counters))
            .with_state(Arc::clone(&models));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            url,
            models,
            _server: server,
        }
    }

    /// Where it is.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// Offers a model with limits of tokens and requests a minute, or sets others.
    pub(super) fn limits(&self, name: &'static str, tokens: u64, requests: u64) {
        self.change(name, |model| {
            (model.tokens_a_minute, model.requests_a_minute) = (tokens, requests);
        });
    }

    /// A model is called so often by somebody who tells no spans.
    pub(super) fn calls(&self, name: &'static str, requests: u64) {
        self.change(name, |model| model.requests += requests);
    }

    fn change(&self, name: &'static str, change: impl FnOnce(&mut Offered)) {
        let mut models = self.models.lock().unwrap();
        if !models.iter().any(|model| model.name == name) {
            models.push(Offered {
                name,
                tokens_a_minute: 0,
                requests_a_minute: 0,
                requests: 0,
            });
        }
        let model = models.iter_mut().find(|model| model.name == name);
        change(model.unwrap());
    }
}

async fn info(State(models): State<Models>) -> String {
    let models = models.lock().unwrap();
    let offered = models.iter().map(|model| {
        let limits = json!({"model": format!("openai/{}", model.name),
                            "tpm": model.tokens_a_minute, "rpm": model.requests_a_minute});
        json!({"model_name": model.name, "litellm_params": limits, "model_info": {"mode": "chat"}})
    });
    json!({"data": offered.collect::<Vec<_>>()}).to_string()
}

async fn counters(State(models): State<Models>) -> String {
    let mut text = String::new();
    for Offered { name, requests, .. } in &*models.lock().unwrap() {
        let counter = "litellm_proxy_total_requests_metric_total";
        writeln!(text, "{counter}{{requested_model=\"{name}\"}} {requests}").unwrap();
    }
    text
}
