//! Accounts that may not see everything.

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::authentication::v1::TokenRequest;
use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, Role, RoleBinding};
use kube::Api;
use kube::api::{Patch, PatchParams, PostParams};
use serde_json::{Value, json};
use telemetron_view::oracle::{SourceState, SourceStatus};

use super::cluster::Cluster;
use super::workload::deployment;
use super::{Watched, workload};

const HOME: &str = "rights";

/// The rights without which nothing can be told.
fn least() -> Value {
    let verbs = json!(["get", "list", "watch"]);
    json!([
        {"apiGroups": [""], "resources": ["pods"], "verbs": verbs},
        {"apiGroups": ["apps"], "resources": ["deployments"], "verbs": verbs},
    ])
}

/// All that the collector asks for.
fn all() -> Value {
    let verbs = json!(["get", "list", "watch"]);
    let mut rights = least();
    rights[1]["resources"] = json!(["deployments", "statefulsets", "replicasets"]);
    let scalers = json!({"apiGroups": ["autoscaling"], "verbs": verbs,
                         "resources": ["horizontalpodautoscalers"]});
    rights.as_array_mut().unwrap().push(scalers);
    rights
}

/// Makes an account and a token for it.
async fn account(cluster: &Cluster, name: &str) -> String {
    let object = json!({"metadata": {"name": name}});
    cluster.create::<ServiceAccount>(HOME, object).await;
    let api = cluster.api::<ServiceAccount>(HOME);
    let asked: TokenRequest = serde_json::from_value(json!({"spec": {"audiences": []}})).unwrap();
    let made = api
        .create_token_request(name, &PostParams::default(), &asked)
        .await;
    made.unwrap().status.unwrap().token
}

fn binding(kind: &str, name: &str) -> Value {
    json!({
        "metadata": {"name": name},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "namespace": HOME, "name": name}],
    })
}

pub(super) async fn an_account_without_rights_is_told_which_one_it_lacks(cluster: &Cluster) {
    cluster.namespace(HOME).await;
    let nobody = Watched {
        token: Some(account(cluster, "nobody").await),
        namespace: None,
    };
    let absent = |source: &SourceState| source.status == SourceStatus::Absent;
    let why = nobody
        .during(cluster, async |seen| seen.source("a refusal", absent).await)
        .await;
    assert!(why.contains(r#"cannot list resource "pods""#), "{why}");
    assert!(
        why.contains(r#"cannot list resource "deployments""#),
        "{why}"
    );
    assert!(why.contains("ORACLE_NAMESPACE"), "{why}");
    let stranger = Watched {
        token: Some("unknown".to_owned()),
        namespace: None,
    };
    let why = stranger
        .during(cluster, async |seen| seen.source("a refusal", absent).await)
        .await;
    assert!(why.contains("401 Unauthorized"), "{why}");
}

pub(super) async fn what_may_not_be_seen_is_named_and_the_rest_is_told(cluster: &Cluster) {
    let token = account(cluster, "some").await;
    let role = json!({"metadata": {"name": "some"}, "rules": least()});
    let roles: Api<ClusterRole> = Api::all(cluster.client.clone());
    let role = serde_json::from_value(role).unwrap();
    roles.create(&PostParams::default(), &role).await.unwrap();
    let bindings: Api<ClusterRoleBinding> = Api::all(cluster.client.clone());
    let bound = serde_json::from_value(binding("ClusterRole", "some")).unwrap();
    bindings
        .create(&PostParams::default(), &bound)
        .await
        .unwrap();
    let made = deployment("reader", 1, 600);
    cluster.create::<Deployment>(HOME, made).await;
    let some = Watched {
        token: Some(token),
        namespace: None,
    };
    let step = async |seen: super::Seen| {
        let partly = |source: &SourceState| {
            let why = source.reason.as_deref().unwrap_or_default();
            let others = ["statefulsets", "replicasets", "horizontalpodautoscalers"];
            source.status == SourceStatus::Fresh && others.iter().all(|what| why.contains(what))
        };
        seen.source("what is lacking", partly).await;
        let held = |now: &crate::system_snapshot::SystemSnapshot| {
            workload(now, "reader").is_some_and(|reader| reader.pods.len() == 1)
        };
        seen.until("the pod of its deployment", held).await;
        let patch = Patch::Merge(json!({"rules": all()}));
        let patched = roles.patch("some", &PatchParams::default(), &patch).await;
        patched.unwrap();
        let whole =
            |source: &SourceState| source.status == SourceStatus::Fresh && source.reason.is_none();
        seen.source("nothing that is lacking", whole).await;
    };
    some.during(cluster, step).await;
}

pub(super) async fn one_namespace_is_enough_for_who_may_see_no_more(cluster: &Cluster) {
    let token = account(cluster, "one").await;
    let role = json!({"metadata": {"name": "one"}, "rules": all()});
    cluster.create::<Role>(HOME, role).await;
    cluster
        .create::<RoleBinding>(HOME, binding("Role", "one"))
        .await;
    let one = Watched {
        token: Some(token),
        namespace: Some(HOME),
    };
    let step = async |seen: super::Seen| {
        assert_eq!(seen.is_fresh().await, "");
        let held = |now: &crate::system_snapshot::SystemSnapshot| workload(now, "reader").is_some();
        seen.until("a deployment of the namespace", held).await;
        cluster.delete::<Deployment>(HOME, "reader").await;
        seen.until("its end", |now| now.state.workload.is_empty())
            .await;
    };
    one.during(cluster, step).await;
}
