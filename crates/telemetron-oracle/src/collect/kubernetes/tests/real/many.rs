//! More pods than fit on a page.

use futures_util::{StreamExt as _, stream};
use k8s_openapi::api::core::v1::Pod;
use kube::api::{DeleteParams, ListParams, PostParams};
use serde_json::json;

use super::Watched;
use super::cluster::Cluster;
use crate::system_snapshot::SystemSnapshot;

const COUNT: usize = 1000;

pub(super) async fn a_thousand_pods_come_and_go(cluster: &Cluster) {
    cluster.namespace("many").await;
    make(cluster).await;
    let pods = |now: &SystemSnapshot| {
        let pods = now
            .state
            .workload
            .iter()
            .map(|workload| workload.pods.len());
        pods.sum::<usize>()
    };
    let step = async |seen: super::Seen| {
        seen.until("all pods", |now| pods(now) == COUNT).await;
        let api = cluster.api::<Pod>("many");
        let now = DeleteParams::default().grace_period(0);
        let deleted = api.delete_collection(&now, &ListParams::default()).await;
        deleted.unwrap();
        seen.until("no pods", |now| pods(now) == 0).await;
    };
    Watched::default().during(cluster, step).await;
}

async fn make(cluster: &Cluster) {
    let api = cluster.api::<Pod>("many");
    let making = (0..COUNT).map(|number| {
        let api = api.clone();
        async move {
            let pod = json!({
                "metadata": {"name": format!("pod-{number}")},
                "spec": {"containers": [{"name": "main", "image": "worker:1"}]},
            });
            let pod = serde_json::from_value(pod).unwrap();
            api.create(&PostParams::default(), &pod).await.unwrap();
        }
    });
    stream::iter(making)
        .buffer_unordered(16)
        .collect::<()>()
        .await;
}
