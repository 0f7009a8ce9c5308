//! Which components are ready, and why one is not.

use std::collections::BTreeMap;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric as _};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::gauge::ConstGauge;
use serde::Serialize;
use tokio::sync::watch;

use crate::MetricsBuilder;

type Components = BTreeMap<&'static str, Status>;

/// The components of one process; clones share them.
#[derive(Debug, Clone)]
pub struct Health(watch::Sender<Components>);

/// One component's line in the registry.
#[derive(Debug, Clone)]
pub struct Component {
    name: &'static str,
    registry: watch::Sender<Components>,
}

/// Whether a component can do its work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum Status {
    /// It can.
    Ready,
    /// It cannot now.
    NotReady {
        /// Why, for people.
        reason: String,
    },
}

/// All components at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct HealthSnapshot {
    /// Whether every component is ready.
    pub ready: bool,
    /// The components by name.
    pub components: BTreeMap<&'static str, Status>,
}

impl Health {
    /// A registry without components, which is ready.
    pub fn new() -> Self {
        Self(watch::Sender::default())
    }

    /// Adds a component, which is not ready until it says so.
    pub fn register(&self, name: &'static str) -> Component {
        let component = Component {
            name,
            registry: self.0.clone(),
        };
        component.not_ready("starting");
        component
    }

    /// Registers a gauge for each component, `telemetron_component_ready{component}`: what `/ready`
    /// says, for Prometheus.
    pub fn register_metrics(&self, metrics: &mut MetricsBuilder) {
        let readiness = Readiness(self.clone());
        metrics.root().register_collector(Box::new(readiness));
    }

    /// How every component is now.
    pub fn snapshot(&self) -> HealthSnapshot {
        HealthSnapshot::of(&self.0.borrow())
    }

    /// Waits until every component is ready.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub async fn ready(&self) {
        let mut changes = self.0.subscribe();
        let all_ready = |components: &Components| HealthSnapshot::of(components).ready;
        // It fails only without a sender, and `self` holds one.
        drop(changes.wait_for(all_ready).await);
    }
}

/// Health as metrics, read when they are written.
#[derive(Debug)]
struct Readiness(Health);

impl Collector for Readiness {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> Result<(), std::fmt::Error> {
        let mut family = encoder.encode_descriptor(
            "telemetron_component_ready",
            "1 while a component can do its work, 0 while `/ready` says why it cannot",
            None,
            MetricType::Gauge,
        )?;
        for (component, status) in self.0.snapshot().components {
            let ready = ConstGauge::new(i64::from(status == Status::Ready));
            ready.encode(family.encode_family(&[("component", component)])?)?;
        }
        Ok(())
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

impl HealthSnapshot {
    fn of(components: &Components) -> Self {
        let ready = components.values().all(|status| *status == Status::Ready);
        Self {
            ready,
            components: components.clone(),
        }
    }
}

impl Component {
    /// Says that the component can do its work.
    pub fn ready(&self) {
        self.set(Status::Ready);
    }

    /// Says why the component cannot do its work.
    pub fn not_ready(&self, reason: impl Into<String>) {
        self.set(Status::NotReady {
            reason: reason.into(),
        });
    }

    /// Logs a change once, however often it is said.
    fn set(&self, status: Status) {
        let changed = self.registry.send_if_modified(|components| {
            let before = components.insert(self.name, status.clone());
            before.as_ref() != Some(&status)
        });
        if changed {
            self.log(&status);
        }
    }

    fn log(&self, status: &Status) {
        let component = self.name;
        match status {
            Status::Ready => tracing::info!(component, "component is ready"),
            Status::NotReady { reason } => {
                tracing::info!(component, reason, "component is not ready");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_component_is_not_ready_until_it_says_so() {
        let health = Health::new();
        let kafka = health.register("kafka");
        assert!(!health.snapshot().ready);
        kafka.ready();
        assert!(health.snapshot().ready);
    }

    #[test]
    fn one_component_that_is_not_ready_makes_all_not_ready() {
        let health = Health::new();
        health.register("kafka").ready();
        health.register("postgres").not_ready("connection refused");

        let json = serde_json::to_value(health.snapshot()).unwrap();

        let expected = serde_json::json!({
            "ready": false,
            "components": {
                "kafka": { "status": "ready" },
                "postgres": { "status": "not_ready", "reason": "connection refused" },
            },
        });
        assert_eq!(json, expected);
    }

    #[test]
    fn the_metric_says_what_ready_says() {
        let (health, mut metrics) = (Health::new(), MetricsBuilder::default());
        health.register_metrics(&mut metrics);
        health.register("kafka").ready();
        health.register("postgres");
        let text = metrics.build().render().unwrap();
        let line = |component, ready| {
            format!("telemetron_component_ready{{component=\"{component}\"}} {ready}\n")
        };
        assert!(text.contains(&line("kafka", 1)), "{text}");
        assert!(text.contains(&line("postgres", 0)), "{text}");
    }

    #[tokio::test]
    async fn waiting_ends_when_the_last_component_is_ready() {
        let health = Health::new();
        let (kafka, postgres) = (health.register("kafka"), health.register("postgres"));
        let waiting = health.clone();
        let mut tasks = tokio::task::JoinSet::new();
        tasks.spawn(async move { waiting.ready().await });

        kafka.ready();
        assert!(tasks.try_join_next().is_none());
        postgres.ready();

        tasks.join_next().await.unwrap().unwrap();
    }
}
