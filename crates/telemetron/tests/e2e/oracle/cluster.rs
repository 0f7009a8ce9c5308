//! A played Kubernetes API: a deployment with one pod, listed and watched over HTTP. That a real
//! API server is understood as well is another test's.

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
use tokio::sync::watch;
use tokio::task::JoinSet;

use telemetron_model::Rfc3339;

use super::records;

const DEPLOYMENTS: &str = "/apis/apps/v1/deployments";
const REPLICA_SETS: &str = "/apis/apps/v1/replicasets";
const PODS: &str = "/api/v1/pods";

/// The cluster; dropping it ends it.
pub(super) struct Cluster {
    pod: Pod,
    kubeconfig: PathBuf,
    _server: JoinSet<()>,
}

/// The pod as it is now. Watchers see each new version.
type Pod = Arc<Mutex<watch::Sender<Value>>>;

impl Cluster {
    /// Serves a healthy cluster, and writes how to reach it.
    pub(super) async fn start(kubeconfig: &Path) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        fs::write(kubeconfig, config(&url).to_string()).unwrap();
        let pod: Pod = Arc::new(Mutex::new(watch::Sender::new(running(1, 0))));
        let app = Router::new().fallback(answer).with_state(Arc::clone(&pod));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, app).await.unwrap() });
        Self {
            pod,
            kubeconfig: kubeconfig.to_owned(),
            _server: server,
        }
    }

    /// The file that leads to it.
    pub(super) fn kubeconfig(&self) -> &Path {
        &self.kubeconfig
    }

    /// The pod has ended four times, and the cluster waits before it is started again.
    pub(super) fn crash(&self) {
        let waits = json!({"waiting": {"reason": "CrashLoopBackOff"}});
        self.becomes(pod(2, 4, &waits, false));
    }

    /// The pod was started once more, and stays.
    pub(super) fn recover(&self) {
        self.becomes(running(3, 5));
    }

    fn becomes(&self, pod: Value) {
        self.pod.lock().unwrap().send_replace(pod);
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

async fn answer(State(pod): State<Pod>, request: Request) -> Response {
    let path = request.uri().path();
    let watches = request
        .uri()
        .query()
        .unwrap_or_default()
        .contains("watch=true");
    let pod = pod.lock().unwrap();
    match (path, watches) {
        ("/version", _) => version().to_string().into_response(),
        (PODS, true) => watched(pod.subscribe()),
        (_, true) => {
            Body::from_stream(stream::pending::<Result<String, std::io::Error>>()).into_response()
        }
        (PODS, false) => list(vec![pod.borrow().clone()]),
        (DEPLOYMENTS, false) => list(vec![deployment()]),
        (REPLICA_SETS, false) => list(vec![replica_set()]),
        (_, false) => list(Vec::new()),
    }
}

fn version() -> Value {
    json!({"major": "1", "minor": "33", "gitVersion": "v1.33.0", "gitCommit": "", "platform": "",
           "gitTreeState": "", "buildDate": "", "goVersion": "", "compiler": ""})
}

fn list(items: Vec<Value>) -> Response {
    let metadata = json!({"resourceVersion": "1"});
    let list = json!({"kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items});
    list.to_string().into_response()
}

/// Each new version of the pod, one line of JSON each.
fn watched(pod: watch::Receiver<Value>) -> Response {
    let lines = stream::unfold(pod, async |mut pod| {
        pod.changed().await.ok()?;
        let event = json!({"type": "MODIFIED", "object": *pod.borrow_and_update()});
        Some((Ok::<_, std::io::Error>(format!("{event}\n")), pod))
    });
    Body::from_stream(lines).into_response()
}

/// An instant so many seconds ago, as Kubernetes writes it.
fn before(seconds: i64) -> Rfc3339 {
    records::before(seconds).into()
}

fn meta(name: &str, version: u32, owner: Option<(&str, &str)>) -> Value {
    let owners = owner.map(|(kind, name)| {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": name, "controller": true}])
    });
    json!({
        "name": name, "namespace": "agents", "uid": name, "ownerReferences": owners,
        "resourceVersion": version.to_string(), "labels": {"telemetron.io/agent": "coder"},
        "creationTimestamp": before(600),
    })
}

fn deployment() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("coder", 1, None),
        "spec": {
            "replicas": 1, "selector": {},
            "template": {"spec": {"containers": [{"name": "main", "image": "coder:7"}]}},
        },
        "status": {"readyReplicas": 1, "updatedReplicas": 1},
    })
}

fn replica_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet", "spec": {"selector": {}},
        "metadata": meta("coder-abc", 1, Some(("Deployment", "coder"))),
    })
}

fn running(version: u32, restarts: u32) -> Value {
    let runs = json!({"running": {"startedAt": before(0)}});
    pod(version, restarts, &runs, true)
}

fn pod(version: u32, restarts: u32, state: &Value, ready: bool) -> Value {
    let ended = json!({"terminated": {"reason": "Error", "exitCode": 137, "finishedAt": before(1),
                                      "message": "no space left"}});
    let last = if restarts > 0 { ended } else { json!({}) };
    let word = if ready { "True" } else { "False" };
    json!({
        "apiVersion": "v1", "kind": "Pod",
        "metadata": meta("coder-abc-1", version, Some(("ReplicaSet", "coder-abc"))),
        "spec": {"containers": [{"name": "main"}]},
        "status": {
            "phase": "Running", "conditions": [{"type": "Ready", "status": word}],
            "containerStatuses": [{
                "name": "main", "image": "coder:7", "imageID": "", "ready": ready,
                "restartCount": restarts, "state": state, "lastState": last,
            }],
        },
    })
}
