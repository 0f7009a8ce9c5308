//! Which web pages may send: those of this machine, and those named.
//!
//! Every type that is taken makes a browser ask first, so refusing the question is enough.

use std::time::Duration;

use axum::http::{HeaderValue, Method, header};
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may remember the answer.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Answers browsers that ask.
pub(crate) fn cors(named: &[String]) -> CorsLayer {
    let named: Vec<_> = named
        .iter()
        .map(|origin| origin.trim().trim_end_matches('/').to_owned())
        .collect();
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            allows(&named, origin)
        }))
        .allow_methods([Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER])
        .max_age(REMEMBERED)
}

fn allows(named: &[String], origin: &HeaderValue) -> bool {
    let Ok(origin) = origin.to_str() else {
        return false;
    };
    let is_named = |allowed: &String| allowed == "*" || allowed == origin;
    is_loopback(origin) || named.iter().any(is_named)
}

/// Whether an origin is a page of this machine.
fn is_loopback(origin: &str) -> bool {
    let Some((_, authority)) = origin.split_once("://") else {
        return false;
    };
    let host = match authority.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next(),
        None => authority.split(':').next(),
    };
    matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(named: &[&str], origin: &'static str) -> bool {
        let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        allows(&named, &HeaderValue::from_static(origin))
    }

    #[test]
    fn pages_of_this_machine_and_those_named_may_send() {
        for origin in [
            "http://localhost:5173",
            "http://[::1]:3000",
            "https://127.0.0.1",
        ] {
            assert!(allowed(&[], origin), "{origin}");
        }
        assert!(allowed(&["https://app.example"], "https://app.example"));
        assert!(allowed(&["*"], "https://any.example"));
    }

    #[test]
    fn others_may_not() {
        for origin in [
            "http://localhost.evil.example",
            "https://evil.example",
            "null",
            "",
        ] {
            assert!(!allowed(&["https://app.example"], origin), "{origin}");
        }
    }
}
