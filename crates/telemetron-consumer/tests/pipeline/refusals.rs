//! What Postgres refuses: whose fault it is, and what it costs the others.

use crate::support::{Platform, event, span};

/// One row in ten is refused. They are found together, in as many transactions as it takes for one.
#[sqlx::test(migrations = "../../migrations")]
async fn refused_rows_are_found_in_a_handful_of_transactions_whatever_their_number(
    pool: sqlx::PgPool,
) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    platform
        .execute("ALTER TABLE spans ADD CONSTRAINT no_tens CHECK (name !~ '0$')")
        .await;
    let spans: Vec<_> = (0..2_000).map(|n| span(n / 5, n)).collect();
    platform.send(&spans).await;
    let consumer = platform.consume_batches_of(4_000);
    let ledger = platform.ledger_of(2_000).await;
    assert_eq!((ledger.stored, ledger.rejected), (1_800, 200));
    assert_eq!(platform.letters().await, 200, "each is sent once");
    // The topics have four partitions: a batch may begin before all of them are read, and has two lanes.
    let attempts = consumer.counted("attempts");
    assert!(attempts <= 20, "{attempts} transactions");
    consumer.stop().await;
}

/// A statement that names no row leaves halving; what was rejected before is not sent again.
#[sqlx::test(migrations = "../../migrations")]
async fn while_a_batch_is_halved_no_record_is_buried_twice(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    platform
        .execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN IF NEW.event_count > 0 THEN RAISE 'not these' USING ERRCODE = '22000'; END IF;
             RETURN NEW; END $$;
             CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON traces FOR EACH ROW EXECUTE FUNCTION refuse()",
        )
        .await;
    platform
        .send_raw("spans", None, "telemetron.span.v1", b"{")
        .await;
    let records = (0..40).map(|n| span(n, n)).chain([event(7), event(30)]);
    platform.send(&records.collect::<Vec<_>>()).await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(43).await;
    assert_eq!((ledger.stored, ledger.rejected), (40, 3));
    assert_eq!(platform.letters().await, 3);
    consumer.stop().await;
}

/// The row of a dead letter that is refused loses what it says, not that it is counted.
#[sqlx::test(migrations = "../../migrations")]
async fn a_dead_letter_whose_row_is_refused_is_counted_all_the_same(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    platform
        .execute("ALTER TABLE dead_letters ADD CONSTRAINT short CHECK (length(reason) < 5)")
        .await;
    platform
        .send_raw("spans", None, "telemetron.span.v1", b"{")
        .await;
    platform.send(&[span(1, 1)]).await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(2).await;
    assert_eq!((ledger.stored, ledger.rejected), (1, 1));
    assert_eq!(platform.letters().await, 1);
    consumer.stop().await;
}

/// A table that is not there is nobody's record's fault, and a stop does not wait for it.
#[sqlx::test(migrations = "../../migrations")]
async fn what_the_database_lacks_is_waited_for_and_a_stop_is_heard(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    platform
        .execute("ALTER TABLE rollups RENAME TO elsewhere")
        .await;
    platform
        .send_raw("spans", None, "telemetron.span.v1", b"{")
        .await;
    platform
        .send(&(0..100).map(|n| span(n, n)).collect::<Vec<_>>())
        .await;
    let first = platform.consume();
    first
        .not_ready("consumer.store", "run `telemetron migrate`")
        .await;
    first.stop().await;
    let second = platform.consume();
    second.not_ready("consumer.store", "rollups").await;
    platform
        .execute("ALTER TABLE elsewhere RENAME TO rollups")
        .await;
    let ledger = platform.ledger_of(101).await;
    assert_eq!((ledger.stored, ledger.rejected), (100, 1));
    second.stop().await;
}

/// Nothing else comes: a consumer that is fenced must not wait for it.
#[sqlx::test(migrations = "../../migrations")]
async fn a_fenced_consumer_begins_again_though_no_message_comes(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let consumer = platform.consume();
    platform.send(&[span(1, 1)]).await;
    platform.ledger_of(1).await;
    // Another consumer would do the same, and give the partition back.
    platform
        .execute("UPDATE ingest_offsets SET next_offset = next_offset - 1 WHERE received = 1")
        .await;
    platform.send(&[span(1, 2)]).await;
    let ledger = platform.ledger_of(3).await;
    assert_eq!((ledger.stored, ledger.duplicate), (2, 1));
    assert!(consumer.counted("fenced") > 0);
    consumer.stop().await;
}

/// A day whose partition cannot be made is made as soon as it can be.
#[sqlx::test(migrations = "../../migrations")]
async fn a_day_that_cannot_be_made_is_tried_until_it_can(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start_without_partitions(pool).await else {
        return;
    };
    platform
        .execute(
            "CREATE FUNCTION forbid() RETURNS event_trigger LANGUAGE plpgsql AS $$
             BEGIN RAISE 'no new tables today' USING ERRCODE = '42501'; END $$;
             CREATE EVENT TRIGGER forbid ON ddl_command_start WHEN TAG IN ('CREATE TABLE')
             EXECUTE FUNCTION forbid()",
        )
        .await;
    platform
        .send(&(0..50).map(|n| span(n, n)).collect::<Vec<_>>())
        .await;
    let consumer = platform.consume();
    consumer
        .not_ready("consumer.store", "no new tables today")
        .await;
    while consumer.counted("retries") < 6 {
        tokio::task::yield_now().await;
    }
    platform.execute("DROP EVENT TRIGGER forbid").await;
    let ledger = platform.ledger_of(50).await;
    assert_eq!((ledger.stored, ledger.rejected), (50, 0));
    consumer.stop().await;
}
