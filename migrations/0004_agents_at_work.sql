-- Who is at work in a span that names no agent, and which handoffs stand.
--
-- Both follow from the whole of a trace, and the write path keeps them up to date with it.

-- The agent of the nearest span above that names one; null where the span names its own.
ALTER TABLE spans ADD COLUMN inherited_agent text;

-- A handoff that was not said outright is a hint: it stands when it has a source other than its
-- target, and nothing stronger tells the same. Then from_agent and to_agent say between whom.
ALTER TABLE handoffs
    ALTER COLUMN source_agent_name DROP NOT NULL,
    ADD COLUMN until_ns bigint,
    ADD COLUMN stands boolean NOT NULL DEFAULT true,
    ADD COLUMN from_agent text,
    ADD COLUMN to_agent text;

-- Hints among its handoffs: a trace without any is never looked through.
ALTER TABLE traces ADD COLUMN hint_count bigint NOT NULL DEFAULT 0;
