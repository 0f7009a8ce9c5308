-- Sums and differences that cannot overflow, whatever was stored.

-- A sum as a bigint; what a bigint cannot hold stays at its end.
CREATE FUNCTION bounded(total numeric) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN total > 9223372036854775807 THEN 9223372036854775807
                WHEN total < '-9223372036854775808'::bigint THEN '-9223372036854775808'::bigint
                ELSE total::bigint END
$$;

-- The same of two.
CREATE FUNCTION bounded_sum(a bigint, b bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN b > 0 AND a > 9223372036854775807 - b THEN 9223372036854775807
                WHEN b < 0 AND a < '-9223372036854775808'::bigint - b THEN '-9223372036854775808'::bigint
                ELSE a + b END
$$;

-- Nanoseconds between two instants; none for instants before 1970, which are no longer taken.
CREATE FUNCTION nanos_between(earlier bigint, later bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN earlier >= 0 AND later >= 0 THEN later - earlier END
$$;

-- How long traces take, for the planner: ANALYZE must not fail on any of them.
DROP STATISTICS traces_durations;
CREATE STATISTICS traces_durations ON nanos_between(start_ns, end_ns) FROM traces;
