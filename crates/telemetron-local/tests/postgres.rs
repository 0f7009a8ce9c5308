//! The local Postgres: started, stopped, killed and left behind. Skipped without its binaries.

#![expect(clippy::unwrap_used, reason = "a failed step fails the test")]

mod common;

use std::process::{Command, Stdio};

use common::{Bystander, GRACE, note, scratch};
use telemetron_local::{Error, LocalPostgres, PostgresOptions, ProcessId};

/// Starts the server, or says why the test does nothing.
async fn start(options: PostgresOptions) -> Option<LocalPostgres> {
    match LocalPostgres::start(options).await {
        Err(missing @ Error::PostgresMissing) => {
            eprintln!("skipped: {missing}");
            None
        }
        started => Some(started.unwrap()),
    }
}

fn sql(url: &str, statement: &str) -> String {
    let output = Command::new("psql")
        .args([url, "-qAtc", statement])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[tokio::test]
async fn a_restart_keeps_address_and_rows() {
    let dir = scratch();
    let options = PostgresOptions::new(dir.path().join("postgres"));
    let Some(first) = start(options.clone()).await else {
        return;
    };
    let url = first.url();
    sql(&url, "CREATE TABLE kept AS SELECT 'ä' AS text");
    let process = ProcessId::of(first.pid()).unwrap();
    assert!(first.stop(GRACE).await.unwrap().success());
    assert!(!process.is_alive());
    assert!(!dir.path().join("postgres/process").exists());

    let second = LocalPostgres::start(options).await.unwrap();
    assert_eq!(second.url(), url);
    assert_eq!(sql(&url, "SELECT text, length(text) FROM kept"), "ä|1");
    second.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_killed_server_comes_back_while_an_old_child_is_busy() {
    let dir = scratch();
    let options = PostgresOptions::new(dir.path().join("postgres"));
    let Some(first) = start(options.clone()).await else {
        return;
    };
    let url = first.url();
    sql(&url, "CREATE TABLE kept AS SELECT 1 AS number");
    let mut busy = busy_session(&url);
    first.kill().await.unwrap();

    let second = LocalPostgres::start(options).await.unwrap();
    assert_eq!(sql(&url, "SELECT number FROM kept"), "1");
    assert!(!busy.wait().unwrap().success());
    second.stop(GRACE).await.unwrap();
}

/// A session whose backend computes, and so does not notice that its server died.
fn busy_session(url: &str) -> std::process::Child {
    let count = "SELECT sum(i) FROM generate_series(1, 100000000000) i";
    let session = Command::new("psql")
        .args([url, "-qAtc", count])
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let running = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'SELECT sum%'";
    while sql(url, running) != "1" {}
    session
}

#[tokio::test]
async fn a_server_left_behind_is_stopped_by_the_next_start() {
    let dir = scratch();
    let options = PostgresOptions::new(dir.path().join("postgres"));
    let Some(first) = start(options.clone()).await else {
        return;
    };
    let orphan = ProcessId::of(first.pid()).unwrap();
    // As after `kill -9`: nobody stops the server, and its note stays.
    std::mem::forget(first);

    let second = LocalPostgres::start(options).await.unwrap();
    assert!(!orphan.is_alive());
    assert_ne!(second.pid(), orphan.pid);
    second.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn strangers_with_the_process_ids_of_a_crashed_server_are_left_alone() {
    let dir = scratch();
    let options = PostgresOptions::new(dir.path().join("postgres"));
    let Some(first) = start(options.clone()).await else {
        return;
    };
    let pid_file = options.data_dir.join("data/postmaster.pid");
    let lock = std::fs::read_to_string(&pid_file).unwrap();
    let old = first.pid().to_string();
    first.stop(GRACE).await.unwrap();

    let bystander = Bystander::start();
    let id = bystander.id();
    note(
        &options.data_dir,
        ProcessId {
            started: id.started - 1,
            ..id
        },
    );
    std::fs::write(&pid_file, lock.replacen(&old, &id.pid.to_string(), 1)).unwrap();

    let second = LocalPostgres::start(options).await.unwrap();
    second.stop(GRACE).await.unwrap();
    assert!(id.is_alive());
}

#[tokio::test]
async fn the_server_has_the_encoding_and_settings_it_is_promised() {
    let dir = scratch();
    let Some(postgres) = start(PostgresOptions::new(dir.path().join("postgres"))).await else {
        return;
    };
    let url = postgres.admin_url();
    for (name, value) in [
        ("server_encoding", "UTF8"),
        ("lc_collate", "C.UTF-8"),
        ("listen_addresses", ""),
        ("synchronous_commit", "on"),
        ("shared_buffers", "256MB"),
        ("jit", "off"),
    ] {
        let shown = sql(&url, &format!("SELECT current_setting('{name}', true)"));
        // Newer versions tell the collation of the database alone.
        if name != "lc_collate" || !shown.is_empty() {
            assert_eq!(shown, value, "{name}");
        }
    }
    postgres.stop(GRACE).await.unwrap();
}

#[tokio::test]
async fn a_directory_too_long_for_a_socket_gets_a_short_one() {
    let dir = scratch();
    let long = dir.path().join("x".repeat(90)).join("postgres");
    std::fs::create_dir(long.parent().unwrap()).unwrap();
    let Some(postgres) = start(PostgresOptions::new(&long)).await else {
        return;
    };
    assert_eq!(sql(&postgres.url(), "SELECT 1"), "1");
    postgres.stop(GRACE).await.unwrap();

    let socket_dir = std::fs::read_to_string(long.join("socket-dir")).unwrap();
    std::fs::remove_dir_all(socket_dir.trim()).unwrap();
}

#[tokio::test]
async fn a_damaged_directory_is_named() {
    let dir = scratch();
    let options = PostgresOptions::new(dir.path().join("postgres"));
    let Some(first) = start(options.clone()).await else {
        return;
    };
    first.stop(GRACE).await.unwrap();
    std::fs::remove_file(options.data_dir.join("data/PG_VERSION")).unwrap();

    let refused = LocalPostgres::start(options).await.unwrap_err().to_string();
    assert!(
        refused.contains("data is damaged (no PG_VERSION)"),
        "{refused}"
    );
}
