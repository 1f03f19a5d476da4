"""How often a runbook helped: out of what was diagnosed, done, verified, escalated, and said when it was resolved."""

from datetime import datetime

from sqlalchemy import text

from bot.model.escalation import Helpfulness
from bot.store.database import Work

_COUNT = text("""
    WITH looked AS (
        SELECT runbook, count(*) AS diagnoses, count(*) FILTER (WHERE verdict = 'fault found') AS faults
        FROM diagnoses WHERE started >= :since AND verdict <> 'running' GROUP BY runbook
    ), done AS (
        SELECT d.runbook, r.body -> 'verification' ->> 'helped' AS helped, count(*) AS often
        FROM requests r JOIN diagnoses d ON d.id = r.body ->> 'diagnosis'
        WHERE d.started >= :since AND r.state = 'done' AND r.body ->> 'undo_of' = '' GROUP BY 1, 2
    ), escalated AS (
        SELECT body ->> 'runbook' AS runbook, count(*) AS often,
            count(*) FILTER (WHERE state = 'resolved') AS resolved,
            count(*) FILTER (WHERE body ->> 'helped' IN ('yes', 'partly')) AS of_use
        FROM escalations WHERE created >= :since GROUP BY 1
    )
    SELECT runbook, looked.diagnoses, looked.faults,
        coalesce((SELECT sum(often) FROM done WHERE done.runbook = looked.runbook AND helped = 'helped'), 0) AS helped,
        coalesce((SELECT sum(often) FROM done
            WHERE done.runbook = looked.runbook AND helped = 'did not help'), 0) AS did_not_help,
        coalesce(escalated.often, 0) AS escalated, coalesce(escalated.resolved, 0) AS resolved,
        coalesce(escalated.of_use, 0) AS of_use
    FROM looked LEFT JOIN escalated USING (runbook) ORDER BY runbook
""")


async def how_often_helped(work: Work, since: datetime) -> list[Helpfulness]:
    """The figures of every runbook that was carried out since then, by name."""
    found = await work.execute(_COUNT, {"since": since})
    return [Helpfulness.model_validate(dict(row._mapping)) for row in found]  # SQLAlchemy's public name for it
