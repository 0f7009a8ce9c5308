//! The services a benchmark runs on, named by the environment, with topics and tables of its own.

use anyhow::Context as _;
use sqlx::postgres::PgPoolOptions;
use sqlx::{AssertSqlSafe, PgPool};
use telemetron_consumer::Upkeep;
use telemetron_kafka::KafkaConfig;
use telemetron_kafka::admin::{TopicPlan, ensure_topics};
use telemetron_model::Timestamp;
use telemetron_store::retention::Retention;

/// Kafka and Postgres for one measurement.
pub(crate) struct Platform {
    pub(crate) kafka: KafkaConfig,
    pub(crate) pool: PgPool,
}

impl Platform {
    /// Makes new topics and empties the tables.
    pub(crate) async fn fresh(partitions: usize) -> anyhow::Result<Self> {
        let servers = std::env::var("KAFKA_BOOTSTRAP_SERVERS")
            .context("KAFKA_BOOTSTRAP_SERVERS names no broker; scripts/bench.sh starts one")?;
        let url = std::env::var("DATABASE_URL").context("DATABASE_URL names no database")?;
        let prefix = format!("bench{:x}-", Timestamp::now().nanos());
        let kafka = KafkaConfig {
            topic_prefix: prefix,
            ..KafkaConfig::new(servers)
        };
        ensure_topics(
            &kafka,
            &TopicPlan {
                partitions,
                ..TopicPlan::default()
            },
        )
        .await?;
        let pool = PgPoolOptions::new()
            .max_connections(8)
            .connect(&url)
            .await?;
        telemetron_store::migrate(&pool).await?;
        empty(&pool).await?;
        Upkeep::new(pool.clone(), Retention::default())
            .make_partitions()
            .await?;
        Ok(Self { kafka, pool })
    }
}

/// Empties every table that the consumer writes.
pub(crate) async fn empty(pool: &PgPool) -> anyhow::Result<()> {
    let tables = "traces, spans, llm_calls, tool_calls, handoffs, events, errors, rollups, ingest_offsets, dead_letters";
    sqlx::raw_sql(AssertSqlSafe(format!("TRUNCATE {tables}")))
        .execute(pool)
        .await?;
    sqlx::raw_sql("CHECKPOINT").execute(pool).await?;
    Ok(())
}
