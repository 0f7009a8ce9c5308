//! A gateway on a Kafka that is played, asked without a network.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use bytes::Bytes;
use http_body_util::BodyExt as _;
use prost::Message as _;
use rdkafka::mocking::MockCluster;
use rdkafka::producer::DefaultProducerContext;
use telemetron_kafka::KafkaConfig;
use telemetron_model::topic::Topic;
use telemetron_otlp::Prices;
use telemetron_otlp::proto::collector::trace::v1::ExportTraceServiceRequest;
use telemetron_otlp::proto::trace::v1::{ResourceSpans, ScopeSpans, Span};
use telemetron_runtime::doors::{Hosts, Origins, guarded};
use telemetron_runtime::{Health, Metrics, MetricsBuilder};
use tower::ServiceExt as _;

use crate::config::Limits;
use crate::delivery::Delivery;
use crate::identity::Identity;
use crate::intake::Intake;
use crate::metrics::Counters;
use crate::router::router;
use crate::state::{Shared, State};

/// A gateway that can be asked.
pub(super) struct Stage {
    mock: MockCluster<'static, DefaultProducerContext>,
    app: Router,
    metrics: Metrics,
    identity: Identity,
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) trailers: Option<HeaderMap>,
}

pub(super) const BODY_BYTES: usize = 100_000;

impl Stage {
    pub(super) fn new() -> Self {
        Self::with(10, Duration::from_secs(30))
    }

    /// A gateway without a Kafka, that does not wait for one for long.
    pub(super) fn without_kafka() -> Self {
        let stage = Self::with(1, Duration::from_millis(800));
        stage.mock.broker_down(1).unwrap();
        stage
    }

    /// A gateway that takes so many requests at a time, and waits so long for Kafka.
    pub(super) fn with(requests: usize, ack_time: Duration) -> Self {
        let mock = MockCluster::new(1).unwrap();
        for topic in Topic::ALL {
            mock.create_topic(topic.name(), 2, 1).unwrap();
        }
        let limits = Limits {
            body_bytes: BODY_BYTES,
            bytes_in_flight: 16 * BODY_BYTES,
            requests,
            body_time: Duration::from_millis(200),
            queue_messages: 10_000,
            queue_bytes: 16 << 20,
            room_time: Duration::from_millis(100),
            ack_time,
        };
        let config = KafkaConfig::new(mock.bootstrap_servers());
        let delivery = Delivery::new(&config, &limits).unwrap();
        let mut metrics = MetricsBuilder::default();
        let counters = Counters::new(&mut metrics);
        let identity = Identity::new(&config);
        let metrics = metrics.build();
        let state = State::new(Shared {
            intake: Intake::new(
                limits,
                Prices::builtin(),
                delivery,
                counters,
                identity.clone(),
            ),
            health: Health::new(),
            metrics: metrics.clone(),
        });
        let origins = Origins::new("OTLP_CORS_ORIGINS", &[]);
        let hosts = Hosts::new(std::net::IpAddr::from([127, 0, 0, 1]), &[]);
        let app = guarded(router(origins.clone(), state), hosts, origins);
        Self {
            mock,
            app,
            metrics,
            identity,
        }
    }

    /// A gateway of the platform that has this id.
    pub(super) fn of_platform(id: &str) -> Self {
        let stage = Self::new();
        stage.identity.know(id);
        stage
    }

    pub(super) async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body.into()).unwrap();
        let response = self.app.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let collected = body.collect().await.unwrap();
        let trailers = collected.trailers().cloned();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body: collected.to_bytes(),
            trailers,
        }
    }

    pub(super) async fn post(
        &self,
        path: &str,
        content_type: &str,
        body: impl Into<Body>,
    ) -> Answer {
        self.ask(Method::POST, path, &[("content-type", content_type)], body)
            .await
    }

    pub(super) async fn json(&self, path: &str, body: &str) -> Answer {
        self.post(path, "application/json", body.to_owned()).await
    }

    /// Whether a line stands among the metrics.
    pub(super) fn counts(&self, line: &str) -> bool {
        self.metrics
            .render()
            .unwrap()
            .lines()
            .any(|written| written == line)
    }
}

impl Answer {
    pub(super) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(super) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A request with so many spans, the last of which has no id when it is to be rejected.
pub(super) fn spans(count: u8, last_is_bad: bool) -> Vec<u8> {
    let span = |number: u8| Span {
        trace_id: vec![1; 16],
        span_id: if last_is_bad && number == count {
            Vec::new()
        } else {
            vec![number; 8]
        },
        name: format!("span {number}"),
        start_time_unix_nano: 1_700_000_000_000_000_000,
        end_time_unix_nano: 1_700_000_001_000_000_000,
        ..Span::default()
    };
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            scope_spans: vec![ScopeSpans {
                spans: (1..=count).map(span).collect(),
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    request.encode_to_vec()
}
