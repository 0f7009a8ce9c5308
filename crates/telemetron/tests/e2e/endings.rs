//! However the platform ends, it comes back, and says how it ended.

use std::time::{Duration, Instant};

use crate::platform::{PATIENCE, Platform};

#[tokio::test(flavor = "multi_thread")]
async fn a_platform_that_dies_without_a_word_is_started_again_and_every_end_is_told() {
    let Some(mut platform) = Platform::start().await else {
        return;
    };
    metrics_say(&platform, &restarts(0)).await;
    platform.abort();
    metrics_say(&platform, &restarts(1)).await;
    platform.ready().await;
    let log = platform.log();
    assert!(log.contains("was ended by signal 6"), "{log}");

    // Nobody is left who could have seen this one.
    platform.kill_and_restart();
    platform.ready().await;
    let log = platform.log();
    assert!(log.contains("was killed from outside"), "{log}");
    assert!(log.contains("it was last alive at"), "{log}");

    platform.stop();
    let told = platform.log().matches("the last run, begun at").count();
    platform.restart();
    platform.ready().await;
    let log = platform.log();
    let now = log.matches("the last run, begun at").count();
    assert_eq!(now, told, "who stopped it knows how it ended:\n{log}");
}

fn restarts(count: u32) -> String {
    format!("telemetron_up_restarts_total{{part=\"platform\"}} {count}\n")
}

/// Asks for the metrics until they have a line.
async fn metrics_say(platform: &Platform, line: &str) {
    let deadline = Instant::now() + PATIENCE;
    loop {
        let seen = metrics(platform).await;
        if seen.as_ref().is_ok_and(|text| text.contains(line)) {
            return;
        }
        assert!(
            Instant::now() < deadline,
            "never {line}; last seen {seen:?}\n{}",
            platform.log()
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

async fn metrics(platform: &Platform) -> reqwest::Result<String> {
    reqwest::get(platform.url("/metrics")).await?.text().await
}
