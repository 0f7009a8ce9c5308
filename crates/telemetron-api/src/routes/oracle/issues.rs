//! What is wrong now, or was then, and what became of it.

use axum::Json;
use axum::extract::State;
use telemetron_model::Timestamp;
use telemetron_model::oracle::{Issue, IssueKind, IssueReport, SystemStatus, TimelineItem};
use telemetron_model::record::Severity;
use telemetron_model::view::Problem;
use telemetron_store::memory;
use utoipa::IntoParams;

use super::Moment;
use crate::error::ApiError;
use crate::query::{FromQuery, Parameters, Query};
use crate::state::ApiState;

const HOUR: i64 = 3_600_000_000_000;

/// Which issues.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "describes the parameters that `ListIssues` reads")]
pub(crate) struct IssueParams {
    /// At least this bad: `info`, `warning`, `error` or `critical`
    severity: Option<String>,
    /// Only this sort, such as `stuck_task`
    kind: Option<String>,
    /// As it was then (RFC 3339); the present when absent
    #[param(format = DateTime)]
    at: Option<String>,
}

/// The parameters of issues, read.
#[derive(Debug)]
pub(crate) struct ListIssues {
    severity: Option<Severity>,
    kind: Option<IssueKind>,
    at: Option<Timestamp>,
}

impl FromQuery for ListIssues {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        Ok(Self {
            severity: query.value("severity")?,
            kind: query.value("kind")?,
            at: query.instant("at")?,
        })
    }
}

/// Lists what is wrong, the worst and oldest first, each with evidence and the next call to make.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/issues",
    operation_id = "list_issues",
    tag = "oracle",
    params(IssueParams),
    responses(
        (status = 200, description = "The issues", body = IssueReport),
        (status = 404, description = "Nothing is remembered from then", body = Problem,
         content_type = "application/problem+json"),
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

/// Which part of the life of issues.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(
    dead_code,
    reason = "describes the parameters that `GetTimeline` reads"
)]
pub(crate) struct TimelineParams {
    /// Start (RFC 3339); 24 hours before `to` when absent
    #[param(format = DateTime)]
    from: Option<String>,
    /// End (RFC 3339); the present when absent
    #[param(format = DateTime)]
    to: Option<String>,
    /// Only this issue, by its id
    issue: Option<String>,
    /// Most items; the latest of them when there are more
    #[param(default = 200, minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// The parameters of the life of issues, read.
#[derive(Debug)]
pub(crate) struct GetTimeline {
    from: Timestamp,
    to: Timestamp,
    issue: Option<String>,
    limit: usize,
}

impl FromQuery for GetTimeline {
    fn from_query(query: &mut Parameters) -> Result<Self, ApiError> {
        let (from, to) = query.range("from", "to")?;
        let to = to.unwrap_or_else(Timestamp::now);
        let limit = query.number("limit", 1..=1000)?.unwrap_or(200);
        Ok(Self {
            from: from.unwrap_or_else(|| to.plus_nanos(-24 * HOUR)),
            to,
            issue: query.text("issue"),
            limit: usize::try_from(limit).unwrap_or_default(),
        })
    }
}

/// Lists when issues were opened, became worse or better, and were resolved, earliest first.
#[utoipa::path(
    get,
    path = "/api/v1/oracle/timeline",
    operation_id = "list_issue_timeline",
    tag = "oracle",
    params(TimelineParams),
    responses((status = 200, description = "The life of issues", body = [TimelineItem])),
)]
pub(crate) async fn list_timeline(
    State(state): State<ApiState>,
    Query(wanted): Query<GetTimeline>,
) -> Result<Json<Vec<TimelineItem>>, ApiError> {
    let GetTimeline {
        from, to, limit, ..
    } = wanted;
    let issue = wanted.issue.as_deref();
    let items = memory::timeline(&state.db, from, to, issue, limit).await?;
    Ok(Json(items))
}
