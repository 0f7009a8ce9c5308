//! Which web pages may ask: those of this machine, of the door itself, and those named.
//!
//! Browsers let every page send a POST or open a WebSocket to loopback; reading an answer is what
//! CORS keeps from them, and that is not enough where something is changed or streamed.

use std::sync::Arc;

use axum::http::HeaderValue;

use super::authority::{host, is_loopback_name, of_origin};

/// The origins whose pages may ask.
#[derive(Debug, Clone)]
pub struct Origins {
    named: Arc<[String]>,
    setting: Option<&'static str>,
}

impl Origins {
    /// Those of this machine, and those named by this setting; `*` for all.
    pub fn new(setting: &'static str, named: &[String]) -> Self {
        let named = named
            .iter()
            .map(|origin| origin.trim().trim_end_matches('/').to_ascii_lowercase());
        Self {
            named: named.collect(),
            setting: Some(setting),
        }
    }

    /// Those of this machine.
    pub fn of_this_machine() -> Self {
        Self {
            named: Arc::default(),
            setting: None,
        }
    }

    /// The setting that names others, where there is one.
    pub(super) const fn setting(&self) -> Option<&'static str> {
        self.setting
    }

    /// Whether pages of an origin may read answers.
    pub fn allow(&self, origin: &HeaderValue) -> bool {
        let Ok(origin) = origin.to_str() else {
            return false;
        };
        let origin = origin.to_ascii_lowercase();
        let is_named = |allowed: &String| allowed == "*" || *allowed == origin;
        is_loopback(&origin) || self.named.iter().any(is_named)
    }

    /// Whether pages of an origin may ask under an authority: those allowed, and its own.
    pub(super) fn may_ask(&self, origin: &HeaderValue, authority: Option<&str>) -> bool {
        let own = origin.to_str().ok().and_then(of_origin);
        let is_own = own
            .zip(authority)
            .is_some_and(|(own, authority)| own.eq_ignore_ascii_case(authority));
        is_own || self.allow(origin)
    }
}

/// Whether an origin is a page of this machine.
fn is_loopback(origin: &str) -> bool {
    let host = of_origin(origin).map(host).unwrap_or_default();
    let is_loopback = |address: std::net::IpAddr| address.is_loopback();
    is_loopback_name(&host) || host.parse().is_ok_and(is_loopback)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origins(named: &[&str]) -> Origins {
        let named: Vec<_> = named.iter().map(|name| (*name).to_owned()).collect();
        Origins::new("CORS_ORIGINS", &named)
    }

    #[test]
    fn pages_of_this_machine_and_those_named_may_ask() {
        let named = origins(&["https://ops.example/"]);
        for origin in [
            "http://localhost:8081",
            "http://127.0.0.1",
            "http://[::1]:3000",
            "https://ops.example",
        ] {
            assert!(named.allow(&HeaderValue::from_static(origin)), "{origin}");
        }
        for origin in [
            "http://localhost.evil.example",
            "http://evil.example",
            "null",
            "",
        ] {
            assert!(!named.allow(&HeaderValue::from_static(origin)), "{origin}");
        }
        let everybody = origins(&["*"]);
        assert!(everybody.allow(&HeaderValue::from_static("https://any.example")));
    }

    #[test]
    fn pages_of_the_door_itself_may_ask() {
        let origins = origins(&[]);
        let ask = |origin| {
            let authority = Some("traces.example:8080");
            origins.may_ask(&HeaderValue::from_static(origin), authority)
        };
        assert!(ask("http://traces.example:8080"));
        for origin in ["http://traces.example", "https://evil.example", "null"] {
            assert!(!ask(origin), "{origin}");
        }
    }
}
