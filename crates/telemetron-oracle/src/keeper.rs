//! The keeper: writes what changed into the memory, in whichever process holds the right to.
//!
//! Every process tries for the right; the others only learn since when issues are open, so that
//! all answer alike.

use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_model::oracle::{Issue, diff, shape};
use telemetron_store::memory::{self, Keeper, Snapshot};
use telemetron_store::{PgPool, StoreError};
use tokio::time::{Instant, MissedTickBehavior, interval};

use crate::OracleConfig;
use crate::board::Board;
use crate::lifecycle::changes;
use crate::now::Now;

/// How often it is looked for changes.
const EVERY: Duration = Duration::from_secs(1);

/// How often gauges alone are worth a snapshot.
const GAUGES_EVERY: Duration = Duration::from_secs(60);

/// How often old memories are dropped.
const FORGET_EVERY: Duration = Duration::from_secs(3600);

/// What the memory holds, as this process knows it.
struct Held {
    keeper: Keeper,
    last: Option<Snapshot>,
    issues: Vec<Issue>,
    wrote: Option<Instant>,
    forgot: Option<Instant>,
}

/// Keeps the memory, until dropped.
pub(crate) async fn keep(pool: PgPool, board: Board, config: OracleConfig) {
    let mut turns = interval(EVERY);
    turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut held: Option<Held> = None;
    loop {
        turns.tick().await;
        if let Err(error) = turn(&pool, &board, &config, &mut held).await {
            // The right may be lost with the connection: it is tried for again.
            tracing::warn!(%error, "the Oracle cannot write its memory now");
            held = None;
        }
    }
}

async fn turn(
    pool: &PgPool,
    board: &Board,
    config: &OracleConfig,
    held: &mut Option<Held>,
) -> Result<(), StoreError> {
    if held.is_none() {
        let open = memory::open_issues(pool).await?;
        board.recall(open.clone());
        *held = begin(pool, open).await?;
    }
    let now = board.now();
    if let Some(held) = held
        && now.warm
    {
        held.write(&now, config).await?;
        held.forget(config).await?;
    }
    Ok(())
}

/// Takes the right to write, and what was written last.
async fn begin(pool: &PgPool, issues: Vec<Issue>) -> Result<Option<Held>, StoreError> {
    let Some(keeper) = memory::keeper(pool).await? else {
        return Ok(None);
    };
    Ok(Some(Held {
        last: memory::at(pool, Timestamp::now()).await?,
        keeper,
        issues,
        wrote: None,
        forgot: None,
    }))
}

impl Held {
    async fn write(&mut self, now: &Now, config: &OracleConfig) -> Result<(), StoreError> {
        let changed = changes(&self.issues, &now.issues, now.at);
        let snapshot = (!changed.is_empty() || self.is_due(now, config)).then(|| Snapshot {
            taken_at: now.at,
            shape: shape(&now.state),
            state: now.state.clone(),
            issues: now.issues.clone(),
        });
        if snapshot.is_none() {
            return Ok(());
        }
        self.keeper.keep(snapshot.as_ref(), &changed).await?;
        self.last = snapshot;
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
        let forgotten = self.keeper.forget(before).await?;
        if forgotten > 0 {
            tracing::info!(forgotten, "old memories of the Oracle are dropped");
        }
        Ok(())
    }
}
