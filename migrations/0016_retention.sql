-- What retention has to remember, and by which broker time agents are forgotten.

-- One row: when retention ran last, and until when it drops nothing because the clock jumped.
CREATE TABLE retention_clock (
    only_row        boolean PRIMARY KEY CHECK (only_row),
    seen_ns         bigint NOT NULL,
    held_until_ns   bigint
);

-- Broker time of the record that describes; none for rows that an earlier version wrote.
ALTER TABLE agents ADD COLUMN seen_ns bigint;
