//! What the API counts, for Prometheus: its requests, and what waits to be stored.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::{self, Next};
use axum::response::Response;
use telemetron_model::topic::TopicPartition;
use telemetron_runtime::MetricsBuilder;
use telemetron_runtime::prometheus_client::metrics::family::Family;
use telemetron_runtime::prometheus_client::metrics::gauge::Gauge;
use telemetron_runtime::prometheus_client::metrics::histogram::Histogram;

/// Bounds of the buckets, in seconds: reads take milliseconds, the longest answers some seconds.
const BUCKETS: [f64; 10] = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 20.0];

/// The path as it is declared (ids are no labels), and the first digit of the status.
type Answered = [(&'static str, String); 2];

/// Topic and partition.
type Partition = [(&'static str, String); 2];

/// Requests by route and outcome. Clones share them.
#[derive(Debug, Clone)]
pub(crate) struct RequestMeters(Family<Answered, Histogram, fn() -> Histogram>);

/// Records that wait to be stored, by partition. Clones share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct LagMeters(Family<Partition, Gauge>);

impl Default for RequestMeters {
    fn default() -> Self {
        Self(Family::new_with_constructor(|| Histogram::new(BUCKETS)))
    }
}

impl RequestMeters {
    pub(crate) fn new(metrics: &mut MetricsBuilder) -> Self {
        let meters = Self::default();
        let what =
            "Time from a request to the head of its answer, by route and class of its status";
        let seconds = meters.0.clone();
        metrics
            .group("api")
            .register("request_seconds", what, seconds);
        meters
    }

    /// Counts what these routes answer.
    pub(crate) fn around(self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(Arc::new(self), count))
    }
}

async fn count(
    State(meters): State<Arc<RequestMeters>>,
    path: Option<MatchedPath>,
    request: Request,
    next: Next,
) -> Response {
    let began = Instant::now();
    let response = next.run(request).await;
    // Files of the page, and what nobody serves.
    let route = path.map_or_else(|| "other".to_owned(), |path| path.as_str().to_owned());
    let class = match response.status().as_u16() / 100 {
        1 => "1xx",
        2 => "2xx",
        3 => "3xx",
        4 => "4xx",
        _ => "5xx",
    };
    let answered = [("route", route), ("class", class.to_owned())];
    let seconds = began.elapsed().as_secs_f64();
    meters.0.get_or_create(&answered).observe(seconds);
    response
}

impl LagMeters {
    pub(crate) fn new(metrics: &mut MetricsBuilder) -> Self {
        let meters = Self::default();
        let what = "Records of a partition that wait to be stored; absent while nobody can tell";
        let lag = meters.0.clone();
        metrics
            .group("api")
            .register("ingest_lag_records", what, lag);
        meters
    }

    /// What waits now.
    pub(crate) fn set(&self, waiting: impl Iterator<Item = (TopicPartition, i64)>) {
        for (TopicPartition { topic, partition }, records) in waiting {
            let topic = ("topic", topic.name().to_owned());
            let labels = [topic, ("partition", partition.to_string())];
            self.0.get_or_create(&labels).set(records);
        }
    }

    /// Nobody can tell what waits.
    pub(crate) fn clear(&self) {
        self.0.clear();
    }
}
