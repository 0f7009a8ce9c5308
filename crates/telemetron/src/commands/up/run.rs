//! The life of `telemetron up`: start, say so, run, stop, and note how it ended.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use anyhow::bail;
use telemetron_local::{DataDir, Endpoints, LastRun, RunLog};
use telemetron_model::{Rfc3339, Timestamp};
use telemetron_runtime::Services;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::children::{self, keep};
use super::ready::{Announcement, announce};
use super::roles::Kept;
use super::signals::Signals;
use super::start::{Ports, Started, start};
use super::steps::Steps;
use crate::args::dashboard;
use crate::commands::role;
use crate::output;
use crate::platform::Platform;
use telemetron_demo::team::{self, Course};

/// All roles, each of which has `role::GRACE`, and a moment.
const ROLES_GRACE: Duration = role::GRACE.saturating_add(Duration::from_secs(2));

/// The roles, then the children, each with their own grace, and a moment.
const GRACE: Duration = ROLES_GRACE
    .saturating_add(children::GRACE)
    .saturating_add(Duration::from_secs(10));

/// How often the note of this run is touched, so that the next start knows how long it lived.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What `--demo` shows.
const COURSE: Course = Course {
    faults: true,
    per_minute: Some(6),
};

/// Runs the platform until a signal comes.
pub(crate) async fn run(mut options: Options, platform: &Platform) -> anyhow::Result<()> {
    let dashboard = options.api.dashboard_dir.take();
    options.api.dashboard_dir = dashboard.or_else(dashboard::beside_the_binary);
    let mut signals = Signals::listen()?;
    let data = platform.claim().await?;
    let mut log = begin(&data)?;
    let verdict = live(Arc::new(options), &data, &mut log, &mut signals).await;
    let error = verdict.as_ref().err().map(output::sentence);
    log.ended(error.as_deref())?;
    Endpoints::remove(&data)?;
    verdict
}

/// Notes that this run begins; tells how the last one ended, unless somebody had stopped it.
fn begin(data: &DataDir) -> anyhow::Result<RunLog> {
    let (log, last) = RunLog::begin(data, Rfc3339(Timestamp::now()).0.to_string())?;
    if let Some(last) = last.filter(|last| !last.in_order) {
        tracing::warn!("{}", told(&last));
    }
    Ok(log)
}

fn told(last: &LastRun) -> String {
    let LastRun { began_at, how, .. } = last;
    let alive = last.last_alive.and_then(instant).map_or_else(
        || "at an unknown time".to_owned(),
        |alive| format!("at {alive}"),
    );
    format!("the last run, begun at {began_at}, {how}; it was last alive {alive}")
}

fn instant(time: SystemTime) -> Option<String> {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    let nanos = i64::try_from(since.as_nanos()).ok()?;
    Some(Rfc3339(Timestamp::from_nanos(nanos)).0.to_string())
}

async fn live(
    options: Arc<Options>,
    data: &DataDir,
    log: &mut RunLog,
    signals: &mut Signals,
) -> anyhow::Result<()> {
    Endpoints::remove(data)?;
    let ports = listen(&options).await?;
    let steps = Steps::begin(options.json);
    let started = tokio::select! {
        started = start(&options, data, ports, &steps) => started?,
        _ = signals.next() => bail!("stopped before it was ready"),
    };
    tell(&options, data, &steps, &started)?;
    log.ready()?;
    tokio::select! {
        verdict = until_stopped(serve(started, options.demo), signals) => verdict,
        () = heartbeat(log) => Ok(()),
    }
}

async fn listen(options: &Options) -> anyhow::Result<Ports> {
    let api = role::listen(options.api.host, options.api.port, "--port").await?;
    let otlp = options.gateway.listen().await?;
    Ok(Ports {
        api: api.into_std()?,
        otlp_grpc: otlp.grpc.into_std()?,
        otlp_http: otlp.http.into_std()?,
    })
}

/// Touches the note for as long as the process is alive; never ends.
async fn heartbeat(log: &RunLog) {
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Err(error) = log.alive() {
            tracing::warn!(%error, "the note of this run cannot be kept");
        }
    }
}

/// Says that everything is there, and where.
fn tell(options: &Options, data: &DataDir, steps: &Steps, started: &Started) -> anyhow::Result<()> {
    let endpoints = &started.endpoints;
    if options.json {
        let announcement = Announcement::new(endpoints, data, steps);
        Ok(output::line(serde_json::to_string(&announcement)?)?)
    } else {
        Ok(announce(endpoints, data, steps, options)?)
    }
}

/// Roles and children as services. Children outlive the roles, which use them to the last.
fn serve(started: Started, demo: bool) -> Services {
    let mut services = Services::new();
    let roles_ended = CancellationToken::new();
    let restarts = &started.restarts;
    if let Some((kafka, options)) = started.kafka {
        let kept = keep(kafka, options, restarts.of("kafka"), roles_ended.clone());
        services.add("kafka", kept);
    }
    if let Some((postgres, options)) = started.postgres {
        let kept = keep(
            postgres,
            options,
            restarts.of("postgres"),
            roles_ended.clone(),
        );
        services.add("postgres", kept);
    }
    let mut roles = roles(started.roles);
    if demo {
        let stop = roles.shutdown();
        roles.add("demo", team::beside(started.config, COURSE, stop));
    }
    let shutdown = services.shutdown();
    services.add("roles", run_roles(roles, shutdown, roles_ended));
    services
}

fn roles(kept: Vec<Kept>) -> Services {
    let mut roles = Services::new();
    for role in kept {
        let stop = roles.shutdown();
        roles.add(role.name(), role.keep(stop));
    }
    roles
}

/// Runs the roles until `shutdown` is cancelled; says when they have ended.
async fn run_roles(
    mut roles: Services,
    shutdown: CancellationToken,
    ended: CancellationToken,
) -> Result<(), telemetron_runtime::Error> {
    let _told_when_dropped = ended.drop_guard();
    roles.add("signal", async move {
        shutdown.cancelled().await;
        Ok::<(), telemetron_runtime::Error>(())
    });
    roles.run(ROLES_GRACE).await
}

/// Runs the services; the first signal stops them in order, the second at once.
async fn until_stopped(services: Services, signals: &mut Signals) -> anyhow::Result<()> {
    let shutdown = services.shutdown();
    let second = async {
        signals.next().await;
        tracing::info!("stopping; a second signal stops everything at once");
        shutdown.cancel();
        signals.next().await;
    };
    tokio::select! {
        verdict = services.run(GRACE) => Ok(verdict?),
        () = second => bail!("stopped at once; the next start cleans up"),
    }
}
