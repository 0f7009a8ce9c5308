//! Agents: those that registered, and those that spans name.

use sqlx::PgPool;
use sqlx::postgres::PgRow;
use telemetron_model::Timestamp;
use telemetron_model::record::AgentStatus;

use crate::StoreError;
use crate::read::cells::Cells;

/// An agent as it describes itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id.
    pub agent_id: String,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The models it uses.
    pub models: Vec<String>,
    /// How many tasks it takes at once.
    pub max_parallel_invocations: Option<i32>,
    /// The deployment it runs in.
    pub deployment_name: Option<String>,
    /// Its process.
    pub instance: Option<String>,
    /// How it is.
    pub status: AgentStatus,
    /// Why it is so.
    pub reason: Option<String>,
    /// When it said so.
    pub said_at: Timestamp,
    /// Figures of its process, as JSON.
    pub vitals: Option<String>,
}

/// An agent that spans name, with one of its models.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SeenAgent {
    /// Its name.
    pub name: String,
    /// A model it called; empty when it called none.
    pub model: String,
    /// The minute in which it last began something.
    pub minute: i64,
}

/// Lists the agents that registered and were heard of since, at most 5,000.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn registered(pool: &PgPool, since: Timestamp) -> Result<Vec<Registered>, StoreError> {
    let rows = sqlx::query(
        "SELECT agent_id, name, description, models, max_parallel_invocations, deployment_name,
                instance, status, reason, said_ns, vitals
         FROM agents WHERE said_ns >= $1 ORDER BY name, agent_id LIMIT 5000",
    )
    .bind(since.nanos())
    .fetch_all(pool)
    .await?;
    rows.iter().map(one).collect()
}

fn one(row: &PgRow) -> Result<Registered, StoreError> {
    let cells = Cells::of(row, "agents");
    Ok(Registered {
        agent_id: cells.get("agent_id")?,
        name: cells.get("name")?,
        description: cells.get("description")?,
        models: cells.get("models")?,
        max_parallel_invocations: cells.get("max_parallel_invocations")?,
        deployment_name: cells.get("deployment_name")?,
        instance: cells.get("instance")?,
        status: cells.word("status", AgentStatus::from_code)?,
        reason: cells.get("reason")?,
        said_at: Timestamp::from_nanos(cells.get("said_ns")?),
        vitals: cells.get("vitals")?,
    })
}

/// Lists the agents that did anything since a minute, with their models, at most 5,000.
///
/// # Errors
/// When the database is away, or takes too long.
pub async fn seen(pool: &PgPool, since_minute: i64) -> Result<Vec<SeenAgent>, StoreError> {
    let rows = sqlx::query(
        "SELECT agent, model, max(minute) AS minute FROM rollups
         WHERE minute >= $1 AND agent <> '' GROUP BY agent, model ORDER BY agent, model LIMIT 5000",
    )
    .bind(since_minute)
    .fetch_all(pool)
    .await?;
    let seen = |row: &PgRow| {
        let cells = Cells::of(row, "rollups");
        Ok(SeenAgent {
            name: cells.get("agent")?,
            model: cells.get("model")?,
            minute: cells.get("minute")?,
        })
    };
    rows.iter().map(seen).collect()
}
