//! An API without Kafka, and how to ask it.

use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use telemetron_kafka::dead_letter::DeadLetters;
use telemetron_kafka::{KafkaConfig, ProducerOptions, RenewingProducer};
use telemetron_model::decode::{Decoded, RawRecord, content_hash, decode};
use telemetron_model::record::Schema;
use telemetron_model::topic::Topic;
use telemetron_model::{Timestamp, TraceId};
use telemetron_oracle::{Oracle, OracleConfig};
use telemetron_runtime::doors::{Hosts, guarded};
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_runtime::{Health, MetricsBuilder};
use telemetron_store::write::{Batch, Delivery, PartitionStart, Position, apply, begin_partition};
use telemetron_store::{PgPool, PoolOptions};
use telemetron_view::{Freshness, Lag};
use tokio::sync::watch;
use tokio::task::{JoinError, JoinSet};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::config::ApiConfig;
use crate::freshness::Measurement;
use crate::live::{Hub, Limits};
use crate::router::router;
use crate::state::{ApiState, Shared};

/// An API and what a test may move in it.
pub(crate) struct TestApi {
    pub(crate) router: Router,
    pub(crate) live: Hub,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    _measurements: watch::Sender<Measurement>,
    oracle: Option<Oracle>,
    tasks: JoinSet<Result<(), JoinError>>,
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

impl TestApi {
    /// An API on this database, everything up to date, Kafka away.
    pub(crate) fn on(db: PgPool) -> Self {
        Self::with(db, ApiConfig::default())
    }

    pub(crate) fn with(db: PgPool, config: ApiConfig) -> Self {
        let kafka = KafkaConfig::new("127.0.0.1:1");
        let options = ProducerOptions {
            delivery_timeout: Duration::from_millis(300),
            ..Default::default()
        };
        let since = Timestamp::now() - Limits::default().ring_age;
        let live = Hub::new(Limits::default(), since, Gauge::default());
        let freshness = Freshness {
            as_of: Some(Timestamp::from_nanos(1_769_860_800_000_000_000).into()),
            lag: Some(Lag::default()),
            lag_reason: None,
        };
        let (measurements, seen) = watch::channel(Measurement {
            freshness,
            ..Measurement::default()
        });
        let (health, shutdown) = (Health::new(), CancellationToken::new());
        let backlog = watch::channel(Ok(telemetron_oracle::Waiting::default())).1;
        let (service, oracle) =
            Oracle::new(OracleConfig::default(), db.clone(), &kafka, backlog).unwrap();
        let state = ApiState::new(Shared {
            db,
            topic_prefix: String::new(),
            oracle,
            producer: RenewingProducer::new(&kafka, options).unwrap(),
            dead_letters: DeadLetters::new(&kafka).unwrap(),
            live: live.clone(),
            measurements: seen,
            health: health.clone(),
            metrics: MetricsBuilder::default().build(),
            shutdown: shutdown.clone(),
            dashboard: config.dashboard_dir.is_some(),
            max_body_bytes: config.max_body_bytes,
        });
        let hosts = Hosts::new(config.host, &[]);
        Self {
            router: guarded(router(&config, state), hosts, config.origins()),
            live,
            health,
            shutdown,
            _measurements: measurements,
            oracle: Some(service),
            tasks: JoinSet::new(),
        }
    }

    /// Lets the Oracle collect, until the API is dropped.
    pub(super) fn run_oracle(&mut self) {
        if let Some(oracle) = self.oracle.take() {
            self.tasks.spawn(oracle.run(self.shutdown.clone()));
        }
    }

    /// An API whose database is away.
    pub(crate) fn without_database() -> Self {
        Self::without_database_and(ApiConfig::default())
    }

    /// The same with other settings.
    pub(crate) fn without_database_and(config: ApiConfig) -> Self {
        let options = PoolOptions {
            application: "test",
            max_connections: 1,
            statement_timeout: Duration::from_secs(1),
            acquire_timeout: Duration::from_millis(200),
        };
        let url = "postgres://nobody@127.0.0.1:1/nothing".to_owned();
        let db = telemetron_store::connect(&url.into(), options)
            .unwrap()
            .pool;
        Self::with(db, config)
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Request::get(path).body(Body::empty()).unwrap())
            .await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()));
        self.ask(request.unwrap()).await
    }

    pub(crate) async fn ask(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }
}

/// The trace id made of one byte.
pub(crate) fn trace_id(n: u8) -> TraceId {
    TraceId::from_bytes([n; 16]).unwrap()
}

/// The start of span 1; span n starts so many seconds later.
const BEGAN_NS: i64 = 1_769_857_200_000_000_000;

/// A span of trace 1, of one second.
pub(crate) fn span(n: u8, change: Value) -> (Schema, Value) {
    let start = BEGAN_NS + i64::from(n) * 1_000_000_000;
    let mut fields = json!({
        "trace_id": trace_id(1), "span_id": format!("{n:02x}").repeat(8),
        "name": format!("span {n}"), "span_kind": "AGENT", "status": "COMPLETED",
        "start_time": start, "end_time": start + 1_000_000_000, "agent_name": "planner",
    });
    fields
        .as_object_mut()
        .unwrap()
        .extend(change.as_object().unwrap().clone());
    (Schema::Span, fields)
}

/// Stores records as a consumer does.
pub(crate) async fn store(pool: &PgPool, records: &[(Schema, Value)]) {
    let noon = Timestamp::parse_rfc3339("2026-01-31T12:00:00Z").unwrap();
    store_at(pool, records, noon).await;
}

/// Stores records that the broker took at this moment.
pub(crate) async fn store_at(pool: &PgPool, records: &[(Schema, Value)], broker_time: Timestamp) {
    telemetron_store::partitions::ensure(pool, &[broker_time.day()])
        .await
        .unwrap();
    let start = PartitionStart {
        topic: Topic::Spans,
        partition: 0,
        offset: 0,
        expired: 0,
    };
    begin_partition(pool, "test", start).await.unwrap();
    let count = i64::try_from(records.len()).unwrap();
    let mut batch = Batch::new("test");
    let position = batch.add_position(Position {
        topic: Topic::Spans,
        partition: 0,
        expected: 0,
        next: count,
        broker_time: Some(broker_time),
        received: count,
        ignored: 0,
        rejected: 0,
    });
    for (schema, value) in records {
        let text = value.to_string();
        let raw = RawRecord {
            topic: schema.topic(),
            schema: Some(schema.header().as_bytes()),
            key: None,
            value: Some(text.as_bytes()),
        };
        let Decoded::Fold { record, .. } = decode(raw) else {
            panic!("not folded: {text}")
        };
        let hash = content_hash(text.as_bytes());
        batch.add(Delivery {
            position,
            broker_time,
            hash,
            record,
        });
    }
    batch.seal().unwrap();
    apply(pool, &batch).await.unwrap();
}
