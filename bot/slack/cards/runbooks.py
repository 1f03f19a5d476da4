"""The runbooks that there are, or those that fit what somebody wrote."""

from bot.model.facts import RunbookLine, RunbookList
from bot.slack.blocks import Press, context, header, section
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, code, mark, plural, quote

_OFFERED, _LISTED = 4, 40
_SYMPTOMS = 2


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
    paper.buttons("offers", [Press("pick_runbook", one.name, one.title) for one in fact.lines[:_OFFERED]])
    names = " or ".join(one.name for one in fact.lines[:_OFFERED])
    return paper.message(mark("Which runbook fits {words}: {names}?", words=quote(fact.words), names=names))


def _list(fact: RunbookList) -> Message:
    paper = Paper()
    paper.put(header(f"What can be looked into: {plural(len(fact.lines), 'runbook')}"))
    for one in fact.lines[:_LISTED]:
        paper.put(section(_line(one)))
    paper.end(
        context(
            Markup("Say `/backstop diagnose &lt;name&gt;`, or `/backstop diagnose` and what you see in your own words.")
        )
    )
    return paper.message(mark("Runbooks: {names}", names=", ".join(one.name for one in fact.lines)))


def _line(one: RunbookLine) -> Markup:
    minutes = f" · about {one.expected_minutes} min by hand" if one.expected_minutes else ""
    symptoms = "; ".join(one.symptoms[:_SYMPTOMS])
    text = "*{title}* · {system}{minutes}\n{usage}\n{symptoms}"
    return mark(
        text, title=one.title, system=one.system, minutes=minutes,
        usage=code(" ".join((one.name, *one.inputs))), symptoms=symptoms,
    )  # fmt: skip
