"""The runbooks that there are, or those that fit what somebody wrote."""

from collections.abc import Sequence

from bot.model.escalation import Escalation, Helpfulness
from bot.model.facts import RunbookLine, RunbookList
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.escalation_thread import channel_of, stands
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, code, join, mark, moment, plural, quote

_OFFERED, _LISTED = 4, 40
_SYMPTOMS = 2
_OPENED = 10


def draw_runbooks(fact: RunbookList) -> Message:
    """A list, with buttons when it answers somebody's words."""
    return _offers(fact) if fact.words else _list(fact)


def _offers(fact: RunbookList) -> Message:
    paper = Paper()
    text = mark(
        "Which of these is it? Nothing is looked at before you choose. You wrote {words}.", words=quote(fact.words)
    )
    paper.put(section(text))
    for one in fact.lines[:_OFFERED]:
        paper.put(section(_line(one)))
    is_mixed = len({one.system for one in fact.lines[:_OFFERED]}) > 1
    paper.buttons("offers", [
        Press("pick_runbook", one.name, f"{one.system}: {one.title}" if is_mixed else one.title)
        for one in fact.lines[:_OFFERED]
    ])  # fmt: skip
    names = " or ".join(one.name for one in fact.lines[:_OFFERED])
    return paper.message(mark("Which runbook fits {words}: {names}?", words=quote(fact.words), names=names))


def _list(fact: RunbookList) -> Message:
    paper = Paper()
    paper.put(header(f"What can be looked into: {plural(len(fact.lines), 'runbook')}"))
    for one in fact.lines[:_LISTED]:
        paper.put(section(_line(one)))
    if fact.opened:
        paper.put(header(plural(len(fact.opened), "open escalation")), section(draw_opened(fact.opened)))
    if any(one.record for one in fact.lines):
        paper.end(context(mark("Lately: in the last {days} days, all tenants together.", days=fact.days)))
    paper.end(
        context(
            Markup("Say `/backstop diagnose &lt;name&gt;`, or `/backstop diagnose` and what you see in your own words.")
        )
    )
    return paper.message(mark("Runbooks: {names}", names=", ".join(one.name for one in fact.lines)))


def draw_opened(opened: Sequence[Escalation]) -> Markup:
    """Escalations that are open, a line each."""
    lines = [
        mark(
            "• *{severity}* · {system} · {found}: {state} · {channel} · since {at}", severity=one.severity.value,
            system=join(" · ", [one.system_title, one.tenant]), found=one.found, state=stands(one),
            channel=channel_of(one), at=moment(one.created),
        )
        for one in opened[:_OPENED]
    ]  # fmt: skip
    more = [mark("{count}", count=plural(len(opened) - _OPENED, "more"))] if len(opened) > _OPENED else []
    return join("\n", [*lines, *more])


def draw_record(one: Helpfulness) -> Markup:
    """How often a runbook helped, in words."""
    tried = one.helped + one.did_not_help
    parts = [f"{plural(one.diagnoses, 'diagnosis', 'diagnoses')}, {one.faults} with a fault"]
    parts += [f"remedies helped {one.helped} of {plural(tried, 'time')}"] if tried else []
    if one.escalated:
        said = f", of use in {one.of_use} of {one.resolved} resolved" if one.resolved else ""
        parts.append(f"escalated {plural(one.escalated, 'time')}{said}")
    return join("; ", parts)


def _line(one: RunbookLine) -> Markup:
    minutes = f" · about {one.expected_minutes} min by hand" if one.expected_minutes else ""
    symptoms = "; ".join(one.symptoms[:_SYMPTOMS])
    text = "*{title}* · {system}{minutes}\n{usage}\n{symptoms}"
    line = mark(
        text, title=one.title, system=one.system, minutes=minutes,
        usage=code(" ".join((one.name, *one.inputs))), symptoms=symptoms,
    )  # fmt: skip
    record = draw_record(one.record) if one.record else Markup("")
    opened = mark("{count} open", count=plural(one.escalated, "escalation")) if one.escalated else Markup("")
    lately = join("; ", [record, opened])
    return join("\n", [line, mark("_Lately:_ {lately}", lately=lately) if lately else ""])
