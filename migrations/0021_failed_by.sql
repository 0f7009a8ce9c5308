-- The error record by which a span failed that said nothing of how it ended: its own status stays
-- what the fold joins (telemetron_store::write::blamed).
ALTER TABLE spans ADD COLUMN failed_by text;
