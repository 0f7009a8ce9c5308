-- Where reading from Kafka stands, what became of what was read, and what could not be folded.

-- One row a partition: the offset and the ledger move in the transaction that moves the rows.
-- received = stored + duplicate + ignored + rejected; expired records were never received.
CREATE TABLE ingest_offsets (
    cluster_id          text NOT NULL,
    topic               text NOT NULL,
    partition           integer NOT NULL,
    next_offset         bigint NOT NULL,
    broker_time_ns      bigint,                     -- of the latest record that was read
    received            bigint NOT NULL DEFAULT 0,
    stored              bigint NOT NULL DEFAULT 0,
    duplicate           bigint NOT NULL DEFAULT 0,
    ignored             bigint NOT NULL DEFAULT 0,
    rejected            bigint NOT NULL DEFAULT 0,
    expired             bigint NOT NULL DEFAULT 0,
    updated_at          timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster_id, topic, partition)
) WITH (fillfactor = 50);

-- Rejected records by their origin; the record itself stands in the dead-letter topic.
CREATE TABLE dead_letters (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster_id          text NOT NULL,
    topic               text NOT NULL,
    partition           integer NOT NULL,
    record_offset       bigint NOT NULL,
    dlq_partition       integer NOT NULL,
    dlq_offset          bigint NOT NULL,
    broker_time_ns      bigint NOT NULL,            -- of the rejected record
    rejected_at         timestamptz NOT NULL DEFAULT now(),
    code                text NOT NULL,
    reason              text NOT NULL,
    schema              text,
    record_key          text,
    value_bytes         integer NOT NULL,
    excerpt             text NOT NULL,              -- head of the value, escaped
    replays             integer NOT NULL DEFAULT 0,
    replayed_at         timestamptz,
    UNIQUE (cluster_id, topic, partition, record_offset)
);
