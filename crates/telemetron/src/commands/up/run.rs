//! The life of `telemetron up`: start, say so, run, stop.

use std::time::Duration;

use anyhow::bail;
use telemetron_local::{DataDir, Endpoints};
use telemetron_runtime::Services;
use tokio_util::sync::CancellationToken;

use super::Options;
use super::children::{self, keep};
use super::ready::{Announcement, announce, endpoints};
use super::signals::Signals;
use super::start::{Ports, Started, start};
use super::steps::Steps;
use crate::args::dashboard;
use crate::commands::role;
use crate::demo::{self, Course};
use crate::output;
use crate::platform::Platform;

/// The roles, then the children, each with their own grace, and a moment.
const GRACE: Duration = role::GRACE
    .saturating_add(children::GRACE)
    .saturating_add(Duration::from_secs(10));

/// What `--demo` shows.
const COURSE: Course = Course {
    faults: true,
    per_minute: Some(6),
};

/// Runs the platform until a signal comes or a role ends.
pub(crate) async fn run(mut options: Options, platform: &Platform) -> anyhow::Result<()> {
    if options.check_config {
        return Ok(output::line(options.settings(platform))?);
    }
    let dashboard = options.api.dashboard_dir.take();
    options.api.dashboard_dir = dashboard.or_else(dashboard::beside_the_binary);
    let mut signals = Signals::listen()?;
    let data = platform.claim()?;
    Endpoints::remove(&data)?;
    let ports = Ports {
        api: role::listen(options.api.host, options.api.port, "--port").await?,
        otlp: options.gateway.listen().await?,
    };
    let steps = Steps::begin(options.json);
    let started = tokio::select! {
        started = start(&options, &data, ports, &steps) => started?,
        () = signals.next() => bail!("stopped before it was ready"),
    };
    let noted = tell(&options, &data, &steps, &started);
    let verdict = match noted {
        Ok(()) => until_stopped(serve(started, options.demo), &mut signals).await,
        Err(error) => Err(error),
    };
    Endpoints::remove(&data)?;
    verdict
}

/// Notes the addresses for the other commands, and tells them.
fn tell(options: &Options, data: &DataDir, steps: &Steps, started: &Started) -> anyhow::Result<()> {
    let endpoints = endpoints(started);
    endpoints.write(data)?;
    if options.json {
        let announcement = Announcement::new(&endpoints, data, steps);
        Ok(output::line(serde_json::to_string(&announcement)?)?)
    } else {
        Ok(announce(&endpoints, data, steps, options)?)
    }
}

/// Roles and children as services. Children outlive the roles, which use them to the last.
fn serve(started: Started, demo: bool) -> Services {
    let mut services = Services::new();
    let roles_ended = CancellationToken::new();
    if let Some((kafka, options)) = started.kafka {
        services.add("kafka", keep(kafka, options, roles_ended.clone()));
    }
    if let Some((postgres, options)) = started.postgres {
        services.add("postgres", keep(postgres, options, roles_ended.clone()));
    }
    let mut roles = started.roles.services;
    if demo {
        let stop = roles.shutdown();
        roles.add("demo", demo::beside(started.config, COURSE, stop));
    }
    let shutdown = services.shutdown();
    services.add("roles", run_roles(roles, shutdown, roles_ended));
    services
}

/// Runs the roles until they end or `shutdown` is cancelled; says when they have ended.
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
    roles.run(role::GRACE).await
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
