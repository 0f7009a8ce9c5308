//! The yardsticks: what COPY alone does with the identical rows, and with plain jsonb rows.

use std::time::Instant;

use futures_util::TryStreamExt as _;
use sqlx::postgres::PgPoolCopyExt as _;
use sqlx::{Connection as _, PgPool};
use telemetron_model::Timestamp;
use telemetron_model::record::Record;

use crate::consumer::Measured;
use crate::report::figure;
use crate::{cpu, platform, workload};

/// Spans in one transaction, as in the consumer.
const BATCH: usize = 5_000;

/// Length of the header of a binary COPY stream.
const HEADER: usize = 19;

/// Bytes of tables, indexes and TOAST that hold the spans.
pub(crate) async fn disk_bytes(pool: &PgPool) -> anyhow::Result<f64> {
    let (bytes,): (f64,) = sqlx::query_as(
        "SELECT sum(pg_total_relation_size(oid))::float8 FROM pg_class
         WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname NOT LIKE 'plain%'",
    )
    .fetch_one(pool)
    .await?;
    Ok(bytes)
}

/// Copies all rows out, empties the tables, and times COPY of the same rows back in.
pub(crate) async fn identical_rows(pool: &PgPool, spans: f64) -> anyhow::Result<Measured> {
    let tables = [
        Table::read(pool, "spans").await?,
        Table::read(pool, "traces").await?,
        Table::read(pool, "rollups").await?,
    ];
    platform::empty(pool).await?;
    let (own, postgres, timer) = (cpu::own(), cpu::postgres(), Instant::now());
    let batches = tables[0].rows.len().div_ceil(BATCH).max(1);
    let mut conn = pool.acquire().await?;
    for batch in 0..batches {
        let mut tx = conn.begin().await?;
        for table in &tables {
            let (from, to) = (
                table.rows.len() * batch / batches,
                table.rows.len() * (batch + 1) / batches,
            );
            let mut sink = tx.copy_in_raw(&table.copy_in()).await?;
            sink.send(table.stream(from, to)).await?;
            sink.finish().await?;
        }
        tx.commit().await?;
    }
    Ok(measured(spans, own, postgres, timer))
}

/// One table's rows in binary COPY form.
struct Table {
    name: &'static str,
    columns: String,
    bytes: Vec<u8>,
    /// Where each row begins and ends.
    rows: Vec<(usize, usize)>,
}

impl Table {
    async fn read(pool: &PgPool, name: &'static str) -> anyhow::Result<Self> {
        let (columns,): (String,) = sqlx::query_as(
            "SELECT string_agg(attname, ', ' ORDER BY attnum) FROM pg_attribute
             WHERE attrelid = $1::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        )
        .bind(name)
        .fetch_one(pool)
        .await?;
        let copy = format!("COPY (SELECT {columns} FROM {name}) TO STDOUT (FORMAT binary)");
        let mut stream = pool.copy_out_raw(&copy).await?;
        let mut bytes = Vec::new();
        while let Some(chunk) = stream.try_next().await? {
            bytes.extend_from_slice(&chunk);
        }
        let rows = row_ranges(&bytes);
        Ok(Self {
            name,
            columns,
            bytes,
            rows,
        })
    }

    fn copy_in(&self) -> String {
        format!(
            "COPY {} ({}) FROM STDIN (FORMAT binary)",
            self.name, self.columns
        )
    }

    fn stream(&self, from: usize, to: usize) -> Vec<u8> {
        let mut stream = self.bytes[..HEADER].to_vec();
        self.rows[from..to]
            .iter()
            .for_each(|(start, end)| stream.extend_from_slice(&self.bytes[*start..*end]));
        stream.extend_from_slice(&(-1_i16).to_be_bytes());
        stream
    }
}

/// What stands beyond the end of a stream.
const ENDLESS: [u8; 4] = [0xff; 4];

/// Finds the rows of a binary COPY stream: a count of fields, then length and bytes of each.
fn row_ranges(bytes: &[u8]) -> Vec<(usize, usize)> {
    // Beyond the end everything reads as minus one, which ends the stream.
    let number = |at: usize, length: usize| {
        let slice = bytes.get(at..at + length).unwrap_or(&ENDLESS[..length]);
        slice
            .iter()
            .fold(0_i64, |n, byte| n << 8 | i64::from(*byte))
    };
    let mut rows = Vec::new();
    let mut at = HEADER;
    while at + 2 <= bytes.len() && number(at, 2) != 0xffff {
        let start = at;
        let fields = number(at, 2);
        at += 2;
        for _ in 0..fields {
            let length = number(at, 4);
            at += 4 + if length == 0xffff_ffff {
                0
            } else {
                usize::try_from(length).unwrap_or_default()
            };
        }
        rows.push((start, at));
    }
    rows
}

/// Times COPY of one jsonb document a span, into a table with a primary key and four indexes.
pub(crate) async fn plain_jsonb(pool: &PgPool, traces: u32) -> anyhow::Result<Measured> {
    sqlx::raw_sql(
        "DROP TABLE IF EXISTS plain_spans;
         CREATE TABLE plain_spans (trace_id text, span_id text, start_ns bigint, agent text, model text, doc jsonb,
                                   PRIMARY KEY (trace_id, span_id));
         CREATE INDEX ON plain_spans (start_ns);
         CREATE INDEX ON plain_spans (agent);
         CREATE INDEX ON plain_spans (model);
         CREATE INDEX ON plain_spans (span_id)",
    )
    .execute(pool)
    .await?;
    let begun = Timestamp::now();
    let lines: Vec<String> = (0..u64::from(traces))
        .flat_map(|number| workload::trace(number, begun))
        .map(plain_line)
        .collect::<Result<_, _>>()?;
    let bodies: Vec<String> = lines.chunks(BATCH).map(<[String]>::concat).collect();
    let (own, postgres, timer) = (cpu::own(), cpu::postgres(), Instant::now());
    let mut conn = pool.acquire().await?;
    for body in bodies {
        let mut sink = conn.copy_in_raw("COPY plain_spans FROM STDIN").await?;
        sink.send(body.into_bytes()).await?;
        sink.finish().await?;
    }
    let measured = measured(figure(lines.len()), own, postgres, timer);
    sqlx::raw_sql("DROP TABLE plain_spans")
        .execute(pool)
        .await?;
    Ok(measured)
}

fn plain_line(span: telemetron_model::record::Span) -> anyhow::Result<String> {
    let (trace_id, span_id, start) = (span.trace_id, span.span_id, span.start_time.nanos());
    let (agent, model) = (
        span.agent_name.clone().unwrap_or_default(),
        span.model.clone().unwrap_or_default(),
    );
    let json = String::from_utf8(Record::from(span).to_json()?)?.replace('\\', "\\\\");
    Ok(format!(
        "{trace_id}\t{span_id}\t{start}\t{agent}\t{model}\t{json}\n"
    ))
}

fn measured(spans: f64, own: f64, postgres: f64, timer: Instant) -> Measured {
    Measured {
        spans_per_second: spans / timer.elapsed().as_secs_f64(),
        own_cpu: cpu::own() - own,
        postgres_cpu: cpu::postgres() - postgres,
    }
}
