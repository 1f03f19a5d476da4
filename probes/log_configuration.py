"""Whether a system is configured to log its errors."""

import re

from bot.access.readers import Look
from bot.model.finding import Seen, Status
from bot.registry import CommandName, Params, probe

_LINE = re.compile(r"""^\s*(\w+)\s*=\s*["']?([^"'\s#]*)""", re.MULTILINE)


class LogConfiguration(Params):
    """Params of log_configuration: a command that prints settings as NAME=value, and which of them mean what.

    `off` are channels that keep nothing, `levels` those from which on errors are still written.
    """

    command: CommandName
    channel: str
    level: str
    off: tuple[str, ...] = ("null", "none", "")
    levels: tuple[str, ...] = ("debug", "info", "notice", "warning", "error")


@probe(
    label="Log configuration",
    codes={"ok": Status.OK, "off": Status.FAIL, "too_high": Status.FAIL, "not_told": Status.UNKNOWN},
    source="zenamanage, Errors not being logged, diagnosis step 1",
)
async def log_configuration(look: Look, params: LogConfiguration) -> Seen:
    """Reads to which channel the product logs, and from which level on."""
    result = await look.run(params.command)
    settings = {name: value.lower() for name, value in _LINE.findall(result.output)}
    channel, level = settings.get(params.channel), settings.get(params.level, "debug")
    expected = f"a channel, {params.levels[-1]} or below"
    evidence = {"channel": channel, "level": settings.get(params.level), "command": params.command}
    if channel is None:
        seen = f"no {params.channel} in the settings"
        return Seen(code="not_told", seen=seen, expected=expected, evidence=evidence)
    seen = f"{params.channel}={channel or '(empty)'}, {params.level}={level}"
    if channel in params.off:
        says = f"The channel is {channel or 'empty'}, which keeps nothing."
        return Seen(code="off", seen=seen, expected=expected, says=says, evidence=evidence)
    if level not in params.levels:
        says = f"Only {level} and above is written, so errors are not."
        return Seen(code="too_high", seen=seen, expected=expected, says=says, evidence=evidence)
    return Seen(code="ok", seen=seen, expected=expected, evidence=evidence)
