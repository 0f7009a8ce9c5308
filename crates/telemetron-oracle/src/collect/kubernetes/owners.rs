//! Whose pod it is: of a deployment, through its replica set; of a stateful set; or of something else.

use std::collections::{HashMap, HashSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use telemetron_view::oracle::OwnerKind;

use super::objects::Objects;

/// Which workload: its sort, namespace and name.
pub(super) type Owner = (OwnerKind, String, String);

/// The label by which a deployment tells the pods of its revisions apart.
const REVISION: &str = "pod-template-hash";

/// Who may hold pods, by namespace and name.
pub(super) struct Holders {
    /// The deployment of each replica set.
    through: HashMap<(String, String), String>,
    deployments: HashSet<(String, String)>,
}

impl Holders {
    pub(super) fn of(objects: &Objects) -> Self {
        let sets = objects.replica_sets.iter().filter_map(|set| {
            let (kind, name) = controller(&set.metadata)?;
            (kind == "Deployment").then(|| (named(&set.metadata), name))
        });
        let deployments = objects.deployments.iter();
        Self {
            through: sets.collect(),
            deployments: deployments.map(|one| named(&one.metadata)).collect(),
        }
    }

    pub(super) fn owner_of(&self, metadata: &ObjectMeta) -> Owner {
        let (namespace, own) = named(metadata);
        match controller(metadata) {
            Some((kind, name)) if kind == "ReplicaSet" => {
                match self.deployment_of(&namespace, &name, metadata) {
                    Some(deployment) => (OwnerKind::Deployment, namespace, deployment),
                    None => (OwnerKind::Other, namespace, name),
                }
            }
            Some((kind, name)) if kind == "StatefulSet" => {
                (OwnerKind::StatefulSet, namespace, name)
            }
            Some((_, name)) => (OwnerKind::Other, namespace, name),
            None => (OwnerKind::Other, namespace, own),
        }
    }

    /// The deployment of a replica set. Where the set itself is not known, because it may not be
    /// listed or is newer than what was listed, its name tells: a deployment adds the revision.
    fn deployment_of(&self, namespace: &str, set: &str, pod: &ObjectMeta) -> Option<String> {
        let of = |name: &str| (namespace.to_owned(), name.to_owned());
        if let Some(deployment) = self.through.get(&of(set)) {
            return Some(deployment.clone());
        }
        let revision = pod.labels.as_ref()?.get(REVISION)?;
        let name = set.strip_suffix(revision)?.strip_suffix('-')?;
        self.deployments
            .contains(&of(name))
            .then(|| name.to_owned())
    }
}

/// The workload that an object is itself.
pub(super) fn place(kind: OwnerKind, metadata: &ObjectMeta) -> Owner {
    let (namespace, name) = named(metadata);
    (kind, namespace, name)
}

fn named(metadata: &ObjectMeta) -> (String, String) {
    let namespace = metadata.namespace.clone().unwrap_or_default();
    (namespace, metadata.name.clone().unwrap_or_default())
}

fn controller(metadata: &ObjectMeta) -> Option<(String, String)> {
    let mut owners = metadata.owner_references.iter().flatten();
    let owner = owners.find(|owner| owner.controller == Some(true))?;
    Some((owner.kind.clone(), owner.name.clone()))
}
