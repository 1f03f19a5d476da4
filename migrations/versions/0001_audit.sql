-- The audit trail. Each event's hash covers the hash before it, its number, its time and its exact text.
CREATE TABLE audit_events (
    number bigint PRIMARY KEY,
    at timestamptz NOT NULL,
    hash bytea NOT NULL,
    body text NOT NULL,
    verb text NOT NULL,
    person text NOT NULL,
    system text NOT NULL,
    tenant text NOT NULL,
    subject text NOT NULL,
    outcome text NOT NULL,
    written_in text NOT NULL
);
CREATE INDEX audit_events_subject ON audit_events (subject, number);
CREATE INDEX audit_events_person ON audit_events (person, number);
CREATE INDEX audit_events_tenant ON audit_events (system, tenant, number);
CREATE INDEX audit_events_verb ON audit_events (verb, number);
CREATE INDEX audit_events_at ON audit_events (at);

CREATE TABLE audit_head (
    single boolean PRIMARY KEY CHECK (single),
    number bigint NOT NULL,
    hash bytea NOT NULL
);
INSERT INTO audit_head VALUES (true, 0, sha256(convert_to('backstop audit trail', 'UTF8')));

-- The one way to write: locks the head, so that there is one order; the caller makes it its last statement.
CREATE FUNCTION audit_append(bodies text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    head audit_head%ROWTYPE;
    written text;
    parts jsonb;
    moment timestamptz;
BEGIN
    SELECT * INTO STRICT head FROM audit_head FOR UPDATE;
    FOREACH written IN ARRAY bodies LOOP
        parts := written::jsonb;
        moment := clock_timestamp();
        head.number := head.number + 1;
        head.hash := sha256(head.hash || convert_to(
            head.number || E'\n' || to_char(moment AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
            || E'\n' || written, 'UTF8'));
        INSERT INTO audit_events VALUES (
            head.number, moment, head.hash, written,
            parts ->> 'verb', parts -> 'person' ->> 'id', parts ->> 'system', parts ->> 'tenant',
            parts ->> 'subject', parts ->> 'outcome', pg_current_xact_id()::text);
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

-- No change without its event: the transaction that sets a state must hold an event about it that names that state.
CREATE FUNCTION require_event() RETURNS trigger LANGUAGE plpgsql AS $$
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
