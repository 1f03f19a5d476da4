"""Whether errors that are known to have happened are in the log."""

from collections.abc import Mapping
from datetime import timedelta

from bot.access.readers import Look, field_of
from bot.model.finding import Seen, Status
from bot.model.values import Duration, Json, write_duration
from bot.registry import EndpointName, LogName, Params, probe


class LogGrowing(Params):
    """Params of log_growing: the metrics, which count errors, and the log, in which they must be found as well.

    Both are of about the same time; fewer than `at_least` errors tell nothing.
    """

    log: LogName
    endpoint: EndpointName
    list: str = "endpoints"
    errors: str = "errors"
    levels: tuple[str, ...] = ("ERROR", "CRITICAL", "ALERT", "EMERGENCY")
    within: Duration = timedelta(minutes=15)
    at_least: int = 3


@probe(
    label="Known errors in the log",
    codes={"logged": Status.OK, "quiet": Status.OK, "silent": Status.FAIL, "absent": Status.UNKNOWN},
    source="zenamanage, Errors not being logged, symptoms and diagnosis step 3",
)
async def log_growing(look: Look, params: LogGrowing) -> Seen:
    """Compares the errors that the metrics count with those that the log holds of the same time."""
    answer = await look.fetch(params.endpoint)
    listed = answer.field(params.list)
    counts = (
        [field_of(one, answer.place(params.errors)) for one in listed.values()] if isinstance(listed, Mapping) else []
    )
    numbers = [count for count in counts if isinstance(count, int)]
    expected = "what happened is logged"
    if not numbers:
        seen = f"the metrics count no {params.errors}"
        return Seen(code="absent", seen=seen, expected=expected, evidence={"asked": answer.what})
    happened = sum(numbers)
    read = await look.log(params.log)
    since = look.now() - params.within
    logged = sum(record.at >= since and record.level in params.levels for record in read.records)
    evidence: dict[str, Json] = {"asked": answer.what, "happened": happened, "logged": logged}
    span = write_duration(params.within)
    seen = f"{happened} happened, {logged} logged in {span}"
    if logged:
        return Seen(code="logged", seen=seen, expected=expected, evidence=evidence)
    if happened < params.at_least:
        return Seen(
            code="quiet", seen=f"{happened} errors, none logged in {span}", expected=expected, evidence=evidence
        )
    says = f"The metrics count {happened} errors, and the log has none of the last {span}."
    return Seen(code="silent", seen=seen, expected=expected, says=says, evidence=evidence)
