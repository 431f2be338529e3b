-- The invocation log (docs/adr/0007): counts that are exact, rows that are a sample within a budget,
-- and who wrote them until when.

-- Counts of two histograms, added. They may differ in length: empty buckets at the end are not kept.
CREATE FUNCTION croft_add(a integer[], b integer[]) RETURNS integer[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE
    RETURN (SELECT coalesce(array_agg(
                least(coalesce(x, 0)::bigint + coalesce(y, 0), 2147483647)::integer ORDER BY n), '{}')
            FROM unnest(a, b) WITH ORDINALITY AS pairs (x, y, n));
CREATE AGGREGATE croft_sum(integer[]) (SFUNC = croft_add, STYPE = integer[], INITCOND = '{}');

-- Every call, by the minute it came in. Minutes of long ago are merged into the first one of their
-- hour.
CREATE TABLE invocation_counts (
    team_id      uuid NOT NULL,
    project_id   uuid NOT NULL,
    function_id  uuid NOT NULL,
    -- Since 1970-01-01 00:00 UTC.
    minute       integer NOT NULL,
    outcome      text NOT NULL,
    calls        bigint NOT NULL,
    -- Of these, calls that no row was made for.
    left_out     bigint NOT NULL,
    -- All of them together.
    duration_us  bigint NOT NULL,
    -- How many took how long: four buckets for each doubling, from 1 us.
    buckets      integer[] NOT NULL,
    -- Tells apart what an index of its own is for, and changes only once.
    sampled      boolean NOT NULL GENERATED ALWAYS AS (left_out > 0) STORED,
    PRIMARY KEY (function_id, minute, outcome),
    FOREIGN KEY (team_id, project_id, function_id)
        REFERENCES functions (team_id, project_id, id) ON DELETE CASCADE
-- A row is written again up to four times a second of its minute: room for that on its own page.
) WITH (fillfactor = 60);
CREATE INDEX invocation_counts_project ON invocation_counts (project_id, minute);
CREATE INDEX invocation_counts_sampled ON invocation_counts (project_id, minute) WHERE sampled;
CREATE INDEX invocation_counts_minutes ON invocation_counts (minute) WHERE minute % 60 <> 0;
CREATE INDEX invocation_counts_hours ON invocation_counts (minute) WHERE minute % 60 = 0;

-- A project's rows as one stream of bytes. Its row lock makes ids appear in order.
CREATE TABLE invocation_streams (
    project_id     uuid PRIMARY KEY,
    team_id        uuid NOT NULL,
    last_id        uuid NOT NULL,
    -- All that was ever written. A row that begins more than the budget before that is removed.
    written_bytes  bigint NOT NULL,
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);

ALTER TABLE invocations
    ADD COLUMN trigger text NOT NULL DEFAULT 'http',
    ADD COLUMN error_line integer,
    ADD COLUMN error_column integer,
    ADD COLUMN error_stack jsonb,
    -- Where it begins in its project's stream, in bytes.
    ADD COLUMN position bigint NOT NULL DEFAULT 0;
-- What is removed at one end and added at the other is taken up again soon.
ALTER TABLE invocations SET (autovacuum_vacuum_scale_factor = 0.05);
-- Ids are of when a row was written, so the old ones are found by id.
DROP INDEX invocations_at;

-- Who wrote the above, and until when. Not a tenant's: when Croft ended is the same for all.
CREATE TABLE invocation_writers (
    id             uuid PRIMARY KEY,
    started_at     timestamptz NOT NULL,
    -- Every call that had ended by then is counted.
    last_flush_at  timestamptz NOT NULL,
    -- Numbers the flushes, so that one whose commit got no answer is not written twice.
    flushes        bigint NOT NULL,
    ended_at       timestamptz,
    -- Whether it wrote everything before its end.
    clean          boolean NOT NULL DEFAULT false
);

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['invocation_counts', 'invocation_streams']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY team ON %I TO croft_app USING (team_id = ANY (croft_teams())) '
            'WITH CHECK (team_id = ANY (croft_teams()))', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO croft_app', t);
    END LOOP;
END $$;
GRANT SELECT (started_at, last_flush_at, ended_at, clean) ON invocation_writers TO croft_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON invocation_counts, invocation_streams, invocation_writers
    TO croft_system;
