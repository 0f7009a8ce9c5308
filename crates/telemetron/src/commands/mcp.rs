//! `telemetron mcp`: the platform for a coding agent, over standard input and output.
//!
//! The platform may come and go: it is looked for anew with each question, so that an editor can
//! start this before `telemetron up`.

use std::sync::Mutex;

use anyhow::Context as _;
use axum::http::Uri;
use clap::Args;
use futures_util::future::BoxFuture;
use futures_util::{FutureExt as _, StreamExt as _};
use telemetron_api::mcp::{Answer, ApiClient, Server, ToolError};

use crate::args::ApiTarget;
use crate::client::Client;
use crate::platform::Platform;

/// Options of `telemetron mcp`.
#[derive(Debug, Args)]
#[command(after_help = "\
Speaks the Model Context Protocol on standard input and output. The API serves the same tools over
HTTP at /mcp. docs/CLAUDE_CODE_MCP.md has the tools and the plugin.

Examples:
  claude mcp add telemetron -- telemetron mcp
  claude mcp add --transport http telemetron http://127.0.0.1:8080/mcp")]
pub(crate) struct Options {
    #[command(flatten)]
    api: ApiTarget,
}

/// Serves one client until it leaves.
pub(crate) async fn run(options: Options, platform: &Platform) -> anyhow::Result<()> {
    let api = Remote {
        target: options.api,
        platform: platform.clone(),
        known: Mutex::new(None),
    };
    Ok(Server::new(api).serve_stdio().await?)
}

/// The API of the platform, wherever it is at the moment.
struct Remote {
    target: ApiTarget,
    platform: Platform,
    /// The client of the address that was found last.
    known: Mutex<Option<(String, Client)>>,
}

impl Remote {
    fn client(&self) -> anyhow::Result<Client> {
        let url = self.target.url(&self.platform)?;
        let mut known = self
            .known
            .lock()
            .ok()
            .context("a question before this one panicked")?;
        if let Some((_, client)) = known.as_ref().filter(|(at, _)| *at == url) {
            return Ok(client.clone());
        }
        let client = Client::new(&url)?;
        *known = Some((url, client.clone()));
        Ok(client)
    }
}

impl ApiClient for Remote {
    fn get<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Answer, ToolError>> {
        async move {
            let away = |error: &anyhow::Error| ToolError::Away(format!("{error:#}"));
            let client = self.client().map_err(|error| away(&error))?;
            let uri: Uri = path
                .parse()
                .map_err(|_| ToolError::Wrong(format!("`{path}` is no path")))?;
            let response = client.open(&uri).await.map_err(|error| away(&error))?;
            let status = response.status().as_u16();
            let body = response.bytes_stream();
            let body = body.map(|part| part.map_err(|error| ToolError::Away(error.to_string())));
            Ok(Answer {
                status,
                body: body.boxed(),
            })
        }
        .boxed()
    }
}
