-- The foundation: people, teams, projects and what happens to them.
--
-- Three roles (docs/adr/0002): croft_owner owns all and runs migrations, croft_app sees only rows of
-- the teams named in `croft.teams`, croft_system bypasses that and is used only for named purposes.
-- Every table with a team_id has row-level security forced; a test reads pg_class and pg_policy and
-- fails for any that has not. Tables without one (people, sessions, the installation) are not
-- granted to croft_app at all, but for the few columns named below.

CREATE FUNCTION croft_teams() RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    RETURN nullif(current_setting('croft.teams', true), '')::uuid[];

-- People ------------------------------------------------------------------------------------------

CREATE TABLE installation (
    one               boolean PRIMARY KEY DEFAULT true CHECK (one),
    sign_up           text NOT NULL DEFAULT 'closed' CHECK (sign_up IN ('open', 'invite', 'closed')),
    setup_hash        bytea,
    key_fingerprints  text[] NOT NULL,
    default_project   uuid,
    created_at        timestamptz NOT NULL
);

CREATE TABLE plans (
    name    text PRIMARY KEY,
    limits  jsonb NOT NULL DEFAULT '{}'
);
INSERT INTO plans (name) VALUES ('default');

CREATE TABLE users (
    id          uuid PRIMARY KEY,
    email       text NOT NULL,
    name        text NOT NULL,
    operator    boolean NOT NULL DEFAULT false,
    disabled    boolean NOT NULL DEFAULT false,
    created_at  timestamptz NOT NULL,
    CONSTRAINT users_email_key UNIQUE (email)
);

-- One person, many ways of proving it (C23).
CREATE TABLE identities (
    user_id           uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    provider          text NOT NULL CHECK (provider IN ('password', 'magic_link', 'github', 'oidc')),
    provider_user_id  text NOT NULL,
    secret_hash       text,
    is_primary        boolean NOT NULL DEFAULT false,
    metadata          jsonb NOT NULL DEFAULT '{}',
    created_at        timestamptz NOT NULL,
    PRIMARY KEY (provider, provider_user_id)
);
CREATE INDEX identities_user ON identities (user_id);

