//! The client of the HTTP API. Its errors are the sentences that the API answers with.

use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use axum::http::Uri;
use reqwest::{Method, RequestBuilder, Response, Url, header};
use serde_json::value::RawValue;
use telemetron_view::Problem;

/// Longest one answer may take: longer than the API allows itself.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Longest a stream may go on before it is opened anew.
const STREAM_TIMEOUT: Duration = Duration::from_secs(24 * 3600);

/// A client of one API.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    http: reqwest::Client,
    base: Url,
}

/// What to add to the query of a request; what has no value is left out.
#[derive(Debug, Default)]
pub(crate) struct Query(Vec<(&'static str, String)>);

impl Query {
    /// Adds a parameter when it has a value.
    pub(crate) fn add<T: ToString>(&mut self, name: &'static str, value: Option<T>) -> &mut Self {
        self.0.extend(value.map(|value| (name, value.to_string())));
        self
    }

    /// Adds a parameter that is either on or absent.
    pub(crate) fn flag(&mut self, name: &'static str, is_on: bool) -> &mut Self {
        self.add(name, is_on.then_some("true"))
    }
}

impl Client {
    /// A client of the API at this URL.
    pub(crate) fn new(url: &str) -> anyhow::Result<Self> {
        let base = Url::parse(url).ok().filter(|url| !url.cannot_be_a_base());
        let base = base.with_context(|| {
            format!("`{url}` is no URL of an API; give one like http://127.0.0.1:8080")
        })?;
        let http = reqwest::Client::builder().timeout(TIMEOUT).build()?;
        Ok(Self { http, base })
    }

    /// Asks for what is at a path, whose parts are escaped here.
    pub(crate) async fn get(&self, path: &[&str], query: &Query) -> anyhow::Result<Box<RawValue>> {
        self.ask(Method::GET, path, query).await
    }

    /// Asks for something to be done.
    pub(crate) async fn post(&self, path: &[&str]) -> anyhow::Result<Box<RawValue>> {
        self.ask(Method::POST, path, &Query::default()).await
    }

    /// Opens what is at a path with its query, whatever the answer.
    pub(crate) async fn open(&self, uri: &Uri) -> anyhow::Result<Response> {
        let mut url = self.base.clone();
        let below = url.path().trim_end_matches('/');
        url.set_path(&format!("{below}{}", uri.path()));
        url.set_query(uri.query());
        let answer = self.http.get(url).send().await;
        answer.map_err(|error| self.unreachable(&error))
    }

    /// Asks for a text.
    pub(crate) async fn text(&self, path: &[&str], query: &Query) -> anyhow::Result<String> {
        let request = self.request(Method::GET, path, query)?;
        let request = request.header(header::ACCEPT, "text/plain");
        let answer = request.timeout(STREAM_TIMEOUT).send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            bail!("{}", problem(answer).await);
        }
        Ok(answer.text().await?)
    }

    /// Opens a stream, which may go on for as long as it likes.
    pub(crate) async fn follow(&self, path: &[&str], query: &Query) -> anyhow::Result<Response> {
        let request = self.request(Method::GET, path, query)?;
        let answer = request.timeout(STREAM_TIMEOUT).send().await;
        let answer = answer.map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            bail!("{}", problem(answer).await);
        }
        Ok(answer)
    }

    fn request(
        &self,
        method: Method,
        path: &[&str],
        query: &Query,
    ) -> anyhow::Result<RequestBuilder> {
        let mut url = self.base.clone();
        url.path_segments_mut()
            .map_err(|()| anyhow!("`{}` is no URL of an API", self.base))?
            .pop_if_empty()
            .extend(path);
        Ok(self.http.request(method, url).query(&query.0))
    }

    async fn ask(
        &self,
        method: Method,
        path: &[&str],
        query: &Query,
    ) -> anyhow::Result<Box<RawValue>> {
        let answer = self
            .request(method, path, query)?
            .send()
            .await
            .map_err(|error| self.unreachable(&error))?;
        if !answer.status().is_success() {
            bail!("{}", problem(answer).await);
        }
        let text = answer.text().await?;
        let json = RawValue::from_string(text);
        json.with_context(|| format!("{} answers, but not as Telemetron does", self.base))
    }

    fn unreachable(&self, error: &reqwest::Error) -> anyhow::Error {
        let base = self.base.as_str().trim_end_matches('/');
        let what = if error.is_timeout() {
            "does not answer in time"
        } else {
            "cannot be reached"
        };
        anyhow!(
            "the API at {base} {what}; start it with `telemetron up`, or name another with --api-url"
        )
    }
}

/// What the API says is wrong, in a sentence.
async fn problem(answer: Response) -> String {
    let status = answer.status();
    let text = answer.text().await.unwrap_or_default();
    match serde_json::from_str::<Problem>(&text) {
        Ok(problem) => problem.detail,
        Err(_) => format!("the API answers {status}"),
    }
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::get;
    use tokio::net::TcpListener;

    use super::*;

    /// Asks a server that has one answer for everything.
    async fn ask(status: StatusCode, body: &'static str) -> anyhow::Result<Box<RawValue>> {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/base/", listener.local_addr().unwrap());
        let app = Router::new().route("/base/a%2Fb", get(async move || (status, body)));
        let client = Client::new(&url).unwrap();
        let mut query = Query::default();
        query.add("q", Some("x y")).add("none", None::<String>);
        tokio::select! {
            _served = async { axum::serve(listener, app).await } => unreachable!(),
            answer = client.get(&["a/b"], &query) => answer,
        }
    }

    #[tokio::test]
    async fn an_answer_is_given_as_it_came() {
        let answer = ask(StatusCode::OK, "{\"a\": 1}").await.unwrap();
        assert_eq!(answer.get(), "{\"a\": 1}");
    }

    #[tokio::test]
    async fn a_problem_is_its_detail() {
        let body =
            r#"{"type":"t","title":"Not Found","status":404,"detail":"there is no trace `1`"}"#;
        let error = ask(StatusCode::NOT_FOUND, body).await.unwrap_err();
        assert_eq!(error.to_string(), "there is no trace `1`");
        let error = ask(StatusCode::BAD_GATEWAY, "<html>").await.unwrap_err();
        assert_eq!(error.to_string(), "the API answers 502 Bad Gateway");
    }

    #[tokio::test]
    async fn an_api_that_is_away_is_named() {
        let client = Client::new("http://127.0.0.1:1").unwrap();
        let error = client
            .get(&["ready"], &Query::default())
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("the API at http://127.0.0.1:1 cannot be reached"),
            "{error}"
        );
        let error = Client::new("localhost").unwrap_err().to_string();
        assert!(error.starts_with("`localhost` is no URL"), "{error}");
    }
}
