//! How OpenTelemetry comes in, and what models cost.

use std::net::SocketAddr;

use anyhow::Context as _;
use telemetron_gateway::GatewayConfig;
use telemetron_otlp::Prices;
use tokio::net::TcpListener;

use crate::commands::listen;

/// How OpenTelemetry comes in, and what models cost.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct GatewayArgs {
    /// The gateway's own settings.
    #[command(flatten)]
    pub(crate) config: GatewayConfig,

    /// Price map of models in the form of LiteLLM, for calls that name no cost; else a built-in one
    #[arg(long, env, value_name = "FILE|URL")]
    pub(crate) price_table: Option<String>,
}

/// The ports that OpenTelemetry comes in at.
#[derive(Debug)]
pub(crate) struct OtlpPorts {
    /// Over gRPC.
    pub(crate) grpc: TcpListener,
    /// Over HTTP.
    pub(crate) http: TcpListener,
}

impl GatewayArgs {
    /// Takes both ports, or says which one is taken and what to do.
    pub(crate) async fn listen(&self) -> anyhow::Result<OtlpPorts> {
        let (grpc, http) = (self.config.otlp_grpc_listen, self.config.otlp_http_listen);
        Ok(OtlpPorts {
            grpc: take(grpc, "--otlp-grpc-listen").await?,
            http: take(http, "--otlp-http-listen").await?,
        })
    }

    /// The prices that are named, else the built-in ones.
    pub(crate) async fn prices(&self) -> anyhow::Result<Prices> {
        let named = self.price_table.as_deref().map(str::trim);
        let Some(place) = named.filter(|place| !place.is_empty()) else {
            return Ok(Prices::builtin());
        };
        let bytes = fetch(place).await;
        let bytes = bytes.with_context(|| format!("PRICE_TABLE `{place}` cannot be read"))?;
        let prices = Prices::from_json(&bytes)
            .ok()
            .filter(|prices| !prices.is_empty());
        prices.with_context(|| {
            format!(
                "PRICE_TABLE `{place}` is no price map: a JSON object of models, as LiteLLM has it"
            )
        })
    }
}

async fn take(address: SocketAddr, flag: &str) -> anyhow::Result<TcpListener> {
    listen(address.ip(), address.port(), flag).await
}

/// A file, or what a URL answers.
async fn fetch(place: &str) -> anyhow::Result<Vec<u8>> {
    if place.starts_with("http://") || place.starts_with("https://") {
        let answer = reqwest::get(place).await?.error_for_status()?;
        return Ok(answer.bytes().await?.into());
    }
    Ok(tokio::fs::read(place).await?)
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::*;

    #[derive(Debug, clap::Parser)]
    struct Command {
        #[command(flatten)]
        gateway: GatewayArgs,
    }

    fn args(arguments: &[&str]) -> GatewayArgs {
        Command::parse_from([&["gateway"], arguments].concat()).gateway
    }

    #[tokio::test]
    async fn a_price_table_is_read_from_its_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("prices.json");
        let map = r#"{"m": {"input_cost_per_token": 0.1, "output_cost_per_token": 0.2}}"#;
        std::fs::write(&path, map).unwrap();
        let prices = args(&["--price-table", path.to_str().unwrap()])
            .prices()
            .await;
        assert_eq!(prices.unwrap().len(), 1);
        assert!(!args(&[]).prices().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_price_table_that_is_none_is_named() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("prices.json");
        std::fs::write(&path, "[]").unwrap();
        for place in [path.to_str().unwrap(), "/nowhere/prices.json"] {
            let error = args(&["--price-table", place]).prices().await.unwrap_err();
            assert!(error.to_string().contains(place), "{error}");
        }
    }

    #[tokio::test]
    async fn a_taken_port_is_named_with_the_flag_that_chooses_another() {
        let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = taken.local_addr().unwrap().to_string();
        let args = args(&[
            "--otlp-grpc-listen",
            "127.0.0.1:0",
            "--otlp-http-listen",
            &address,
        ]);
        let error = args.listen().await.unwrap_err().to_string();
        assert!(
            error.contains("is taken") && error.contains("--otlp-http-listen"),
            "{error}"
        );
    }
}