CREATE TABLE sessions (
    id            uuid PRIMARY KEY,
    user_id       uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    hash          bytea NOT NULL,
    bearer        boolean NOT NULL,
    address       text NOT NULL,
    user_agent    text NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz NOT NULL,
    expires_at    timestamptz NOT NULL,
    CONSTRAINT sessions_hash_key UNIQUE (hash)
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE user_variables (
    user_id     uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    key         text NOT NULL,
    plain       text,
    sealed      bytea,
    category    text NOT NULL,
    version     bigint NOT NULL,
    updated_at  timestamptz NOT NULL,
    PRIMARY KEY (user_id, key),
    CHECK ((plain IS NULL) <> (sealed IS NULL))
);

-- Teams -------------------------------------------------------------------------------------------

CREATE TABLE teams (
    id              uuid PRIMARY KEY,
    team_id         uuid NOT NULL GENERATED ALWAYS AS (id) STORED,
    name            text NOT NULL,
    personal_of     uuid UNIQUE REFERENCES users (id) ON DELETE SET NULL,
    plan            text NOT NULL DEFAULT 'default' REFERENCES plans (name),
    limit_overrides jsonb NOT NULL DEFAULT '{}',
    created_at      timestamptz NOT NULL,
    version         bigint NOT NULL DEFAULT 1
);

CREATE TABLE members (
    team_id  uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    user_id  uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    role     text NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    since    timestamptz NOT NULL,
    -- Set for an operator who entered the team for an hour.
    until    timestamptz,
    reason   text,
    PRIMARY KEY (team_id, user_id)
);
CREATE INDEX members_user ON members (user_id);
CREATE UNIQUE INDEX members_one_owner ON members (team_id) WHERE role = 'owner';

CREATE TABLE invitations (
    id          uuid PRIMARY KEY,
    team_id     uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    email       text,
    role        text NOT NULL CHECK (role IN ('viewer', 'developer', 'admin')),
    hash        bytea NOT NULL,
    invited_by  uuid REFERENCES users (id) ON DELETE SET NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    CONSTRAINT invitations_hash_key UNIQUE (hash)
);
CREATE INDEX invitations_team ON invitations (team_id, id);

-- A team's data key, wrapped by the installation's master key (envelope encryption).
CREATE TABLE team_keys (
    team_id     uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    master_key  text NOT NULL,
    wrapped     bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    PRIMARY KEY (team_id)
);

-- Projects ----------------------------------------------------------------------------------------

CREATE TABLE projects (
    id          uuid PRIMARY KEY,
    team_id     uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    name        text NOT NULL,
    slug        text NOT NULL,
    label       text NOT NULL,
    created_at  timestamptz NOT NULL,
    deleted_at  timestamptz,
    purge_at    timestamptz,
    version     bigint NOT NULL DEFAULT 1,
    CONSTRAINT projects_slug_key UNIQUE (slug),
    CONSTRAINT projects_label_key UNIQUE (label),
    UNIQUE (team_id, id),
    CHECK ((deleted_at IS NULL) = (purge_at IS NULL))
);
CREATE INDEX projects_team ON projects (team_id, id);

-- Every slug that a project has or had. Those it had redirect to the one it has, for ever, until a
-- project of the same team takes them over. The key keeps any other from having one of them.
CREATE TABLE slugs (
    slug        text CONSTRAINT slugs_pkey PRIMARY KEY,
    team_id     uuid NOT NULL,
    project_id  uuid NOT NULL,
    since       timestamptz NOT NULL,
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);
CREATE INDEX slugs_project ON slugs (project_id);

-- Labels are unique for ever: what was purged leaves its label here.
CREATE TABLE used_labels (
    label  text PRIMARY KEY
);

CREATE TABLE project_members (
    team_id     uuid NOT NULL,
    project_id  uuid NOT NULL,
    user_id     uuid NOT NULL,
    role        text NOT NULL CHECK (role IN ('viewer', 'developer', 'admin')),
    since       timestamptz NOT NULL,
    PRIMARY KEY (project_id, user_id),
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE,
    FOREIGN KEY (team_id, user_id) REFERENCES members (team_id, user_id) ON DELETE CASCADE
);
CREATE INDEX project_members_user ON project_members (team_id, user_id);

CREATE TABLE variables (
    id           uuid PRIMARY KEY,
    team_id      uuid NOT NULL,
    project_id   uuid NOT NULL,
    environment  text NOT NULL CHECK (environment IN ('production', 'development')),
    key          text NOT NULL,
    plain        text,
    sealed       bytea,
    category     text NOT NULL CHECK (category IN ('auth', 'payment', 'general')),
    version      bigint NOT NULL,
    updated_at   timestamptz NOT NULL,
    updated_by   uuid REFERENCES users (id) ON DELETE SET NULL,
    CONSTRAINT variables_key_key UNIQUE (project_id, environment, key),
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE,
    CHECK ((plain IS NULL) <> (sealed IS NULL))
);

CREATE TABLE tokens (
    id            uuid PRIMARY KEY,
    team_id       uuid NOT NULL,
    user_id       uuid NOT NULL,
    project_id    uuid,
    name          text NOT NULL,
    hash          bytea NOT NULL,
    role          text NOT NULL CHECK (role IN ('viewer', 'developer', 'admin', 'owner')),
    scopes        text[] NOT NULL,
    created_at    timestamptz NOT NULL,
    last_used_at  timestamptz,
    expires_at    timestamptz,
    CONSTRAINT tokens_hash_key UNIQUE (hash),
    FOREIGN KEY (team_id, user_id) REFERENCES members (team_id, user_id) ON DELETE CASCADE,
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);
CREATE INDEX tokens_team ON tokens (team_id, id);

CREATE TABLE domains (
    id          uuid PRIMARY KEY,
    team_id     uuid NOT NULL,
    project_id  uuid NOT NULL,
    pattern     text NOT NULL,
    shape_key   text NOT NULL,
    state       text NOT NULL CHECK (state IN ('pending', 'proven')),
    challenge   text NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT domains_claim_key UNIQUE (project_id, shape_key),
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);
-- A pending claim blocks nobody (decision 11).
CREATE UNIQUE INDEX domains_shape_key ON domains (shape_key) WHERE state = 'proven';

-- Functions ---------------------------------------------------------------------------------------

CREATE TABLE functions (
    id          uuid PRIMARY KEY,
    team_id     uuid NOT NULL,
    project_id  uuid NOT NULL,
    name        text NOT NULL,
    active      uuid NOT NULL,
    created_at  timestamptz NOT NULL,
    CONSTRAINT functions_name_key UNIQUE (project_id, name),
    UNIQUE (team_id, project_id, id),
    FOREIGN KEY (team_id, project_id) REFERENCES projects (team_id, id) ON DELETE CASCADE
);

CREATE TABLE function_versions (
    id           uuid PRIMARY KEY,
    team_id      uuid NOT NULL,
    project_id   uuid NOT NULL,
    function_id  uuid NOT NULL,
    number       bigint NOT NULL,
    source       text NOT NULL,
    created_at   timestamptz NOT NULL,
    created_by   uuid REFERENCES users (id) ON DELETE SET NULL,
    UNIQUE (function_id, number),
    UNIQUE (function_id, id),
    FOREIGN KEY (team_id, project_id, function_id)
        REFERENCES functions (team_id, project_id, id) ON DELETE CASCADE
);
ALTER TABLE functions ADD CONSTRAINT functions_active_fkey
    FOREIGN KEY (id, active) REFERENCES function_versions (function_id, id)
    DEFERRABLE INITIALLY DEFERRED;

CREATE TABLE routes (
    id            uuid PRIMARY KEY,
    team_id       uuid NOT NULL,
    project_id    uuid NOT NULL,
    function_id   uuid NOT NULL,
    method        text NOT NULL,
    path          text NOT NULL,
    conflict_key  text NOT NULL,
    CONSTRAINT routes_conflict_key UNIQUE (project_id, method, conflict_key),
    FOREIGN KEY (team_id, project_id, function_id)
        REFERENCES functions (team_id, project_id, id) ON DELETE CASCADE
);
CREATE INDEX routes_function ON routes (function_id);

CREATE TABLE invocations (
    id           uuid PRIMARY KEY,
    team_id      uuid NOT NULL,
    project_id   uuid NOT NULL,
    function_id  uuid NOT NULL,
    request_id   uuid NOT NULL,
    at           timestamptz NOT NULL,
    method       text NOT NULL,
    path         text NOT NULL,
    status       smallint NOT NULL,
    outcome      text NOT NULL,
    duration_us  bigint NOT NULL,
    error        text,
    log          text[] NOT NULL DEFAULT '{}',
    FOREIGN KEY (team_id, project_id, function_id)
        REFERENCES functions (team_id, project_id, id) ON DELETE CASCADE
);
CREATE INDEX invocations_project ON invocations (project_id, id);
CREATE INDEX invocations_function ON invocations (function_id);
CREATE INDEX invocations_at ON invocations (at);

-- Counts changes of what routes are built from. A row and not a sequence: its lock orders commits, so
-- whoever reads generation n sees every change up to n.
CREATE TABLE route_generation (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    value  bigint NOT NULL
);
INSERT INTO route_generation (value) VALUES (1);

-- What happened and what is due -------------------------------------------------------------------

-- One counter per stream (a project's or a team's); the row lock makes numbers appear in order.
CREATE TABLE event_streams (
    stream_id  uuid PRIMARY KEY,
    team_id    uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    last       bigint NOT NULL
);

CREATE TABLE events (
    stream_id   uuid NOT NULL,
    sequence    bigint NOT NULL,
    team_id     uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    project_id  uuid,
    kind        text NOT NULL,
    subject     text NOT NULL,
    actor       text,
    payload     jsonb NOT NULL DEFAULT '{}',
    at          timestamptz NOT NULL,
    PRIMARY KEY (stream_id, sequence)
);
CREATE INDEX events_at ON events (at);

CREATE TABLE audit (
    id          uuid PRIMARY KEY,
    -- NULL: the installation's own log. Kept when the team goes: no reference.
    team_id     uuid,
    at          timestamptz NOT NULL,
    actor       text,
    means       text NOT NULL,
    action      text NOT NULL,
    subject     text NOT NULL,
    address     text,
    request_id  text,
    before      jsonb,
    after       jsonb
);
CREATE INDEX audit_team ON audit (team_id, id);

-- What was created by a request that named an Idempotency-Key; written with the thing itself.
CREATE TABLE idempotency (
    user_id      uuid NOT NULL,
    key          text NOT NULL,
    team_id      uuid NOT NULL REFERENCES teams (id) ON DELETE CASCADE,
    fingerprint  bytea NOT NULL,
    subject      uuid NOT NULL,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, key)
);
CREATE INDEX idempotency_at ON idempotency (created_at);

