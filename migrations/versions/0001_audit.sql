-- The audit trail. Each event's hash covers the hash before it, its number, its time, and the digest of its salt and
-- exact text; so an event can be left out of an export, with its digest in its place, and the chain still be followed.
CREATE TABLE audit_events (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    hash bytea NOT NULL,
    salt bytea NOT NULL,
    body text NOT NULL,
    verb text NOT NULL,
    person text NOT NULL,
    email text NOT NULL,
    system text NOT NULL,
    tenant text NOT NULL,
    subject text NOT NULL,
    action text NOT NULL,
    outcome text NOT NULL,
    written_in text NOT NULL
);
CREATE INDEX audit_events_subject ON audit_events (subject, number);
CREATE INDEX audit_events_person ON audit_events (person, number);
CREATE INDEX audit_events_email ON audit_events (email, number);
CREATE INDEX audit_events_system ON audit_events (system, number);
CREATE INDEX audit_events_tenant ON audit_events (tenant, number);
CREATE INDEX audit_events_verb ON audit_events (verb, number);
CREATE INDEX audit_events_action ON audit_events (action, number);
CREATE INDEX audit_events_outcome ON audit_events (outcome, number);
CREATE INDEX audit_events_at ON audit_events (at, number);

CREATE TABLE audit_head (
    single boolean PRIMARY KEY CHECK (single),
    number bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_head VALUES (true, 0, sha256(convert_to('backstop audit trail', 'UTF8')));

-- The one way to write: locks the head, so that there is one order; the caller makes it its last statement.
-- Who cannot have the lock in time is refused, and then nothing is done: better than that everything waits.
CREATE FUNCTION audit_append(bodies text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    head audit_head%ROWTYPE;
    written text;
    parts jsonb;
    moment timestamptz;
    salt bytea;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOREACH written IN ARRAY bodies LOOP
        parts := written::jsonb;
        moment := clock_timestamp();
        salt := uuid_send(gen_random_uuid());
        head.number := head.number + 1;
        head.hash := sha256(head.hash || convert_to(
            head.number || E'\n' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || E'\n' || encode(sha256(salt || convert_to(written, 'UTF8')), 'hex'), 'UTF8'));
        INSERT INTO audit_events VALUES (
            head.number, moment, head.hash, salt, written,
            parts ->> 'verb', parts -> 'person' ->> 'id', lower(coalesce(parts -> 'person' ->> 'email', '')),
            parts ->> 'system', parts ->> 'tenant', parts ->> 'subject', coalesce(parts -> 'detail' ->> 'action', ''),
            parts ->> 'outcome', pg_current_xact_id()::text);
    END LOOP;
    UPDATE audit_head SET number = head.number, hash = head.hash;
    RETURN head.number;
END $$;

CREATE FUNCTION audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit trail is append only: % of % is refused', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_events_keep BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
CREATE TRIGGER audit_head_keep BEFORE DELETE OR TRUNCATE ON audit_head
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse();
-- Also in a session that passes itself off as a replica, which skips ordinary triggers.
ALTER TABLE audit_events ENABLE ALWAYS TRIGGER audit_events_keep;
ALTER TABLE audit_head ENABLE ALWAYS TRIGGER audit_head_keep;

-- No change without its event: the transaction that sets a state must hold an event about it that names that state.
-- The tables are looked up in public alone: a temporary table of the same name must not answer for the trail.
CREATE FUNCTION require_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    about text := TG_ARGV[0] || ' ' || NEW.id;
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.state = OLD.state THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT FROM audit_events
        WHERE subject = about AND written_in = pg_current_xact_id()::text
            AND body::jsonb -> 'detail' ->> 'state' = NEW.state
    ) THEN
        RAISE EXCEPTION '% became % without an audit event', about, NEW.state
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER requests_have_events AFTER INSERT OR UPDATE ON requests
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_event('request');
CREATE CONSTRAINT TRIGGER escalations_have_events AFTER INSERT OR UPDATE ON escalations
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_event('escalation');

-- The same for what somebody voted, and for what a diagnosis found.
CREATE FUNCTION require_vote_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM audit_events
        WHERE subject = 'request ' || NEW.request AND person = NEW.voter
            AND written_in = pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION '% voted on request % without an audit event', NEW.voter, NEW.request
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER votes_have_events AFTER INSERT OR UPDATE ON votes
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_vote_event();

CREATE FUNCTION require_diagnosis_event() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND NEW.verdict = OLD.verdict THEN
        RETURN NULL;
    END IF;
    IF NOT EXISTS (
        SELECT FROM audit_events
        WHERE subject = 'diagnosis ' || NEW.id AND written_in = pg_current_xact_id()::text
    ) THEN
        RAISE EXCEPTION 'diagnosis % became % without an audit event', NEW.id, NEW.verdict
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER diagnoses_have_events AFTER INSERT OR UPDATE ON diagnoses
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION require_diagnosis_event();
