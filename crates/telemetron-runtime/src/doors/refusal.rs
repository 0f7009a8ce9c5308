//! What somebody is told who may not come in: which name or page it was, and which setting lets it.

use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::json;

/// `PERMISSION_DENIED` of gRPC.
const PERMISSION_DENIED: HeaderValue = HeaderValue::from_static("7");

/// Longest name that is repeated.
const MOST_OF_A_NAME: usize = 200;

/// Why a request may not come in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    /// It asks under a name that is not ours.
    #[error(
        "`{0}` is not a name of this service; ask under its address or localhost, or add the name to \
         ALLOWED_HOSTS (--allowed-hosts)"
    )]
    Host(String),
    /// It comes from a page of a stranger.
    #[error("pages of `{origin}` may not do this{}", hint(*.setting))]
    Origin {
        /// The page's origin.
        origin: String,
        /// The setting that would let it.
        setting: Option<&'static str>,
    },
}

fn hint(setting: Option<&'static str>) -> String {
    setting.map_or_else(String::new, |setting| {
        format!("; name the origin in {setting} to let them")
    })
}

impl Refusal {
    pub(super) fn host(host: &str) -> Self {
        Self::Host(host.chars().take(MOST_OF_A_NAME).collect())
    }

    pub(super) fn origin(origin: &HeaderValue, setting: Option<&'static str>) -> Self {
        let origin = String::from_utf8_lossy(origin.as_bytes());
        let origin = origin.chars().take(MOST_OF_A_NAME).collect();
        Self::Origin { origin, setting }
    }

    const fn status(&self) -> StatusCode {
        match self {
            Self::Host(_) => StatusCode::MISDIRECTED_REQUEST,
            Self::Origin { .. } => StatusCode::FORBIDDEN,
        }
    }

    const fn slug(&self) -> &'static str {
        match self {
            Self::Host(_) => "foreign-host",
            Self::Origin { .. } => "foreign-origin",
        }
    }

    /// The answer to a request with these headers: a problem, or a status of gRPC.
    pub(super) fn answer(&self, asked: &HeaderMap) -> Response {
        tracing::debug!(reason = %self, "a request was not let in");
        let content_type = asked.get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
        if content_type.is_some_and(|named| named.starts_with(b"application/grpc")) {
            return self.over_grpc();
        }
        let status = self.status();
        let problem = json!({
            "type": format!("urn:telemetron:problem:{}", self.slug()),
            "title": status.canonical_reason(),
            "status": status.as_u16(),
            "detail": self.to_string(),
        });
        let problem_json = [(header::CONTENT_TYPE, "application/problem+json")];
        (status, problem_json, Json(problem)).into_response()
    }

    /// Trailers alone, as gRPC answers what it does not serve.
    fn over_grpc(&self) -> Response {
        let mut response = Response::default();
        let headers = response.headers_mut();
        let grpc = HeaderValue::from_static("application/grpc");
        headers.insert(header::CONTENT_TYPE, grpc);
        headers.insert("grpc-status", PERMISSION_DENIED);
        if let Ok(message) = HeaderValue::try_from(percent_encoded(&self.to_string())) {
            headers.insert("grpc-message", message);
        }
        response
    }
}

/// A text as gRPC writes it into a header.
fn percent_encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| match byte {
        b' '..=b'~' if byte != b'%' => char::from(byte).to_string(),
        other => format!("%{other:02X}"),
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grpc_is_told_in_its_own_words() {
        let mut asked = HeaderMap::new();
        let grpc = HeaderValue::from_static("application/grpc+proto");
        asked.insert(header::CONTENT_TYPE, grpc);
        let answer = Refusal::host("évil.example").answer(&asked);
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(answer.headers()["grpc-status"], "7");
        let message = answer.headers()["grpc-message"].to_str().unwrap();
        assert!(
            message.starts_with("`%C3%A9vil.example` is not"),
            "{message}"
        );
        assert!(message.contains("ALLOWED_HOSTS"), "{message}");
    }
}
