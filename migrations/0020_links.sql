-- Which traces belong together: spans that link to spans of other traces. Runtimes that pass messages
-- make a trace of each message, and only links say that they are one run.
--
-- A span's own links stand in its row; here is what has to be found without reading any span. Traces
-- that were stored before are not linked.

CREATE TABLE trace_links (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    span_id             bytea NOT NULL,             -- the span that links
    linked_trace_id     bytea NOT NULL,             -- always another trace
    linked_span_id      bytea NOT NULL,
    PRIMARY KEY (day, trace_id, span_id, linked_trace_id, linked_span_id)
) PARTITION BY RANGE (day);

-- A walk goes both ways, and knows no days.
CREATE INDEX trace_links_from ON trace_links (trace_id, linked_trace_id);
CREATE INDEX trace_links_to ON trace_links (linked_trace_id, trace_id);

-- The days that are there already.
DO $$
DECLARE
    partition record;
BEGIN
    FOR partition IN
        SELECT right(c.relname, 8) AS day FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'spans'::regclass
    LOOP
        EXECUTE format(
            'CREATE TABLE IF NOT EXISTS trace_links_%s PARTITION OF trace_links FOR VALUES FROM (%L) TO (%L)',
            partition.day, to_date(partition.day, 'YYYYMMDD'), to_date(partition.day, 'YYYYMMDD') + 1);
    END LOOP;
END $$;
