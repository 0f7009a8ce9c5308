-- What the Oracle remembers: states when something changed, and the life of issues.

CREATE TABLE oracle_snapshots (
    taken_ns            bigint PRIMARY KEY,
    shape               bigint NOT NULL,            -- hash of what is no gauge and no clock
    state               bytea NOT NULL,             -- JSON, as a zstd frame
    issues              bytea NOT NULL,             -- JSON, as a zstd frame
    agent_count         integer NOT NULL,
    pod_count           integer NOT NULL,
    task_count          integer NOT NULL,
    model_count         integer NOT NULL,
    issue_count         integer NOT NULL
);

ALTER TABLE oracle_snapshots ALTER COLUMN state SET STORAGE EXTERNAL;
ALTER TABLE oracle_snapshots ALTER COLUMN issues SET STORAGE EXTERNAL;

-- Issues that are open now, so that their age outlives a process.
CREATE TABLE oracle_open_issues (
    issue_id            text PRIMARY KEY,
    issue               text NOT NULL               -- JSON
);

-- One row each time an issue was opened, became worse or better, or was resolved.
CREATE TABLE oracle_issue_changes (
    id                  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at_ns               bigint NOT NULL,
    issue_id            text NOT NULL,
    change              smallint NOT NULL,
    was_severity        smallint,
    issue               text NOT NULL               -- JSON, as it was then
);
CREATE INDEX oracle_issue_changes_time ON oracle_issue_changes (at_ns);
