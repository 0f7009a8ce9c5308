//! The Oracle's memory on a real Postgres: who may write it, and what is found of a time.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test stops at the first surprise"
)]

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use telemetron_model::Timestamp;
use telemetron_store::PgPool;
use telemetron_store::memory::{Candidacy, Candidate, Snapshot, SnapshotWriter, current, frames};
use telemetron_view::oracle::SystemState;
use tokio::time::{Instant, sleep};

const PATIENCE: Duration = Duration::from_secs(20);

async fn writer(pool: &PgPool) -> SnapshotWriter {
    let candidate = Candidate::connect(pool).await.unwrap();
    match candidate.stand().await.unwrap() {
        Candidacy::Elected(writer) => writer,
        Candidacy::Waiting(_) => panic!("nobody else writes"),
    }
}

/// A state with nothing in it, taken at a second.
fn snapshot(second: i64) -> Snapshot {
    Snapshot {
        taken_at: Timestamp::from_millis(second * 1_000),
        shape: second.unsigned_abs(),
        state: SystemState {
            id: second.to_string(),
            agents: Vec::new(),
            workload: Vec::new(),
            queues: Vec::new(),
            litellm: Vec::new(),
            generated_at: None,
            cluster_name: None,
            namespace: None,
            status: None,
            sources: None,
        },
        issues: Vec::new(),
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn the_right_to_write_takes_no_connection_of_the_pool_and_passes_on(
    options: PgPoolOptions,
    connect: PgConnectOptions,
) {
    let small = options.max_connections(1).acquire_timeout(PATIENCE);
    let pool = small.connect_with(connect).await.unwrap();
    let mut writes = writer(&pool).await;
    let waits = Candidate::connect(&pool).await.unwrap();
    let Candidacy::Waiting(mut waits) = waits.stand().await.unwrap() else {
        panic!("two write at a time");
    };
    let borrowed = pool.acquire().await.unwrap();
    writes.keep(&snapshot(1), &[]).await.unwrap();
    drop(borrowed);
    assert_eq!(
        frames(&pool, &[Timestamp::from_millis(1_000)])
            .await
            .unwrap()
            .len(),
        1
    );

    drop(writes);
    let deadline = Instant::now() + PATIENCE;
    while let Candidacy::Waiting(candidate) = waits.stand().await.unwrap() {
        assert!(Instant::now() < deadline, "the right is never given up");
        waits = candidate;
        sleep(Duration::from_millis(20)).await;
    }
}

#[sqlx::test(migrations = "../../migrations")]
async fn of_each_instant_the_last_state_before_it_is_found_once(pool: PgPool) {
    let mut writes = writer(&pool).await;
    for second in [10, 20, 30] {
        writes.keep(&snapshot(second), &[]).await.unwrap();
    }
    let instants = [5, 20, 25, 29, 60].map(|second| Timestamp::from_millis(second * 1_000));
    let found = frames(&pool, &instants).await.unwrap();
    let opened: Vec<_> = found.iter().map(|frame| frame.open().unwrap()).collect();
    assert_eq!(opened, [snapshot(20), snapshot(30)]);
    assert!(frames(&pool, &[]).await.unwrap().is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn what_is_published_is_read_once_and_stands_in_the_place_of_the_one_before(pool: PgPool) {
    assert_eq!(current(&pool, None).await.unwrap(), None);
    let mut writes = writer(&pool).await;
    writes.publish(&snapshot(1), false).await.unwrap();
    let first = current(&pool, None).await.unwrap().unwrap();
    assert!(!first.warm && first.age < PATIENCE);
    assert_eq!(first.frame.unwrap().open().unwrap(), snapshot(1));

    let known = Some(snapshot(1).taken_at);
    assert_eq!(current(&pool, known).await.unwrap().unwrap().frame, None);
    writes.publish(&snapshot(2), true).await.unwrap();
    let second = current(&pool, known).await.unwrap().unwrap();
    assert!(second.warm);
    assert_eq!(second.frame.unwrap().open().unwrap(), snapshot(2));
}
