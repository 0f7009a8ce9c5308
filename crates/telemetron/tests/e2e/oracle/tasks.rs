//! Tasks that fail, do not end, are not begun, or wait for one that failed.

use telemetron_model::record::{Priority, TaskStatus};

use super::records::{done, task};
use super::stage::Stage;

pub(super) async fn play(stage: &mut Stage) {
    stuck(stage).await;
    waiting(stage).await;
    failed_and_blocked(stage).await;
}

async fn stuck(stage: &mut Stage) {
    let stuck = task("t-stuck", TaskStatus::Running, 3600);
    stage.telemetry.emit(stuck.clone());
    let issue = stage.opens("stuck_task").await;
    let said = issue["summary"].as_str().unwrap();
    assert_eq!(
        said,
        "task t-stuck of queue reviews is running for 60 min by reviewer, more than 1800 s, and \
         nothing was heard of it for 60 min"
    );
    stage.telemetry.emit(done(&stuck));
    stage.closes(&issue).await;
}

async fn waiting(stage: &mut Stage) {
    let mut urgent = task("t-urgent", TaskStatus::Submitted, 100);
    urgent.priority = Priority::Critical;
    stage.telemetry.emit(urgent.clone());
    let issue = stage.opens("waiting_task").await;
    assert_eq!(issue["severity"], "critical");
    stage.telemetry.emit(done(&urgent));
    stage.closes(&issue).await;
}

async fn failed_and_blocked(stage: &mut Stage) {
    let mut failing = stage.telemetry.task("reviews").id("t-failing").submit();
    failing.start("reviewer");
    failing.fail("the disk is full");
    let issue = stage.opens("failed_task").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(said.ends_with("by reviewer: the disk is full"), "{said}");

    let blocked = stage.telemetry.task("reviews").id("t-blocked");
    let blocked = blocked.blocked_by("t-failing").submit();
    let issue = stage.opens("blocked_task").await;
    let said = issue["summary"].as_str().unwrap();
    assert!(said.ends_with("for task t-failing, which failed"), "{said}");
    blocked.complete();
    stage.closes(&issue).await;
}
