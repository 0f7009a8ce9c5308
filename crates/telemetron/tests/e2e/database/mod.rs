//! Databases of other people: over TLS, behind a pooler, several hosts of which one takes writes.

mod server;

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::load::Load;
use crate::platform::Platform;
use server::{Certificates, Pooler, Server};

/// Runs `telemetron migrate` on a database; says whether it went well, and what it said.
fn migrate(url: &str) -> (bool, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_telemetron"))
        .arg("migrate")
        .env("DATABASE_URL", url)
        .env("RUST_LOG", "info")
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.success(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

fn works(url: &str) -> String {
    let (works, said) = migrate(url);
    assert!(works, "{url}: {said}");
    said
}

fn is_refused(url: &str, why: &str) {
    let (works, said) = migrate(url);
    assert!(!works && said.contains(why), "{url}: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_over_tls_is_checked_as_far_as_the_url_demands() {
    let Some(server) = Server::start(Some(&Certificates::make)).await else {
        return;
    };
    let (ours, other) = (server.authority("ca.pem"), server.authority("other.pem"));
    let url = |host: &str, query: &str| server.url(host, query);
    let said = works(&url("127.0.0.1", "sslmode=require"));
    assert!(!said.contains("not encrypted"), "{said}");
    works(&url(
        "localhost",
        &format!("sslmode=verify-full&sslrootcert={ours}"),
    ));
    works(&url(
        "127.0.0.1",
        &format!("sslmode=verify-ca&sslrootcert={ours}"),
    ));
    works(&url(
        "127.0.0.1",
        &format!("sslmode=require&sslrootcert={ours}"),
    ));
    let by_name = format!("sslmode=verify-full&sslrootcert={ours}");
    is_refused(&url("127.0.0.1", &by_name), "not valid for name");
    for mode in ["require", "verify-ca", "verify-full"] {
        let stranger = format!("sslmode={mode}&sslrootcert={other}");
        is_refused(&url("localhost", &stranger), "UnknownIssuer");
    }
    is_refused(&url("localhost", "sslmode=verify-full"), "UnknownIssuer");
}

#[tokio::test(flavor = "multi_thread")]
async fn plain_text_is_said_and_never_taken_where_tls_is_demanded() {
    let Some(server) = Server::start(None).await else {
        return;
    };
    let said = works(&server.url("127.0.0.1", ""));
    assert!(said.contains("is not encrypted"), "{said}");
    assert!(said.contains(&server.place()), "which host: {said}");
    assert!(!works(&server.url("127.0.0.1", "sslmode=disable")).contains("is not encrypted"));
    let refused = "server does not support TLS";
    is_refused(&server.url("127.0.0.1", "sslmode=require"), refused);
    is_refused(&server.url("127.0.0.1", "sslmode=verify-full"), refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pooler_works_in_session_mode_and_is_refused_in_transaction_mode() {
    let Some(server) = Server::start(None).await else {
        return;
    };
    let Some(pooler) = Pooler::start(&server, "session") else {
        return;
    };
    works(&pooler.url());
    drop(pooler);
    let pooler = Pooler::start(&server, "transaction").unwrap();
    is_refused(&pooler.url(), "set pool_mode = session");
}

/// The primary dies under load, the standby is promoted: nobody starts again, nothing is lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_failover_of_the_database_is_followed_without_a_restart() {
    let Some(primary) = Server::start(None).await else {
        return;
    };
    let standby = primary.standby().await;
    let hosts = format!("{},{}", standby.place(), primary.place());
    let url = format!("postgres://telemetron@{hosts}/telemetron?target_session_attrs=read-write");
    let Some(platform) = Platform::start_with(&[("DATABASE_URL", &url)]).await else {
        return;
    };
    let load = Load::start(platform.bootstrap_servers());
    let before = received_more_than(&platform, 0).await;
    primary.kill();
    standby.promote().await;
    received_more_than(&platform, before).await;
    let sent = load.stop().await * 2;
    let settled = |answer: &Value| answer["ledger"]["received"].as_u64() >= Some(sent);
    let ledger = platform.eventually("/api/v1/ingest", settled).await["ledger"].clone();
    assert_eq!(
        (&ledger["stored"], &ledger["balanced"]),
        (&sent.into(), &true.into())
    );
    assert!(platform.log().contains("the database is another host now"));
}

async fn received_more_than(platform: &Platform, before: u64) -> u64 {
    let received = |answer: &Value| answer["ledger"]["received"].as_u64().unwrap_or_default();
    let more = |answer: &Value| received(answer) >= before + 400;
    received(&platform.eventually("/api/v1/ingest", more).await)
}

/// A path as a part of a URL's query.
fn in_url(path: &Path) -> String {
    path.to_str().unwrap().replace(' ', "%20")
}
