-- Dead letters that Kafka never takes, and records that an operator has skipped.

-- A letter that is too large for its topic is cut; one that Kafka refuses in any size lies in a file of
-- the consumer; a skipped record has none.
ALTER TABLE dead_letters
    ALTER COLUMN dlq_partition DROP NOT NULL,
    ALTER COLUMN dlq_offset DROP NOT NULL,
    ADD COLUMN cut  text,                           -- what was cut, as a sentence
    ADD COLUMN file text;                           -- where the record lies instead

-- Records that an operator wants skipped and that have not been reached. Written under the lock of the
-- partition's row in ingest_offsets, and deleted by the batch that passes them.
CREATE TABLE ingest_skips (
    cluster_id          text NOT NULL,
    topic               text NOT NULL,
    partition           integer NOT NULL,
    record_offset       bigint NOT NULL,
    reason              text NOT NULL,
    asked_at            timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cluster_id, topic, partition, record_offset)
);
