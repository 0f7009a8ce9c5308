"""What is stored, in the words of the auditor's log. One snapshot, so that rows can be added up."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from .sql import Database

# Payloads begin as JSON text while they are small; a larger one is a zstd frame, read by the API.
_TEXT = (
    "CASE WHEN {0} IS NULL THEN NULL WHEN get_byte({0}, 0) = 40 THEN 'packed'"
    " ELSE convert_from({0}, 'UTF8') END"
)
_KIND = "(ARRAY['AGENT','LLM','TOOL','RETRIEVER','CHAIN'])[kind]"
_STATUS = "(ARRAY['RUNNING','COMPLETED','FAILED'])[status]"

_QUERIES = {
    "spans": f"""SELECT encode(trace_id, 'hex') AS trace_id, encode(span_id, 'hex') AS span_id,
        encode(parent_span_id, 'hex') AS parent, name, {_KIND} AS kind, {_STATUS} AS status,
        start_ns AS start, end_ns AS end, input_tokens, output_tokens, model,
        agent_name AS agent, session_id AS session, project, tool_call_id, counts,
        attributes ->> 'audit.mark' AS attribute,
        {_TEXT.format("input")} AS input, {_TEXT.format("output")} AS output
        FROM spans WHERE project = '%(project)s' OR session_id = '%(project)s-hooks'""",
    "events": """SELECT message, time_ns AS time, encode(trace_id, 'hex') AS trace FROM events
        WHERE message LIKE 'log %(run)s%%' UNION ALL
        SELECT message, time_ns, NULL FROM system_events WHERE message LIKE 'log %(run)s%%'""",
    "points": """SELECT s.name, p.time_ns AS time, p.value FROM metric_points p
        JOIN metric_series s USING (series_id) WHERE s.name LIKE '%(project)s.%%'""",
    "letters": """SELECT topic, partition, record_offset AS "offset", dlq_partition,
        dlq_offset, code, reason, excerpt FROM dead_letters""",
    "offsets": """SELECT topic, partition, next_offset, received, stored, duplicate, ignored,
        rejected, expired FROM ingest_offsets""",
    "sums": """SELECT encode(t.trace_id, 'hex') AS trace_id, t.span_count, t.running_count,
        t.failed_count, t.input_tokens, t.output_tokens, t.total_tokens, t.event_count,
        s.spans, s.running, s.failed, s.sent, s.got, s.total, e.events
        FROM traces t LEFT JOIN LATERAL (
            SELECT count(*) AS spans, count(*) FILTER (WHERE status = 1) AS running,
                count(*) FILTER (WHERE status = 3) AS failed,
                COALESCE(sum(input_tokens) FILTER (WHERE counts), 0) AS sent,
                COALESCE(sum(output_tokens) FILTER (WHERE counts), 0) AS got,
                COALESCE(sum(total_tokens) FILTER (WHERE counts), 0) AS total
            FROM spans WHERE spans.trace_id = t.trace_id AND spans.day = t.day) s ON true
        LEFT JOIN LATERAL (SELECT count(*) AS events FROM events
            WHERE events.trace_id = t.trace_id AND events.day = t.day) e ON true""",
    "rollups": """SELECT COALESCE(a.minute, b.minute) AS minute, COALESCE(a.kind, b.kind) AS kind,
        COALESCE(a.model, b.model) AS model, a.started, a.finished, a.failed, a.sent, a.got,
        b.spans, b.ended, b.broken, b.tokens_in, b.tokens_out FROM
        (SELECT minute, kind, model, sum(started) AS started, sum(finished) AS finished,
            sum(failed) AS failed, sum(input_tokens) AS sent, sum(output_tokens) AS got
            FROM rollups WHERE kind > 0 GROUP BY 1, 2, 3) a
        FULL JOIN (SELECT start_ns / 60000000000 AS minute, kind, COALESCE(model, '') AS model,
            count(*) AS spans, count(*) FILTER (WHERE status > 1) AS ended,
            count(*) FILTER (WHERE status = 3) AS broken,
            COALESCE(sum(input_tokens) FILTER (WHERE counts AND kind = 2), 0) AS tokens_in,
            COALESCE(sum(output_tokens) FILTER (WHERE counts AND kind = 2), 0) AS tokens_out
            FROM spans GROUP BY 1, 2, 3) b USING (minute, kind, model)""",
    "lone": """SELECT encode(trace_id, 'hex') AS trace_id FROM spans s WHERE NOT EXISTS
        (SELECT FROM traces t WHERE t.trace_id = s.trace_id AND t.day = s.day)""",
    "traces": """SELECT (SELECT count(*) FROM traces) AS stored,
        (SELECT COALESCE(sum(started), 0) FROM rollups WHERE kind = 0) AS counted""",
    "digest": """SELECT count(*) AS spans, COALESCE(sum(hashtextextended(trace_id::text
        || span_id::text || name || status || rank_hash, 0)), 0)::text AS digest
        FROM spans WHERE NOT (COALESCE(project, session_id, '') LIKE '%(project)s%%')""",
}


@dataclass(frozen=True)
class Stored:
    """Rows by the name of their query."""

    rows: dict[str, list[dict[str, Any]]]

    def __getitem__(self, name: str) -> list[dict[str, Any]]:
        return self.rows[name]


def read(database: Database, project: str, run: str) -> Stored:
    """Everything in one snapshot."""
    statements = ["BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;"]
    for name, query in _QUERIES.items():
        filled = query % {"project": project, "run": run} if "%(" in query else query
        statements.append(f"SELECT '{name}', row_to_json(r) FROM ({filled}) r;")
    text = database.execute("\n".join(statements + ["COMMIT;"]), seconds=120)
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in _QUERIES}
    for line in text.splitlines():
        name, _, row = line.partition("|")
        rows[name].append(json.loads(row))
    return Stored(rows)


def offsets(database: Database) -> list[dict[str, Any]]:
    """The offsets alone."""
    return database.rows(_QUERIES["offsets"])
