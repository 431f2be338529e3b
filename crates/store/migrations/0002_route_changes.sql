-- What the edge has to read again: for each project that changed, when it last did. A look at the
-- routes reads what is later than the look before, however much there is in all.

CREATE TABLE route_changes (
    project_id  uuid PRIMARY KEY,
    -- Neither is a reference: a project that was purged is told of by its row here.
    team_id     uuid NOT NULL,
    generation  bigint NOT NULL,
    -- By the database's clock; only for the clean-up.
    at          timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX route_changes_generation ON route_changes (generation);
CREATE INDEX route_changes_at ON route_changes (at);

-- Changes up to this generation may have been cleaned up: who has read less far reads everything.
ALTER TABLE route_generation ADD COLUMN pruned bigint NOT NULL DEFAULT 0;
UPDATE route_generation SET pruned = value;

ALTER TABLE route_changes ENABLE ROW LEVEL SECURITY;
ALTER TABLE route_changes FORCE ROW LEVEL SECURITY;
CREATE POLICY team ON route_changes TO croft_app USING (team_id = ANY (croft_teams()))
    WITH CHECK (team_id = ANY (croft_teams()));
GRANT SELECT, INSERT, UPDATE ON route_changes TO croft_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON route_changes TO croft_system;
