//! A played Kubernetes API: a deployment with its pods, listed and watched over HTTP. That a real
//! API server is understood as well is another test's.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::broadcast;
use tokio::task::JoinSet;

use telemetron_model::Rfc3339;

use super::records;

const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";
const PODS: &str = "/api/v1/pods";

/// The pod that is there from the beginning.
const FIRST: &str = "coder-abc-1";

/// The cluster; dropping it ends it.
pub(super) struct Cluster {
    objects: Objects,
    kubeconfig: PathBuf,
    _server: JoinSet<()>,
}

/// What there is. Watchers see each change.
#[derive(Clone)]
struct Objects(Arc<Mutex<Held>>);

struct Held {
    /// By path and name.
    all: BTreeMap<(&'static str, String), Value>,
    version: u64,
    is_silent: bool,
    changes: broadcast::Sender<(&'static str, Value)>,
}

impl Cluster {
    /// Serves a healthy cluster, and writes how to reach it.
    pub(super) async fn start(kubeconfig: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        fs::write(kubeconfig, config(&url).to_string()).unwrap();
        let objects = Objects(Arc::new(Mutex::new(Held {
            all: BTreeMap::new(),
            version: 0,
            is_silent: false,
            changes: broadcast::Sender::new(64),
        })));
        let app = Router::new().fallback(answer).with_state(objects.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        let cluster = Self {
            objects,
            kubeconfig: kubeconfig.to_owned(),
            _server: server,
        };
        cluster.objects.set(REPLICA_SETS, &replica_set());
        cluster.set_deployment(&json!([]));
        cluster.set_pod(&running(0));
        cluster
    }

    /// The file that leads to it.
    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The pod has ended four times, and the cluster waits before it is started again.
    pub(super) fn crash(&self) {
        let waits = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        self.set_pod(&pod(FIRST, "Running", 600, &container(&waits, &ended(), 4)));
    }

    /// The pod was started once more, and stays.
    pub(super) fn recover(&self) {
        self.set_pod(&running(5));
    }

    /// There is a pod, or it is another than it was.
    pub(super) fn set_pod(&self, pod: &Value) {
        self.objects.set(PODS, pod);
    }

    /// Nobody is answered any more.
    pub(super) fn fall_silent(&self) {
        self.objects.0.lock().unwrap().is_silent = true;
    }

    /// A pod is gone.
    pub(super) fn remove_pod(&self, name: &str) {
        self.objects.remove(PODS, name);
    }

    /// The deployment is under these conditions.
    pub(super) fn set_deployment(&self, conditions: &Value) {
        self.objects.set(DEPLOYMENTS, &deployment(conditions));
    }
}

impl Objects {
    fn set(&self, path: &'static str, object: &Value) {
        let mut held = self.0.lock().unwrap();
        held.version += 1;
        let mut object = object.clone();
        object["metadata"]["resourceVersion"] = held.version.to_string().into();
        let name = object["metadata"]["name"].as_str().unwrap().to_owned();
        let before = held.all.insert((path, name), object.clone());
        let what = before.map_or("ADDED", |_| "MODIFIED");
        held.tell(path, what, &object);
    }

    fn remove(&self, path: &'static str, name: &str) {
        let mut held = self.0.lock().unwrap();
        let gone = held.all.remove(&(path, name.to_owned())).unwrap();
        held.tell(path, "DELETED", &gone);
    }
}

impl Held {
    fn tell(&self, path: &'static str, what: &str, object: &Value) {
        let event = json!({"type": what, "object": object});
        // Nobody need watch yet.
        drop(self.changes.send((path, event)));
    }

    fn list(&self, path: &str) -> Response {
        let items = self.all.iter().filter(|((kind, _), _)| *kind == path);
        let items: Vec<_> = items.map(|(_, object)| object).collect();
        let metadata = json!({"resourceVersion": self.version.to_string()});
        json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items})
            .to_string()
            .into_response()
    }
}

/// JSON is YAML too.
fn config(url: &str) -> Value {
    json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "stage",
        "clusters": [{"name": "stage", "cluster": {"server": url}}],
        "contexts": [{"name": "stage", "context": {"cluster": "stage", "user": "nobody"}}],
        "users": [{"name": "nobody", "user": {}}],
    })
}

