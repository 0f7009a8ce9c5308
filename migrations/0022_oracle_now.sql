-- What the one process that collects for the Oracle knows now, for the others to read
-- (telemetron_store::memory::current). One row, written anew at most once a second: unlogged, since
-- after a crash of the database it would be out of date anyway.
CREATE UNLOGGED TABLE oracle_now (
    singleton boolean PRIMARY KEY DEFAULT true CHECK (singleton),
    written_at timestamptz NOT NULL,
    taken_ns bigint NOT NULL,
    warm boolean NOT NULL,
    shape bigint NOT NULL,
    state bytea NOT NULL,
    issues bytea NOT NULL
);
