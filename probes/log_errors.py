"""Which errors a log has lately, by kind."""

from datetime import timedelta

from bot.access.readers import Look, grouped
from bot.model.finding import Seen, Status, Table
from bot.model.values import Duration, write_duration
from bot.registry import LogName, Params, probe

_KINDS = 20  # in the table


class LogErrors(Params):
    """Params of log_errors: the levels that count, how far back, and how many errors are no cause for alarm."""

    log: LogName
    levels: tuple[str, ...] = ("ERROR", "CRITICAL", "FATAL")
    within: Duration = timedelta(hours=1)
    at_most: int = 5


@probe(
    label="Errors in the log",
    codes={"none": Status.OK, "few": Status.OK, "many": Status.FAIL, "silent": Status.UNKNOWN},
    source="aiops-data-sync, Diagnostic Commands",
)
async def log_errors(look: Look, params: LogErrors) -> Seen:
    """Groups the errors in a log by their kind, with how often, first and last; a record may span many lines."""
    read = await look.log(params.log)
    since = look.now() - params.within
    recent = [record for record in read.records if record.at >= since]
    errors = [record for record in recent if record.level in {level.upper() for level in params.levels}]
    groups = grouped(errors)
    # What was read of a large log may begin later than what was asked for.
    is_short = read.cut and bool(read.records) and read.records[0].at > since
    span = f"since {read.records[0].at:%H:%M} UTC" if is_short else f"in {write_duration(params.within)}"
    expected = f"≤ {params.at_most} {span}"
    evidence = {
        "records": len(recent),
        "errors": len(errors),
        "older_not_read": is_short,
        "kinds": [{"kind": one.kind, "count": one.count, "last": one.last.isoformat()} for one in groups],
    }
    if not recent:
        seen = f"nothing was logged {span}, so nothing can be told"
        return Seen(code="silent", seen=seen, expected=expected, evidence=evidence)
    if not errors:
        return Seen(code="none", seen=f"no errors {span}", expected=expected, evidence=evidence)
    rows = tuple(
        (one.kind, str(one.count), f"{one.first:%d %b %H:%M} UTC", f"{one.last:%d %b %H:%M} UTC", one.example)
        for one in groups[:_KINDS]
    )
    table = Table(
        title="Errors by kind", columns=("Kind", "Times", "First", "Last", "Example"), rows=rows,
        cut=len(groups) > _KINDS,
    )  # fmt: skip
    says = f"Most often: {groups[0].kind} ({groups[0].count} times, last {groups[0].last:%H:%M} UTC)."
    seen = (
        f"{len(errors)} error{'' if len(errors) == 1 else 's'} of {len(groups)} kind{'' if len(groups) == 1 else 's'}"
    )
    code = "many" if len(errors) > params.at_most else "few"
    return Seen(code=code, seen=f"{seen} {span}", expected=expected, says=says, evidence=evidence, tables=(table,))
