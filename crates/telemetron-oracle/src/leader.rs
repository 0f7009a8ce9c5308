//! The leader: collects, publishes what it knows, and writes what changed into the memory, in whichever
//! process holds the right to.
//!
//! Every process tries for the right. The others ask no source: they show what the leader published
//! last, so that all answer alike and ten processes cost the cluster no more than one.

use std::pin::pin;
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_store::memory::{self, Candidacy, Candidate, Snapshot, SnapshotWriter};
use telemetron_store::{PgPool, StoreError};
use telemetron_view::oracle::{Issue, diff};
use tokio::sync::watch;
use tokio::time::{Instant, MissedTickBehavior, interval, timeout};

use crate::OracleConfig;
use crate::hub::StateHub;
use crate::lifecycle::changes;
use crate::system_snapshot::SystemSnapshot;

/// How often it is looked for changes.
const EVERY: Duration = Duration::from_secs(1);

/// How often gauges alone are worth a snapshot.
const GAUGES_EVERY: Duration = Duration::from_secs(60);

/// How often old memories are dropped.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

const DAY: Duration = Duration::from_hours(24);

/// How long what another process published stands. One that has published nothing for longer hangs,
/// and whoever waits for it collects too, until it is back.
const STANDS: Duration = Duration::from_secs(5);

/// What this process has to do with the memory.
#[derive(Default)]
enum Role {
    /// Nothing yet, or the database was away.
    #[default]
    None,
    /// Another process has the right to write.
    Waiting(Candidate),
    /// It writes.
    Writing(Box<Leadership>),
}

/// What the memory holds, as this process knows it.
struct Leadership {
    writer: SnapshotWriter,
    last: Option<Snapshot>,
    issues: Vec<Issue>,
    wrote: Option<Instant>,
    forgot: Option<Instant>,
}

/// Keeps the memory or follows the process that does, until dropped.
///
/// `collects` is true while this process has to ask the sources: when it writes, when nobody else
/// publishes, and when the database cannot say whether somebody does.
pub(crate) async fn keep(
    pool: PgPool,
    hub: StateHub,
    config: OracleConfig,
    collects: watch::Sender<bool>,
) {
    let mut turns = interval(EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut role = Role::None;
    let mut followed: Option<Instant> = None;
    loop {
        turns.tick().await;
        let mut turn = pin!(turn(&pool, &hub, &config, role));
        // A database that hangs keeps nobody from collecting.
        let ended = loop {
            match timeout(EVERY, &mut turn).await {
                Ok(ended) => break ended,
                Err(_elapsed) => decide(&collects, followed),
            }
        };
        role = match ended {
            Ok((role, follows)) => {
                followed = follows.then(Instant::now);
                role
            }
            Err(error) => {
                // The right may be lost with the connection: it is tried for again.
                tracing::warn!(%error, "the Oracle cannot reach its memory now");
                Role::None
            }
        };
        decide(&collects, followed);
    }
}

/// Collects unless another process did a moment ago.
fn decide(collects: &watch::Sender<bool>, followed: Option<Instant>) {
    let wanted = followed.is_none_or(|at| at.elapsed() >= STANDS);
    collects.send_if_modified(|collects| std::mem::replace(collects, wanted) != wanted);
}

/// One turn; whether another process collects.
async fn turn(
    pool: &PgPool,
    hub: &StateHub,
    config: &OracleConfig,
    role: Role,
) -> Result<(Role, bool), StoreError> {
    let mut role = match role {
        Role::Writing(held) => Role::Writing(held),
        other => begin(pool, hub, other).await?,
    };
    let now = hub.now();
    let follows = match &mut role {
        Role::Writing(held) => {
            held.writer.publish(&now.snapshot(), now.warm).await?;
            if now.warm {
                held.write(&now, config).await?;
                held.forget(config).await?;
            }
            false
        }
        Role::None | Role::Waiting(_) => follow(pool, hub).await?,
    };
    Ok((role, follows))
}

/// Takes the right to write if nobody has it, and learns what is open then.
async fn begin(pool: &PgPool, hub: &StateHub, role: Role) -> Result<Role, StoreError> {
    let candidate = match role {
        Role::Waiting(candidate) => candidate,
        Role::None | Role::Writing(_) => Candidate::connect(pool).await?,
    };
    let writer = match candidate.stand().await? {
        Candidacy::Waiting(candidate) => return Ok(Role::Waiting(candidate)),
        Candidacy::Elected(writer) => writer,
    };
    let issues = memory::open_issues(pool).await?;
    hub.recall(issues.clone());
    let last = last(pool).await?;
    // What is open was noticed last when the snapshot was taken, not when it opened.
    hub.recall(last.iter().flat_map(|last| last.issues.clone()).collect());
    tracing::info!("this process collects for the Oracle");
    Ok(Role::Writing(Box::new(Leadership {
        last,
        writer,
        issues,
        wrote: None,
        forgot: None,
    })))
}

/// Shows what the process that writes knows; whether it still publishes.
async fn follow(pool: &PgPool, hub: &StateHub) -> Result<bool, StoreError> {
    let current = memory::current(pool, hub.adopted_at()).await?;
    let Some(current) = current.filter(|current| current.age < STANDS) else {
        // Until it is back, this process collects: it knows since when issues are open.
        hub.recall(memory::open_issues(pool).await?);
        return Ok(false);
    };
    if let Some(frame) = current.frame {
        hub.adopt(SystemSnapshot::of(frame.open()?, current.warm));
    }
    Ok(true)
}

/// What was written last; a snapshot that cannot be read is as good as none.
async fn last(pool: &PgPool) -> Result<Option<Snapshot>, StoreError> {
    let frame = memory::at(pool, Timestamp::now()).await?;
    let opened = frame.map(|frame| frame.open()).transpose();
    Ok(opened.unwrap_or_else(|error| {
        tracing::warn!(%error, "the last snapshot of the Oracle cannot be read");
        None
    }))
}

impl Leadership {
    async fn write(
        &mut self,
        now: &SystemSnapshot,
        config: &OracleConfig,
    ) -> Result<(), StoreError> {
        let changed = changes(&self.issues, &now.issues, now.sources(), now.at);
        if changed.is_empty() && !self.is_due(now, config) {
            return Ok(());
        }
        let snapshot = now.snapshot();
        self.writer.keep(&snapshot, &changed).await?;
        self.last = Some(snapshot);
        self.issues.clone_from(&now.issues);
        self.wrote = Some(Instant::now());
        Ok(())
    }

    /// Whether the state has changed, and the last snapshot is not too fresh.
    fn is_due(&self, now: &SystemSnapshot, config: &OracleConfig) -> bool {
        let Some(last) = &self.last else {
            return true;
        };
        let waited = |wait: Duration| self.wrote.is_none_or(|at| at.elapsed() >= wait);
        let least = Duration::from_secs(u64::from(config.snapshot_seconds));
        if now.state.id != last.state.id {
            return waited(least);
        }
        waited(GAUGES_EVERY) && !diff(&last.state, &now.state).is_empty()
    }

    async fn forget(&mut self, config: &OracleConfig) -> Result<(), StoreError> {
        if self.forgot.is_some_and(|at| at.elapsed() < FORGET_EVERY) {
            return Ok(());
        }
        self.forgot = Some(Instant::now());
        let before = Timestamp::now() - DAY * config.history_days;
        let forgotten = self.writer.forget(before).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "old memories of the Oracle are dropped");
        }
        Ok(())
    }
}
