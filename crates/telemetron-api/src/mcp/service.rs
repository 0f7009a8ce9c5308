//! MCP over streamable HTTP: each request on its own, answered as JSON, no sessions.

use std::sync::Arc;

use axum::Router;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::Server;
use crate::config::ApiConfig;

/// The service at `/mcp`, which asks this router. Pages of strangers are refused before it
/// (`origin.rs`); an API on loopback takes requests that name loopback alone, so that a name which
/// a stranger points here does not help them.
pub(crate) fn service(
    config: &ApiConfig,
    api: Router,
    shutdown: CancellationToken,
) -> StreamableHttpService<Server, NeverSessionManager> {
    let server = Server::new(api);
    let mut how = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_cancellation_token(shutdown)
        .with_max_request_body_bytes(config.max_body_bytes);
    if !config.host.is_loopback() {
        how = how.disable_allowed_hosts();
    }
    StreamableHttpService::new(
        move || Ok(server.clone()),
        Arc::new(NeverSessionManager::default()),
        how,
    )
}
