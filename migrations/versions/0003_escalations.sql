ALTER TABLE escalations
    ADD COLUMN about text NOT NULL DEFAULT gen_random_uuid()::text,
    ADD COLUMN due timestamptz;
CREATE UNIQUE INDEX escalations_one_open_per_cause ON escalations (about) WHERE state <> 'resolved';
CREATE INDEX escalations_due ON escalations (due) WHERE state <> 'resolved';

CREATE TABLE escalation_bundles (
    id text PRIMARY KEY,
    escalation text NOT NULL REFERENCES escalations (id),
    occasion text NOT NULL,
    at timestamptz NOT NULL,
    digest text NOT NULL,
    missing jsonb NOT NULL,
    CONSTRAINT escalation_bundles_once UNIQUE (escalation, occasion)
);
CREATE TABLE escalation_files (
    bundle text NOT NULL REFERENCES escalation_bundles (id),
    place integer NOT NULL,
    name text NOT NULL,
    title text NOT NULL,
    content bytea NOT NULL,
    digest text NOT NULL,
    PRIMARY KEY (bundle, place)
);
GRANT SELECT, INSERT ON escalation_bundles, escalation_files TO {running_role};
