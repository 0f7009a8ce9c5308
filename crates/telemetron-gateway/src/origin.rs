//! What browsers are told that ask before a page of another origin sends.

use std::time::Duration;

use axum::http::{Method, header};
use telemetron_runtime::doors::Origins;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

/// How long a browser may remember the answer.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Answers browsers that ask.
pub(crate) fn cors(origins: Origins) -> CorsLayer {
    CorsLayer::new()
        .allow_origin(AllowOrigin::predicate(move |origin, _| {
            origins.allow(origin)
        }))
        .allow_methods([Method::POST])
        .allow_headers(AllowHeaders::mirror_request())
        .expose_headers([header::RETRY_AFTER])
        .max_age(REMEMBERED)
}
