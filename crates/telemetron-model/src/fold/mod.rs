//! The fold: how records become the state of a trace, in any order and however often they come.
//!
//! ```text
//!  Record ──▶ Folded (rank decides) ──▶ SpanFacts ──▶ Totals   of the trace, by difference
//!                                           │   └───▶ Rollup   of the minute, by difference
//!                                           ├─calls───────────▶ each call counted once
//!                                           └─acting──────────▶ under the agent at work
//!  Span ────▶ sides ─▶ client and server of one id, each a span
//!  Handoff ─▶ handoffs::resolve ─▶ who passed work to whom, each time told once
//! ```
//!
//! The state is a join-semilattice: joining is commutative, associative and idempotent. What is
//! summed is summed over *states*, never over records: a changed span moves a sum by the
//! difference between its old facts and its new ones, so repetitions move nothing.

pub mod acting;
pub mod calls;
mod facts;
pub mod handoffs;
mod histogram;
mod rank;
mod rollup;
pub mod sides;
mod topmost;
mod totals;
mod trace;

pub use facts::{CallFacts, SpanFacts};
pub use histogram::{BUCKETS, Histogram, bucket_of};
pub use rank::{Change, Folded, Rank};
pub use rollup::{Measures, Rollup, RollupKey, RollupKind};
pub use topmost::{Standing, topmost};
pub use totals::Totals;
pub use trace::{Belonging, Claim, ClaimRank, Lead, Names, Outcome, Report, TraceState};

#[cfg(test)]
mod tests;
