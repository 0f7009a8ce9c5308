//! The routes, and what stands around all of them.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::Request;
use axum::http::{Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use telemetron_runtime::doors::Origins;
use tower_http::CompressionLevel;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::cors::{AllowOrigin, CorsLayer};
use tower_http::trace::TraceLayer;
use utoipa_swagger_ui::SwaggerUi;

use crate::config::ApiConfig;
use crate::dashboard::Dashboard;
use crate::error::ApiError;
use crate::mcp;
use crate::openapi;
use crate::state::ApiState;
use crate::yaml;

/// Everything that is served.
pub(crate) fn router(config: &ApiConfig, state: ApiState) -> Router {
    let (routes, document) = openapi::documented().split_for_parts();
    let as_yaml = serde_json::to_value(&document).unwrap_or_default();
    let as_yaml: Arc<str> = yaml::document(&as_yaml).into();
    let mut router = routes
        .merge(SwaggerUi::new("/swagger").url(DOCUMENT, document))
        .route("/openapi.json", get(to_document))
        .route("/openapi.yaml", get(to_yaml))
        .route(DOCUMENT_AS_YAML, get(async move || in_yaml(&as_yaml)))
        .route("/docs", get(to_documentation))
        .route("/docs/", get(to_documentation))
        .fallback(unknown_route);
    if let Some(directory) = &config.dashboard_dir {
        router = Dashboard::new(directory).serve(router);
    }
    let timeout = config.request_timeout_ms;
    let shutdown = state.shutdown.clone();
    let api = router
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(state)
        .layer(middleware::from_fn(move |request, next| {
            bounded(timeout, request, next)
        }));
    // Outside of the time limit: a tool may wait for what happens next, and bounds itself.
    let mcp = mcp::service(config, api.clone(), shutdown);
    api.route_service("/mcp", mcp)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(CompressionLayer::new().quality(CompressionLevel::Fastest))
        .layer(cors(config.origins()))
        .layer(TraceLayer::new_for_http().on_failure(()))
}

/// Where the OpenAPI document is; tools that guess look one level higher.
const DOCUMENT: &str = "/api-docs/openapi.json";

/// The same as YAML.
const DOCUMENT_AS_YAML: &str = "/api-docs/openapi.yaml";

fn in_yaml(text: &str) -> Response {
    (
        [(header::CONTENT_TYPE, "application/yaml")],
        text.to_owned(),
    )
        .into_response()
}

async fn to_yaml() -> Redirect {
    Redirect::temporary(DOCUMENT_AS_YAML)
}

async fn to_document() -> Redirect {
    Redirect::temporary(DOCUMENT)
}

async fn to_documentation() -> Redirect {
    Redirect::temporary("/swagger/")
}

/// Pages that may use the API may read its answers.
fn cors(origins: Origins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origins.allow(origin)
        }))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::ACCEPT, header::AUTHORIZATION])
        .expose_headers([header::RETRY_AFTER])
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
