//! Issues that were open, and what a memory does not know.

use telemetron_view::Confidence;
use telemetron_view::oracle::{
    Evidence, EvidenceKind, IssueChange, IssueKind, SourceName, SourceStatus, SubjectKind,
    TimelineItem,
};

use super::scenes::{
    FAILED, behind, context, diagnosed, failed_call, failed_tool, issue, model, remembered,
    sentences, state,
};
use crate::Memory;
use crate::testing::at;

fn moment(change: IssueChange, issue: telemetron_view::oracle::Issue, millis: i64) -> TimelineItem {
    TimelineItem {
        at: at(millis).into(),
        change,
        was: None,
        issue,
    }
}

#[test]
fn an_issue_of_the_failing_model_is_a_cause_though_it_was_noticed_a_little_later() {
    let limited = issue(
        IssueKind::RateLimited,
        SubjectKind::Model,
        "gpt-5",
        FAILED - 20_000,
    );
    let opened = moment(IssueChange::Opened, limited, FAILED + 1_000);
    let memory = Memory::of(vec![state(FAILED - 1_000)], vec![opened]);
    let call = failed_call("RateLimitError", "slow down");
    let diagnosis = diagnosed(&call, &context(memory));
    let sentence = "Issue `rate_limited:gpt-5` (error) was open since 20 s before the failure: it \
                    is not well.";
    assert_eq!(sentences(&diagnosis), [sentence]);
    let cause = behind(&diagnosis)[0];
    assert_eq!(cause.confidence, Confidence::Likely);
    assert_eq!(
        cause.next,
        format!("GET /api/v1/oracle/issues?at={}", at(FAILED + 1_000))
    );
}

#[test]
fn an_issue_is_not_told_when_it_was_resolved_began_later_or_is_this_very_trace() {
    let agent = |name, since| issue(IssueKind::SilentAgent, SubjectKind::Agent, name, since);
    let gone = agent("gone", 0);
    let mut own = agent("own", 0);
    own.evidence = vec![Evidence {
        kind: EvidenceKind::Trace,
        id: failed_tool().trace_id.to_string(),
    }];
    let mut then = state(FAILED - 10_000);
    then.issues = vec![
        gone.clone(),
        own,
        agent("later", FAILED + 30_000),
        agent("coder", 0),
    ];
    let resolved = moment(IssueChange::Resolved, gone, FAILED - 5_000);
    let memory = Memory::of(vec![then], vec![resolved]);
    let diagnosis = diagnosed(&failed_tool(), &context(memory));
    let told = sentences(&diagnosis);
    assert_eq!(told.len(), 1, "{told:?}");
    assert!(told[0].contains("`silent_agent:coder`"), "{told:?}");
}

#[test]
fn a_limit_that_is_told_with_its_figures_is_not_told_again_as_an_issue() {
    let mut then = state(FAILED - 4_000);
    then.state.litellm = vec![model("gpt-5", 980.0)];
    then.issues = vec![issue(
        IssueKind::ModelNearLimit,
        SubjectKind::Model,
        "gpt-5",
        0,
    )];
    let call = failed_call("RateLimitError", "slow down");
    let diagnosis = diagnosed(&call, &remembered(vec![then]));
    assert_eq!(
        sentences(&diagnosis).len(),
        1,
        "{:?}",
        sentences(&diagnosis)
    );
}

#[test]
fn what_was_absent_then_stands_in_the_limits() {
    let mut then = state(FAILED - 1_000);
    let sources = then.state.sources.as_mut().unwrap();
    let cluster = sources
        .iter_mut()
        .find(|source| source.name == SourceName::Kubernetes);
    let cluster = cluster.unwrap();
    cluster.status = SourceStatus::Absent;
    cluster.reason = Some("no cluster is named".to_owned());
    let diagnosis = diagnosed(&failed_tool(), &remembered(vec![then]));
    let text =
        "pods and rollouts are not known: Kubernetes did not tell then (no cluster is named)";
    assert_eq!(diagnosis.limits, [text]);
}

#[test]
fn a_memory_that_holds_nothing_of_that_time_says_so_and_nothing_else() {
    let none = diagnosed(&failed_tool(), &remembered(Vec::new()));
    let text = "the Oracle remembers no state of that time: pods, queues and the limits of models \
                are not known";
    assert_eq!(none.limits, [text]);
    let mut old = state(FAILED - 7_200_000);
    old.state.litellm = vec![model("gpt-5", 980.0)];
    let old = diagnosed(&failed_call("RateLimitError", "x"), &remembered(vec![old]));
    assert!(
        old.limits[0].contains("was taken 2.0 h earlier"),
        "{:?}",
        old.limits
    );
    assert!(sentences(&old).is_empty(), "{:?}", sentences(&old));
}

#[test]
fn without_times_nothing_is_said_of_the_system() {
    let mut then = state(FAILED - 4_000);
    then.state.litellm = vec![model("gpt-5", 980.0)];
    let mut call = failed_call("RateLimitError", "slow down");
    call.has_clock = false;
    let diagnosis = diagnosed(&call, &remembered(vec![then]));
    assert!(sentences(&diagnosis).is_empty());
    assert!(
        diagnosis.limits[0].contains("the system at that time"),
        "{:?}",
        diagnosis.limits
    );
}
