-- The running bot reads the trail and may execute one function; it cannot write, change or remove events by itself.
GRANT USAGE ON SCHEMA public TO {running_role};
GRANT SELECT, INSERT, UPDATE, DELETE ON people, deliveries, diagnoses, requests, votes, drawings, escalations
    TO {running_role};
REVOKE DELETE ON requests, votes, escalations FROM {running_role};
GRANT SELECT ON audit_events, audit_head TO {running_role};
REVOKE ALL ON FUNCTION audit_append(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(text[]) TO {running_role};
DO $$
DECLARE
    item record;
BEGIN
    FOR item IN SELECT c.relname, c.relkind FROM pg_class c
        WHERE c.relnamespace = 'public'::regnamespace AND c.relname LIKE 'procrastinate%' AND c.relkind IN ('r', 'S') LOOP
        IF item.relkind = 'r' THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %I TO {running_role}', item.relname);
        ELSE
            EXECUTE format('GRANT USAGE, SELECT ON SEQUENCE %I TO {running_role}', item.relname);
        END IF;
    END LOOP;
END $$;
GRANT SELECT ON alembic_version TO {running_role};
