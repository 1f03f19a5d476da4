-- The platform's database `ai_agents`, as its runbook describes it. Applied to an empty database by the superuser;
-- the roles exist already.
SET ROLE aiagents;

CREATE TABLE tenant_configs (
    tenant_id  text PRIMARY KEY,
    name       text NOT NULL,
    plan       text NOT NULL,
    settings   jsonb NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    email           text NOT NULL UNIQUE,
    name            text NOT NULL,
    email_confirmed boolean NOT NULL DEFAULT false,
    is_active       boolean NOT NULL DEFAULT true,
    created_at      timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE user_tenant_roles (
    user_id    uuid NOT NULL REFERENCES users (id),
    tenant_id  text NOT NULL REFERENCES tenant_configs (tenant_id),
    role       text NOT NULL CHECK (role IN ('super_admin', 'tenant_admin', 'operator', 'developer', 'viewer')),
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (user_id, tenant_id)
);

-- No foreign keys below, as on the platform itself: agents without a tenant can exist, and the runbook looks for them.
CREATE TABLE agents (
    id          uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    name        text NOT NULL,
    description text NOT NULL DEFAULT '',
    model       text NOT NULL,
    status      text NOT NULL CHECK (status IN ('active', 'inactive')),
    created_at  timestamptz NOT NULL DEFAULT now(),
    updated_at  timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX ON agents (tenant_id);

CREATE TABLE agent_executions (
    id          uuid PRIMARY KEY,
    tenant_id   text NOT NULL,
    agent_id    uuid NOT NULL,
    status      text NOT NULL CHECK (status IN ('queued', 'running', 'success', 'failed')),
    error       text,
    duration_ms integer,
    attempts    integer NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT now(),
    queued_at   timestamptz NOT NULL DEFAULT now(),
    started_at  timestamptz,
    finished_at timestamptz
);
CREATE INDEX ON agent_executions (tenant_id, created_at DESC);

-- For the session, as the runbook uses it.
CREATE FUNCTION set_tenant_context(tenant text) RETURNS void LANGUAGE sql
    AS $$ SELECT set_config('app.current_tenant_id', tenant, false) $$;

ALTER TABLE agents ENABLE ROW LEVEL SECURITY;
ALTER TABLE agent_executions ENABLE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON agents
    USING (tenant_id = current_setting('app.current_tenant_id', true));
CREATE POLICY tenant_isolation ON agent_executions
    USING (tenant_id = current_setting('app.current_tenant_id', true));

GRANT SELECT ON tenant_configs, users, user_tenant_roles TO aiagents_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON agents, agent_executions TO aiagents_app;

GRANT SELECT ON ALL TABLES IN SCHEMA public TO backstop_reader, backstop_tenant, backstop_writer;
GRANT INSERT, UPDATE, DELETE ON user_tenant_roles TO backstop_writer;
GRANT UPDATE (status, error, attempts, queued_at, started_at, finished_at) ON agent_executions TO backstop_writer;

RESET ROLE;
