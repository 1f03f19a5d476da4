CREATE TABLE people (
    id text PRIMARY KEY,
    email text NOT NULL,
    seen timestamptz NOT NULL
);

CREATE TABLE deliveries (
    id text PRIMARY KEY,
    at timestamptz NOT NULL
);
CREATE INDEX deliveries_at ON deliveries (at);

CREATE TABLE diagnoses (
    id text PRIMARY KEY,
    runbook text NOT NULL,
    system text NOT NULL,
    tenant text NOT NULL,
    verdict text NOT NULL,
    started timestamptz NOT NULL,
    owner text NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX diagnoses_about ON diagnoses (runbook, system, tenant, started);
CREATE INDEX diagnoses_running ON diagnoses (owner) WHERE verdict = 'running';

CREATE TABLE requests (
    id text PRIMARY KEY,
    action text NOT NULL,
    system text NOT NULL,
    tenant text NOT NULL,
    subject text NOT NULL,
    state text NOT NULL,
    fence integer NOT NULL,
    owner text NOT NULL,
    asker text NOT NULL,
    created timestamptz NOT NULL,
    changed timestamptz NOT NULL,
    expires timestamptz NOT NULL,
    body jsonb NOT NULL
);
CREATE UNIQUE INDEX requests_one_open_per_subject ON requests (subject)
    WHERE state IN ('pending', 'approved', 'running', 'unknown');
CREATE INDEX requests_state ON requests (state, changed);
CREATE INDEX requests_asker ON requests (asker, created);

CREATE TABLE votes (
    request text NOT NULL REFERENCES requests (id),
    voter text NOT NULL,
    at timestamptz NOT NULL,
    body jsonb NOT NULL,
    PRIMARY KEY (request, voter)
);

CREATE TABLE drawings (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    subject_kind text NOT NULL,
    subject_id text NOT NULL,
    part text NOT NULL,
    channel text NOT NULL,
    thread text NOT NULL,
    person text NOT NULL,
    thread_of text NOT NULL,
    posted_in text NOT NULL,
    ts text NOT NULL,
    wanted integer NOT NULL,
    drawn integer NOT NULL,
    changed timestamptz NOT NULL,
    CONSTRAINT drawings_once UNIQUE (subject_kind, subject_id, part, channel, thread, person, thread_of)
);
CREATE INDEX drawings_message ON drawings (posted_in, ts);
CREATE INDEX drawings_due ON drawings (changed) WHERE wanted > drawn;

CREATE TABLE escalations (
    id text PRIMARY KEY,
    state text NOT NULL,
    system text NOT NULL,
    tenant text NOT NULL,
    diagnosis text NOT NULL,
    created timestamptz NOT NULL,
    body jsonb NOT NULL
);
CREATE INDEX escalations_state ON escalations (state, created);
