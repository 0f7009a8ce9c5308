-- An offset belongs to one topic, not to a name: a topic that was deleted and made anew under its old
-- name has another id. `topic` is the name on the broker, prefix included.
ALTER TABLE ingest_offsets
    ADD COLUMN topic_id     text,       -- absent until it was seen: then it is that of the topic there
    ADD COLUMN end_seen     bigint;     -- the latest end of the partition that was seen

-- Topics that were deleted and made anew, and what was never read of them.
CREATE TABLE ingest_gaps (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cluster_id          text NOT NULL,
    topic               text NOT NULL,
    partition           integer NOT NULL,
    topic_id            text NOT NULL,  -- of the topic that was deleted
    replaced_by         text,           -- of the one that took its place
    next_offset         bigint NOT NULL,                -- where reading stood
    unread              bigint NOT NULL,                -- at least so many records were never read
    noticed_at          timestamptz NOT NULL DEFAULT now()
);
