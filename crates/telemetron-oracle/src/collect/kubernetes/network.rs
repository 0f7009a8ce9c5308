//! What pods receive and send, from the summaries of the kubelets, where the account may ask for them.
//!
//! A summary counts bytes since a pod began; a rate needs two of them.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use kube::Client;
use serde::Deserialize;
use telemetron_model::Timestamp;
use telemetron_view::seconds_of;

use super::words;

/// Most kubelets that are asked at a time.
const AT_ONCE: usize = 8;

/// Most kubelets that are asked at all: each answers some hundred kilobytes.
const MOST_NODES: usize = 200;

/// A pod, by its namespace and name.
type PodName = (String, String);

/// What is known of the network of all pods.
#[derive(Debug, Clone, Default)]
pub(crate) struct Network {
    pub(crate) rates: HashMap<PodName, Rates>,
    /// Why it is not known of all.
    pub(crate) lacks: Option<String>,
}

/// What a pod receives and sends, in bytes per second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rates {
    pub(crate) received: f64,
    pub(crate) sent: f64,
}

/// Asks the kubelets, and remembers what they counted.
#[derive(Debug, Default)]
pub(super) struct Meter {
    last: HashMap<PodName, Counted>,
}

/// What a kubelet counted for a pod.
#[derive(Debug, Clone, Copy)]
struct Counted {
    at: Timestamp,
    received: f64,
    sent: f64,
    /// The rate up to then; a summary may be read twice before its kubelet has counted again.
    rate: Option<Rates>,
}

#[derive(Debug, Deserialize)]
struct Summary {
    #[serde(default)]
    pods: Vec<PodSummary>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct PodSummary {
    pod_ref: PodRef,
    network: Option<Interface>,
}

#[derive(Debug, Deserialize)]
struct PodRef {
    name: String,
    namespace: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Interface {
    time: Timestamp,
    rx_bytes: Option<u64>,
    tx_bytes: Option<u64>,
}

impl Network {
    /// Kubelets did not answer in time.
    pub(super) fn silent(limit: Duration) -> Self {
        let limit = limit.as_millis();
        Self {
            rates: HashMap::new(),
            lacks: Some(unknown(&format!(
                "the kubelets do not answer within {limit} ms"
            ))),
        }
    }
}

fn unknown(why: &str) -> String {
    format!("what pods receive and send is not known: {why}")
}

impl Meter {
    /// Asks the kubelets of these nodes.
    pub(super) async fn ask(&mut self, client: &Client, nodes: &BTreeSet<String>) -> Network {
        let asked: Vec<_> = nodes
            .iter()
            .take(MOST_NODES)
            .map(|node| summary(client.clone(), node.clone()))
            .collect();
        let answers = stream::iter(asked).buffer_unordered(AT_ONCE);
        let answers: Vec<_> = answers.collect().await;
        let lacks = answers.iter().find_map(|answer| answer.as_ref().err());
        let lacks = lacks.map(|why| unknown(why));
        let pods = answers.into_iter().flatten().flat_map(|answer| answer.pods);
        Network {
            rates: self.rates(pods),
            lacks,
        }
    }

    /// The rates since the last time. A pod that nobody counted now is forgotten.
    fn rates(&mut self, pods: impl Iterator<Item = PodSummary>) -> HashMap<PodName, Rates> {
        let before = std::mem::take(&mut self.last);
        let mut rates = HashMap::new();
        for pod in pods {
            let Some(mut counted) = pod.network.as_ref().and_then(counted) else {
                continue;
            };
            let name = (pod.pod_ref.namespace, pod.pod_ref.name);
            counted.rate = match before.get(&name) {
                Some(before) if before.at == counted.at => before.rate,
                Some(before) => rate(*before, counted),
                None => None,
            };
            if let Some(rate) = counted.rate {
                rates.insert(name.clone(), rate);
            }
            self.last.insert(name, counted);
        }
        rates
    }
}

fn counted(interface: &Interface) -> Option<Counted> {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let bytes = |count: u64| count as f64;
    Some(Counted {
        at: interface.time,
        received: bytes(interface.rx_bytes?),
        sent: bytes(interface.tx_bytes?),
        rate: None,
    })
}

/// The rate between two counts; none when the count began anew.
fn rate(before: Counted, now: Counted) -> Option<Rates> {
    let seconds = seconds_of(now.at.since(before.at));
    let of =
        |before: f64, now: f64| (seconds > 0.0 && now >= before).then(|| (now - before) / seconds);
    Some(Rates {
        received: of(before.received, now.received)?,
        sent: of(before.sent, now.sent)?,
    })
}

/// The summary of a node's kubelet, through the API server; or why there is none.
async fn summary(client: Client, node: String) -> Result<Summary, String> {
    let path = format!("/api/v1/nodes/{node}/proxy/stats/summary");
    let request = http::Request::get(path).body(Vec::new());
    let request = request.map_err(|error| error.to_string())?;
    client.request(request).await.map_err(|error| match error {
        kube::Error::Api(status) if status.code == 403 => {
            "it may not get nodes/proxy (k8s/components/kubelet-summary gives that right)"
                .to_owned()
        }
        other => format!("the kubelet of {node} does not tell: {}", words::of(&other)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn summary(second: i64, received: u64) -> impl Iterator<Item = PodSummary> {
        let time = Timestamp::from_millis(second * 1_000).to_string();
        let text = serde_json::json!({"pods": [
            {"podRef": {"name": "a", "namespace": "n", "uid": "1"},
             "network": {"time": time, "name": "eth0", "rxBytes": received, "txBytes": 10}},
            {"podRef": {"name": "host", "namespace": "n", "uid": "2"}},
        ]});
        let summary: Summary = serde_json::from_value(text).unwrap();
        summary.pods.into_iter()
    }

    #[test]
    fn a_rate_needs_two_counts_and_stands_until_it_is_counted_again() {
        let mut meter = Meter::default();
        let pod = ("n".to_owned(), "a".to_owned());
        assert_eq!(meter.rates(summary(10, 1_000)), HashMap::new());
        let rates = meter.rates(summary(20, 4_000));
        let expected = Rates {
            received: 300.0,
            sent: 0.0,
        };
        assert_eq!(rates, HashMap::from([(pod, expected)]));
        assert_eq!(meter.rates(summary(20, 4_000)), rates);
        // The pod was started again.
        assert_eq!(meter.rates(summary(30, 5)), HashMap::new());
    }
}
