//! A server that is killed, forgets, or hangs.

use k8s_openapi::api::apps::v1::Deployment;
use telemetron_view::oracle::{SourceState, SourceStatus};

use super::cluster::Cluster;
use super::workload::deployment;
use super::{Seen, Watched, workload};

const HOME: &str = "outages";

async fn is_missed(seen: &Seen) {
    let missed = |source: &SourceState| source.status != SourceStatus::Fresh;
    let why = seen.source("a source that fails", missed).await;
    assert!(why.contains("does not answer"), "{why}");
}

pub(super) async fn a_server_that_is_killed_is_missed_and_found_again(cluster: &Cluster) {
    cluster.namespace(HOME).await;
    let made = deployment("steady", 1, 600);
    cluster.create::<Deployment>(HOME, made).await;
    let step = async |seen: Seen| {
        seen.until("a deployment", |now| workload(now, "steady").is_some())
            .await;
        cluster.kill("kube-apiserver");
        is_missed(&seen).await;
        cluster.start_again();
        // Nothing changes in the cluster: that it is back is news enough.
        seen.is_fresh().await;
        seen.until("the deployment", |now| workload(now, "steady").is_some())
            .await;
    };
    Watched::default().during(cluster, step).await;
}

pub(super) async fn versions_that_were_forgotten_do_no_harm(cluster: &Cluster) {
    let step = async |seen: Seen| {
        seen.until("a deployment", |now| workload(now, "steady").is_some())
            .await;
        cluster.kill("kube-apiserver");
        cluster.compact();
        cluster.start_again();
        let made = deployment("newer", 1, 600);
        cluster.create::<Deployment>(HOME, made).await;
        cluster.delete::<Deployment>(HOME, "steady").await;
        seen.until("the newer one alone", |now| {
            workload(now, "newer").is_some() && workload(now, "steady").is_none()
        })
        .await;
    };
    Watched::default().during(cluster, step).await;
}

pub(super) async fn a_server_that_hangs_is_missed(cluster: &Cluster) {
    let step = async |seen: Seen| {
        seen.is_fresh().await;
        cluster.signal("kube-apiserver", "-STOP");
        is_missed(&seen).await;
        cluster.signal("kube-apiserver", "-CONT");
        seen.is_fresh().await;
    };
    Watched::default().during(cluster, step).await;
}
