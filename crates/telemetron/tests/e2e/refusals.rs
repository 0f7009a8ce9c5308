//! A database that refuses is nobody's record's fault: records wait, `/ready` says why and what to do,
//! and once it takes writes again, each is stored once and none is a dead letter.

use std::time::Duration;

use serde_json::Value;
use sqlx::PgPool;
use telemetron_local::{LocalPostgres, PostgresOptions};

use crate::load::Load;
use crate::platform::{Platform, jars, passable_dir};

/// How long `up` may take to stop: the grace of its roles, and that of Kafka on a busy machine.
const STOP: Duration = Duration::from_secs(60);

/// A database that is not ours, whose owner may do no more than owners may.
struct Database {
    server: LocalPostgres,
    /// As the one who runs the server.
    admin: PgPool,
    _dir: tempfile::TempDir,
}

impl Database {
    async fn start() -> Self {
        let dir = passable_dir();
        let data = dir.path().join("postgres");
        let server = LocalPostgres::start(PostgresOptions::new(&data))
            .await
            .unwrap();
        let admin = PgPool::connect(&server.admin_url()).await.unwrap();
        let database = Self {
            server,
            admin,
            _dir: dir,
        };
        database.run("CREATE ROLE app LOGIN PASSWORD 'one'").await;
        database.run("CREATE DATABASE app OWNER app").await;
        // Ours trusts whoever reaches its socket; this role has to give its password.
        let rules = data.join("data").join("pg_hba.conf");
        let others = std::fs::read_to_string(&rules).unwrap();
        let with_password = format!("local app app scram-sha-256\n{others}");
        std::fs::write(&rules, with_password).unwrap();
        database.run("SELECT pg_reload_conf()").await;
        database
    }

    /// Runs a statement as the one who runs the server.
    async fn run(&self, statement: &'static str) {
        sqlx::raw_sql(statement).execute(&self.admin).await.unwrap();
    }

    /// Ends all connections of the platform: what is set for a database or a role counts for new ones.
    async fn disconnect(&self) {
        self.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
             WHERE datname = 'app' AND pid <> pg_backend_pid()",
        )
        .await;
    }

    /// Where it is for the role `app`.
    fn url(&self) -> String {
        let ours = "telemetron@localhost/telemetron?";
        self.server.url().replace(ours, "app:one@localhost/app?")
    }

    /// The platform's tables, as the one who runs the server.
    fn tables(&self) -> PgPool {
        PgPool::connect_lazy(&self.server.url().replace("/telemetron?", "/app?")).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_refuses_makes_records_wait_and_none_a_dead_letter() {
    if jars().is_none() {
        return;
    }
    let database = Database::start().await;
    let url = database.url();
    let Some(mut platform) = Platform::start_with(&[("DATABASE_URL", &url)]).await else {
        return;
    };
    let tables = database.tables();
    let run = async |statement: &'static str| {
        sqlx::raw_sql(statement).execute(&tables).await.unwrap();
    };

    // The first batch lacks its day, which cannot be made.
    run("DO $$ DECLARE part text; BEGIN
           FOR part IN SELECT oid::regclass::text FROM pg_class WHERE relispartition AND relkind = 'r' LOOP
             EXECUTE 'DROP TABLE ' || part; END LOOP; END $$;
         ALTER SCHEMA public OWNER TO CURRENT_USER; REVOKE CREATE ON SCHEMA public FROM app, PUBLIC")
    .await;
    let load = Load::start(platform.bootstrap_servers());
    not_ready(&platform, "the partition of a day cannot be made").await;
    run("GRANT CREATE ON SCHEMA public TO app").await;
    let seen = flows_again(&platform, 0).await;

    run("REVOKE INSERT ON spans FROM app").await;
    not_ready(&platform, "permission denied for table spans").await;
    run("GRANT INSERT ON spans TO app").await;
    let seen = flows_again(&platform, seen).await;

    database
        .run("ALTER DATABASE app SET default_transaction_read_only = on")
        .await;
    database.disconnect().await;
    not_ready(&platform, "the database takes no writes").await;
    database
        .run("ALTER DATABASE app RESET default_transaction_read_only")
        .await;
    let seen = flows_again(&platform, seen).await;

    database.run("ALTER ROLE app PASSWORD 'two'").await;
    database.disconnect().await;
    not_ready(&platform, "correct the user and the password").await;
    database.run("ALTER ROLE app PASSWORD 'one'").await;
    flows_again(&platform, seen).await;

    // A stop in the middle of a refusal ends in time, and nothing is lost by it.
    run("REVOKE INSERT ON spans FROM app").await;
    not_ready(&platform, "permission denied for table spans").await;
    let sent = load.stop().await;
    let ended = platform.terminate(STOP).await;
    let log = platform.log();
    assert!(
        ended.is_some_and(|status| status.success()),
        "{ended:?}\n{log}"
    );
    run("GRANT INSERT ON spans TO app").await;
    platform.restart();
    platform.ready().await;

    let all = |answer: &Value| answer["ledger"]["received"] == sent * 2;
    let ledger = &platform.eventually("/api/v1/ingest", all).await["ledger"];
    assert_eq!(
        (&ledger["stored"], &ledger["rejected"]),
        (&(sent * 2).into(), &0.into())
    );
    let letters = platform.eventually("/api/v1/dead-letters", |_| true).await;
    assert_eq!(letters["items"], serde_json::json!([]));
}

/// Waits until `/ready` gives a reason with these words.
async fn not_ready(platform: &Platform, words: &str) {
    let says_so = |answer: &Value| answer.to_string().contains(words);
    let answer = platform.eventually("/ready", says_so).await;
    assert_eq!(answer["ready"], false, "{answer}");
}

/// Waits until more records are stored than before and everything is ready; returns how many are.
async fn flows_again(platform: &Platform, before: u64) -> u64 {
    let received = |answer: &Value| answer["ledger"]["received"].as_u64().unwrap_or_default();
    let more = |answer: &Value| received(answer) > before;
    let answer = platform.eventually("/api/v1/ingest", more).await;
    platform
        .eventually("/ready", |answer| answer["ready"] == true)
        .await;
    received(&answer)
}
