//! Asking the HTTP API, in this process or over the network.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use futures_util::{FutureExt as _, StreamExt as _};
use serde::de::DeserializeOwned;
use telemetron_view::Problem;
use tower::ServiceExt as _;

/// Largest answer that is read: many times what the API gives.
const MAX_ANSWER_BYTES: usize = 256 * 1024 * 1024;

/// Longest one answer may take: longer than the API allows itself.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why there is no answer, in a sentence for whoever asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ToolError {
    /// The API says what is wrong.
    #[error("{detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// Its sentence.
        detail: String,
    },
    /// The API cannot be asked.
    #[error("{0}")]
    Away(String),
    /// The question makes no sense.
    #[error("{0}")]
    Wrong(String),
}

/// An answer that is still coming in.
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its body, as it arrives.
    pub body: BoxStream<'static, Result<Bytes, ToolError>>,
}

/// Somebody who can ask the HTTP API.
pub trait ApiClient: Send + Sync + 'static {
    /// Asks for what is at a path with its query, both escaped.
    ///
    /// # Errors
    /// When nobody answers.
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, ToolError>>;
}

/// The API in this process.
impl ApiClient for Router {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, ToolError>> {
        async move {
            let request = Request::get(path).body(Body::empty());
            let request = request.map_err(|error| ToolError::Wrong(error.to_string()))?;
            let Ok(response) = self.clone().oneshot(request).await;
            let status = response.status().as_u16();
            let body = response.into_body().into_data_stream();
            let body = body.map(|part| part.map_err(|error| ToolError::Away(error.to_string())));
            Ok(Answer {
                status,
                body: body.boxed(),
            })
        }
        .boxed()
    }
}

impl Answer {
    /// The body of an answer that went well, else what the API says is wrong.
    async fn bytes(mut self) -> Result<Vec<u8>, ToolError> {
        let mut bytes = Vec::new();
        while let Some(part) = self.body.next().await {
            bytes.extend_from_slice(&part?);
            if bytes.len() > MAX_ANSWER_BYTES {
                return Err(ToolError::Away("the API's answer has no end".to_owned()));
            }
        }
        if (200..300).contains(&self.status) {
            return Ok(bytes);
        }
        let problem = serde_json::from_slice::<Problem>(&bytes);
        Err(ToolError::Refused {
            status: self.status,
            detail: problem.map_or_else(
                |_| format!("the API answers {}", self.status),
                |problem| problem.detail,
            ),
        })
    }

    /// The body as it arrives, when the API agrees to stream.
    pub(super) async fn stream(
        self,
    ) -> Result<BoxStream<'static, Result<Bytes, ToolError>>, ToolError> {
        if (200..300).contains(&self.status) {
            return Ok(self.body);
        }
        self.bytes().await?;
        Err(ToolError::Away("the API does not stream".to_owned()))
    }
}

/// Asks and reads the answer.
pub(super) async fn read<T: DeserializeOwned>(
    ask: &dyn ApiClient,
    path: &str,
) -> Result<T, ToolError> {
    let answer = async { ask.get(path).await?.bytes().await };
    let bytes = tokio::time::timeout(PATIENCE, answer)
        .await
        .map_err(|_elapsed| ToolError::Away("the API does not answer in time".to_owned()))??;
    serde_json::from_slice(&bytes).map_err(|error| {
        ToolError::Away(format!(
            "the API's answer at {path} is not understood: {error}"
        ))
    })
}

/// A path with its query, built piece by piece.
#[derive(Debug, Clone)]
pub(super) struct Path {
    text: String,
    has_query: bool,
}

impl Path {
    /// A path below `/api/v1`, its parts escaped.
    pub(super) fn new(parts: &[&str]) -> Self {
        let mut text = "/api/v1".to_owned();
        for part in parts {
            let escaped: String = form_urlencoded::byte_serialize(part.as_bytes()).collect();
            text.push('/');
            text.push_str(&escaped.replace('+', "%20"));
        }
        Self {
            text,
            has_query: false,
        }
    }

    /// Adds a parameter when it has a value.
    #[must_use]
    pub(super) fn with<T: ToString>(mut self, name: &str, value: Option<T>) -> Self {
        if let Some(value) = value {
            self.text.push(if self.has_query { '&' } else { '?' });
            self.text.push_str(name);
            self.text.push('=');
            self.text.extend(form_urlencoded::byte_serialize(
                value.to_string().as_bytes(),
            ));
            self.has_query = true;
        }
        self
    }

    /// Adds a parameter that is either on or absent.
    #[must_use]
    pub(super) fn flag(self, name: &str, is_on: bool) -> Self {
        self.with(name, is_on.then_some("true"))
    }

    /// The path as text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }
}
