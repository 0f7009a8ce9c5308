//! Kubernetes: watched, not polled. What the watches hold is looked at each second.

mod metrics;
mod network;
mod objects;
mod owners;
mod pods;
mod watches;
mod words;

pub(crate) use objects::cluster;

use std::convert::Infallible;
use std::time::Duration;

use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use telemetron_view::oracle::SourceName;
use tokio::sync::watch as channel;
use tokio::time::{Instant, sleep, timeout};

use self::metrics::PodUse;
use self::network::Network;
use self::watches::Watches;
use crate::Error;
use crate::OracleConfig;
use crate::config::Switch;
use crate::hub::StateHub;
use crate::observation::Observation;

/// How often what the watches hold is looked at.
const EVERY: Duration = Duration::from_secs(1);

/// How often the metrics API is asked.
const METRICS_EVERY: Duration = Duration::from_secs(15);

/// How often it is asked whether the cluster is there at all: a watch does not notice that it hangs.
const PULSE_EVERY: Duration = Duration::from_secs(5);

/// How long to wait before a cluster that is not there is looked for again.
const AGAIN: Duration = Duration::from_secs(5);

/// Keeps the hub up to date with a cluster, until dropped.
pub(crate) async fn keep_watching(config: OracleConfig, hub: StateHub) {
    if config.kubernetes == Switch::Off {
        let why = "it is switched off; ORACLE_KUBERNETES=auto asks it".to_owned();
        hub.fail(SourceName::Kubernetes, &Error::Off(why));
        return std::future::pending().await;
    }
    match again_and_again(None, &config, &hub).await {}
}

/// Watches the cluster that is given, else the one that is found; looks for it again when it goes.
async fn again_and_again(
    given: Option<Config>,
    config: &OracleConfig,
    hub: &StateHub,
) -> Infallible {
    loop {
        let ended = match connect(given.clone(), config.timeout_ms).await {
            Ok(client) => watch(client, cluster_name(), config, hub).await,
            Err(error) => error,
        };
        hub.fail(SourceName::Kubernetes, &ended);
        sleep(AGAIN).await;
    }
}

/// Connects to a cluster: the one we run in, or that of the kubeconfig, when none is given.
async fn connect(given: Option<Config>, limit: Duration) -> Result<Client, Error> {
    let found = match given {
        Some(given) => given,
        None => ours().await?,
    };
    let client = Client::try_from(found).map_err(|error| Error::Absent(words::of(&error)))?;
    is_there(&client, limit).await?;
    Ok(client)
}

/// The cluster of the kubeconfig, else the one we run in.
async fn ours() -> Result<Config, Error> {
    match Config::from_kubeconfig(&KubeConfigOptions::default()).await {
        Ok(config) => Ok(config),
        Err(error) => Config::incluster().map_err(|_not_in_one| words::of_config(&error)),
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

/// Watches a cluster until it does not answer any more; gives the reason.
///
/// Its watches are dropped then, since connections that died in silence would stay silent.
pub(crate) async fn watch(
    client: Client,
    name: Option<String>,
    config: &OracleConfig,
    hub: &StateHub,
) -> Error {
    let (watches, mut tasks) = Watches::start(&client, config.namespace.as_deref());
    if let Err(error) = watches.ready(config.timeout_ms).await {
        return error;
    }
    let (measured, used) = channel::channel(PodUse::default());
    tokio::select! {
        never = keep_measuring(&client, &watches, config, measured) => match never {},
        never = keep_looking(&watches, name, config, hub, used) => match never {},
        error = pulse(&client, config.timeout_ms) => error,
        _ended = tasks.join_next() => Error::Absent("a watch has ended".to_owned()),
    }
}

/// Tells the hub what the watches hold.
async fn keep_looking(
    watches: &Watches,
    name: Option<String>,
    config: &OracleConfig,
    hub: &StateHub,
    mut used: channel::Receiver<PodUse>,
) -> Infallible {
    // The first look waits a moment for the measures, so that pods do not begin without them.
    let _first = timeout(EVERY, used.changed()).await;
    loop {
        let began = Instant::now();
        match watches.trouble() {
            Some(trouble) => hub.fail(SourceName::Kubernetes, &Error::Absent(trouble)),
            None => {
                let used = used.borrow().clone();
                let label = &config.agent_label;
                let mut cluster = cluster(&watches.objects(), &used, name.clone(), label);
                cluster.lacks =
                    watches::joined(watches.lacks().into_iter().chain(used.network.lacks));
                hub.observe(Observation::Kubernetes(cluster), began.elapsed());
            }
        }
        sleep(EVERY).await;
    }
}

/// Asks the metrics API and the kubelets again and again; nobody waits for them.
async fn keep_measuring(
    client: &Client,
    watches: &Watches,
    config: &OracleConfig,
    measured: channel::Sender<PodUse>,
) -> Infallible {
    let mut meter = network::Meter::default();
    loop {
        let nodes = watches.nodes();
        let asked = metrics::ask(client, config.namespace.as_deref());
        let limit = config.timeout_ms;
        let (used, network) = tokio::join!(
            timeout(limit, asked),
            timeout(limit, meter.ask(client, &nodes))
        );
        measured.send_replace(PodUse {
            measured: used.ok().flatten(),
            network: network.unwrap_or_else(|_elapsed| Network::silent(limit)),
        });
        sleep(METRICS_EVERY).await;
    }
}

/// Waits until the cluster does not answer any more; gives the reason.
async fn pulse(client: &Client, limit: Duration) -> Error {
    loop {
        sleep(PULSE_EVERY).await;
        if let Err(error) = is_there(client, limit).await {
            return error;
        }
    }
}

/// Asks for what everybody may know; a refusal is an answer too.
async fn is_there(client: &Client, limit: Duration) -> Result<(), Error> {
    match timeout(limit, client.apiserver_version()).await {
        Ok(Ok(_) | Err(kube::Error::Api(_))) => Ok(()),
        Ok(Err(error)) => Err(Error::Absent(words::of(&error))),
        Err(_elapsed) => {
            let limit = limit.as_millis();
            let why = format!("the cluster does not answer within {limit} ms");
            Err(Error::Absent(why))
        }
    }
}

#[cfg(test)]
mod tests;
