//! Pods, rollouts, models: near or far, akin or strange.

use telemetron_view::Confidence;

use super::scenes::{
    FAILED, behind, deployment, diagnosed, failed_call, failed_tool, in_pod, model, pod, queue,
    remembered, sentences, silent_tool, state,
};
use crate::testing::at;

#[test]
fn the_pod_that_was_killed_under_the_failing_work_is_what_is_likely_behind_it() {
    let killed = pod("coder-7d9f", Some(at(FAILED - 500)));
    let mut after = state(FAILED + 10_000);
    after.state.workload = vec![deployment("coder", "coder", vec![killed])];
    let context = in_pod(remembered(vec![state(FAILED - 5_000), after]), "coder-7d9f");
    let diagnosis = diagnosed(&failed_tool(), &context);
    let cause = behind(&diagnosis)[0];
    let sentence = "Pod `coder-7d9f` of deployment `coder`, in which the span ran, restarted \
                    0.5 s before the failure (OOMKilled, exit code 137, limit 512Mi, 1 restart \
                    so far).";
    assert_eq!(cause.sentence, sentence);
    assert_eq!((cause.rank, cause.confidence), (2, Confidence::Likely));
    let shown = format!("GET /api/v1/oracle/state?at={}", at(FAILED + 10_000));
    assert_eq!(cause.next, shown);
    let behind = format!("Likely behind it: {sentence}");
    assert!(
        diagnosis.verdict.ends_with(&behind),
        "{}",
        diagnosis.verdict
    );
}

#[test]
fn a_span_that_never_ended_waits_for_the_pod_that_was_killed_under_it() {
    let killed = pod("coder-7d9f", Some(at(FAILED + 3_000)));
    let mut after = state(FAILED + 10_000);
    after.state.workload = vec![deployment("coder", "coder", vec![killed])];
    let context = remembered(vec![state(FAILED - 5_000), after]);
    let diagnosis = diagnosed(&silent_tool(), &context);
    let first = &diagnosis.causes[0];
    let when = "which coder runs in, restarted 3.0 s after the trace was last heard of";
    assert!(first.sentence.contains(when), "{}", first.sentence);
    assert_eq!(first.confidence, Confidence::Likely);
}

#[test]
fn a_pod_of_somebody_else_is_told_and_is_no_cause() {
    let killed = pod("other-1", Some(at(FAILED - 500)));
    let mut then = state(FAILED);
    then.state.workload = vec![deployment("other", "other", vec![killed])];
    let diagnosis = diagnosed(&failed_tool(), &remembered(vec![then]));
    assert!(sentences(&diagnosis)[0].contains("`other-1`"));
    assert!(behind(&diagnosis).is_empty());
}

#[test]
fn a_pod_that_restarted_before_the_work_began_is_less_than_likely() {
    let killed = pod("coder-7d9f", Some(at(FAILED - 40_000)));
    let mut then = state(FAILED);
    then.state.workload = vec![deployment("coder", "coder", vec![killed])];
    let diagnosis = diagnosed(&failed_tool(), &remembered(vec![then]));
    assert_eq!(behind(&diagnosis)[0].confidence, Confidence::Possible);
    assert!(!diagnosis.verdict.contains("Likely behind it"));
}

#[test]
fn the_pod_of_the_failing_span_that_is_gone_afterwards_is_told() {
    let with = |millis, pods| {
        let mut state = state(millis);
        state.state.workload = vec![deployment("coder", "coder", pods)];
        state
    };
    let before = with(FAILED - 5_000, vec![pod("coder-old", None)]);
    let after = with(FAILED + 15_000, vec![pod("coder-new", None)]);
    let context = in_pod(remembered(vec![before, after]), "coder-old");
    let diagnosis = diagnosed(&failed_tool(), &context);
    let sentence = "Pod `coder-old`, in which the span ran, was there 5.0 s before the failure and \
                    gone 15 s after the failure.";
    assert!(
        sentences(&diagnosis).contains(&sentence),
        "{:?}",
        sentences(&diagnosis)
    );
    assert_eq!(behind(&diagnosis)[0].confidence, Confidence::Possible);
}

#[test]
fn a_rollout_shortly_before_is_told_with_both_images() {
    let with = |millis: i64, image: &str| {
        let mut coder = deployment("coder", "coder", vec![pod("coder-1", None)]);
        coder.live.image = Some(image.to_owned());
        coder.live.rolled_out_at = Some(at(FAILED - 180_000).into());
        let mut state = state(millis);
        state.state.workload = vec![coder];
        state
    };
    let states = vec![
        with(FAILED - 900_000, "coder:1"),
        with(FAILED - 1_000, "coder:2"),
    ];
    let diagnosis = diagnosed(&failed_tool(), &remembered(states));
    let sentence = "Deployment `coder`, which coder runs in, was rolled out 3 min 00 s before the \
                    failure, from image `coder:1` to `coder:2`.";
    assert!(
        sentences(&diagnosis).contains(&sentence),
        "{:?}",
        sentences(&diagnosis)
    );
    assert_eq!(behind(&diagnosis)[0].confidence, Confidence::Possible);
}

#[test]
fn a_model_at_its_limit_is_what_is_likely_behind_a_refused_call_of_it() {
    let mut then = state(FAILED - 4_000);
    then.state.litellm = vec![model("gpt-5", 980.0), model("small", 10.0)];
    let context = remembered(vec![then]);
    let refused = diagnosed(&failed_call("RateLimitError", "slow down"), &context);
    let sentence = "Model `gpt-5`, which the failing call asked for, had taken 980 of 1000 tokens \
                    of its minute 4.0 s before the failure, 98 % of the tighter limit.";
    assert_eq!(sentences(&refused), [sentence]);
    assert_eq!(behind(&refused)[0].confidence, Confidence::Likely);
    let garbled = diagnosed(&failed_call("JsonDecodeError", "line 1"), &context);
    assert_eq!(behind(&garbled)[0].confidence, Confidence::Possible);
    let tool = diagnosed(&failed_tool(), &context);
    assert!(behind(&tool).is_empty(), "a tool calls no model");
}

#[test]
fn what_waited_is_told_and_blamed_for_nothing() {
    let mut then = state(FAILED - 4_000);
    then.state.queues = vec![queue("builds", 3), queue("reviews", 12)];
    let diagnosis = diagnosed(&failed_tool(), &remembered(vec![then]));
    let sentence = "12 tasks waited in queue `reviews` 4.0 s before the failure (2 being worked \
                    on); 3 more in 1 queue.";
    assert_eq!(sentences(&diagnosis), [sentence]);
    assert!(behind(&diagnosis).is_empty());
}
