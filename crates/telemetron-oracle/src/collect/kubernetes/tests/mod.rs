//! The real client against a small server that speaks the Kubernetes API: lists, then watches.

mod real;
mod server;

use std::path::PathBuf;
use std::time::Duration;

use kube::Client;
use serde_json::{Value, json};
use telemetron_view::oracle::{PodPhase, SourceName, SourceStatus};

use self::server::Server;
use super::watch;
use crate::OracleConfig;
use crate::hub::StateHub;
use crate::system_snapshot::SystemSnapshot;

const PATIENCE: Duration = Duration::from_secs(30);

fn meta(name: &str, owner: Option<(&str, &str)>) -> Value {
    let owners = owner.map(|(kind, name)| {
        json!([{"apiVersion": "apps/v1", "kind": kind, "name": name, "uid": name, "controller": true}])
    });
    json!({
        "name": name, "namespace": "agents", "uid": name, "ownerReferences": owners,
        "labels": {"telemetron.io/agent": "coder"}, "creationTimestamp": "2026-01-31T12:00:00Z",
    })
}

fn deployment() -> Value {
    let limits = json!({"cpu": "500m", "memory": "1Gi"});
    json!({
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": meta("coder", None),
        "spec": {
            "replicas": 2, "selector": {},
            "template": {"spec": {"containers": [
                {"name": "main", "image": "coder:7", "resources": {"limits": limits}},
            ]}},
        },
        "status": {"readyReplicas": 1, "updatedReplicas": 2},
    })
}

fn replica_set() -> Value {
    json!({
        "apiVersion": "apps/v1", "kind": "ReplicaSet",
        "metadata": meta("coder-abc", Some(("Deployment", "coder"))),
        "spec": {"selector": {}},
    })
}

fn pod(version: u32, restarts: u32, waiting: Option<&str>) -> Value {
    let mut metadata = meta("coder-abc-1", Some(("ReplicaSet", "coder-abc")));
    metadata["resourceVersion"] = json!(version.to_string());
    json!({
        "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
        "spec": {"containers": [{"name": "main"}]},
        "status": {
            "phase": "Running",
            "containerStatuses": [{
                "name": "main", "image": "coder:7", "imageID": "", "ready": waiting.is_none(),
                "restartCount": restarts,
                "state": waiting.map(|reason| json!({"waiting": {"reason": reason}})),
                "lastState": {"terminated": {"reason": "Error", "exitCode": 1,
                                             "finishedAt": "2026-01-31T12:30:00Z"}},
            }],
        },
    })
}

fn config() -> OracleConfig {
    OracleConfig::default()
}

fn hub() -> StateHub {
    let lasts = Duration::from_secs(60);
    StateHub::new(config(), &[(SourceName::Kubernetes, lasts)])
}

fn client(server: &Server) -> Client {
    let config = kube::Config::new(server.url().parse().unwrap());
    Client::try_from(config).unwrap()
}

#[tokio::test]
async fn pods_are_listed_with_their_deployment_and_changes_are_watched() {
    let server = Server::start().await;
    server.hold("/apis/apps/v1/deployments", vec![deployment()]);
    server.hold("/apis/apps/v1/replicasets", vec![replica_set()]);
    server.hold("/api/v1/pods", vec![pod(1, 0, None)]);
    let usage = json!({"metadata": {"name": "coder-abc-1", "namespace": "agents"},
                       "containers": [{"name": "main", "usage": {"cpu": "250m", "memory": "64M"}}]});
    server.hold("/apis/metrics.k8s.io/v1beta1/pods", vec![usage]);
    let (hub, config) = (hub(), config());
    let mut told = hub.watch();
    let check = async {
        let now = told.wait_for(|now| !now.state.workload.is_empty());
        let now = tokio::time::timeout(PATIENCE, now).await.unwrap();
        let workload = now.unwrap().state.workload.clone();
        let [coder] = &workload[..] else {
            panic!("{workload:?}");
        };
        assert_eq!(
            (coder.deployment_name.as_str(), coder.max_pods),
            ("coder", 2)
        );
        assert_eq!(
            (coder.live.active_pods, coder.live.image.as_deref()),
            (1, Some("coder:7"))
        );
        assert_eq!(coder.pod_max_ram.as_deref(), Some("1Gi"));
        let [pod_seen] = &coder.pods[..] else {
            panic!("{coder:?}");
        };
        assert_eq!(
            (pod_seen.status, pod_seen.cpu, pod_seen.memory),
            (PodPhase::Running, 250.0, 64.0)
        );
        assert_eq!(hub.now().state.agents[0].name, "coder");
        assert!(hub.now().issues.is_empty(), "{:?}", hub.now().issues);

        server.tell(
            "/api/v1/pods",
            "MODIFIED",
            &pod(2, 7, Some("CrashLoopBackOff")),
        );
        let now = told.wait_for(|now| !now.issues.is_empty());
        let now = tokio::time::timeout(PATIENCE, now).await.unwrap();
        let issue = now.unwrap().issues[0].clone();
        assert_eq!(issue.id, "pod_crash_loop:agents/coder-abc-1");

        server.tell("/api/v1/pods", "DELETED", &pod(3, 7, None));
        let now = told.wait_for(|now| now.issues.is_empty());
        tokio::time::timeout(PATIENCE, now).await.unwrap().unwrap();
    };
    tokio::select! {
        error = watch(client(&server), None, &config, &hub) => panic!("{error}"),
        () = hub.clone().keep_publishing() => {}
        () = check => {}
    }
}

