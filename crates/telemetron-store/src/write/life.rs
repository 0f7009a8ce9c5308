//! Agents, tasks and the events of services: the latest record of each is all there is to keep.
//!
//! Rows are read and locked in key order, compared in memory for the ledger, and written with the
//! comparison repeated in the statement, so that two consumers cannot undo each other's work.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use sqlx::PgConnection;

use super::batch::{Latest, Order};
use super::life_rows::{agent_row, event_row, task_row};
use super::{Batch, Tally, json_rows};
use crate::StoreError;

const AGENTS: Table = Table {
    read: "SELECT agent_id, false, said_ns, hash FROM agents
           WHERE agent_id = ANY($1) ORDER BY agent_id FOR UPDATE",
    write: "INSERT INTO agents AS a SELECT * FROM json_populate_recordset(NULL::agents, $1::json)
            ON CONFLICT (agent_id) DO UPDATE SET
                said_ns = EXCLUDED.said_ns, hash = EXCLUDED.hash, name = EXCLUDED.name,
                description = EXCLUDED.description, capabilities = EXCLUDED.capabilities,
                models = EXCLUDED.models, max_parallel_invocations = EXCLUDED.max_parallel_invocations,
                deployment_name = EXCLUDED.deployment_name, instance = EXCLUDED.instance,
                status = EXCLUDED.status, reason = EXCLUDED.reason,
                registered_ns = EXCLUDED.registered_ns, vitals = EXCLUDED.vitals,
                seen_ns = EXCLUDED.seen_ns
            WHERE (EXCLUDED.said_ns, EXCLUDED.hash) > (a.said_ns, a.hash)",
};

const TASKS: Table = Table {
    read: "SELECT task_id, status >= 4 OR ended_ns IS NOT NULL, said_ns, hash FROM tasks
           WHERE task_id = ANY($1) ORDER BY task_id FOR UPDATE",
    write: "INSERT INTO tasks AS t SELECT * FROM json_populate_recordset(NULL::tasks, $1::json)
            ON CONFLICT (task_id) DO UPDATE SET
                said_ns = EXCLUDED.said_ns, hash = EXCLUDED.hash, queue = EXCLUDED.queue,
                status = EXCLUDED.status, priority = EXCLUDED.priority, agent_id = EXCLUDED.agent_id,
                agent_name = EXCLUDED.agent_name, trace_id = EXCLUDED.trace_id,
                invoked_by = EXCLUDED.invoked_by, blocked_by = EXCLUDED.blocked_by,
                prompt = EXCLUDED.prompt, args = EXCLUDED.args, submitted_ns = EXCLUDED.submitted_ns,
                started_ns = EXCLUDED.started_ns, ended_ns = EXCLUDED.ended_ns,
                error = EXCLUDED.error, seen_ns = EXCLUDED.seen_ns
            WHERE (EXCLUDED.status >= 4 OR EXCLUDED.ended_ns IS NOT NULL, EXCLUDED.said_ns, EXCLUDED.hash)
                > (t.status >= 4 OR t.ended_ns IS NOT NULL, t.said_ns, t.hash)",
};

const SYSTEM_EVENTS: Table = Table {
    read: "SELECT event_id, false, 0::bigint, hash FROM system_events
           WHERE event_id = ANY($1) ORDER BY event_id FOR UPDATE",
    write: "INSERT INTO system_events AS e SELECT * FROM json_populate_recordset(NULL::system_events, $1::json)
            ON CONFLICT (event_id) DO UPDATE SET
                hash = EXCLUDED.hash, agent_id = EXCLUDED.agent_id, agent_name = EXCLUDED.agent_name,
                event_type = EXCLUDED.event_type, event_name = EXCLUDED.event_name,
                severity = EXCLUDED.severity, message = EXCLUDED.message, data = EXCLUDED.data,
                time_ns = EXCLUDED.time_ns, correlation_id = EXCLUDED.correlation_id,
                cause = EXCLUDED.cause, seen_ns = EXCLUDED.seen_ns
            WHERE EXCLUDED.hash > e.hash",
};

struct Table {
    read: &'static str,
    write: &'static str,
}

/// Writes what the batch holds of agents, tasks and services.
pub(super) async fn write(
    conn: &mut PgConnection,
    batch: &Batch,
    tallies: &mut [Tally],
) -> Result<(), StoreError> {
    keep(conn, &AGENTS, &batch.agents, tallies, agent_row).await?;
    keep(conn, &TASKS, &batch.tasks, tallies, task_row).await?;
    keep(
        conn,
        &SYSTEM_EVENTS,
        &batch.system_events,
        tallies,
        event_row,
    )
    .await
}

async fn keep<'a, T, R: Serialize>(
    conn: &mut PgConnection,
    table: &Table,
    records: &'a BTreeMap<String, Latest<T>>,
    tallies: &mut [Tally],
    row: impl Fn(&'a str, &'a Latest<T>) -> R,
) -> Result<(), StoreError> {
    if records.is_empty() {
        return Ok(());
    }
    let ids: Vec<_> = records.keys().collect();
    let stored: Vec<(String, bool, i64, i64)> = sqlx::query_as(table.read)
        .bind(&ids)
        .fetch_all(&mut *conn)
        .await?;
    let stored: HashMap<String, Order> = stored
        .into_iter()
        .map(|(id, over, said, hash)| (id, (over, said, hash)))
        .collect();
    let mut rows = Vec::new();
    for (id, latest) in records {
        let before = stored.get(id).copied();
        latest.tally(before, tallies);
        if before < Some(latest.order) {
            rows.push(row(id, latest));
        }
    }
    json_rows::execute(conn, table.write, &rows).await?;
    Ok(())
}
