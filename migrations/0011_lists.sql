-- What lists of traces are asked for, found without walking through all traces.
--
-- They stand on traces alone: a trace is written a few times, its spans by the thousand. Tokens,
-- cost and end have none, since they change with every batch of a trace and would then cost each of
-- those writes an entry in every index; the text has none, since its trigrams would cost more to
-- write than all the rest.

CREATE INDEX traces_names ON traces USING gin (agents, models, tools);
CREATE INDEX traces_user ON traces (user_id, listed_ns DESC, trace_id DESC)
    WHERE user_id IS NOT NULL;
CREATE INDEX traces_project ON traces (project, listed_ns DESC, trace_id DESC)
    WHERE project IS NOT NULL;
CREATE INDEX traces_running ON traces (listed_ns DESC, trace_id DESC) WHERE status = 1;
CREATE INDEX traces_troubled ON traces (listed_ns DESC, trace_id DESC)
    WHERE status = 3 OR failed_count > 0 OR error_count > 0;

-- How long traces take, for the planner: without it, it expects a third to be long enough.
CREATE STATISTICS traces_durations ON (end_ns - start_ns) FROM traces;
