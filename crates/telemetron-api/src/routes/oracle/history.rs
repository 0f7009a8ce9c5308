//! How the system was, and what changed.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use telemetron_model::Timestamp;
use telemetron_model::oracle::{DiffReport, HistoryEntry, diff};
use telemetron_model::view::{Page, Problem};
use telemetron_oracle::text;
use telemetron_store::memory;
use utoipa::IntoParams;

use super::{Moment, no_snapshot, opened, plain};
use crate::cursor;
use crate::error::ApiError;
use crate::query::{FromQuery, PageOf, Parameters, Query};
use crate::state::ApiState;

const LIST: &str = "oracle_history";
const HOUR: i64 = 3_600_000_000_000;

/// Most changes and moments of issues that a diff tells.
const MOST: usize = 1000;

/// Which snapshots.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `ListHistory` reads"
)]
pub(crate) struct HistoryParams {
    /// Not before (RFC 3339)
    #[param(format = DateTime)]
    from: Option<String>,
    /// Before (RFC 3339); the present when absent
    #[param(format = DateTime)]
    to: Option<String>,
    /// Most items of a page
    #[param(default = 50, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// `next` of the page before
    cursor: Option<String>,
}

/// Where a list of snapshots goes on.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct HistoryKey {
    /// When the last one was taken.
    taken_ns: i64,
}

/// The parameters of the history, read.
#[derive(Debug)]
pub(crate) struct ListHistory {
    from: Timestamp,
    to: Timestamp,
    page: PageOf<HistoryKey>,
}

impl FromQuery for ListHistory {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let (from, to) = query.range("from", "to")?;
        Ok(Self {
            from: from.unwrap_or_default(),
            to: to.unwrap_or_else(|| Timestamp::now().plus_nanos(1)),
            page: PageOf::from_query(query, LIST, 50, 1000)?,
        })
    }
}

/// Lists the snapshots that are kept, the latest first.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/history",
    operation_id = "list_snapshots",
    tag = "oracle",
    params(HistoryParams),
    responses((status = 200, description = "A page of snapshots", body = Page<HistoryEntry>)),
)]
pub(crate) async fn list_history(
    State(state): State<ApiState>,
    Query(wanted): Query<ListHistory>,
) -> Result<Json<Page<HistoryEntry>>, ApiError> {
    let freshness = state.freshness();
    let PageOf { limit, after } = wanted.page;
    let before = after.map_or(wanted.to, |key| Timestamp::from_nanos(key.taken_ns));
    let mut items = memory::history(&state.db, wanted.from, before, limit + 1).await?;
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

/// Between when, and in which form.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `GetDiff` reads")]
pub(crate) struct DiffParams {
    /// The earlier moment (RFC 3339); an hour before `to` when absent
    #[param(format = DateTime)]
    from: Option<String>,
    /// The later moment (RFC 3339); the present when absent
    #[param(format = DateTime)]
    to: Option<String>,
    /// `json` or `log`
    #[param(default = "json")]
    format: Option<String>,
}

/// The parameters of a diff, read.
#[derive(Debug)]
pub(crate) struct GetDiff {
    from: Timestamp,
    to: Option<Timestamp>,
    log: bool,
}

impl FromQuery for GetDiff {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let to = query.instant("to")?;
        let end = to.unwrap_or_else(Timestamp::now);
        let from = query.instant("from")?;
        let from = from.unwrap_or_else(|| end.plus_nanos(-HOUR));
        if from > end {
            return Err(ApiError::field("from", "`from` must lie before `to`"));
        }
        let log = match query.text("format").as_deref() {
            None | Some("json") => false,
            Some("log") => true,
            Some(other) => {
                let detail = format!("`format`: `{other}` is not one of json, log");
                return Err(ApiError::field("format", detail));
            }
        };
        Ok(Self { from, to, log })
    }
}

/// Says what changed between two moments; what was before the memory begins is its first state.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/diff",
    operation_id = "get_diff",
    tag = "oracle",
    params(DiffParams),
    responses(
        (status = 200, description = "What changed", body = DiffReport),
        (status = 404, description = "Nothing is remembered at all", body = Problem,
         content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_diff(
    State(state): State<ApiState>,
    Query(wanted): Query<GetDiff>,
) -> Result<Response, ApiError> {
    let earlier = memory::at(&state.db, wanted.from).await?;
    let earlier = match earlier {
        Some(earlier) => Some(earlier),
        None => memory::first(&state.db).await?,
    };
    let earlier = earlier.ok_or_else(|| no_snapshot(wanted.from))?;
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
    Ok(if wanted.log {
        let DiffReport {
            changes, issues, ..
        } = &report;
        plain(text::changes(changes, report.omitted, issues))
    } else {
        Json(report).into_response()
    })
}
