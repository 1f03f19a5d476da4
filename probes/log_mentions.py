"""How often a log says something certain, and about whom."""

import json
import re
from collections import Counter
from datetime import timedelta

from bot.access.readers import Look, Record
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, Json, write_duration
from bot.registry import LogName, Params, probe

_SHOWN = 20
_CONTEXT = re.compile(r"\{.*")


class LogMentions(Params):
    """Params of log_mentions: words of which a record must hold one, how far back, and how many are no alarm.

    `by` are fields of a record's JSON context by which it is grouped, such as user_id and route.
    """

    log: LogName
    words: tuple[str, ...]
    within: Duration = timedelta(hours=24)
    at_most: int = 0
    by: tuple[str, ...] = ()
    unit: str = "records"


@probe(
    label="Mentions in the log",
    codes={"none": Status.OK, "few": Status.WARN, "many": Status.FAIL, "silent": Status.UNKNOWN},
    source="zenamanage, Cross-tenant access detected, diagnosis step 1, and SLO violations, diagnosis step 3",
)
async def log_mentions(look: Look, params: LogMentions) -> Seen:
    """Counts what a log says with certain words, grouped by its fields; another wording is not seen."""
    read = await look.log(params.log)
    since = look.now() - params.within
    recent = [record for record in read.records if record.at >= since]
    words = [word.casefold() for word in params.words]
    found = [record for record in recent if any(word in record.message.casefold() for word in words)]
    span = f"in {write_duration(params.within)}"
    if read.cut and read.records and read.records[0].at > since:
        span = f"since {read.records[0].at:%H:%M} UTC"
    expected = f"≤ {params.at_most} {span}"
    groups = Counter(tuple(_field(record, name) for name in params.by) or (record.message[:80],) for record in found)
    evidence: dict[str, Json] = {
        "records": len(recent), "found": len(found), "words": list(params.words),
        "groups": [{"what": list(group), "times": count} for group, count in groups.most_common(_SHOWN)],
    }  # fmt: skip
    if not recent:
        seen = f"nothing was logged {span}, so nothing can be told"
        return Seen(code="silent", seen=seen, expected=expected, evidence=evidence)
    if not found:
        return Seen(code="none", seen=f"no {params.unit} {span}", expected=expected, evidence=evidence)
    latest = max(record.at for record in found)
    table = Table(
        title=params.unit.capitalize(),
        columns=(*(params.by or ("Message",)), "Times"),
        rows=tuple((*group, str(count)) for group, count in groups.most_common(_SHOWN)),
        cut=len(groups) > _SHOWN,
    )
    says = f"{len(found)} {params.unit} {span}, the last at {latest:%H:%M} UTC."
    code = "many" if len(found) > params.at_most else "few"
    seen = f"{len(found)} {params.unit} {span}"
    return Seen(code=code, seen=seen, expected=expected, says=says, evidence=evidence, tables=(table,))


def _field(record: Record, name: str) -> str:
    """A field of the JSON that stands behind the message."""
    match = _CONTEXT.search(record.message)
    try:
        context = json.loads(match[0]) if match else {}
    except ValueError:
        context = {}
    value = context.get(name) if isinstance(context, dict) else None
    return str(value)[:80] if value is not None else "not told"
