"""What `backstop doctor` finds out: one line for each thing that was looked at, with what to do about it."""

from enum import StrEnum

from bot.model.values import Value


class Health(StrEnum):
    """Bad keeps the bot from working, or from being safe; a notice may be meant so."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


class Line(Value):
    """One thing that was looked at. `fix` says what to do, and stands beside everything that is not good."""

    area: str
    what: str
    health: Health
    says: str
    fix: str = ""


def good(area: str, what: str, says: str) -> Line:
    """It is as it should be."""
    return Line(area=area, what=what, health=Health.GOOD, says=says)


def notice(area: str, what: str, says: str, fix: str) -> Line:
    """It may be meant so."""
    return Line(area=area, what=what, health=Health.NOTICE, says=says, fix=fix)


def bad(area: str, what: str, says: str, fix: str) -> Line:
    """It keeps the bot from working, or from being safe."""
    return Line(area=area, what=what, health=Health.BAD, says=says, fix=fix)
