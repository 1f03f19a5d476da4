-- A platform of the same kind that calls everything otherwise, and has row-level security on one table only.
CREATE SCHEMA platform;

CREATE TABLE platform.workspace (
    uid   uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    slug  text NOT NULL UNIQUE,
    label text NOT NULL
);
CREATE TABLE platform.member (
    no      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    mail    text NOT NULL UNIQUE,
    blocked boolean NOT NULL DEFAULT false
);
CREATE TABLE platform.membership (
    member_no     bigint NOT NULL REFERENCES platform.member,
    workspace_uid uuid NOT NULL REFERENCES platform.workspace,
    grade         text NOT NULL CHECK (grade IN ('owner', 'ops', 'maker', 'guest')),
    PRIMARY KEY (member_no, workspace_uid)
);
CREATE TABLE platform.bot (
    no            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    workspace_uid uuid NOT NULL,
    title         text NOT NULL,
    is_on         boolean NOT NULL DEFAULT true
);
CREATE TABLE platform.run (
    uid           uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    workspace_uid uuid NOT NULL,
    bot_no        bigint NOT NULL,
    outcome       text NOT NULL CHECK (outcome IN ('waiting', 'busy', 'done', 'error')),
    tries         integer NOT NULL DEFAULT 1,
    begun         timestamptz NOT NULL DEFAULT now(),
    taken         timestamptz NOT NULL DEFAULT now()
);

CREATE FUNCTION platform.enter(workspace uuid) RETURNS void LANGUAGE sql
    AS $$ SELECT set_config('nova.workspace', workspace::text, true) $$;
ALTER TABLE platform.bot ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON platform.bot USING (workspace_uid::text = current_setting('nova.workspace', true));

GRANT USAGE ON SCHEMA platform TO nova_reader, nova_tenant, nova_writer;
GRANT SELECT ON ALL TABLES IN SCHEMA platform TO nova_reader, nova_tenant, nova_writer;
GRANT INSERT, UPDATE, DELETE ON platform.membership, platform.run TO nova_writer;

INSERT INTO platform.workspace (slug, label) VALUES ('acme', 'Acme Air'), ('acme-labs', 'Acme Labs'), ('zen', 'Zen');
INSERT INTO platform.member (mail)
    VALUES ('sam@example.com'), ('olga@example.com'), ('ada@example.com'), ('vera@example.com');
INSERT INTO platform.membership (member_no, workspace_uid, grade)
    SELECT m.no, w.uid, g.grade
    FROM (VALUES ('olga@example.com', 'ops'), ('ada@example.com', 'owner'), ('vera@example.com', 'maker')) g (mail, grade)
    JOIN platform.member m USING (mail) JOIN platform.workspace w ON w.slug = 'acme';
INSERT INTO platform.bot (workspace_uid, title)
    SELECT uid, slug || ' bot ' || n FROM platform.workspace, generate_series(1, 4) n WHERE slug <> 'zen';
INSERT INTO platform.run (workspace_uid, bot_no, outcome, begun)
    SELECT workspace_uid, no, 'done', now() - no * interval '3 minutes' FROM platform.bot;
