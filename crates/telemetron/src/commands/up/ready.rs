//! Where the platform is, for the other commands, and what is said when it is ready.

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};

use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;
use telemetron_kafka::KafkaConfig;
use telemetron_local::{DataDir, Endpoints};
use telemetron_model::{Rfc3339, Timestamp};

use super::Options;
use super::start::Ports;
use super::steps::{Step, Steps};
use crate::output::{self, paint};

/// What is said instead of an address.
const NO_DASHBOARD: &str = "not built; `npm ci && npm run build` in the folder dashboard does";

/// Where everything is, as `endpoints.json` says it to the other commands.
pub(crate) fn endpoints(
    ports: &Ports,
    kafka: &KafkaConfig,
    database_url: &SecretString,
) -> io::Result<Endpoints> {
    let url = |listener: &TcpListener| {
        let address = reachable(listener.local_addr()?);
        Ok::<_, io::Error>(format!("http://{address}"))
    };
    Ok(Endpoints {
        api_url: url(&ports.api)?,
        otlp_grpc: url(&ports.otlp_grpc)?,
        otlp_http: url(&ports.otlp_http)?,
        kafka_bootstrap_servers: kafka.bootstrap_servers.clone(),
        database_url: database_url.expose_secret().to_owned(),
        pid: std::process::id(),
        started_at: Rfc3339(Timestamp::now()).0.to_string(),
    })
}

/// An address to connect to: one that listens everywhere listens on loopback too.
fn reachable(listening: SocketAddr) -> SocketAddr {
    if listening.ip().is_unspecified() {
        SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), listening.port())
    } else {
        listening
    }
}

/// Says where everything is and what to do next.
pub(crate) fn announce(
    endpoints: &Endpoints,
    data: &DataDir,
    steps: &Steps,
    options: &Options,
) -> io::Result<()> {
    let took = output::duration_text(steps.elapsed().as_secs_f64() * 1e3);
    let ready = paint::painted(paint::GOOD.bold(), "READY");
    let api = &endpoints.api_url;
    let live = api.replacen("http", "ws", 1);
    let dashboard = options.api.dashboard_dir.as_ref();
    let pages = dashboard.map_or_else(|| NO_DASHBOARD.to_owned(), |_| format!("{api}/"));
    let lines = [
        ("Dashboard", pages),
        ("API", format!("{api}/api/v1/traces")),
        ("Documentation", format!("{api}/docs")),
        ("Live stream", format!("{live}/ws/debug/me")),
        ("OTLP gRPC", endpoints.otlp_grpc.clone()),
        ("OTLP HTTP", endpoints.otlp_http.clone()),
        ("Kafka", endpoints.kafka_bootstrap_servers.clone()),
        ("Data", data.path().display().to_string()),
    ];
    output::line(format_args!("\n  {ready} in {took}\n"))?;
    for (name, address) in lines {
        let address = paint::painted(paint::LINK, address);
        output::line(format_args!("  {name:<15}{address}"))?;
    }
    output::line("")?;
    for (command, what) in next(options.demo) {
        let command = paint::painted(paint::STRONG, format_args!("{command:<33}"));
        output::line(format_args!(
            "  {command}{}",
            paint::painted(paint::QUIET, what)
        ))?;
    }
    output::line("")
}

/// What to do next, in another terminal.
const fn next(demo: bool) -> [(&'static str, &'static str); 3] {
    let first = if demo {
        ("telemetron traces list", "the traces of the demonstration")
    } else {
        ("telemetron demo", "send the traces of a simulated team")
    };
    [
        first,
        ("telemetron traces show TRACE_ID", "one trace as a tree"),
        ("telemetron import FILE|DIR", "recorded runs as traces"),
    ]
}

/// The same for machines.
#[derive(Debug, Serialize)]
pub(crate) struct Announcement<'a> {
    /// Always `ready`.
    pub(crate) status: &'static str,
    /// Base URL of the API.
    pub(crate) api_url: &'a str,
    /// Where OTLP over gRPC is taken.
    pub(crate) otlp_grpc: &'a str,
    /// Where OTLP over HTTP is taken.
    pub(crate) otlp_http: &'a str,
    /// Servers of Kafka.
    pub(crate) kafka_bootstrap_servers: &'a str,
    /// The data directory.
    pub(crate) data_dir: String,
    /// How long the start took.
    pub(crate) millis: u128,
    /// How long each step took.
    pub(crate) steps: Vec<Step>,
}

impl<'a> Announcement<'a> {
    /// What there is to say.
    pub(crate) fn new(endpoints: &'a Endpoints, data: &DataDir, steps: &Steps) -> Self {
        Self {
            status: "ready",
            api_url: &endpoints.api_url,
            otlp_grpc: &endpoints.otlp_grpc,
            otlp_http: &endpoints.otlp_http,
            kafka_bootstrap_servers: &endpoints.kafka_bootstrap_servers,
            data_dir: data.path().display().to_string(),
            millis: steps.elapsed().as_millis(),
            steps: steps.done(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_listens_everywhere_is_reached_on_loopback() {
        let everywhere: SocketAddr = "0.0.0.0:8080".parse().unwrap();
        assert_eq!(reachable(everywhere).to_string(), "127.0.0.1:8080");
        let one: SocketAddr = "[::1]:8080".parse().unwrap();
        assert_eq!(reachable(one), one);
    }
}
