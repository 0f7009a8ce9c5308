//! Whose offsets and dead letters are whose: installations behind a prefix, and topics made anew.

use sqlx::PgPool;
use telemetron_model::Timestamp;
use telemetron_model::topic::Topic;
use telemetron_store::write::{
    Batch, Found, Kept, PartitionStart, Position, Rejected, Topics, adopt_offsets, apply,
    begin_partition, begin_partition_of, load_offsets,
};

fn start(topic: Topic, partition: i32, offset: i64) -> PartitionStart {
    PartitionStart {
        topic,
        partition,
        offset,
        expired: 0,
    }
}

async fn offsets(pool: &PgPool, prefix: &str) -> Vec<i64> {
    let stored = load_offsets(pool, "test", prefix).await.unwrap();
    let mut offsets: Vec<_> = stored.iter().map(|it| it.next_offset).collect();
    offsets.sort_unstable();
    offsets
}

#[sqlx::test(migrations = "../../migrations")]
async fn offsets_without_a_prefix_go_to_the_first_installation_that_has_one(pool: PgPool) {
    for (partition, offset) in [(0, 70), (1, 80)] {
        let row = start(Topic::Spans, partition, offset);
        begin_partition(&pool, "test", row).await.unwrap();
    }
    // Another cluster is nobody's business.
    assert_eq!(adopt_offsets(&pool, "other", "blue.").await.unwrap(), 0);
    assert_eq!(adopt_offsets(&pool, "test", "blue.").await.unwrap(), 2);
    assert_eq!(offsets(&pool, "blue.").await, [70, 80]);
    assert_eq!(adopt_offsets(&pool, "test", "green.").await.unwrap(), 0);
    assert!(offsets(&pool, "green.").await.is_empty());
}

#[sqlx::test(migrations = "../../migrations")]
async fn an_installation_that_has_offsets_adopts_none(pool: PgPool) {
    let topics = Topics {
        prefix: "blue.".to_owned(),
        ..Topics::default()
    };
    let (own, found) = (start(Topic::Spans, 0, 5), Found::default());
    begin_partition_of(&pool, "test", &topics, own, &found)
        .await
        .unwrap();
    let old = start(Topic::Spans, 0, 70);
    begin_partition(&pool, "test", old).await.unwrap();
    assert_eq!(adopt_offsets(&pool, "test", "blue.").await.unwrap(), 0);
    assert_eq!(offsets(&pool, "blue.").await, [5]);
}

/// Rejects the record at offset 0 of a topic with this id, behind a prefix of its own.
async fn reject(pool: &PgPool, prefix: &str, id: &str) {
    let topics = Topics {
        prefix: prefix.to_owned(),
        ids: [(Topic::Spans, id.to_owned())].into(),
    };
    let (first, found) = (start(Topic::Spans, 0, 0), Found::default());
    begin_partition_of(pool, "test", &topics, first, &found)
        .await
        .unwrap();
    let mut batch = Batch::new("test").in_topics(topics);
    let position = batch.add_position(Position {
        topic: Topic::Spans,
        partition: 0,
        expected: 0,
        next: 1,
        broker_time: Some(Timestamp::from_nanos(1)),
        received: 1,
        ignored: 0,
        rejected: 1,
    });
    batch.reject(Rejected {
        position,
        offset: 0,
        broker_time: Timestamp::from_nanos(1),
        kept: Kept::Nowhere,
        code: "json",
        reason: format!("no JSON in {id}"),
        schema: None,
        key: None,
        value_bytes: 1,
        excerpt: "{".to_owned(),
    });
    batch.seal().unwrap();
    apply(pool, &batch).await.unwrap();
}

/// Two topics of one name, as those of two installations are, or one that was made anew.
#[sqlx::test(migrations = "../../migrations")]
async fn the_same_offset_of_another_topic_is_another_dead_letter(pool: PgPool) {
    reject(&pool, "blue.", "AAA").await;
    reject(&pool, "green.", "BBB").await;
    let reasons: Vec<String> = sqlx::query_scalar("SELECT reason FROM dead_letters ORDER BY id")
        .fetch_all(&pool)
        .await
        .unwrap();
    assert_eq!(reasons, ["no JSON in AAA", "no JSON in BBB"]);
}
