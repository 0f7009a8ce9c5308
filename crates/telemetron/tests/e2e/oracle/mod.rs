//! The Oracle on the built binary: each fault, made through the SDK and Kafka, opens exactly its
//! issue, which explains itself everywhere and closes with the fault; a healthy system has none.
//!
//! One stage serves all faults, one after the other, since two cores start a Kafka slowly. What
//! was open before a fault may close during it; nothing but the fault's own issue may open. At the
//! end the Oracle's memory is asked what ever opened: the issues of the faults, each once.

mod agents;
mod checks;
mod cluster;
mod context;
mod crash_loop;
mod deadlock;
mod demo;
mod healthy;
mod jumps;
mod lag;
mod model_limit;
mod orphans;
mod ping_pong;
mod pods;
mod poison;
mod process;
mod proxy;
mod queue_lag;
mod rate_limit;
mod records;
mod retries;
mod stage;
mod stuck_span;
mod switched_off;
mod tasks;
mod tool_loop;

use self::stage::Stage;

/// Where the issues are.
const ISSUES: &str = "/api/v1/oracle/issues";

#[tokio::test(flavor = "multi_thread")]
async fn each_fault_opens_exactly_its_issue_and_its_end_closes_it() {
    let Some(mut stage) = Stage::start().await else {
        return;
    };
    healthy::play(&stage).await;

    // These stay open for a while after the last time: their windows pass during what follows.
    tool_loop::play(&mut stage).await;
    ping_pong::play(&mut stage).await;
    rate_limit::play(&mut stage).await;
    context::play(&mut stage).await;
    retries::play(&mut stage).await;
    poison::play(&mut stage).await;
    crash_loop::play(&mut stage).await;

    pods::play(&mut stage).await;
    model_limit::play(&mut stage).await;
    jumps::play(&mut stage).await;
    stuck_span::play(&mut stage).await;
    deadlock::play(&mut stage).await;
    orphans::play(&mut stage).await;
    tasks::play(&mut stage).await;
    agents::play(&mut stage).await;
    queue_lag::play(&mut stage).await;
    lag::play(&mut stage).await;
    switched_off::play(&mut stage).await;

    checks::all_closed(&stage).await;
    stage.close().await;
}
