//! MCP over streamable HTTP: each request on its own, answered as JSON, no sessions.

use std::sync::Arc;

use axum::Router;
use rmcp::transport::streamable_http_server::session::never::NeverSessionManager;
use rmcp::transport::streamable_http_server::{StreamableHttpServerConfig, StreamableHttpService};
use tokio_util::sync::CancellationToken;

use super::Server;
use crate::config::ApiConfig;

/// The service at `/mcp`, which asks this router. Foreign names and pages of strangers are refused
/// before it, at the door (`telemetron_runtime::doors`), as everywhere.
pub(crate) fn service(
    config: &ApiConfig,
    api: Router,
    shutdown: CancellationToken,
) -> StreamableHttpService<Server, NeverSessionManager> {
    let server = Server::new(api);
    let how = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(false)
        .with_json_response(true)
        .with_cancellation_token(shutdown)
        .with_max_request_body_bytes(config.max_body_bytes)
        .disable_allowed_hosts();
    StreamableHttpService::new(
        move || Ok(server.clone()),
        Arc::new(NeverSessionManager::default()),
        how,
    )
}
