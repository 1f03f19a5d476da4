"""The words that several cards share: how a status is called, and what something is about."""

from collections.abc import Collection, Iterable, Mapping

from bot.model.audit import Trace
from bot.model.finding import Finding, Status
from bot.model.inputs import Inputs, InputType
from bot.model.people import Person
from bot.slack.text import Markup, code, join, line, link, mark

RESULT: Mapping[Status, str] = {
    Status.OK: "✔ ok",
    Status.WARN: "▲ notice",
    Status.FAIL: "✖ fault",
    Status.UNKNOWN: "? unknown",
}
WAITING = "… waiting"
_SPEAKING = (InputType.TENANT, InputType.USER, InputType.EMAIL, InputType.PERMISSION)
FINDING_COLUMNS = ("Check", "Seen", "Expected")  # three: a fourth would be out of sight beside an open thread


def finding_row(finding: Finding) -> tuple[str, str, str]:
    """One check as a row of the table."""
    return finding.label, result(finding), finding.expected


def result(finding: Finding) -> str:
    """How a check ended, in words: `✖ fault: no expiry`."""
    return f"{RESULT[finding.status]}: {finding.seen}"


def where(system: str, inputs: Inputs) -> Markup:
    """The system and what was asked about: `AI agents · tenant-abc`."""
    return join(" · ", [system, *_asked_about(inputs)])


def where_plain(system: str, inputs: Inputs) -> str:
    """The same for texts without markup."""
    return " · ".join(line(part) for part in (system, *_asked_about(inputs)) if part)


def _asked_about(inputs: Inputs) -> list[str]:
    """The inputs as people read them: the tenant and the user first; what does not speak for itself has its name."""
    known = [one.shown for kind in _SPEAKING for one in inputs.given.values() if one.type is kind]
    others = [f"{name}={one.shown}" for name, one in sorted(inputs.given.items()) if one.type not in _SPEAKING]
    return [*known, *others]


def traced(trace: Trace, filter: str, links: Collection[str] = ()) -> Markup:
    """Where something stands in the trail, how all of it is found, and links to what belongs to it; empty if nowhere.

    `filter` is what one says after `/audit`, `links` are the texts of links that are left out.
    """
    if not trace.event:
        return Markup("")
    shown = [link(text, address) for text, address in trace.links if text not in links]
    return join(" · ", [mark("event {event}", event=trace.event), code(f"/audit {filter}"), *shown])


def first_name(person: Person) -> str:
    """How a person is called among people who know each other."""
    return person.name.split()[0] if person.name.split() else person.id


def sentence(text: str) -> str:
    """A reason as a sentence: with a capital at its beginning and a full stop at its end."""
    text = text.strip()
    if not text:
        return ""
    return f"{text[0].upper()}{text[1:]}{'' if text[-1] in '.!?…”' else '.'}"


def either(names: Iterable[str]) -> str:
    """A, B or C."""
    *rest, last = [*names] or ["nobody"]
    return f"{', '.join(rest)} or {last}" if rest else last


def both(names: Iterable[str]) -> str:
    """A, B and C."""
    *rest, last = [*names] or ["nobody"]
    return f"{', '.join(rest)} and {last}" if rest else last
