//! The metrics API: what pods use, where the cluster measures it.

use std::collections::HashMap;

use kube::api::{ApiResource, DynamicObject, GroupVersionKind, ListParams};
use kube::{Api, Client, ResourceExt as _};

use super::network::Network;

/// What pods use.
#[derive(Debug, Clone, Default)]
pub(crate) struct PodUse {
    /// Processor and memory by namespace and name; none when nobody measures.
    pub(crate) measured: Option<HashMap<(String, String), Used>>,
    /// What they receive and send.
    pub(crate) network: Network,
}

/// What a pod uses.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct Used {
    /// Millicores.
    pub(crate) cpu: f64,
    /// Megabytes.
    pub(crate) memory: f64,
}

/// Asks the metrics API; a cluster without one measures nothing.
pub(super) async fn ask(
    client: &Client,
    namespace: Option<&str>,
) -> Option<HashMap<(String, String), Used>> {
    let kind = GroupVersionKind::gvk("metrics.k8s.io", "v1beta1", "PodMetrics");
    let resource = ApiResource::from_gvk(&kind);
    let api: Api<DynamicObject> = match namespace {
        Some(namespace) => Api::namespaced_with(client.clone(), namespace, &resource),
        None => Api::all_with(client.clone(), &resource),
    };
    let listed = api.list(&ListParams::default()).await.ok()?;
    let used = listed.items.iter().map(|item| {
        let place = (item.namespace().unwrap_or_default(), item.name_any());
        (place, used(&item.data))
    });
    Some(used.collect())
}

fn used(data: &serde_json::Value) -> Used {
    let containers = data.get("containers").and_then(|all| all.as_array());
    let mut sum = Used::default();
    for container in containers.into_iter().flatten() {
        let amount = |name: &str| {
            let text = container.pointer(&format!("/usage/{name}"))?.as_str()?;
            quantity(text)
        };
        sum.cpu += amount("cpu").unwrap_or_default() * 1e3;
        sum.memory += amount("memory").unwrap_or_default() / 1e6;
    }
    sum
}

/// An amount as Kubernetes writes it: `250m`, `12345678n`, `2Gi`, `1e3`.
pub(crate) fn quantity(text: &str) -> Option<f64> {
    const UNITS: &[(&str, f64)] = &[
        ("Ki", 1024.0),
        ("Mi", 1_048_576.0),
        ("Gi", 1_073_741_824.0),
        ("Ti", 1_099_511_627_776.0),
        ("Pi", 1_125_899_906_842_624.0),
        ("Ei", 1_152_921_504_606_846_976.0),
        ("n", 1e-9),
        ("u", 1e-6),
        ("m", 1e-3),
        ("k", 1e3),
        ("M", 1e6),
        ("G", 1e9),
        ("T", 1e12),
        ("P", 1e15),
        ("E", 1e18),
    ];
    let text = text.trim();
    if let Ok(plain) = text.parse() {
        return Some(plain);
    }
    let (unit, factor) = UNITS.iter().find(|(unit, _)| text.ends_with(unit))?;
    let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
    Some(number * factor)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_with_their_units() {
        assert_eq!(quantity("250m"), Some(0.25));
        assert_eq!(quantity("2Gi"), Some(2_147_483_648.0));
        assert_eq!(quantity("12500000n"), Some(0.0125));
        assert_eq!(quantity("1e3"), Some(1000.0));
        assert_eq!(quantity("3E"), Some(3e18));
        assert_eq!(quantity("much"), None);
    }

    #[test]
    fn a_pod_uses_what_its_containers_use() {
        let data = serde_json::json!({"containers": [
            {"name": "a", "usage": {"cpu": "1500000n", "memory": "1000Ki"}},
            {"name": "b", "usage": {"cpu": "2m", "memory": "1M"}},
        ]});
        let used = used(&data);
        assert!((used.cpu - 3.5).abs() < 1e-9, "{used:?}");
        assert!((used.memory - 2.024).abs() < 1e-9, "{used:?}");
    }
}
