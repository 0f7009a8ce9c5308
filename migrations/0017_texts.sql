-- By what the texts of spans are found: sets of marks (Bloom filters) of what a person sees of them.

CREATE TABLE span_texts (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    span_ids            bytea[] NOT NULL,           -- none: the trace's own record
    marks               bytea NOT NULL              -- bits, as telemetron-model counts them
) PARTITION BY RANGE (day);

-- In the row as long as it fits into a page: every search reads it.
ALTER TABLE span_texts ALTER COLUMN marks SET STORAGE MAIN;
CREATE INDEX span_texts_trace ON span_texts (trace_id);

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
            'CREATE TABLE IF NOT EXISTS span_texts_%s PARTITION OF span_texts FOR VALUES FROM (%L) TO (%L)',
            partition.day, to_date(partition.day, 'YYYYMMDD'), to_date(partition.day, 'YYYYMMDD') + 1);
    END LOOP;
END $$;
