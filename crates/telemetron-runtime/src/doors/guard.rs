//! Looks at every request before the routes do: under which name it asks, and for which page.

use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::{self, Next};
use axum::response::Response;

use super::authority::host;
use super::refusal::Refusal;
use super::{Hosts, Origins};

/// The routes behind a guard: requests under foreign names and of foreign pages are refused.
pub fn guarded(routes: Router, hosts: Hosts, origins: Origins) -> Router {
    let guard = Arc::new(Guard { hosts, origins });
    routes.layer(middleware::from_fn(move |request, next| {
        Arc::clone(&guard).let_in(request, next)
    }))
}

struct Guard {
    hosts: Hosts,
    origins: Origins,
}

impl Guard {
    async fn let_in(self: Arc<Self>, request: Request, next: Next) -> Response {
        match self.check(request.uri(), request.headers()) {
            Ok(()) => next.run(request).await,
            Err(refusal) => refusal.answer(request.headers()),
        }
    }

    /// Who names no host is no browser, and neither is who names no origin where it must.
    fn check(&self, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        let named = headers.get_all(header::HOST).iter();
        let named = named.map(|host| host.to_str().unwrap_or("?"));
        let authorities = named.chain(uri.authority().map(|own| own.as_str()));
        let authorities: Vec<_> = authorities.collect();
        for authority in &authorities {
            let host = host(authority);
            if !self.hosts.allow(&host) {
                return Err(Refusal::host(&host));
            }
        }
        for origin in headers.get_all(header::ORIGIN) {
            if !self.origins.may_ask(origin, authorities.first().copied()) {
                return Err(Refusal::origin(origin, self.origins.setting()));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::http::{Request, StatusCode};
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn ask(uri: &str, headers: &[(&str, &str)]) -> (StatusCode, String) {
        let loopback = "127.0.0.1".parse().unwrap();
        let hosts = Hosts::new(loopback, &["traces.example".to_owned()]);
        let origins = Origins::new("CORS_ORIGINS", &[]);
        let routes = Router::new().route("/", get(async || "in"));
        let mut request = Request::get(uri);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let app = guarded(routes, hosts, origins);
        let answer = app.oneshot(request).await.unwrap();
        let status = answer.status();
        let body = to_bytes(answer.into_body(), 10_000).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_foreign_name_is_refused_with_the_setting_that_lets_it() {
        for (uri, headers) in [
            ("/", vec![("host", "evil.example:8080")]),
            ("/nowhere", vec![("host", "evil.example")]),
            ("http://evil.example/", vec![]),
            ("/", vec![("host", "localhost"), ("host", "evil.example")]),
            (
                "/",
                vec![("host", "evil.example"), ("origin", "http://evil.example")],
            ),
        ] {
            let (status, problem) = ask(uri, &headers).await;
            assert_eq!(status.as_u16(), 421, "{uri} {headers:?}");
            assert!(problem.contains("ALLOWED_HOSTS"), "{problem}");
            assert!(problem.contains("foreign-host"), "{problem}");
        }
    }

    #[tokio::test]
    async fn a_foreign_page_is_refused_and_our_own_is_not() {
        let (status, problem) = ask(
            "/",
            &[("host", "localhost:1"), ("origin", "https://evil.example")],
        )
        .await;
        assert_eq!(status.as_u16(), 403);
        assert!(problem.contains("CORS_ORIGINS"), "{problem}");
        for headers in [
            vec![],
            vec![("host", "127.0.0.1:8080")],
            vec![("host", "10.0.0.9:8080")],
            vec![("host", "localhost:1"), ("origin", "http://localhost:2")],
            vec![
                ("host", "traces.example"),
                ("origin", "https://traces.example"),
            ],
        ] {
            assert_eq!(ask("/", &headers).await.0.as_u16(), 200, "{headers:?}");
        }
    }
}