async fn answer(State(objects): State<Objects>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let query = request.uri().query().unwrap_or_default();
    if objects.0.lock().unwrap().is_silent {
        return std::future::pending().await;
    }
    let held = objects.0.lock().unwrap();
    match (path.as_str(), query.contains("watch=true")) {
        ("/version", _) => version().to_string().into_response(),
        (_, true) => watched(path, held.changes.subscribe()),
        (path, false) => held.list(path),
    }
}

fn version() -> Value {
    json!({"major": "1", "minor": "33", "gitVersion": "v1.33.0", "gitCommit": "", "platform": "",
           "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": ""})
}

/// Each change of what is under a path, one line of JSON each.
fn watched(path: String, changes: broadcast::Receiver<(&'static str, Value)>) -> Response {
    let lines = stream::unfold((path, changes), async |(path, mut changes)| {
        loop {
            let (kind, event) = changes.recv().await.ok()?;
            if kind == path {
                let line = Ok::<_, std::io::Error>(format!("{event}\n"));
                return Some((line, (path, changes)));
            }
        }
    });
    Body::from_stream(lines).into_response()
}

/// An instant so many seconds ago, as Kubernetes writes it.
pub(super) fn before(seconds: i64) -> Rfc3339 {
    records::before(seconds).into()
}

fn meta(name: &str, made: i64, owner: Option<(&str, &str)>) -> Value {
    let owners = owner.map(|(kind, name)| {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": name, "controller": true}])
    });
    json!({
        "name": name, "namespace": "agents", "uid": name, "ownerReferences": owners,
        "labels": {"telemetron.io/agent": "coder"}, "creationTimestamp": before(made),
    })
}

fn deployment(conditions: &Value) -> Value {
    let limits = json!({"limits": {"memory": "512Mi"}});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("coder", 600, None),
        "spec": {
            "replicas": 1, "selector": {},
            "template": {"spec": {"containers": [
                {"name": "main", "image": "coder:7", "resources": limits}
            ]}},
        },
        "status": {"readyReplicas": 1, "updatedReplicas": 1, "conditions": conditions},
    })
}

fn replica_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": {"selector": {}},
        "metadata": meta("coder-abc", 600, Some(("Deployment", "coder"))),
    })
}

/// The first pod, running after so many restarts.
fn running(restarts: u32) -> Value {
    let runs = json!({"running": {"startedAt": before(0)}});
    let last = if restarts > 0 { ended() } else { json!({}) };
    pod(FIRST, "Running", 600, &container(&runs, &last, restarts))
}

/// How a container of it ended.
fn ended() -> Value {
    json!({"terminated": {"reason": "Error", "exitCode": 137, "startedAt": before(9),
                          "finishedAt": before(1), "message": "no space left"}})
}

/// A container that is in a state, and ended before in another one.
pub(super) fn container(state: &Value, last: &Value, restarts: u32) -> Value {
    let ready = state["running"].is_object();
    json!({
        "name": "main", "image": "coder:7", "imageID": "", "ready": ready,
        "restartCount": restarts, "state": state, "lastState": last,
    })
}

/// A pod of the deployment that was made so many seconds ago, with its container if it has one.
pub(super) fn pod(name: &str, phase: &str, made: i64, container: &Value) -> Value {
    let ready = if container["ready"] == true {
        "True"
    } else {
        "False"
    };
    let containers: Vec<_> = [container].into_iter().filter(|it| !it.is_null()).collect();
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta(name, made, Some(("ReplicaSet", "coder-abc"))),
        "spec": {"containers": [{"name": "main"}]},
        "status": {
            "phase": phase, "conditions": [{"type": "Ready", "status": ready}],
            "containerStatuses": containers,
        },
    })
}
