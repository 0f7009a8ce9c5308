//! The routes, and what stands around all of them.

use std::any::Any;
use std::path::Path;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::services::ServeDir;
use tower_http::trace::TraceLayer;
use utoipa_swagger_ui::SwaggerUi;

use crate::config::ApiConfig;
use crate::error::ApiError;
use crate::openapi;
use crate::state::ApiState;

/// Everything that is served.
pub(crate) fn router(config: &ApiConfig, state: ApiState) -> Router {
    let (routes, document) = openapi::documented().split_for_parts();
    let mut router = routes
        .merge(SwaggerUi::new("/swagger").url("/api-docs/openapi.json", document))
        .route("/docs", get(|| async { Redirect::temporary("/swagger/") }));
    if let Some(directory) = &config.dashboard_dir {
        router = router.merge(dashboard(directory));
    }
    let timeout = config.request_timeout_ms;
    router
        .fallback(unknown_route)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state)
        .layer(middleware::from_fn(move |request, next| {
            bounded(timeout, request, next)
        }))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(cors(config))
        .layer(TraceLayer::new_for_http().on_failure(()))
}

fn dashboard(directory: &Path) -> Router<ApiState> {
    let files = ServeDir::new(directory).append_index_html_on_directories(true);
    Router::new().nest_service("/dashboard", files)
}

/// Pages on this machine may read the API, and those of the origins that were named.
fn cors(config: &ApiConfig) -> CorsLayer {
    let named: Vec<_> = config
        .cors_origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(origin.trim_end_matches('/')).ok())
        .collect();
    let allowed = move |origin: &HeaderValue| {
        named.contains(origin) || origin.to_str().is_ok_and(is_loopback)
    };
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| allowed(origin)))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::ACCEPT, header::AUTHORIZATION])
        .expose_headers([header::RETRY_AFTER])
}

/// Whether an origin is a page of this machine.
pub(crate) fn is_loopback(origin: &str) -> bool {
    let host_and_port = ["http://", "https://"]
        .iter()
        .find_map(|s| origin.strip_prefix(s));
    let host = host_and_port.map(|rest| match rest.strip_prefix('[') {
        Some(ipv6) => ipv6.split(']').next().unwrap_or_default(),
        None => rest.split(':').next().unwrap_or_default(),
    });
    matches!(host, Some("localhost" | "127.0.0.1" | "::1"))
}

/// Ends a request that takes too long; what streams has answered by then.
async fn bounded(timeout: Duration, request: Request, next: Next) -> Response {
    let answered = tokio::time::timeout(timeout, next.run(request)).await;
    answered.unwrap_or_else(|_elapsed| ApiError::TooSlow.into_response())
}

fn panicked(panic: Box<dyn Any + Send>) -> Response {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    ApiError::Internal(format!("panic: {}", words.unwrap_or("no message"))).into_response()
}

async fn unknown_route(uri: Uri) -> ApiError {
    ApiError::UnknownRoute(uri.path().to_owned())
}

async fn method_not_allowed(method: Method) -> ApiError {
    ApiError::MethodNotAllowed(method.to_string())
}

#[cfg(test)]
mod tests {
    use super::is_loopback;

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
}
