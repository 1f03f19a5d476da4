"""What of a system is up and what is down, in one picture."""

import asyncio
from collections.abc import Mapping

from bot.access.readers import Look
from bot.errors import BackstopError
from bot.model.finding import Seen, Status, Table
from bot.model.values import write_duration
from bot.registry import ConnectionName, Params, probe


class Dependencies(Params):
    """Params of dependencies: the parts by their titles, in the order in which one rests on those before it."""

    parts: Mapping[str, ConnectionName]


@probe(
    label="Everything at once",
    codes={"all_up": Status.OK, "some_down": Status.WARN, "all_down": Status.WARN},
    source="zenamanage, System Down, immediate actions 1 to 3",
)
async def dependencies(look: Look, params: Dependencies) -> Seen:
    """Knocks at everything that the product rests on at once, and names who is down first."""
    answers = await asyncio.gather(*(_knock(look, connection) for connection in params.parts.values()))
    states = dict(zip(params.parts, answers, strict=True))
    down = [title for title, (is_up, _) in states.items() if not is_up]
    table = Table(
        title="Everything at once",
        columns=("Part", "State", "Seen"),
        rows=tuple((title, "up" if is_up else "down", saw) for title, (is_up, saw) in states.items()),
    )
    evidence = {title: saw for title, (_, saw) in states.items()}
    expected = f"all {len(states)} up"
    if not down:
        return Seen(code="all_up", seen=expected, expected=expected, evidence=evidence, tables=(table,))
    code = "all_down" if len(down) == len(states) else "some_down"
    seen = f"down: {', '.join(down)}"[:60]
    return Seen(code=code, seen=seen, expected=expected, evidence=evidence, tables=(table,))


async def _knock(look: Look, connection: str) -> tuple[bool, str]:
    try:
        return True, f"open, {write_duration(await look.connects(connection))}"
    except BackstopError as error:
        return False, error.sentence.partition(". ")[0]
