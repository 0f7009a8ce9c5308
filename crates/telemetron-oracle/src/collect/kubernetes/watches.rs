//! The watches: one for each sort of object, begun anew with a list after any trouble.
//!
//! A watch that goes on after an error says nothing until something changes, so that nobody could
//! tell whether it goes on. A list that comes to its end proves that it does.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use backon::{BackoffBuilder as _, ExponentialBuilder};
use futures_util::StreamExt as _;
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::{Metadata, NamespaceResourceScope};
use kube::api::ListParams;
use kube::runtime::reflector::store::Writer;
use kube::runtime::reflector::{self, Store};
use kube::runtime::watcher::{self, Event, watcher};
use kube::{Api, Client, Resource, ResourceExt as _};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, timeout};

use super::objects::Objects;
use super::words;
use crate::Error;

/// How long one request watches, in seconds: a connection that died unnoticed is replaced then.
const TURN: u32 = 60;

/// Pauses after trouble: the first, and the longest.
const PAUSES: ExponentialBuilder = ExponentialBuilder::new()
    .with_min_delay(Duration::from_secs(1))
    .with_max_delay(LONGEST_PAUSE)
    .without_max_times();

/// The longest of them; what was followed for longer is not broken at once.
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What the watches hold.
pub(super) struct Watches {
    pods: Watch<Pod>,
    deployments: Watch<Deployment>,
    stateful_sets: Watch<StatefulSet>,
    replica_sets: Watch<ReplicaSet>,
    autoscalers: Watch<HorizontalPodAutoscaler>,
}

/// One watch: what it holds, and what is the matter with it.
struct Watch<K: reflector::Lookup + 'static>
where
    K::DynamicType: std::hash::Hash + Eq,
{
    store: Store<K>,
    trouble: Trouble,
}

/// What is the matter with a watch; nothing while it goes on. Clones share it.
#[derive(Debug, Clone, Default)]
struct Trouble(Arc<Mutex<Option<String>>>);

impl Trouble {
    fn get(&self) -> Option<String> {
        let trouble = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        trouble.clone()
    }

    fn set(&self, what: Option<String>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }
}

impl Watches {
    /// Begins to watch a namespace, or all of them; the watches end with their tasks.
    pub(super) fn start(client: &Client, namespace: Option<&str>) -> (Self, JoinSet<()>) {
        let mut tasks = JoinSet::new();
        let watches = Self {
            pods: begin(client, namespace, &mut tasks),
            deployments: begin(client, namespace, &mut tasks),
            stateful_sets: begin(client, namespace, &mut tasks),
            replica_sets: begin(client, namespace, &mut tasks),
            autoscalers: begin(client, namespace, &mut tasks),
        };
        (watches, tasks)
    }

    /// Waits until pods and deployments are listed; the others may be forbidden or unknown.
    pub(super) async fn ready(&self, limit: Duration) -> Result<(), Error> {
        let all = async {
            let pods = self.pods.store.wait_until_ready().await;
            pods.and(self.deployments.store.wait_until_ready().await)
        };
        match timeout(limit, all).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_dropped)) => Err(Error::Absent("a watch has ended".to_owned())),
            Err(_elapsed) => {
                let why = self.trouble();
                Err(Error::Absent(why.unwrap_or_else(|| {
                    format!("it did not list its pods within {} ms", limit.as_millis())
                })))
            }
        }
    }

    /// What is the matter with the watches without which nothing can be told.
    pub(super) fn trouble(&self) -> Option<String> {
        let troubles = [&self.pods.trouble, &self.deployments.trouble];
        joined(troubles.into_iter().filter_map(Trouble::get))
    }

    /// What cannot be told beside them, and why.
    pub(super) fn lacks(&self) -> Option<String> {
        let others = [
            &self.stateful_sets.trouble,
            &self.replica_sets.trouble,
            &self.autoscalers.trouble,
        ];
        joined(others.into_iter().filter_map(Trouble::get))
    }

    /// The nodes on which pods are.
    pub(super) fn nodes(&self) -> BTreeSet<String> {
        let pods = self.pods.store.state();
        let nodes = pods
            .iter()
            .filter_map(|pod| pod.spec.as_ref()?.node_name.clone());
        nodes.collect()
    }

    /// What they hold now.
    pub(super) fn objects(&self) -> Objects {
        Objects {
            pods: self.pods.store.state(),
            deployments: self.deployments.store.state(),
            stateful_sets: self.stateful_sets.store.state(),
            replica_sets: self.replica_sets.store.state(),
            autoscalers: self.autoscalers.store.state(),
        }
    }
}

pub(super) fn joined(sentences: impl Iterator<Item = String>) -> Option<String> {
    let sentences: Vec<_> = sentences.collect();
    (!sentences.is_empty()).then(|| sentences.join("; "))
}

fn begin<K>(client: &Client, namespace: Option<&str>, tasks: &mut JoinSet<()>) -> Watch<K>
where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Metadata<Ty = k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta>
        + Clone
        + Debug
        + DeserializeOwned
        + Send
        + Sync
        + 'static,
{
    let api: Api<K> = match namespace {
        Some(namespace) => Api::namespaced(client.clone(), namespace),
        None => Api::all(client.clone()),
    };
    let (store, writer) = reflector::store();
    let trouble = Trouble::default();
    tasks.spawn(keep(api, writer, trouble.clone()));
    Watch { store, trouble }
}

/// Lists and watches, and begins anew after a pause whenever there is trouble.
async fn keep<K>(api: Api<K>, mut writer: Writer<K>, trouble: Trouble)
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    let mut pauses = PAUSES.build();
    loop {
        let began = Instant::now();
        let why = follow(&api, &mut writer, &trouble).await;
        tracing::debug!(why, "a watch of the cluster is broken; it begins anew");
        trouble.set(Some(about(&K::plural(&()), why)));
        if began.elapsed() > LONGEST_PAUSE {
            pauses = PAUSES.build();
        }
        sleep(pauses.next().unwrap_or(LONGEST_PAUSE)).await;
    }
}

/// What is the matter, with the sort of object that it is about.
fn about(what: &str, why: String) -> String {
    if why.starts_with(what) {
        return why;
    }
    format!("{what}: {why}")
}

/// Lists and watches until there is trouble; gives it.
async fn follow<K>(api: &Api<K>, writer: &mut Writer<K>, trouble: &Trouble) -> String
where
    K: Resource<DynamicType = ()> + Clone + Debug + DeserializeOwned + Send + 'static,
{
    // Asked apart first: the watcher would log each refusal at length.
    if let Err(error) = api.list(&ListParams::default().limit(1)).await {
        return words::of(&error);
    }
    let config = watcher::Config::default().timeout(TURN);
    let mut events = pin!(watcher(api.clone(), config));
    while let Some(event) = events.next().await {
        match event {
            Ok(event) => {
                let event = event.modify(|object| object.managed_fields_mut().clear());
                writer.apply_watcher_event(&event);
                if !matches!(event, Event::Init | Event::InitApply(_)) {
                    trouble.set(None);
                }
            }
            Err(error) => return words::of_watch(&error),
        }
    }
    "the watch has ended".to_owned()
}
