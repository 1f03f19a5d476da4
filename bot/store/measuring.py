"""What stands in the bot's database, counted for the metrics, and how the database itself stands."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from bot.model.request import OPEN
from bot.store.database import Work

_COUNTED = text("""
    SELECT (SELECT count(*) FROM drawings WHERE wanted > drawn) AS behind,
        (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(changed)), 0) FROM drawings WHERE wanted > drawn)
            AS behind_seconds,
        (SELECT number FROM audit_head) AS event,
        (SELECT coalesce(extract(epoch FROM clock_timestamp() - at), 0) FROM audit_events
            WHERE number = (SELECT min(number) FROM audit_events WHERE number > :covered)) AS lag_seconds
""")
_STATES = text("SELECT state, count(*) AS counted FROM requests WHERE state = ANY(:states) GROUP BY state")


@dataclass(frozen=True)
class Standing:
    """Open requests by state, drawings that are behind, and events that no checkpoint covers."""

    requests: dict[str, int]
    behind: int
    behind_seconds: float
    event: int
    lag_seconds: float


async def measure(work: Work, covered: int) -> Standing:
    """Counts everything at once; `covered` is the last event that a signed checkpoint covers."""
    row = (await work.execute(_COUNTED, {"covered": covered})).one()
    states = [state.value for state in OPEN]
    counted = {found.state: int(found.counted) for found in await work.execute(_STATES, {"states": states})}
    return Standing(
        {state: counted.get(state, 0) for state in states}, int(row.behind), max(0.0, float(row.behind_seconds)),
        int(row.event or 0), max(0.0, float(row.lag_seconds or 0)),
    )  # fmt: skip


async def clock_and_revision(work: Work) -> tuple[datetime, str]:
    """The database's time, and the revision of its tables."""
    row = (await work.execute(text("SELECT clock_timestamp(), (SELECT version_num FROM alembic_version)"))).one()
    return row[0], str(row[1] or "")
