//! `telemetron oracle watch`: a live screen. When the API goes away it shows what was known last,
//! says so, and goes on when the API is back.

mod panes;
mod screen;
mod workload;

use std::io::{self, IsTerminal as _};
use std::time::Duration;

use anyhow::bail;
use telemetron_model::Timestamp;
use telemetron_view::oracle::{IssueReport, SystemState};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;
use tokio_util::sync::CancellationToken;

use super::ask;
use crate::client::{Client, Query};

/// What was seen last.
#[derive(Debug, Clone, Default)]
struct Look {
    /// The state, once there is one.
    state: Option<SystemState>,
    /// The issues, once they are known.
    report: Option<IssueReport>,
    /// When both were seen.
    seen_at: Option<Timestamp>,
    /// Why the last look failed.
    problem: Option<String>,
}

/// Shows the screen until it is left.
pub(super) async fn run(client: Client, interval: Duration) -> anyhow::Result<()> {
    if !io::stdout().is_terminal() {
        bail!("`watch` needs a terminal; use `telemetron oracle state --json` in scripts");
    }
    let (looks, seen) = watch::channel(Look::default());
    let stop = CancellationToken::new();
    let stopped = stop.clone();
    let mut screen = tokio::task::spawn_blocking(move || screen::show(&seen, &stopped));
    let mut asked = signal(SignalKind::terminate())?;
    tokio::select! {
        // The screen and the looks end together when it is left.
        biased;
        left = &mut screen => return Ok(left??),
        _ = asked.recv() => stop.cancel(),
        () = keep_looking(&client, interval, &looks) => {}
    }
    // The terminal is put back before the program ends.
    Ok(screen.await??)
}

/// Looks again and again, until nobody watches.
async fn keep_looking(client: &Client, interval: Duration, looks: &watch::Sender<Look>) {
    let mut ticks = tokio::time::interval(interval.max(Duration::from_millis(100)));
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !looks.is_closed() {
        ticks.tick().await;
        let found = look(client).await;
        looks.send_modify(|look| match found {
            Ok((state, report)) => {
                *look = Look {
                    state: Some(state),
                    report: Some(report),
                    seen_at: Some(Timestamp::now()),
                    problem: None,
                };
            }
            Err(error) => look.problem = Some(format!("{error:#}")),
        });
    }
}

async fn look(client: &Client) -> anyhow::Result<(SystemState, IssueReport)> {
    let now = Query::default();
    tokio::try_join!(
        ask::read(client, "state", &now),
        ask::read(client, "issues", &now)
    )
}
