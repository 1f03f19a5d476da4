"""Whether browsers may keep an answer for longer than was agreed."""

import re
from datetime import timedelta

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.model.values import Duration, write_duration
from bot.registry import EndpointName, Params, probe

_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,10})")


class HttpMaxAge(Params):
    """Params of http_max_age."""

    endpoint: EndpointName
    at_most: Duration


@probe(
    label="Browser cache",
    codes={"ok": Status.OK, "too_long": Status.FAIL, "absent": Status.OK},
    source="aiops-data-sync, Issue 3, diagnosis step 3",
)
async def http_max_age(look: Look, params: HttpMaxAge) -> Seen:
    """Reads from an answer's Cache-Control how long browsers may keep it."""
    answer = await look.fetch(params.endpoint)
    answer.need_json()
    header = answer.headers.get("cache-control", "")
    evidence = {"asked": answer.what, "cache_control": header}
    expected = f"≤ {write_duration(params.at_most)}"
    match = _MAX_AGE.search(header.lower())
    if match is None:
        return Seen(code="absent", seen=header[:40] or "no Cache-Control", expected=expected, evidence=evidence)
    allowed = timedelta(seconds=int(match[1]))
    code = "too_long" if allowed > params.at_most else "ok"
    return Seen(code=code, seen=f"max-age {write_duration(allowed)}", expected=expected, evidence=evidence)
