//! Metric points: a series once, a point once.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use sqlx::PgConnection;
use telemetron_model::RawJson;
use telemetron_model::record::{MetricPoint, Temporality};

use super::{Batch, Tally, json_rows};
use crate::StoreError;

#[derive(Serialize)]
struct SeriesRow<'a> {
    series_id: i64,
    name: &'a str,
    metric_type: i16,
    unit: Option<&'a str>,
    labels: &'a BTreeMap<String, String>,
}

#[derive(Serialize)]
struct PointRow<'a> {
    series_id: i64,
    time_ns: i64,
    instance: &'a str,
    start_ns: i64,
    hash: i64,
    temporality: Option<i16>,
    value: f64,
    histogram: Option<String>,
    seen_ns: i64,
}

type PointKey<'a> = (i64, i64, &'a str, i64);

/// Writes the metric points of a batch.
pub(super) async fn write(
    conn: &mut PgConnection,
    batch: &Batch,
    tallies: &mut [Tally],
) -> Result<(), StoreError> {
    if batch.metrics.is_empty() {
        return Ok(());
    }
    let mut series = BTreeMap::new();
    let mut points: BTreeMap<PointKey<'_>, PointRow<'_>> = BTreeMap::new();
    let mut arrivals = Vec::new();
    for (position, hash, seen, point) in &batch.metrics {
        let row = point_row(point, *hash, seen.nanos());
        let key = (row.series_id, row.time_ns, row.instance, row.start_ns);
        series
            .entry(row.series_id)
            .or_insert_with(|| series_row(row.series_id, point));
        arrivals.push((*position, key, *hash));
        match points.get(&key) {
            Some(known) if known.hash >= row.hash => {}
            _ => drop(points.insert(key, row)),
        }
    }
    let mut greatest = stored(conn, points.keys().copied()).await?;
    for (position, (series, time, instance, start), hash) in arrivals {
        let known = greatest
            .entry((series, time, instance.to_owned(), start))
            .or_insert(i64::MIN);
        tallies[position].count(*known < hash);
        *known = hash.max(*known);
    }
    insert(
        conn,
        series.into_values().collect(),
        points.into_values().collect(),
    )
    .await
}

async fn stored<'a>(
    conn: &mut PgConnection,
    keys: impl Iterator<Item = PointKey<'a>>,
) -> Result<HashMap<(i64, i64, String, i64), i64>, StoreError> {
    let (mut series, mut times, mut instances, mut starts) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (id, time, instance, start) in keys {
        series.push(id);
        times.push(time);
        instances.push(instance);
        starts.push(start);
    }
    let rows: Vec<(i64, i64, String, i64, i64)> = sqlx::query_as(
        "SELECT p.series_id, p.time_ns, p.instance, p.start_ns, p.hash
         FROM UNNEST($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS k (series_id, time_ns, instance, start_ns)
         CROSS JOIN LATERAL (
           SELECT * FROM metric_points p
           WHERE p.series_id = k.series_id AND p.time_ns = k.time_ns AND p.instance = k.instance
             AND p.start_ns = k.start_ns OFFSET 0) p",
    )
    .bind(&series)
    .bind(&times)
    .bind(&instances)
    .bind(&starts)
    .fetch_all(conn)
    .await?;
    Ok(rows
        .into_iter()
        .map(|(id, time, instance, start, hash)| ((id, time, instance, start), hash))
        .collect())
}

async fn insert(
    conn: &mut PgConnection,
    series: Vec<SeriesRow<'_>>,
    points: Vec<PointRow<'_>>,
) -> Result<(), StoreError> {
    json_rows::execute(
        conn,
        "INSERT INTO metric_series SELECT * FROM json_populate_recordset(NULL::metric_series, $1::json)
         ON CONFLICT (series_id) DO NOTHING",
        &series,
    )
    .await?;
    json_rows::execute(
        conn,
        "INSERT INTO metric_points AS p SELECT * FROM json_populate_recordset(NULL::metric_points, $1::json)
         ON CONFLICT (series_id, time_ns, instance, start_ns) DO UPDATE SET
             hash = EXCLUDED.hash, temporality = EXCLUDED.temporality, value = EXCLUDED.value,
             histogram = EXCLUDED.histogram, seen_ns = EXCLUDED.seen_ns
         WHERE EXCLUDED.hash > p.hash",
        &points,
    )
    .await?;
    Ok(())
}

fn series_row(series_id: i64, point: &MetricPoint) -> SeriesRow<'_> {
    SeriesRow {
        series_id,
        name: &point.name,
        metric_type: point.metric_type.code(),
        unit: point.unit.as_deref(),
        labels: &point.labels,
    }
}

fn point_row(point: &MetricPoint, hash: i64, seen_ns: i64) -> PointRow<'_> {
    PointRow {
        series_id: point.series_hash().cast_signed(),
        time_ns: point.time.nanos(),
        instance: point.instance.as_deref().unwrap_or_default(),
        start_ns: point
            .start_time
            .map(|time| time.nanos())
            .unwrap_or_default(),
        hash,
        temporality: point.temporality.map(Temporality::code),
        value: point.value,
        histogram: point
            .histogram
            .as_ref()
            .and_then(RawJson::of)
            .map(|json| json.get().to_owned()),
        seen_ns,
    }
}
