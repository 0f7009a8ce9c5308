//! How the system was, and what changed.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use telemetron_model::Timestamp;
use telemetron_oracle::text;
use telemetron_store::memory;
use telemetron_view::Page;
use telemetron_view::oracle::{DiffReport, HistoryEntry, diff};

use super::{Moment, no_snapshot, opened, plain};
use crate::cursor;
use crate::error::ApiError;
use crate::problems::OfMoment;
use crate::query::{Instant, Query, Shown, cursor, in_order, number, one_of, params};
use crate::state::ApiState;

const LIST: &str = "oracle_history";
const HOUR: Duration = Duration::from_hours(1);

/// Most changes and moments of issues that a diff tells.
const MOST: usize = 1000;

params! {
    /// Which snapshots.
    pub(crate) struct ListHistory {
        /// Not before
        from: Option<Timestamp> = Instant,
        /// Before; the present when absent
        to: Option<Timestamp> = Instant,
        /// Most items of a page
        limit: usize = number(1..=1000).or(50),
        cursor: Option<HistoryKey> = cursor(LIST),
    }
}

/// Where a list of snapshots goes on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HistoryKey {
    /// When the last one was taken.
    taken_ns: i64,
}

/// Lists the snapshots that are kept, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/history",
    operation_id = "list_snapshots",
    tag = "oracle",
    params(ListHistory),
    responses((status = 200, description = "A page of snapshots", body = Page<HistoryEntry>)),
)]
pub(crate) async fn list_history(
    State(state): State<ApiState>,
    Query(wanted): Query<ListHistory>,
) -> Result<Json<Page<HistoryEntry>>, ApiError> {
    let freshness = state.freshness();
    in_order(("from", wanted.from), ("to", wanted.to))?;
    let (from, limit) = (wanted.from.unwrap_or_default(), wanted.limit);
    let last = wanted.cursor.map(|key| Timestamp::from_nanos(key.taken_ns));
    let before = last.or(wanted.to);
    let before = before.unwrap_or_else(|| Timestamp::now().plus_nanos(1));
    let mut items = memory::history(&state.db, from, before, limit + 1).await?;
    let more = items.len() > limit;
    items.truncate(limit);
    let last = items.last().filter(|_| more);
    let next = last.map(|last| {
        let taken_ns = last.taken_at.0.nanos();
        cursor::encode(LIST, &HistoryKey { taken_ns })
    });
    Ok(Json(Page {
        items,
        next,
        freshness,
    }))
}

/// The form of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// The changes as they are.
    Json,
    /// Every line of them.
    Log,
}

params! {
    /// Between when, and in which form.
    pub(crate) struct GetDiff {
        /// The earlier moment; an hour before `to` when absent
        from: Option<Timestamp> = Instant,
        /// The later moment; the present when absent
        to: Option<Timestamp> = Instant,
        /// `json` or `log`
        format: Form = one_of([("json", Form::Json), ("log", Form::Log)]).or(Form::Json),
    }
}

impl GetDiff {
    fn start(&self) -> Result<Timestamp, ApiError> {
        let end = self.to.unwrap_or_else(Timestamp::now);
        let from = self.from.unwrap_or_else(|| end - HOUR);
        if from > end {
            return Err(ApiError::field("from", "`from` must lie before `to`"));
        }
        Ok(from)
    }
}

/// Says what changed between two moments; what was before the memory begins is its first state.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/diff",
    operation_id = "get_diff",
    tag = "oracle",
    params(GetDiff),
    responses(
        (status = 200, description = "What changed", body = DiffReport),
        OfMoment,
    ),
)]
pub(crate) async fn get_diff(
    State(state): State<ApiState>,
    Query(wanted): Query<GetDiff>,
) -> Result<Response, ApiError> {
    let start = wanted.start()?;
    let earlier = memory::at(&state.db, start).await?;
    let earlier = match earlier {
        Some(earlier) => Some(earlier),
        None => memory::first(&state.db).await?,
    };
    let earlier = earlier.ok_or_else(|| no_snapshot(start))?;
    let earlier = opened(earlier).await?;
    let later = Moment::at(&state, wanted.to).await?;
    let (from, to) = (earlier.taken_at, later.taken_at());
    let mut changes = diff(&earlier.state, later.state());
    let omitted = changes.len().saturating_sub(MOST);
    changes.truncate(MOST);
    let report = DiffReport {
        from: from.into(),
        to: to.into(),
        changes,
        omitted: i64::try_from(omitted).unwrap_or(i64::MAX),
        issues: memory::timeline(&state.db, from.plus_nanos(1), to, None, MOST).await?,
    };
    Ok(match wanted.format {
        Form::Log => {
            let DiffReport {
                changes, issues, ..
            } = &report;
            plain(text::changes(changes, report.omitted, issues))
        }
        Form::Json => Json(report).into_response(),
    })
}
