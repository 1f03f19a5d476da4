"""Removes evidence from what is stored, once it is old; what was found, asked and decided stays."""

from datetime import datetime

from sqlalchemy import text

from bot.store.database import Work

_BATCH = 500
_BARE = '{"evidence": {}, "tables": []}'

_DIAGNOSES = text("""
    WITH old AS (
        SELECT id FROM diagnoses
        WHERE started < :before AND verdict <> 'running' AND EXISTS (
            SELECT FROM jsonb_array_elements(body -> 'findings') AS one
            WHERE one -> 'evidence' <> '{}' OR one -> 'tables' <> '[]')
        ORDER BY started LIMIT :batch FOR UPDATE
    )
    UPDATE diagnoses SET body = jsonb_set(body, '{findings}', (
        SELECT jsonb_agg(one || CAST(:bare AS jsonb) ORDER BY place)
        FROM jsonb_array_elements(body -> 'findings') WITH ORDINALITY AS found (one, place)))
    FROM old WHERE diagnoses.id = old.id
""")
_REQUESTS = text("""
    WITH old AS (
        SELECT id FROM requests
        WHERE changed < :before AND state NOT IN ('pending', 'approved', 'running', 'unknown') AND (
            body #> '{outcome,evidence}' <> '{}' OR jsonb_typeof(body #> '{outcome,attachment}') = 'object' OR EXISTS (
                SELECT FROM jsonb_path_query(body, '$.verification.*[*] ? (exists (@.evidence))') AS one
                WHERE one -> 'evidence' <> '{}' OR one -> 'tables' <> '[]'))
        ORDER BY changed LIMIT :batch FOR UPDATE
    )
    UPDATE requests SET body = body
        || CASE WHEN jsonb_typeof(body -> 'outcome') = 'object'
            THEN jsonb_build_object('outcome', (body -> 'outcome') || '{"evidence": {}, "attachment": null}')
            ELSE '{}' END
        || CASE WHEN jsonb_typeof(body -> 'verification') = 'object'
            THEN jsonb_build_object('verification', (body -> 'verification') || jsonb_build_object(
                'before', (SELECT coalesce(jsonb_agg(one || CAST(:bare AS jsonb) ORDER BY place), '[]')
                    FROM jsonb_array_elements(body #> '{verification,before}') WITH ORDINALITY AS b (one, place)),
                'after', (SELECT coalesce(jsonb_agg(one || CAST(:bare AS jsonb) ORDER BY place), '[]')
                    FROM jsonb_array_elements(body #> '{verification,after}') WITH ORDINALITY AS a (one, place))))
            ELSE '{}' END
    FROM old WHERE requests.id = old.id
""")

_FILES = text("""
    WITH old AS (
        SELECT bundle, place FROM escalation_files JOIN escalation_bundles AS one ON one.id = bundle
            JOIN escalations ON escalations.id = one.escalation
        WHERE one.at < :before AND state = 'resolved' AND content <> ''
        ORDER BY one.at LIMIT :batch FOR UPDATE OF escalation_files
    )
    UPDATE escalation_files AS file SET content = '' FROM old
    WHERE file.bundle = old.bundle AND file.place = old.place
""")


async def remove_from_diagnoses(work: Work, before: datetime) -> int:
    """Removes what the checks of diagnoses started before this moment saw; returns how many were changed now."""
    found = await work.execute(_DIAGNOSES, {"before": before, "batch": _BATCH, "bare": _BARE})
    return int(found.rowcount)


async def remove_from_requests(work: Work, before: datetime) -> int:
    """Removes the evidence of requests that ended before this moment; returns how many were changed now."""
    found = await work.execute(_REQUESTS, {"before": before, "batch": _BATCH, "bare": _BARE})
    return int(found.rowcount)


async def remove_from_escalations(work: Work, before: datetime) -> int:
    """Removes the content of files that were collected before this moment for what is resolved; returns how many."""
    found = await work.execute(_FILES, {"before": before, "batch": _BATCH})
    return int(found.rowcount)
