//! Our own store, often: agents, tasks, running spans, and what models took in the last minute.

use std::collections::BTreeMap;
use std::time::Duration;

use telemetron_model::Timestamp;
use telemetron_store::PgPool;
use telemetron_store::read::metrics::{self, MetricsRange};
use telemetron_store::read::oracle::{agents, heard, running, tasks};
use telemetron_view::oracle::SourceName;

use super::Source;
use crate::Error;
use crate::facts::{Telemetry, Usage};
use crate::measures::seconds;
use crate::observation::Observation;

const DAY: Duration = Duration::from_hours(24);

/// Minutes for which an agent that did something is there.
const SEEN_MINUTES: i64 = 15;

/// Most open tasks and running spans that are looked at.
const MOST: i64 = 2000;

/// Asks for agents, tasks and running spans.
pub(crate) struct Live {
    pool: PgPool,
    failed: Duration,
}

impl Live {
    /// A collector that looks for tasks that ended within so many seconds.
    pub(crate) fn new(pool: PgPool, failed_seconds: u32) -> Self {
        Self {
            pool,
            failed: seconds(failed_seconds.max(60)),
        }
    }
}

impl Source for Live {
    fn name(&self) -> SourceName {
        SourceName::Telemetry
    }

    async fn ask(&mut self) -> Result<Observation, Error> {
        let pool = &self.pool;
        let now = Timestamp::now();
        // One after the other: a look takes milliseconds, and readers need the connections.
        let open = tasks::open(pool, MOST).await?;
        let blockers: Vec<_> = open
            .iter()
            .filter_map(|task| task.blocked_by.clone())
            .collect();
        let blockers = match blockers.is_empty() {
            true => Vec::new(),
            false => tasks::named(pool, &blockers).await?,
        };
        let traces: Vec<_> = open.iter().filter_map(|task| task.trace_id).collect();
        let heard = match traces.is_empty() {
            true => BTreeMap::new(),
            false => heard::of(pool, &traces).await?,
        };
        Ok(Observation::Telemetry(Telemetry {
            registered: agents::registered(pool, now - DAY).await?,
            seen: agents::seen(pool, now.minute() - SEEN_MINUTES).await?,
            ended: tasks::ended(pool, now - self.failed, MOST).await?,
            counts: tasks::counts(pool).await?,
            running: running::list(pool, now - DAY, MOST).await?,
            usage: last_minute(pool, now).await?,
            open,
            blockers,
            heard,
        }))
    }
}

/// What the last sixty seconds took: this minute, and of the one before as much as is within them.
async fn last_minute(pool: &PgPool, now: Timestamp) -> Result<BTreeMap<String, Usage>, Error> {
    let minute = now.minute();
    let into = now.nanos().rem_euclid(60_000_000_000);
    let rest = 1.0 - telemetron_view::seconds_of(into) / 60.0;
    let mut usage: BTreeMap<String, Usage> = BTreeMap::new();
    for (minute, share) in [(minute, 1.0), (minute - 1, rest)] {
        let range = MetricsRange {
            from_minute: minute,
            to_minute: minute + 1,
            slot_minutes: 1,
            project: None,
        };
        for (model, work) in metrics::read(pool, &range).await?.models {
            let sum = usage.entry(model).or_default();
            #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
            let (tokens, calls) = (work.usage.total as f64, work.started as f64);
            sum.tokens += (tokens * share).round();
            sum.requests += (calls * share).round();
        }
    }
    Ok(usage)
}
