//! Records that once stopped their partitions for ever.

use telemetron_store::skip::{Outcome, Place, skip};

use crate::support::{Platform, Running, event, span};
use telemetron_model::topic::Topic;

const SCHEMA: &[u8] = b"telemetron.span.v1";

/// Bytes that no compression makes smaller.
fn noise(bytes: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    (0..bytes.div_ceil(8))
        .flat_map(|_| next())
        .take(bytes)
        .collect()
}

/// Whatever is large in a record, its letter fits and the others go on.
#[sqlx::test(migrations = "../../migrations")]
async fn no_record_is_too_large_for_the_dead_letters(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    let calls = format!(r#"{{"llm_calls":"{}"}}"#, "A".repeat(7 * 1024 * 1024));
    let key = vec![0xff; 4_600_000];
    platform
        .send_bytes("spans", None, SCHEMA, calls.as_bytes())
        .await;
    platform
        .send_bytes("spans", Some(&key), SCHEMA, b"{}")
        .await;
    platform.send_bytes("spans", None, &key, b"{}").await;
    // With its key it is larger than any letter may be.
    let value = vec![b' '; 7_960_000];
    platform
        .send_bytes("spans", Some(&key), SCHEMA, &value)
        .await;
    platform
        .send(&(0..20).map(|n| span(n, n)).collect::<Vec<_>>())
        .await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(24).await;
    assert_eq!((ledger.stored, ledger.rejected), (20, 4));
    assert_eq!(platform.letters().await, 4);
    let cut = platform
        .texts("SELECT cut FROM dead_letters WHERE cut IS NOT NULL")
        .await;
    assert_eq!(cut.len(), 1);
    assert!(
        cut[0].starts_with("the value of 7960000 bytes (xxh3 "),
        "{cut:?}"
    );
    consumer.stop().await;
}

/// A topic that somebody else made may take less than we ask for.
#[sqlx::test(migrations = "../../migrations")]
async fn a_letter_is_cut_until_kafka_takes_it(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start_with_letters_of(pool, 40_000).await else {
        return;
    };
    platform
        .send_bytes("spans", None, SCHEMA, &noise(200_000))
        .await;
    platform.send(&[span(1, 1)]).await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(2).await;
    assert_eq!((ledger.stored, ledger.rejected), (1, 1));
    assert_eq!(platform.letters().await, 1);
    assert_eq!(consumer.counted("dead_letters_cut"), 1);
    consumer.stop().await;
}

#[sqlx::test(migrations = "../../migrations")]
async fn a_record_of_which_kafka_takes_no_letter_goes_to_a_file(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start_with_letters_of(pool, 1_000).await else {
        return;
    };
    let value = noise(50_000);
    platform.send_bytes("spans", None, SCHEMA, &value).await;
    platform.send(&[span(1, 1)]).await;
    let consumer = platform.consume();
    let ledger = platform.ledger_of(2).await;
    assert_eq!((ledger.stored, ledger.rejected), (1, 1));
    let file = platform.texts("SELECT file FROM dead_letters").await;
    let kept = std::fs::read(&file[0]).unwrap();
    let kept: serde_json::Value = serde_json::from_slice(&kept).unwrap();
    let bytes = kept["value_base64"].as_str().unwrap().len();
    assert_eq!(bytes, value.len().div_ceil(3) * 4, "the whole record");
    assert_eq!(consumer.counted("dead_letters_filed"), 1);
    consumer.stop().await;
}

/// Neither Kafka nor the disk takes the record: an operator goes past it while the consumer waits.
#[sqlx::test(migrations = "../../migrations")]
async fn an_operator_goes_past_a_record_that_nothing_takes(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start_with_letters_of(pool, 1_000).await else {
        return;
    };
    std::fs::remove_dir(platform.letter_files()).unwrap();
    std::fs::write(platform.letter_files(), "no folder").unwrap();
    let first = platform
        .send_bytes("spans", Some(b"k"), SCHEMA, &noise(50_000))
        .await;
    let good = span(1, 1).to_json().unwrap();
    platform.send_bytes("spans", None, SCHEMA, &good).await;
    let consumer = platform.consume();
    consumer
        .not_ready("consumer.dead_letters", "cannot be kept in")
        .await;
    let place = Place {
        cluster_id: platform.cluster_id().await,
        topic_prefix: platform.kafka.topic_prefix.clone(),
        topic: Topic::Spans,
        partition: first.partition,
        offset: first.offset,
    };
    let outcome = skip(&platform.pool, &place, "nothing takes it")
        .await
        .unwrap();
    assert_eq!(outcome, Outcome::Skipped);
    went_on(&platform, consumer, &place).await;
}

/// The record lies in the middle of a batch that waits: the batch heeds the operator by itself.
#[sqlx::test(migrations = "../../migrations")]
async fn a_batch_that_waits_heeds_a_skip_in_its_middle(pool: sqlx::PgPool) {
    let Some(platform) = Platform::start(pool).await else {
        return;
    };
    platform
        .execute(
            "CREATE FUNCTION break() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN IF NEW.event_count > 0 THEN RAISE 'it breaks'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER break BEFORE INSERT OR UPDATE ON traces FOR EACH ROW EXECUTE FUNCTION break()",
        )
        .await;
    let record = event(1);
    let (key, value) = (record.key().into_bytes(), record.to_json().unwrap());
    let schema = b"telemetron.event.v1";
    let before = platform
        .send_bytes("events", Some(&key), schema, b"{")
        .await;
    let poison = platform
        .send_bytes("events", Some(&key), schema, &value)
        .await;
    assert_eq!(before.offset + 1, poison.offset);
    platform.send(&[span(1, 1)]).await;
    let consumer = platform.consume();
    consumer.not_ready("consumer.store", "it breaks").await;
    let place = Place {
        cluster_id: platform.cluster_id().await,
        topic_prefix: platform.kafka.topic_prefix.clone(),
        topic: Topic::Events,
        partition: poison.partition,
        offset: poison.offset,
    };
    let outcome = skip(&platform.pool, &place, "it breaks").await.unwrap();
    assert_eq!(outcome, Outcome::Noted(before.offset));
    let ledger = platform.ledger_of(3).await;
    assert_eq!((ledger.stored, ledger.rejected), (1, 2));
    assert_eq!(platform.count("ingest_skips").await, 0);
    went_on(&platform, consumer, &place).await;
}

/// The record counts as skipped, the other is stored, and there is nothing left to skip.
async fn went_on(platform: &Platform, consumer: Running, place: &Place) {
    let ledger = platform.ledger_of(2).await;
    assert_eq!(ledger.stored, 1);
    let letters = "SELECT reason FROM dead_letters WHERE code = 'skipped'";
    let reasons = platform.texts(letters).await;
    assert!(
        reasons[0].starts_with("skipped by an operator: "),
        "{reasons:?}"
    );
    let again = skip(&platform.pool, place, "again").await.unwrap();
    // The other record may lie behind it in the same partition.
    assert!(
        matches!(again, Outcome::Passed(next) if next > place.offset),
        "{again:?}"
    );
    consumer.stop().await;
}
