"""Whether a setting that a system reports is what it should be."""

import json

from bot.access.readers import ABSENT, Look, field_of
from bot.errors import SystemRefused
from bot.model.finding import Seen, Status
from bot.registry import CommandName, Params, probe


class CommandField(Params):
    """Params of command_field: a safe command that prints JSON, a place in it, and the values that are right."""

    command: CommandName
    field: str
    expected: tuple[str, ...]


@probe(
    label="Setting",
    codes={"as_expected": Status.OK, "otherwise": Status.FAIL, "absent": Status.UNKNOWN},
    source="zenamanage, Cache not working, diagnosis step 2",
)
async def command_field(look: Look, params: CommandField) -> Seen:
    """Reads a setting as the running product sees it, which a file of settings need not."""
    result = await look.run(params.command)
    try:
        said = json.loads(result.output)
    except ValueError as problem:
        raise SystemRefused(f"{params.command} printed no JSON: {result.why or 'it cannot be read'}.") from problem
    value = field_of(said, params.field)
    expected = " or ".join(params.expected)
    evidence = {"command": params.command, "field": params.field, "value": None if value is ABSENT else str(value)[:80]}
    if value is ABSENT:
        return Seen(code="absent", seen=f"no {params.field} told", expected=expected, evidence=evidence)
    shown = str(value)[:40]
    if shown.casefold() in {one.casefold() for one in params.expected}:
        return Seen(code="as_expected", seen=shown, expected=expected, evidence=evidence)
    says = f"{params.field} is {shown}, and not {expected}."
    return Seen(code="otherwise", seen=shown, expected=expected, says=says, evidence=evidence)
