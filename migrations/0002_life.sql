-- What lives longer than a trace: agents, tasks, the life of services, metrics, roll-ups.

-- Events that belong to no trace.
CREATE TABLE system_events (
    event_id            text PRIMARY KEY,
    hash                bigint NOT NULL,
    agent_id            text,
    agent_name          text,
    event_type          text NOT NULL,
    event_name          text NOT NULL,
    severity            smallint NOT NULL,
    message             text,
    data                text,
    time_ns             bigint NOT NULL,
    correlation_id      text,
    cause               text,
    seen_ns             bigint NOT NULL             -- broker time, for retention
);
CREATE INDEX system_events_time ON system_events (time_ns DESC);
CREATE INDEX system_events_seen ON system_events USING brin (seen_ns);

CREATE TABLE agents (
    agent_id                  text PRIMARY KEY,
    said_ns                   bigint NOT NULL,      -- time of the record that describes
    hash                      bigint NOT NULL,
    name                      text NOT NULL,
    description               text,
    capabilities              text[] NOT NULL,
    models                    text[] NOT NULL,
    max_parallel_invocations  integer,
    deployment_name           text,
    instance                  text,
    status                    smallint NOT NULL,
    reason                    text,
    registered_ns             bigint NOT NULL,
    vitals                    text
);

CREATE TABLE tasks (
    task_id             text PRIMARY KEY,
    said_ns             bigint NOT NULL,
    hash                bigint NOT NULL,
    queue               text NOT NULL,
    status              smallint NOT NULL,
    priority            smallint NOT NULL,
    agent_id            text,
    agent_name          text,
    trace_id            bytea,
    invoked_by          text,
    blocked_by          text,
    prompt              text,
    args                text,
    submitted_ns        bigint NOT NULL,
    started_ns          bigint,
    ended_ns            bigint,
    error               text,
    seen_ns             bigint NOT NULL             -- broker time, for retention
);
CREATE INDEX tasks_open ON tasks (queue, submitted_ns) WHERE status < 4;
CREATE INDEX tasks_seen ON tasks USING brin (seen_ns);

CREATE TABLE metric_series (
    series_id           bigint PRIMARY KEY,         -- hash of name and labels
    name                text NOT NULL,
    metric_type         smallint NOT NULL,
    unit                text,
    labels              jsonb NOT NULL
);
CREATE INDEX metric_series_name ON metric_series (name);

CREATE TABLE metric_points (
    series_id           bigint NOT NULL,
    time_ns             bigint NOT NULL,
    instance            text NOT NULL,              -- '' when nobody says
    start_ns            bigint NOT NULL,            -- 0 when nobody says
    hash                bigint NOT NULL,
    temporality         smallint,
    value               double precision NOT NULL,
    histogram           text,
    seen_ns             bigint NOT NULL,            -- broker time, for retention
    PRIMARY KEY (series_id, time_ns, instance, start_ns)
);
CREATE INDEX metric_points_seen ON metric_points USING brin (seen_ns);

-- Sums per minute, moved by difference: '' stands for none. kind 0 counts whole traces.
CREATE TABLE rollups (
    minute              bigint NOT NULL,            -- minutes since the epoch of the start
    kind                smallint NOT NULL,
    project             text NOT NULL,
    agent               text NOT NULL,
    model               text NOT NULL,
    tool                text NOT NULL,
    started             bigint NOT NULL,
    finished            bigint NOT NULL,
    failed              bigint NOT NULL,
    duration_us         bigint NOT NULL,
    durations           bigint[] NOT NULL,          -- counts per bucket of telemetron-model
    input_tokens        bigint NOT NULL,
    output_tokens       bigint NOT NULL,
    total_tokens        bigint NOT NULL,
    cached_tokens       bigint NOT NULL,
    reasoning_tokens    bigint NOT NULL,
    cost                bigint NOT NULL,
    PRIMARY KEY (minute, kind, project, agent, model, tool)
);

-- Adds two histograms, bucket by bucket.
CREATE FUNCTION add_buckets(a bigint[], b bigint[]) RETURNS bigint[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(COALESCE(x, 0) + COALESCE(y, 0) ORDER BY n)
    FROM unnest(a, b) WITH ORDINALITY AS pairs (x, y, n)
$$;
