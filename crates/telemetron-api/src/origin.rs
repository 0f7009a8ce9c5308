//! Which web pages may use the API: those of this machine, of the API itself, and those named.
//!
//! Browsers let every page send a POST or open a WebSocket to loopback; reading an answer is what
//! CORS keeps from them, and that is not enough where something is changed or streamed.

use std::sync::Arc;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::error::ApiError;

/// The origins that may use the API.
#[derive(Debug, Clone)]
pub(crate) struct Origins(Arc<[String]>);

impl Origins {
    /// Those of this machine, and those named.
    pub(crate) fn new(named: &[String]) -> Self {
        let named = named
            .iter()
            .map(|origin| origin.trim_end_matches('/').to_owned());
        Self(named.collect())
    }

    /// Whether pages of an origin may read answers.
    pub(crate) fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        is_loopback(origin) || self.0.iter().any(|allowed| allowed == origin)
    }

    /// Refuses requests of pages that may not make them. What is no browser names no origin.
    pub(crate) fn check(&self, headers: &HeaderMap) -> Result<(), ApiError> {
        let Some(origin) = headers.get(header::ORIGIN) else {
            return Ok(());
        };
        if self.allow(origin) || is_own(origin, headers) {
            return Ok(());
        }
        let origin = String::from_utf8_lossy(origin.as_bytes()).into_owned();
        Err(ApiError::ForeignOrigin(origin))
    }

    /// Refuses what would change something for a page that may not.
    pub(crate) async fn guard(self, request: Request, next: Next) -> Response {
        let harmless = [Method::GET, Method::HEAD, Method::OPTIONS].contains(request.method());
        match self.check(request.headers()) {
            Err(refusal) if !harmless => refusal.into_response(),
            _ => next.run(request).await,
        }
    }
}

/// Whether a page comes from the API itself.
fn is_own(origin: &HeaderValue, headers: &HeaderMap) -> bool {
    let (Ok(origin), Some(host)) = (origin.to_str(), headers.get(header::HOST)) else {
        return false;
    };
    authority(origin).is_some_and(|authority| authority.as_bytes() == host.as_bytes())
}

/// Host and port of an origin.
fn authority(origin: &str) -> Option<&str> {
    ["http://", "https://"]
        .iter()
        .find_map(|scheme| origin.strip_prefix(scheme))
}

/// Whether an origin is a page of this machine.
fn is_loopback(origin: &str) -> bool {
    let host = authority(origin).map(|authority| match authority.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => authority.split(':').next().unwrap_or_default(),
    });
    matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_this_machine_are_loopback() {
        for origin in [
            "http://localhost:8081",
            "http://127.0.0.1",
            "http://[::1]:3000",
        ] {
            assert!(is_loopback(origin), "{origin}");
        }
        for origin in [
            "http://localhost.evil.example",
            "http://evil.example",
            "null",
            "",
        ] {
            assert!(!is_loopback(origin), "{origin}");
        }
    }

    #[test]
    fn pages_of_the_api_itself_and_those_named_may_use_it() {
        let origins = Origins::new(&["https://ops.example/".to_owned()]);
        let headers = |origin: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::HOST,
                HeaderValue::from_static("traces.example:8080"),
            );
            headers.insert(header::ORIGIN, HeaderValue::from_static(origin));
            headers
        };
        for origin in ["http://traces.example:8080", "https://ops.example"] {
            assert!(origins.check(&headers(origin)).is_ok(), "{origin}");
        }
        for origin in ["http://traces.example", "https://evil.example", "null"] {
            assert!(origins.check(&headers(origin)).is_err(), "{origin}");
        }
        assert!(origins.check(&HeaderMap::new()).is_ok(), "no browser");
    }
}
