//! The leader: writes what changed into the memory, in whichever process holds the right to.
//!
//! Every process tries for the right; the others only learn since when issues are open, so that
//! all answer alike.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_store::memory::{self, Candidacy, Candidate, Snapshot, SnapshotWriter};
use telemetron_store::{PgPool, StoreError};
use telemetron_view::oracle::{Issue, diff};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::OracleConfig;
use crate::hub::StateHub;
use crate::lifecycle::changes;
use crate::now::Now;

/// How often it is looked for changes.
const EVERY: Duration = Duration::from_secs(1);

/// How often gauges alone are worth a snapshot.
const GAUGES_EVERY: Duration = Duration::from_secs(60);

/// How often old memories are dropped.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// What this process has to do with the memory.
#[derive(Default)]
enum Role {
    /// Nothing yet, or the database was away.
    #[default]
    None,
    /// It waits for the right to write.
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

/// Keeps the memory, until dropped.
pub(crate) async fn keep(pool: PgPool, hub: StateHub, config: OracleConfig) {
    let mut turns = interval(EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut role = Role::None;
    loop {
        turns.tick().await;
        role = match turn(&pool, &hub, &config, role).await {
            Ok(role) => role,
            Err(error) => {
                // The right may be lost with the connection: it is tried for again.
                tracing::warn!(%error, "the Oracle cannot write its memory now");
                Role::None
            }
        };
    }
}

async fn turn(
    pool: &PgPool,
    hub: &StateHub,
    config: &OracleConfig,
    role: Role,
) -> Result<Role, StoreError> {
    let mut role = match role {
        Role::Writing(held) => Role::Writing(held),
        other => begin(pool, hub, other).await?,
    };
    let now = hub.now();
    if let Role::Writing(held) = &mut role
        && now.warm
    {
        held.write(&now, config).await?;
        held.forget(config).await?;
    }
    Ok(role)
}

/// Learns what is open, and takes the right to write if nobody has it.
async fn begin(pool: &PgPool, hub: &StateHub, role: Role) -> Result<Role, StoreError> {
    let issues = memory::open_issues(pool).await?;
    hub.recall(issues.clone());
    let candidate = match role {
        Role::Waiting(candidate) => candidate,
        Role::None | Role::Writing(_) => Candidate::connect(pool).await?,
    };
    let writer = match candidate.stand().await? {
        Candidacy::Waiting(candidate) => return Ok(Role::Waiting(candidate)),
        Candidacy::Elected(writer) => writer,
    };
    let last = last(pool).await?;
    // What is open was noticed last when the snapshot was taken, not when it opened.
    hub.recall(last.iter().flat_map(|last| last.issues.clone()).collect());
    Ok(Role::Writing(Box::new(Leadership {
        last,
        writer,
        issues,
        wrote: None,
        forgot: None,
    })))
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
    async fn write(&mut self, now: &Now, config: &OracleConfig) -> Result<(), StoreError> {
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
    fn is_due(&self, now: &Now, config: &OracleConfig) -> bool {
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
        const DAY: i64 = 86_400_000_000_000;
        if self.forgot.is_some_and(|at| at.elapsed() < FORGET_EVERY) {
            return Ok(());
        }
        self.forgot = Some(Instant::now());
        let before = Timestamp::now().plus_nanos(-i64::from(config.history_days) * DAY);
        let forgotten = self.writer.forget(before).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "old memories of the Oracle are dropped");
        }
        Ok(())
    }
}
