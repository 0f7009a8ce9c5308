-- Whose word the session, the user and the project of a trace are: three ranks of 17 bytes, the
-- smallest of which counts (telemetron_model::fold::ClaimRank).
ALTER TABLE traces ADD COLUMN claims bytea;
