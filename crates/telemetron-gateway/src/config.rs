//! Settings of the gateway.

use std::net::SocketAddr;
use std::time::Duration;

use secrecy::SecretString;
use telemetron_runtime::config::{bytes, duration};

use crate::forward::Lane;

/// How the gateway listens and what it bounds.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "OpenTelemetry gateway")]
pub struct GatewayConfig {
    /// Address and port of OTLP over gRPC; anything but loopback is open to the network
    #[arg(long, env, default_value = "127.0.0.1:4317", value_name = "IP:PORT")]
    pub otlp_grpc_listen: SocketAddr,

    /// Address and port of OTLP over HTTP, of Claude Code's hooks and of the gateway's probes
    #[arg(long, env, default_value = "127.0.0.1:4318", value_name = "IP:PORT")]
    pub otlp_http_listen: SocketAddr,

    /// Largest request, after decompression
    #[arg(long, env, default_value = "64MiB", value_name = "SIZE", value_parser = bytes)]
    pub otlp_max_request_bytes: u64,

    /// Most bytes of memory for requests that are worked on at a time: bodies and what they become
    #[arg(long, env, default_value = "256MiB", value_name = "SIZE", value_parser = bytes)]
    pub otlp_max_bytes_in_flight: u64,

    /// Most requests that are worked on at a time
    #[arg(long, env, default_value_t = 256, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub otlp_max_requests: u32,

    /// Longest Kafka may take to acknowledge a request; exporters give up after ten seconds
    #[arg(long, env, default_value = "8s", value_name = "TIME", value_parser = duration)]
    pub otlp_ack_timeout: Duration,

    /// Origins of web pages that may send, separated by commas; those of this machine always may
    #[arg(long, env, value_delimiter = ',', value_name = "ORIGIN")]
    pub otlp_cors_origins: Vec<String>,

    /// Where else everything goes.
    #[command(flatten)]
    pub forward: ForwardConfig,
}

/// Where else everything goes.
#[derive(Debug, Clone, clap::Args)]
pub struct ForwardConfig {
    /// Endpoint of OTLP over HTTP that gets everything as well; or a folder (file:///…), which gets
    /// files of OTLP/JSON, a request a line
    #[arg(long, env, value_name = "URL")]
    pub forward_to: Option<String>,

    /// Header for that endpoint, such as `Authorization=Bearer …`; may be repeated
    #[arg(
        long = "forward-header",
        env = "FORWARD_HEADERS",
        value_name = "NAME=VALUE"
    )]
    #[arg(hide_env_values = true, value_delimiter = ',')]
    pub forward_headers: Vec<SecretString>,

    /// What goes there: an endpoint that takes spans alone would be asked for ever to take the rest
    #[arg(long, env, value_enum, value_delimiter = ',', value_name = "SIGNAL")]
    #[arg(default_values = ["traces", "logs", "metrics"])]
    pub forward_signals: Vec<Lane>,

    /// In a folder: how large a file becomes before the next is begun
    #[arg(long, env, default_value = "100MiB", value_name = "SIZE", value_parser = bytes)]
    pub forward_file_bytes: u64,

    /// In a folder: how old a file becomes before the next is begun
    #[arg(long, env, default_value = "1d", value_name = "TIME", value_parser = duration)]
    pub forward_file_age: Duration,

    /// In a folder: how many files of a signal are kept; the oldest are deleted
    #[arg(long, env, default_value_t = 30, value_name = "N")]
    #[arg(value_parser = clap::value_parser!(u32).range(1..))]
    pub forward_files_kept: u32,

    /// Consumer group of the forwarder: each sees everything once
    #[arg(long, env, default_value = "telemetron-forward", value_name = "NAME")]
    pub forward_group: String,
}

impl ForwardConfig {
    /// The signals that go on, as they are named.
    pub fn signals(&self) -> String {
        let words: Vec<_> = self
            .forward_signals
            .iter()
            .map(|lane| lane.as_str())
            .collect();
        words.join(",")
    }
}

/// What is bounded, in one place.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    /// Largest body, after decompression.
    pub(crate) body_bytes: usize,
    /// Most bytes of bodies, and of what they become, at a time.
    pub(crate) bytes_in_flight: usize,
    /// Most requests at a time.
    pub(crate) requests: usize,
    /// Longest the body of a request may take to arrive.
    pub(crate) body_time: Duration,
    /// Most messages that wait for Kafka.
    pub(crate) queue_messages: usize,
    /// Most bytes that wait for Kafka.
    pub(crate) queue_bytes: usize,
    /// Longest a request waits for room among them.
    pub(crate) room_time: Duration,
    /// Longest Kafka may take to acknowledge.
    pub(crate) ack_time: Duration,
}

impl Limits {
    /// The limits of a configuration; bytes in flight always have room for one request.
    pub(crate) fn of(config: &GatewayConfig) -> Self {
        let body_bytes = usize::try_from(config.otlp_max_request_bytes).unwrap_or(usize::MAX);
        let in_flight = usize::try_from(config.otlp_max_bytes_in_flight).unwrap_or(usize::MAX);
        Self {
            body_bytes,
            bytes_in_flight: in_flight.max(body_bytes),
            requests: usize::try_from(config.otlp_max_requests).unwrap_or(usize::MAX),
            body_time: Duration::from_secs(30),
            queue_messages: 200_000,
            queue_bytes: 96 * 1024 * 1024,
            room_time: Duration::from_secs(2),
            ack_time: config.otlp_ack_timeout,
        }
    }
}
