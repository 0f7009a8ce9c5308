//! A real API server, run by scripts/kubernetes.sh from programs that are built already.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;

use k8s_openapi::{
    Metadata, NamespaceResourceScope, apimachinery::pkg::apis::meta::v1::ObjectMeta,
};
use kube::api::{DeleteParams, Patch, PatchParams, PostParams};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Api, Client, Config, Resource};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// The cluster; dropping it ends it.
pub(super) struct Cluster {
    folder: PathBuf,
    port: u16,
    pub(super) client: Client,
}

/// What the cluster and its objects have to be.
pub(super) trait Object:
    Resource<DynamicType = (), Scope = NamespaceResourceScope>
    + Metadata<Ty = ObjectMeta>
    + Clone
    + std::fmt::Debug
    + Serialize
    + DeserializeOwned
{
}

impl<K> Object for K where
    K: Resource<DynamicType = (), Scope = NamespaceResourceScope>
        + Metadata<Ty = ObjectMeta>
        + Clone
        + std::fmt::Debug
        + Serialize
        + DeserializeOwned
{
}

impl Cluster {
    /// Starts one, if the programs are at hand.
    pub(super) async fn start() -> Option<Self> {
        std::env::var_os("TELEMETRON_KUBE_APISERVER")?;
        let port = four_free_ports();
        let folder = std::env::temp_dir().join(format!("telemetron-kubernetes-{port}"));
        script("start", &folder, port);
        let config = config(&folder, None).await;
        let client = Client::try_from(config).unwrap();
        Some(Self {
            folder,
            port,
            client,
        })
    }

    /// How to connect to it: as who may do everything, or with a token of somebody else.
    pub(super) async fn config(&self, token: Option<String>) -> Config {
        config(&self.folder, token).await
    }

    /// Kills a program as if its machine had gone.
    pub(super) fn kill(&self, program: &str) {
        let pid = std::fs::read_to_string(self.folder.join(format!("{program}.pid"))).unwrap();
        run(Command::new("kill").args(["-9", pid.trim()]));
    }

    /// Stops a program without ending it, or lets it go on.
    pub(super) fn signal(&self, program: &str, signal: &str) {
        let pid = std::fs::read_to_string(self.folder.join(format!("{program}.pid"))).unwrap();
        run(Command::new("kill").args([signal, pid.trim()]));
    }

    /// Starts what does not run.
    pub(super) fn start_again(&self) {
        script("start", &self.folder, self.port);
    }

    /// Makes etcd forget every version but the last, so that no watch can go on from an older one.
    pub(super) fn compact(&self) {
        let etcd = format!("http://127.0.0.1:{}", self.port + 1);
        let status = post(&format!("{etcd}/v3/maintenance/status"), &json!({}));
        let revision = status.pointer("/header/revision").unwrap().clone();
        post(
            &format!("{etcd}/v3/kv/compaction"),
            &json!({"revision": revision, "physical": true}),
        );
    }

    /// Makes a namespace for a step of the test.
    pub(super) async fn namespace(&self, name: &str) {
        let api: Api<k8s_openapi::api::core::v1::Namespace> = Api::all(self.client.clone());
        let object = serde_json::from_value(json!({"metadata": {"name": name}})).unwrap();
        api.create(&PostParams::default(), &object).await.unwrap();
    }

    pub(super) fn api<K: Object>(&self, namespace: &str) -> Api<K> {
        Api::namespaced(self.client.clone(), namespace)
    }

    pub(super) async fn create<K: Object>(&self, namespace: &str, object: Value) -> K {
        let object = serde_json::from_value(object).unwrap();
        let api = self.api::<K>(namespace);
        api.create(&PostParams::default(), &object).await.unwrap()
    }

    /// Says how an object is, as a node would.
    pub(super) async fn report<K: Object>(&self, namespace: &str, name: &str, status: Value) {
        let patch = Patch::Merge(json!({"status": status}));
        let api = self.api::<K>(namespace);
        let reported = api
            .patch_status(name, &PatchParams::default(), &patch)
            .await;
        reported.unwrap();
    }

    /// Deletes at once, without waiting for a node to let go.
    pub(super) async fn delete<K: Object>(&self, namespace: &str, name: &str) {
        let now = DeleteParams::default().grace_period(0);
        self.api::<K>(namespace).delete(name, &now).await.unwrap();
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        script("stop", &self.folder, self.port);
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

async fn config(folder: &Path, token: Option<String>) -> Config {
    let mut kubeconfig = Kubeconfig::read_from(folder.join("kubeconfig")).unwrap();
    if let (Some(token), Some(user)) = (token, &mut kubeconfig.auth_infos[0].auth_info) {
        user.token = Some(token.into());
    }
    let options = KubeConfigOptions::default();
    let config = Config::from_custom_kubeconfig(kubeconfig, &options);
    config.await.unwrap()
}

fn script(what: &str, folder: &Path, port: u16) {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../scripts/kubernetes.sh");
    run(Command::new(script)
        .arg(what)
        .arg(folder)
        .env("KUBERNETES_PORT", port.to_string()));
}

fn post(url: &str, body: &Value) -> Value {
    let answer = Command::new("curl")
        .args(["-sf", "-d", &body.to_string(), url])
        .output()
        .unwrap();
    assert!(answer.status.success(), "{url} refuses {body}");
    serde_json::from_slice(&answer.stdout).unwrap()
}

fn run(command: &mut Command) {
    let status = command.status().unwrap();
    assert!(status.success(), "{command:?}: {status}");
}

/// Four ports in a row that nobody listens on.
fn four_free_ports() -> u16 {
    let all_free = |first: &u16| {
        let bound = (0..4).map(|more| TcpListener::bind(("127.0.0.1", first + more)));
        bound.collect::<Result<Vec<_>, _>>().is_ok()
    };
    (20_000..32_000).step_by(4).find(all_free).unwrap()
}
