//! What is wrong now, or was then, and what became of it.

use std::time::Duration;

use axum::Json;
use axum::extract::State;
use telemetron_model::Timestamp;
use telemetron_model::record::Severity;
use telemetron_store::memory;
use telemetron_view::oracle::{Issue, IssueKind, IssueReport, SystemStatus, TimelineItem};

use super::{Moment, at};
use crate::error::ApiError;
use crate::problems::OfMoment;
use crate::query::{Instant, Query, Shown, in_order, number, params, text, word};
use crate::state::ApiState;

const DAY: Duration = Duration::from_hours(24);

params! {
    /// Which issues.
    pub(crate) struct ListIssues {
        /// At least this bad
        severity: Option<Severity> = word(),
        /// Only this sort, such as `stuck_task`
        kind: Option<IssueKind> = word(),
        at: Option<Timestamp> = at(),
    }
}

/// Lists what is wrong, the worst and oldest first, each with evidence and the next call to make.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/issues",
    operation_id = "list_issues",
    tag = "oracle",
    params(ListIssues),
    responses(
        (status = 200, description = "The issues", body = IssueReport),
        OfMoment,
    ),
)]
pub(crate) async fn list_issues(
    State(state): State<ApiState>,
    Query(wanted): Query<ListIssues>,
) -> Result<Json<IssueReport>, ApiError> {
    let moment = Moment::at(&state, wanted.at).await?;
    let bad = |issue: &&Issue| wanted.severity.is_none_or(|least| issue.severity >= least);
    let of_kind = |issue: &&Issue| wanted.kind.is_none_or(|kind| issue.kind == kind);
    let issues = moment.issues().iter().filter(bad).filter(of_kind);
    Ok(Json(IssueReport {
        status: SystemStatus::of(moment.issues()),
        issues: issues.cloned().collect(),
        generated_at: moment.taken_at().into(),
        sources: moment.state().sources.clone().unwrap_or_default(),
    }))
}

params! {
    /// Which part of the life of issues.
    pub(crate) struct ListTimeline {
        /// Start; 24 hours before `to` when absent
        from: Option<Timestamp> = Instant,
        /// End; the present when absent
        to: Option<Timestamp> = Instant,
        /// Only this issue, by its id
        issue: Option<String> = text(),
        /// Most items; the latest of them when there are more
        limit: usize = number(1..=1000).or(200),
    }
}

/// Lists when issues were opened, became worse or better, and were resolved, earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/timeline",
    operation_id = "list_issue_timeline",
    tag = "oracle",
    params(ListTimeline),
    responses((status = 200, description = "The life of issues", body = [TimelineItem])),
)]
pub(crate) async fn list_timeline(
    State(state): State<ApiState>,
    Query(wanted): Query<ListTimeline>,
) -> Result<Json<Vec<TimelineItem>>, ApiError> {
    in_order(("from", wanted.from), ("to", wanted.to))?;
    let to = wanted.to.unwrap_or_else(Timestamp::now);
    let from = wanted.from.unwrap_or_else(|| to - DAY);
    let issue = wanted.issue.as_deref();
    let items = memory::timeline(&state.db, from, to, issue, wanted.limit).await?;
    Ok(Json(items))
}
