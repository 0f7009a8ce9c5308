//! A small HTTP client: a question and its bounded answer, with or without TLS.

use bytes::Bytes;
use http::{Request, StatusCode, Uri, header};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::Error;

/// Largest answer.
const MOST: usize = 16 * 1024 * 1024;

/// Asks one server.
pub(crate) struct Http {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
    base: String,
    key: Option<SecretString>,
}

/// An answer, whatever its status.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
}

impl Http {
    /// A client of the server at a base URL.
    ///
    /// # Errors
    /// When the base is no URL, or the system has no certificates.
    pub(crate) fn new(base: &str, key: Option<SecretString>) -> Result<Self, Error> {
        let uri: Uri = base
            .parse()
            .map_err(|error| Error::Absent(format!("`{base}` is no URL: {error}")))?;
        let known = matches!(uri.scheme_str(), Some("http" | "https"));
        if !known || uri.host().is_none() {
            let what = format!("`{base}` is no URL such as http://localhost:4000");
            return Err(Error::Absent(what));
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| Error::Absent(format!("no certificates to trust: {error}")))?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self {
            client: Client::builder(TokioExecutor::new()).build(connector),
            base: base.trim_end_matches('/').to_owned(),
            key,
        })
    }

    /// Asks for a path; the answer may have any status.
    ///
    /// # Errors
    /// When nobody answers, or with more than is taken.
    pub(crate) async fn get(&self, path: &str) -> Result<Answer, Error> {
        let request = Request::get(format!("{}{path}", self.base));
        self.send(path, request, Bytes::new()).await
    }

    /// Asks with JSON for JSON.
    ///
    /// # Errors
    /// When nobody answers, the answer is no success, or not as expected.
    pub(crate) async fn post<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &Value,
    ) -> Result<T, Error> {
        let request = Request::post(format!("{}{path}", self.base));
        let request = request.header(header::CONTENT_TYPE, "application/json");
        let answer = self
            .send(path, request, question.to_string().into())
            .await?;
        self.succeeded(path, &answer)
    }

    async fn send(
        &self,
        path: &str,
        mut request: http::request::Builder,
        body: Bytes,
    ) -> Result<Answer, Error> {
        if let Some(key) = &self.key {
            let bearer = format!("Bearer {}", key.expose_secret());
            request = request.header(header::AUTHORIZATION, bearer);
        }
        let request = request.body(Full::new(body));
        let request = request.map_err(|error| self.trouble(path, error))?;
        let answer = self.client.request(request).await;
        let answer = answer.map_err(|error| self.away(&error))?;
        let status = answer.status();
        let body = Limited::new(answer.into_body(), MOST).collect().await;
        let body = body.map_err(|error| self.trouble(path, error))?.to_bytes();
        Ok(Answer { status, body })
    }

    /// Asks for JSON.
    ///
    /// # Errors
    /// When nobody answers, the answer is no success, or not as expected.
    pub(crate) async fn json<T: DeserializeOwned>(&self, path: &str) -> Result<T, Error> {
        let answer = self.get(path).await?;
        self.succeeded(path, &answer)
    }

    fn succeeded<T: DeserializeOwned>(&self, path: &str, answer: &Answer) -> Result<T, Error> {
        if !answer.status.is_success() {
            return Err(self.trouble(path, format_args!("answered {}", answer.status)));
        }
        self.read(path, answer)
    }

    /// Reads the JSON of an answer.
    ///
    /// # Errors
    /// When it is not as expected.
    pub(crate) fn read<T: DeserializeOwned>(
        &self,
        path: &str,
        answer: &Answer,
    ) -> Result<T, Error> {
        serde_json::from_slice(&answer.body).map_err(|error| self.trouble(path, error))
    }

    /// Whether it comes with a key.
    pub(crate) fn has_key(&self) -> bool {
        self.key.is_some()
    }

    fn away(&self, error: &hyper_util::client::legacy::Error) -> Error {
        let mut cause: &dyn std::error::Error = error;
        while let Some(deeper) = cause.source() {
            cause = deeper;
        }
        Error::Absent(format!("nothing answers at {}: {cause}", self.base))
    }

    /// What is the matter with a path.
    pub(crate) fn trouble(&self, path: &str, what: impl std::fmt::Display) -> Error {
        Error::Absent(format!("{}{path}: {what}", self.base))
    }
}
