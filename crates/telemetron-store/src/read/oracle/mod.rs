//! What the Oracle asks: who is there, what runs, what waits, and what recent traces look like.
//!
//! Every question is bounded in rows. Those about traces look at the recent ones alone: the newest
//! in the list that were heard of lately; those that walk through whole traces look at named ones,
//! which the Oracle chooses among the recent ones that changed. Their spans are looked up in `LATERAL` queries with
//! `OFFSET 0`, trace by trace: without statistics, as a day begins, the planner would read whole
//! partitions.

pub mod agents;
pub mod failures;
pub mod handoffs;
pub mod heard;
pub mod ingest;
pub mod listed;
pub mod loops;
pub mod models;
pub mod orphans;
pub mod running;
pub mod tasks;

use telemetron_model::{Timestamp, TraceId};

/// Which traces are recent.
#[derive(Debug, Clone, Copy)]
pub struct Recent {
    /// Listed since then.
    pub listed: Timestamp,
    /// Heard of since then.
    pub heard: Timestamp,
    /// Most traces, the newest of them.
    pub traces: i64,
}

/// The traces that are named, as the table `named`. Takes the first parameter.
macro_rules! named {
    () => {
        "WITH named AS MATERIALIZED (
             SELECT trace_id, day, lead_span_id FROM traces WHERE trace_id = ANY($1)) "
    };
}

pub(crate) use named;

/// The ids of traces as Postgres takes them.
pub(crate) fn ids(traces: &[TraceId]) -> Vec<Vec<u8>> {
    let ids = traces.iter().map(|trace| trace.as_bytes().to_vec());
    ids.collect()
}

/// The recent traces that also meet a condition, as the table `recent`.
///
/// Takes the first three parameters.
macro_rules! recent {
    ($condition:literal) => {
        concat!(
            "WITH recent AS MATERIALIZED (
                 SELECT trace_id, day, status, last_seen_ns, lead_span_id FROM traces
                 WHERE listed_ns >= $1 AND last_seen_ns >= $2 AND ",
            $condition,
            " ORDER BY listed_ns DESC LIMIT $3) "
        )
    };
}

pub(crate) use recent;
