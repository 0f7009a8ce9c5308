//! Who reports a metric: the labels and the instance that tell its series from those of others.
//!
//! Two instrumentations of one process, or two processes of one service, may record a metric under
//! one name at one time. Scope and service become labels, as Prometheus' exporters have them; the
//! process becomes the instance: its `service.instance.id`, else its pod, container or host with its
//! process id, else whatever the resource says.

use std::collections::BTreeMap;

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::metrics::v1::ScopeMetrics;
use xxhash_rust::xxh3::Xxh3;

use super::series::label;
use crate::origin::Origin;
use crate::{Attributes, bounds};

/// How the labels begin that name the scope.
pub(crate) const SCOPE: &str = "otel.scope.";

/// Attributes of the resource that are labels.
pub(crate) const SERVICE: [&str; 2] = ["service.name", "service.namespace"];

/// The attribute that names a process for good.
pub(crate) const INSTANCE: &str = "service.instance.id";

/// Where a process runs, the closest first.
const PLACES: [&str; 5] = [
    "k8s.pod.uid",
    "k8s.pod.name",
    "container.id",
    "host.name",
    "host.id",
];

const PROCESS: &str = "process.pid";

/// What all metrics of one scope share.
pub(super) struct MetricSource {
    /// Service and scope.
    pub(super) labels: BTreeMap<String, String>,
    /// The process.
    pub(super) instance: Option<String>,
}

impl MetricSource {
    /// The source of a scope's metrics.
    pub(super) fn of(origin: &Origin<'_>, metrics: &ScopeMetrics) -> Self {
        let mut labels = scope_labels(metrics);
        for name in SERVICE {
            if let Some(value) = origin.attributes.get(name) {
                labels.insert(name.to_owned(), label(value));
            }
        }
        Self {
            labels,
            instance: bounds::id(instance(&origin.attributes)),
        }
    }
}

fn scope_labels(metrics: &ScopeMetrics) -> BTreeMap<String, String> {
    let mut labels = BTreeMap::new();
    let mut put = |name: &str, value: String| {
        if !value.is_empty() {
            labels.insert(format!("{SCOPE}{name}"), value);
        }
    };
    let text = |text: &str| label(&Value::StringValue(text.to_owned()));
    if let Some(scope) = &metrics.scope {
        for (name, value) in Attributes::new(&scope.attributes).iter() {
            put(name, label(value));
        }
        put("name", text(&scope.name));
        put("version", text(&scope.version));
    }
    put("schema_url", text(&metrics.schema_url));
    labels
}

/// The process in words: where it runs and its number, or a mark of what else is known of it.
fn instance(resource: &Attributes<'_>) -> Option<String> {
    let named = resource.get(INSTANCE).map(label);
    if let Some(id) = named.filter(|id| !id.is_empty()) {
        return Some(id);
    }
    let place = PLACES.iter().find_map(|name| resource.get(name)).map(label);
    let process = resource.get(PROCESS).map(label);
    match (place, process) {
        (Some(place), Some(process)) => Some(format!("{place}/{process}")),
        (place, process) => {
            let parts = [place, process, mark(resource)];
            let parts: Vec<_> = parts.into_iter().flatten().collect();
            (!parts.is_empty()).then(|| parts.join("/"))
        }
    }
}

/// A mark of what a resource says beside its service and its place; none when that is nothing.
fn mark(resource: &Attributes<'_>) -> Option<String> {
    let known = |name: &str| {
        SERVICE.contains(&name)
            || PLACES.contains(&name)
            || name == PROCESS
            || name.starts_with("telemetry.")
    };
    let others = resource.iter().filter(|(name, _)| !known(name));
    let others: BTreeMap<_, _> = others.map(|(name, value)| (name, label(value))).collect();
    let mut hasher = Xxh3::new();
    for (name, value) in &others {
        for text in [name, value.as_str()] {
            hasher.update(&text.len().to_le_bytes());
            hasher.update(text.as_bytes());
        }
    }
    (!others.is_empty()).then(|| format!("#{:08x}", hasher.digest() >> 32))
}
