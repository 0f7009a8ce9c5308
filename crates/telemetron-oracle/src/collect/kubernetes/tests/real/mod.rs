//! The collector against a real API server with its controllers, where one can be had:
//! `TELEMETRON_KUBE_APISERVER` names the folder that `scripts/kubernetes.sh build` fills. Without
//! it the test says so and passes. There are no nodes: the test reports what they would.

mod cluster;
mod many;
mod outages;
mod rights;
mod workload;

use std::sync::Arc;
use std::time::Duration;

use telemetron_view::oracle::{SourceName, SourceState, SourceStatus, WorkloadState};
use tokio::time::timeout;

use self::cluster::Cluster;
use super::super::again_and_again;
use crate::OracleConfig;
use crate::hub::StateHub;
use crate::system_snapshot::SystemSnapshot;

const PATIENCE: Duration = Duration::from_secs(120);

/// A collector at work: who asks, and for which namespace.
#[derive(Default)]
struct Watched {
    token: Option<String>,
    namespace: Option<&'static str>,
}

impl Watched {
    /// Takes a step while the collector watches.
    async fn during<T>(self, cluster: &Cluster, step: impl AsyncFnOnce(Seen) -> T) -> T {
        let config = OracleConfig {
            namespace: self.namespace.map(str::to_owned),
            ..OracleConfig::default()
        };
        let lasts = Duration::from_secs(11);
        let hub = StateHub::new(config.clone(), &[(SourceName::Kubernetes, lasts)]);
        let given = cluster.config(self.token).await;
        tokio::select! {
            never = again_and_again(Some(given), &config, &hub) => match never {},
            () = hub.clone().keep_publishing() => panic!("publishing ended"),
            done = step(Seen(hub.clone())) => done,
        }
    }
}

/// What the collector makes of the cluster.
struct Seen(StateHub);

impl Seen {
    /// Waits until what is seen is as wanted.
    async fn until(
        &self,
        what: &str,
        wanted: impl Fn(&SystemSnapshot) -> bool,
    ) -> Arc<SystemSnapshot> {
        let mut told = self.0.watch();
        let seen = timeout(PATIENCE, told.wait_for(|now| wanted(now))).await;
        let Ok(seen) = seen else {
            let now = self.0.now();
            panic!("in vain for {what}; last {:?} {:?}", now.state, now.issues);
        };
        seen.unwrap().clone()
    }

    /// Waits until the source is as wanted; gives why it is so.
    async fn source(&self, what: &str, wanted: impl Fn(&SourceState) -> bool) -> String {
        let now = self.until(what, |now| wanted(&now.sources()[0])).await;
        now.sources()[0].reason.clone().unwrap_or_default()
    }

    async fn is_fresh(&self) -> String {
        let fresh = |source: &SourceState| source.status == SourceStatus::Fresh;
        self.source("a source that tells", fresh).await
    }
}

/// The workload of a name.
fn workload<'a>(now: &'a SystemSnapshot, name: &str) -> Option<&'a WorkloadState> {
    let mut all = now.state.workload.iter();
    all.find(|workload| workload.deployment_name == name)
}

fn has_issue(now: &SystemSnapshot, id: &str) -> bool {
    now.issues.iter().any(|issue| issue.id == id)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_real_cluster_is_told_as_it_is() {
    let Some(cluster) = Cluster::start().await else {
        println!("skipped: TELEMETRON_KUBE_APISERVER names no folder with a kube-apiserver");
        return;
    };
    workload::a_deployment_is_followed_from_its_creation_to_its_end(&cluster).await;
    workload::a_rollout_that_the_cluster_gives_up_is_an_issue(&cluster).await;
    workload::a_stateful_set_with_a_pod_that_cannot_start_is_told(&cluster).await;
    workload::a_pod_that_ends_because_it_is_deleted_is_no_failure(&cluster).await;
    rights::an_account_without_rights_is_told_which_one_it_lacks(&cluster).await;
    rights::what_may_not_be_seen_is_named_and_the_rest_is_told(&cluster).await;
    rights::one_namespace_is_enough_for_who_may_see_no_more(&cluster).await;
    many::a_thousand_pods_come_and_go(&cluster).await;
    outages::a_server_that_is_killed_is_missed_and_found_again(&cluster).await;
    outages::versions_that_were_forgotten_do_no_harm(&cluster).await;
    outages::a_server_that_hangs_is_missed(&cluster).await;
}
