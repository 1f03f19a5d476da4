-- As it was, but for how the head is found. While a transaction stays open (a backup, an ANALYZE), PostgreSQL keeps each
-- version of that row, some hundred to a page. These pages stay in the table afterwards, and each append read them all,
-- twice. Now it finds the row by its key, and changes it where it found it, which is where it is while it is locked.
CREATE OR REPLACE FUNCTION audit_append(bodies text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp SET lock_timeout = '5s' AS $$
DECLARE
    head record;
    written text;
    parts jsonb;
    moment timestamptz;
    salt bytea;
BEGIN
    SELECT ctid AS place, number, hash INTO STRICT head FROM audit_head WHERE single FOR UPDATE;
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
    UPDATE audit_head SET number = head.number, hash = head.hash WHERE ctid = head.place;
    RETURN head.number;
END $$;
