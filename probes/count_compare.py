"""How many of something a user interface shows, against how many are stored, and why it may be fewer."""

import asyncio
from datetime import datetime, timedelta

from bot.access.readers import ABSENT, HttpAnswer, Look
from bot.model.finding import Seen, Status
from bot.model.values import Json, write_duration
from bot.registry import EndpointName, Params, QueryName, probe


class CountCompare(Params):
    """Params of count_compare. Where the answer holds the total, the list, the page size and the time of counting.

    `filtered` counts what is left when the usual filter is set, such as active ones only.
    """

    endpoint: EndpointName
    query: QueryName
    total: str = ""
    list: str = ""
    page_size: str = ""
    counted_at: str = ""
    filtered: QueryName = ""
    unit: str = "rows"
    where: str = "the API"


@probe(
    label="Shown against stored",
    codes={
        "equal": Status.OK,
        "none": Status.FAIL,
        "filtered": Status.FAIL,
        "paged": Status.FAIL,
        "fewer": Status.FAIL,
        "more": Status.FAIL,
        "absent": Status.UNKNOWN,
    },
    source="aiops-data-sync, Issue 1 verification, Issue 5 diagnosis steps 1 to 3",
)
async def count_compare(look: Look, params: CountCompare) -> Seen:
    """Compares how many a user interface shows with how many are stored."""
    answer, rows = await asyncio.gather(look.fetch(params.endpoint), look.rows(params.query))
    stored = rows.number
    answer.need_json()
    listed = answer.field(params.list) if params.list else ABSENT
    on_page = len(listed) if isinstance(listed, list) else None
    total = _number(answer.field(params.total)) if params.total else None
    shown = total if total is not None else on_page
    evidence: dict[str, Json] = {"asked": answer.what, "shown": shown, "on_page": on_page, "stored": stored}
    evidence["database_role"] = rows.role
    if shown is None:
        seen = f"no {params.total or params.list} in the answer"
        return Seen(code="absent", seen=seen, expected=f"{stored} {params.unit}", evidence=evidence)
    seen = f"{shown} {params.unit} in {params.where}, {stored} stored"
    is_page_full = total is None and on_page and on_page == _number(answer.field(params.page_size))
    code = "equal" if shown == stored else "more" if shown > stored else "paged" if is_page_full else "fewer"
    if code == "fewer" and params.filtered:
        evidence["stored_filtered"] = (await look.rows(params.filtered)).number
        code = "filtered" if shown == evidence["stored_filtered"] and shown else code
    code = "none" if code in {"fewer", "filtered"} and shown == 0 else code
    return Seen(code=code, seen=seen, expected="equal", says=_says(code, answer, params, look), evidence=evidence)


def _says(code: str, answer: HttpAnswer, params: CountCompare, look: Look) -> str:
    if code == "equal" or not params.counted_at:
        return ""
    written = answer.field(params.counted_at)
    try:
        age = look.now() - datetime.fromisoformat(written) if isinstance(written, str) else timedelta()
    except (TypeError, ValueError):
        return ""
    seconds = round(age.total_seconds())
    if seconds <= 0:
        return ""
    return f"{params.where[:1].upper()}{params.where[1:]} counted {write_duration(timedelta(seconds=seconds))} ago."


def _number(value: Json) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
