-- Traces and what belongs to them. Rows are written by the consumer alone.
--
-- Times are nanoseconds since the epoch, costs billionths of a dollar, enumerations the codes of
-- telemetron-model. Payloads are JSON text, as zstd frames unless small; other JSON that nobody queries is text
-- as it came. The children of a trace are partitioned by its unchanging day; there is no default
-- partition, so that a day is dropped whole.

CREATE TABLE traces (
    trace_id          bytea PRIMARY KEY,
    day               date NOT NULL,               -- UTC day of first_seen_ns, never changed
    first_seen_ns     bigint NOT NULL,             -- broker time of the first record
    last_seen_ns      bigint NOT NULL,             -- broker time of the latest record
    truncated         boolean NOT NULL,            -- an earlier part was dropped by retention

    -- how it stands, once report and spans are seen together
    status            smallint NOT NULL,
    start_ns          bigint NOT NULL,
    end_ns            bigint,
    -- where it stands in lists: a clock that runs ahead pins nothing to the top
    listed_ns         bigint GENERATED ALWAYS AS (LEAST(start_ns, first_seen_ns)) STORED,

    -- what its own record says
    report_status     smallint,
    report_rank_end   bigint,
    report_hash       bigint,
    report_start_ns   bigint,
    report_end_ns     bigint,
    name              text,
    root_agent_id     text,
    root_agent_name   text,
    user_input        bytea,
    final_output      bytea,
    error             text,
    reported_tokens   text,
    reported_cost     bigint,
    metadata          jsonb,
    time_source       smallint,

    -- what its spans say
    session_id        text,
    user_id           text,
    project           text,
    spans_start_ns    bigint,
    spans_end_ns      bigint,
    lead_span_id      bytea,                       -- the earliest root, else the earliest span
    lead_has_parent   boolean,
    lead_start_ns     bigint,
    lead_end_ns       bigint,
    lead_status       smallint,
    lead_name         text,
    lead_agent        text,
    agents            text[] NOT NULL,
    models            text[] NOT NULL,
    tools             text[] NOT NULL,
    span_count        bigint NOT NULL,
    running_count     bigint NOT NULL,
    failed_count      bigint NOT NULL,
    llm_call_count    bigint NOT NULL,
    tool_call_count   bigint NOT NULL,
    event_count       bigint NOT NULL,
    handoff_count     bigint NOT NULL,
    error_count       bigint NOT NULL,
    input_tokens      bigint NOT NULL,
    output_tokens     bigint NOT NULL,
    total_tokens      bigint NOT NULL,
    cached_tokens     bigint NOT NULL,
    reasoning_tokens  bigint NOT NULL,
    cost              bigint NOT NULL,
    -- what text search reads, bounded: name and the heads of input and output
    report_text       text NOT NULL DEFAULT '',
    lead_text         text NOT NULL DEFAULT '',
    search_text       text GENERATED ALWAYS AS (report_text || ' ' || lead_text) STORED
) WITH (fillfactor = 85);

ALTER TABLE traces ALTER COLUMN user_input SET STORAGE EXTERNAL;
ALTER TABLE traces ALTER COLUMN final_output SET STORAGE EXTERNAL;
CREATE INDEX traces_listed ON traces (listed_ns DESC, trace_id DESC);
CREATE INDEX traces_session ON traces (session_id, listed_ns DESC) WHERE session_id IS NOT NULL;
CREATE INDEX traces_day ON traces (day);

-- Traces whose rows retention has dropped: a late record starts them anew, marked truncated.
CREATE TABLE dropped_traces (
    trace_id    bytea PRIMARY KEY,
    dropped_on  date NOT NULL
);

