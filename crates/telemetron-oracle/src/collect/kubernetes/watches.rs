//! The watches: one for each sort of object, kept up by themselves after errors.

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _};
use k8s_openapi::api::apps::v1::{Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::autoscaling::v2::HorizontalPodAutoscaler;
use k8s_openapi::api::core::v1::Pod;
use k8s_openapi::{Metadata, NamespaceResourceScope};
use kube::runtime::reflector::{self, Store};
use kube::runtime::{WatchStreamExt as _, watcher};
use kube::{Api, Client, ResourceExt as _};
use serde::de::DeserializeOwned;
use tokio::task::JoinSet;
use tokio::time::timeout;

use super::objects::Objects;
use crate::Error;

/// What the watches hold.
pub(super) struct Watches {
    pods: Watch<Pod>,
    deployments: Watch<Deployment>,
    stateful_sets: Watch<StatefulSet>,
    replica_sets: Watch<ReplicaSet>,
    autoscalers: Watch<HorizontalPodAutoscaler>,
    tasks: JoinSet<()>,
}

/// One watch: what it holds, and what is the matter with it.
struct Watch<K: kube::runtime::reflector::Lookup + 'static>
where
    K::DynamicType: std::hash::Hash + Eq,
{
    store: Store<K>,
    trouble: Trouble,
}

type Trouble = Arc<Mutex<Option<String>>>;

impl Watches {
    /// Begins to watch a namespace, or all of them.
    pub(super) fn start(client: &Client, namespace: Option<&str>) -> Self {
        let mut tasks = JoinSet::new();
        Self {
            pods: begin(client, namespace, &mut tasks),
            deployments: begin(client, namespace, &mut tasks),
            stateful_sets: begin(client, namespace, &mut tasks),
            replica_sets: begin(client, namespace, &mut tasks),
            autoscalers: begin(client, namespace, &mut tasks),
            tasks,
        }
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
        let of = |trouble: &Trouble| {
            let trouble = trouble.lock().unwrap_or_else(PoisonError::into_inner);
            trouble.clone()
        };
        of(&self.pods.trouble).or_else(|| of(&self.deployments.trouble))
    }

    /// Waits until a watch ends, which it does only when it breaks.
    ///
    /// # Cancel safety
    /// May be dropped and called again.
    pub(super) async fn ended(&mut self) -> Error {
        self.tasks.join_next().await;
        Error::Absent("a watch has ended".to_owned())
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

fn begin<K>(client: &Client, namespace: Option<&str>, tasks: &mut JoinSet<()>) -> Watch<K>
where
    K: kube::Resource<DynamicType = (), Scope = NamespaceResourceScope>
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
    let told = Arc::clone(&trouble);
    let events = watcher(api, watcher::Config::default())
        .default_backoff()
        .modify(|object: &mut K| object.managed_fields_mut().clear())
        .reflect(writer);
    let events = events.inspect_ok({
        let told = Arc::clone(&told);
        move |_| say(&told, None)
    });
    let noted = events.for_each(move |event| {
        if let Err(error) = event {
            tracing::debug!(%error, "a watch of the cluster is broken; it begins anew");
            say(&told, Some(error.to_string()));
        }
        std::future::ready(())
    });
    tasks.spawn(noted);
    Watch { store, trouble }
}

fn say(trouble: &Trouble, what: Option<String>) {
    *trouble.lock().unwrap_or_else(PoisonError::into_inner) = what;
}