CREATE TABLE due (
    kind           text NOT NULL,
    id             uuid NOT NULL,
    team_id        uuid REFERENCES teams (id) ON DELETE CASCADE,
    due_at         timestamptz NOT NULL,
    attempts       integer NOT NULL DEFAULT 0,
    last_error     text,
    claimed_until  timestamptz,
    claimed_by     text,
    payload        jsonb,
    PRIMARY KEY (kind, id)
);
CREATE INDEX due_at ON due (due_at);

-- Walls -------------------------------------------------------------------------------------------

DO $$
DECLARE
    t text;
BEGIN
    FOREACH t IN ARRAY ARRAY['teams', 'members', 'invitations', 'team_keys', 'projects', 'slugs',
        'project_members', 'variables', 'tokens', 'domains', 'functions', 'function_versions', 'routes',
        'invocations', 'event_streams', 'events', 'audit', 'idempotency', 'due']
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', t);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', t);
        EXECUTE format('CREATE POLICY team ON %I TO croft_app USING (team_id = ANY (croft_teams())) '
            'WITH CHECK (team_id = ANY (croft_teams()))', t);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO croft_app', t);
    END LOOP;
END $$;

-- Names of people one shares a team with, and nothing else of them.
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
CREATE POLICY colleagues ON users FOR SELECT TO croft_app
    USING (EXISTS (SELECT FROM members WHERE members.user_id = users.id));
GRANT SELECT (id, email, name) ON users TO croft_app;
GRANT SELECT ON plans TO croft_app;
-- Whether a name or label is taken is known to nobody's disadvantage: inserts fail on it anyway.
GRANT SELECT, INSERT ON used_labels TO croft_app;
GRANT SELECT, UPDATE ON route_generation TO croft_app;

GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO croft_system;
