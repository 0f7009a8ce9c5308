//! The dashboard: pages for whoever asks for HTML, beside the answers for everybody else.
//!
//! Contract: `/`, and every path that nobody else answers, is the page when HTML is asked for, so
//! that links into the dashboard work. Files under `/assets` carry a hash of their content in
//! their name and are kept for a year; the page itself is asked for anew each time.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::{ServeDir, ServeFile};

use crate::error::ApiError;
use crate::state::ApiState;

/// The file that makes a directory a built dashboard.
const INDEX: &str = "index.html";

/// Where paths belong to machines, whatever they accept.
const MACHINES: [&str; 5] = ["/api/", "/api-docs/", "/assets/", "/swagger/", "/ws/"];

/// What the page may load: nothing from anywhere else.
const POLICY: &str = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; \
                      object-src 'none'; base-uri 'none'; form-action 'self'; \
                      frame-ancestors 'none'";

/// The files of a built dashboard.
#[derive(Debug, Clone)]
pub(crate) struct Dashboard(Arc<Path>);

impl Dashboard {
    /// The dashboard in a directory.
    pub(crate) fn new(directory: &Path) -> Self {
        Self(directory.into())
    }

    /// Adds the pages and their files to what is served.
    pub(crate) fn serve(self, router: Router<ApiState>) -> Router<ApiState> {
        let files = ServeDir::new(self.0.join("assets"))
            .precompressed_br()
            .precompressed_gzip();
        let assets = Router::new()
            .fallback_service(files)
            .layer(middleware::map_response(keep_for_a_year));
        let front = self.clone();
        router
            .nest("/assets", assets)
            .fallback(move |request| self.clone().page_or_unknown(request))
            .layer(middleware::from_fn(move |request, next| {
                front.clone().front_door(request, next)
            }))
    }

    /// `/` is a welcome for machines and the page for people.
    async fn front_door(self, request: Request, next: Next) -> Response {
        if request.uri().path() != "/" {
            return next.run(request).await;
        }
        let mut response = if wants_page(&request) {
            self.page(request).await
        } else {
            next.run(request).await
        };
        let accept = HeaderValue::from_static("accept");
        response.headers_mut().append(header::VARY, accept);
        response
    }

    async fn page_or_unknown(self, request: Request) -> Response {
        let path = request.uri().path();
        if wants_page(&request) && !MACHINES.iter().any(|start| path.starts_with(start)) {
            self.page(request).await
        } else {
            ApiError::UnknownRoute(path.to_owned()).into_response()
        }
    }

    async fn page(&self, request: Request) -> Response {
        let file = ServeFile::new(self.0.join(INDEX)).oneshot(request).await;
        let Ok(file) = file;
        let mut response = file.map(Body::new);
        guard(response.headers_mut());
        response
    }
}

/// Headers of the page.
fn guard(headers: &mut HeaderMap) {
    let set = [
        (header::CACHE_CONTROL, "no-cache"),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
    ];
    for (name, value) in set {
        headers.insert(name, HeaderValue::from_static(value));
    }
}

async fn keep_for_a_year(mut response: Response) -> Response {
    if response.status().is_success() {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        let headers = response.headers_mut();
        headers.insert(header::CACHE_CONTROL, forever);
        let nosniff = HeaderValue::from_static("nosniff");
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, nosniff);
    }
    response
}

/// Whether somebody wants to read a page.
fn wants_page(request: &Request) -> bool {
    let reads = [Method::GET, Method::HEAD].contains(request.method());
    let accept = request.headers().get_all(header::ACCEPT).iter();
    let mut accept = accept.filter_map(|accept| accept.to_str().ok());
    reads && accept.any(|accept| accept.contains("text/html"))
}

/// A directory that is a built dashboard, or a sentence that says what to do.
pub(crate) fn built(text: &str) -> Result<PathBuf, String> {
    let directory = PathBuf::from(text);
    if directory.join(INDEX).is_file() {
        return Ok(directory);
    }
    Err(format!(
        "`{text}` holds no {INDEX}; build the dashboard with `npm ci && npm run build` in its \
         folder and name the `dist` that comes of it"
    ))
}
