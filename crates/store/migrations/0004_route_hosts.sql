-- A route may be for some of its project's hosts only.

ALTER TABLE routes ADD COLUMN host text;

-- Which requests it answers: method, shape of the host, path without names of parameters.
UPDATE routes SET conflict_key = method || ' ' || conflict_key;
ALTER TABLE routes DROP CONSTRAINT routes_conflict_key;
ALTER TABLE routes ADD CONSTRAINT routes_conflict_key UNIQUE (project_id, conflict_key);
