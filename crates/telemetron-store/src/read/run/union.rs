//! What is said of a run: what its traces say, as if they were one.

use std::collections::BTreeSet;

use sqlx::PgPool;
use telemetron_model::record::{Status, TimeSource, TokenUsage};
use telemetron_model::{NanoUsd, RawJson};
use telemetron_view::{TraceCounts, TraceDetail, TraceSummary, millis_between};

use super::FoundRun;
use crate::StoreError;
use crate::read::traces::{self, FoundTrace};

/// Most names of each sort, as of a trace.
const MOST_NAMES: usize = 256;

impl FoundRun {
    /// What is said of the whole run: its leading trace speaks for it, sums are over all traces.
    pub fn detail(&self) -> TraceDetail {
        let leading = &self.leading().detail;
        if let [_] = self.traces.as_slice() {
            return leading.clone();
        }
        let error = || self.each().find_map(|detail| detail.error.clone());
        let failed = self.status() == Status::Failed;
        TraceDetail {
            summary: self.summary(&leading.summary),
            root_agent_id: leading.root_agent_id.clone(),
            error: leading.error.clone().or_else(|| error().filter(|_| failed)),
            metadata: leading.metadata.clone(),
            // What a reporter counted is of its own trace.
            reported_tokens: None,
            reported_cost_usd: None,
            user_input: None,
            final_output: None,
        }
    }

    /// Reads what the user asked and what the user got: by the leading trace's word, else by the spans
    /// of all of them.
    ///
    /// # Errors
    /// When the database is away, or takes too long.
    pub async fn payloads(
        &self,
        pool: &PgPool,
    ) -> Result<(Option<RawJson>, Option<RawJson>), StoreError> {
        let FoundTrace { located, lead, .. } = self.leading();
        traces::payloads_among(pool, *located, *lead, self.scope()).await
    }

    fn each(&self) -> impl DoubleEndedIterator<Item = &TraceDetail> {
        self.traces.iter().map(|found| &found.detail)
    }

    fn summaries(&self) -> impl DoubleEndedIterator<Item = &TraceSummary> {
        self.each().map(|detail| &detail.summary)
    }

    /// A run runs while a trace of it does. It failed when its leading trace did, or the trace that
    /// began last: nothing came after it that would have made it good.
    fn status(&self) -> Status {
        if self.summaries().any(|one| one.status == Status::Running) {
            return Status::Running;
        }
        let leading = self.leading().detail.summary.status;
        let last = self.summaries().next_back().map(|last| last.status);
        match last {
            Some(Status::Failed) => Status::Failed,
            _ => leading,
        }
    }

    fn summary(&self, leading: &TraceSummary) -> TraceSummary {
        let first = |said: fn(&TraceSummary) -> &Option<String>| {
            let own = said(leading).clone();
            own.or_else(|| self.summaries().find_map(|one| said(one).clone()))
        };
        let names = |named: fn(&TraceSummary) -> &Vec<String>| {
            let all: BTreeSet<_> = self.summaries().flat_map(named).cloned().collect();
            all.into_iter().take(MOST_NAMES).collect::<Vec<_>>()
        };
        let agents = names(|one| &one.agents);
        let start = self.summaries().map(|one| one.start_time).min();
        let start_time = start.unwrap_or(leading.start_time);
        let ends: Option<Vec<_>> = self.summaries().map(|one| one.end_time).collect();
        let end_time = ends.and_then(|ends| ends.into_iter().max());
        let is_measured = (self.summaries()).all(|one| one.time_source == TimeSource::Clock);
        let measured = end_time.filter(|_| is_measured);
        let (mut tokens, mut cost_usd) = (TokenUsage::default(), NanoUsd::default());
        for one in self.summaries() {
            tokens += one.tokens;
            cost_usd += one.cost_usd;
        }
        TraceSummary {
            status: self.status(),
            stuck: self.summaries().any(|one| one.stuck),
            truncated: self.summaries().any(|one| one.truncated),
            start_time,
            end_time,
            duration_ms: measured.map(|end| millis_between(start_time.0, end.0)),
            last_seen: (self.summaries().map(|one| one.last_seen).max())
                .unwrap_or(leading.last_seen),
            session_id: first(|one| &one.session_id),
            user_id: first(|one| &one.user_id),
            project: first(|one| &one.project),
            root_agent: first(|one| &one.root_agent),
            counts: self.counts(agents.len()),
            agents,
            models: names(|one| &one.models),
            tools: names(|one| &one.tools),
            tokens,
            cost_usd,
            ..leading.clone()
        }
    }

    fn counts(&self, agents: usize) -> TraceCounts {
        let mut sum = TraceCounts {
            agents: i64::try_from(agents).unwrap_or(i64::MAX),
            ..TraceCounts::default()
        };
        for one in self.summaries().map(|one| &one.counts) {
            sum.spans += one.spans;
            sum.running_spans += one.running_spans;
            sum.failed_spans += one.failed_spans;
            sum.llm_calls += one.llm_calls;
            sum.tool_calls += one.tool_calls;
            sum.events += one.events;
            sum.handoffs += one.handoffs;
            sum.errors += one.errors;
        }
        if let Some(standing) = self.scope().handoff_count() {
            sum.handoffs = i64::try_from(standing).unwrap_or(i64::MAX);
        }
        sum
    }
}