CREATE TABLE spans (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    span_id             bytea NOT NULL,
    parent_span_id      bytea,
    kind                smallint NOT NULL,
    status              smallint NOT NULL,          -- also the first part of the rank
    start_ns            bigint NOT NULL,            -- earliest of all records
    end_ns              bigint,                     -- latest of all records
    rank_end            bigint,                     -- end of the record that describes
    rank_hash           bigint NOT NULL,            -- content hash of that record
    counts              boolean NOT NULL,           -- whether its tokens and cost count
    name                text NOT NULL,
    agent_id            text,
    agent_name          text,
    session_id          text,
    user_id             text,
    project             text,
    model               text,
    provider            text,
    parameters          text,
    ttft_ns             bigint,
    finish_reason       text,
    tool_name           text,
    tool_call_id        text,
    input               bytea,
    input_bytes         integer,                    -- size of the JSON before compression
    output              bytea,
    output_bytes        integer,
    input_tokens        bigint,
    output_tokens       bigint,
    total_tokens        bigint,
    cached_tokens       bigint,
    reasoning_tokens    bigint,
    cost                bigint,
    llm_call_count      integer NOT NULL,           -- calls without spans of their own
    tool_call_count     integer NOT NULL,
    error               text,
    attributes          jsonb,
    events              text,
    links               text,
    resource            text,
    time_source         smallint,
    PRIMARY KEY (day, trace_id, span_id)
) PARTITION BY RANGE (day);

ALTER TABLE spans ALTER COLUMN input SET STORAGE EXTERNAL;
ALTER TABLE spans ALTER COLUMN output SET STORAGE EXTERNAL;
CREATE INDEX spans_parent ON spans (trace_id, parent_span_id) WHERE parent_span_id IS NOT NULL;
CREATE INDEX spans_running ON spans (start_ns) WHERE status = 1;

CREATE TABLE llm_calls (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    span_id             bytea NOT NULL,
    idx                 integer NOT NULL,
    model               text NOT NULL,
    provider            text,
    parameters          text,
    messages            bytea,
    response            bytea,
    input_tokens        bigint,
    output_tokens       bigint,
    total_tokens        bigint,
    cached_tokens       bigint,
    reasoning_tokens    bigint,
    cost                bigint,
    latency_ns          bigint,
    ttft_ns             bigint,
    finish_reason       text,
    error               text,
    PRIMARY KEY (day, trace_id, span_id, idx)
) PARTITION BY RANGE (day);

CREATE TABLE tool_calls (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    span_id             bytea NOT NULL,
    idx                 integer NOT NULL,
    tool_name           text NOT NULL,
    call_id             text,
    arguments           bytea,
    result              bytea,
    duration_ns         bigint,
    error               text,
    PRIMARY KEY (day, trace_id, span_id, idx)
) PARTITION BY RANGE (day);

CREATE TABLE handoffs (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    handoff_id          text NOT NULL,
    hash                bigint NOT NULL,
    span_id             bytea,
    source_agent_id     text,
    source_agent_name   text NOT NULL,
    target_agent_id     text,
    target_agent_name   text NOT NULL,
    time_ns             bigint NOT NULL,
    reason              text,
    mode                smallint,
    rule                text,
    context             text,
    PRIMARY KEY (day, trace_id, handoff_id)
) PARTITION BY RANGE (day);

CREATE TABLE events (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    event_id            text NOT NULL,
    hash                bigint NOT NULL,
    span_id             bytea,
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
    PRIMARY KEY (day, trace_id, event_id)
) PARTITION BY RANGE (day);

CREATE TABLE errors (
    day                 date NOT NULL,
    trace_id            bytea NOT NULL,
    error_id            text NOT NULL,
    hash                bigint NOT NULL,
    span_id             bytea,
    agent_id            text,
    agent_name          text,
    error_type          text NOT NULL,
    message             text NOT NULL,
    stack               text,
    category            smallint NOT NULL,
    severity            smallint NOT NULL,
    retryable           boolean NOT NULL,
    attempts            integer,
    suggested_fixes     text[] NOT NULL,
    time_ns             bigint NOT NULL,
    PRIMARY KEY (day, trace_id, error_id)
) PARTITION BY RANGE (day);