#[tokio::test]
async fn a_cluster_that_forbids_its_pods_is_absent_with_the_reason() {
    let server = Server::start().await;
    server.refuse("/api/v1/pods");
    let (hub, mut config) = (hub(), config());
    config.timeout_ms = Duration::from_millis(500);
    let error = watch(client(&server), None, &config, &hub).await;
    hub.fail(SourceName::Kubernetes, &error);
    hub.publish();
    let source = hub.now().sources()[0].clone();
    assert_eq!(source.status, SourceStatus::Absent);
    let reason = source.reason.unwrap();
    assert!(reason.contains("pods is forbidden"), "{reason}");
}

#[tokio::test]
async fn a_watch_whose_version_is_too_old_begins_anew_with_a_list() {
    let server = Server::start().await;
    server.hold("/apis/apps/v1/deployments", vec![deployment()]);
    server.hold("/api/v1/pods", vec![pod(1, 0, None)]);
    let (hub, config) = (hub(), config());
    let mut told = hub.watch();
    let pods = |now: &SystemSnapshot| -> usize {
        let workload = now.state.workload.iter();
        workload.map(|workload| workload.pods.len()).sum()
    };
    let check = async {
        let now = told.wait_for(|now| pods(now) == 1);
        tokio::time::timeout(PATIENCE, now).await.unwrap().unwrap();
        server.hold("/api/v1/pods", Vec::new());
        let gone = json!({"kind": "Status", "status": "Failure", "reason": "Expired",
                          "code": 410, "message": "too old resource version"});
        server.tell("/api/v1/pods", "ERROR", &gone);
        let now = told.wait_for(|now| !now.state.workload.is_empty() && pods(now) == 0);
        let now = tokio::time::timeout(PATIENCE, now).await.unwrap();
        assert_eq!(now.unwrap().sources()[0].status, SourceStatus::Fresh);
    };
    tokio::select! {
        error = watch(client(&server), None, &config, &hub) => panic!("{error}"),
        () = hub.clone().keep_publishing() => {}
        () = check => {}
    }
}

#[tokio::test]
async fn pods_stand_under_their_deployment_where_replica_sets_are_forbidden() {
    let server = Server::start().await;
    server.hold("/apis/apps/v1/deployments", vec![deployment()]);
    server.refuse("/apis/apps/v1/replicasets");
    let mut pod = pod(1, 0, None);
    pod["metadata"]["labels"]["pod-template-hash"] = json!("abc");
    server.hold("/api/v1/pods", vec![pod]);
    let (hub, config) = (hub(), config());
    let mut told = hub.watch();
    let check = async {
        let now = told.wait_for(|now| {
            let reason = now.sources()[0].reason.as_deref().unwrap_or_default();
            reason.starts_with("replicasets: ")
        });
        let now = tokio::time::timeout(PATIENCE, now).await.unwrap();
        let workload = now.unwrap().state.workload.clone();
        let [coder] = &workload[..] else {
            panic!("{workload:?}");
        };
        assert_eq!(coder.deployment_name, "coder");
        assert_eq!(coder.pods[0].pod_id, "coder-abc-1");
    };
    tokio::select! {
        error = watch(client(&server), None, &config, &hub) => panic!("{error}"),
        () = hub.clone().keep_publishing() => {}
        () = check => {}
    }
}

/// Objects as clusters really wrote them, where the recorded ones are at hand.
#[tokio::test]
async fn recorded_objects_of_real_clusters_are_read() {
    let Some(folder) = recorded() else {
        println!("skipped: no folder with recorded objects; name one in TELEMETRON_K8S_OBJECTS");
        return;
    };
    let read = |name: &str| -> Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join(name)).unwrap()).unwrap()
    };
    let server = Server::start().await;
    let pods = [
        "render__po.json",
        "render__po_init.json",
        "render__po_sidecar.json",
    ];
    server.hold("/api/v1/pods", pods.map(read).to_vec());
    server.hold("/apis/apps/v1/statefulsets", vec![read("render__sts.json")]);
    server.hold("/apis/apps/v1/replicasets", vec![read("render__rs.json")]);
    let (hub, config) = (hub(), config());
    let mut told = hub.watch();
    let check = async {
        let now = told.wait_for(|now| !now.state.workload.is_empty());
        let now = tokio::time::timeout(PATIENCE, now).await.unwrap();
        let state = now.unwrap().state.clone();
        let pods = state.workload.iter().map(|workload| workload.pods.len());
        assert!(pods.sum::<usize>() >= 2, "{:?}", state.workload);
        let strict = serde_json::to_value(state.strict()).unwrap();
        assert_eq!(crate::schema::complaints(&strict).unwrap(), []);
    };
    tokio::select! {
        error = watch(client(&server), None, &config, &hub) => panic!("{error}"),
        () = hub.clone().keep_publishing() => {}
        () = check => {}
    }
}

fn recorded() -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("TELEMETRON_K8S_OBJECTS")?);
    folder.is_dir().then_some(folder)
}
