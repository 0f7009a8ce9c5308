//! Kubernetes: watched, not polled. What the watches hold is looked at each second.

mod metrics;
mod objects;
mod watches;

pub(crate) use objects::cluster;

use std::time::Duration;

use kube::config::Kubeconfig;
use kube::{Client, Config};
use telemetron_model::oracle::SourceName;
use tokio::time::{Instant, timeout};

use self::metrics::PodUse;
use self::watches::Watches;
use crate::Error;
use crate::OracleConfig;
use crate::board::{Board, Told};
use crate::config::Switch;

/// How often what the watches hold is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How often the metrics API is asked.
const METRICS_EVERY: Duration = Duration::from_secs(15);

/// How long to wait before a cluster that is not there is looked for again.
const AGAIN: Duration = Duration::from_secs(30);

/// Keeps the board up to date with a cluster, until dropped.
pub(crate) async fn keep_watching(config: OracleConfig, board: Board) {
    if config.kubernetes == Switch::Off {
        let why = "it is switched off; ORACLE_KUBERNETES=auto asks it".to_owned();
        board.miss(SourceName::Kubernetes, why);
        return std::future::pending().await;
    }
    loop {
        let ended = match connect(&config).await {
            Ok((client, name)) => watch(client, name, &config, &board).await,
            Err(error) => error,
        };
        board.miss(SourceName::Kubernetes, ended.to_string());
        tokio::time::sleep(AGAIN).await;
    }
}

/// Finds the cluster: the one we run in, or that of the kubeconfig.
async fn connect(config: &OracleConfig) -> Result<(Client, Option<String>), Error> {
    let found = Config::infer().await.map_err(|_no_config| {
        Error::Absent(
            "there is no cluster: we run in none, and there is no kubeconfig (KUBECONFIG)".into(),
        )
    })?;
    let client = Client::try_from(found).map_err(trouble)?;
    let asked = timeout(config.timeout_ms, client.apiserver_version()).await;
    match asked {
        Ok(Ok(_version)) => Ok((client, cluster_name())),
        Ok(Err(error)) => Err(trouble(error)),
        Err(_elapsed) => Err(Error::Absent("the cluster does not answer".to_owned())),
    }
}

/// What the kubeconfig calls the cluster.
fn cluster_name() -> Option<String> {
    let config = Kubeconfig::read().ok()?;
    let current = config.current_context?;
    let contexts = config.contexts.into_iter();
    let context = contexts
        .filter(|context| context.name == current)
        .find_map(|c| c.context)?;
    Some(context.cluster)
}

/// Watches a cluster until its watches fail for good; gives the reason.
pub(crate) async fn watch(
    client: Client,
    name: Option<String>,
    config: &OracleConfig,
    board: &Board,
) -> Error {
    let mut watches = Watches::start(&client, config.namespace.as_deref());
    if let Err(error) = watches.ready(config.timeout_ms).await {
        return error;
    }
    let mut used = (None, PodUse::default());
    loop {
        let began = Instant::now();
        if used
            .0
            .is_none_or(|at: Instant| at.elapsed() >= METRICS_EVERY)
        {
            let asked = metrics::ask(&client, config.namespace.as_deref());
            let answered = timeout(config.timeout_ms, asked).await;
            used = (Some(Instant::now()), answered.unwrap_or_default());
        }
        match watches.trouble() {
            Some(trouble) => board.miss(SourceName::Kubernetes, trouble),
            None => {
                let objects = watches.objects();
                let cluster = cluster(&objects, &used.1, name.clone(), &config.agent_label);
                board.tell(Told::Kubernetes(cluster), began.elapsed());
            }
        }
        tokio::select! {
            () = tokio::time::sleep(EVERY) => {}
            ended = watches.ended() => return ended,
        }
    }
}

fn trouble(error: kube::Error) -> Error {
    Error::Absent(format!("the cluster says no: {error}"))
}

#[cfg(test)]
mod tests;
