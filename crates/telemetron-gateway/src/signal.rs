//! What kinds of telemetry there are, and the ways in which they come.

use telemetron_otlp::wire;

/// A kind of telemetry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Signal {
    /// Spans.
    Traces,
    /// Log records.
    Logs,
    /// Metric points.
    Metrics,
    /// Hooks of Claude Code.
    Hooks,
}

impl Signal {
    /// Every kind.
    pub(crate) const ALL: [Self; 4] = [Self::Traces, Self::Logs, Self::Metrics, Self::Hooks];

    /// Its word, in metrics and logs.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Traces => "traces",
            Self::Logs => "logs",
            Self::Metrics => "metrics",
            Self::Hooks => "hooks",
        }
    }
}

impl From<wire::Signal> for Signal {
    fn from(signal: wire::Signal) -> Self {
        match signal {
            wire::Signal::Traces => Self::Traces,
            wire::Signal::Logs => Self::Logs,
            wire::Signal::Metrics => Self::Metrics,
        }
    }
}

/// The way a request came.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Transport {
    /// OTLP over gRPC.
    Grpc,
    /// Protobuf over HTTP.
    HttpProtobuf,
    /// JSON over HTTP.
    HttpJson,
}

impl Transport {
    /// Every way.
    pub(crate) const ALL: [Self; 3] = [Self::Grpc, Self::HttpProtobuf, Self::HttpJson];

    /// Its word, as exporters call it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Grpc => "grpc",
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        }
    }
}
