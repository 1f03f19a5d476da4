"""Audit events, newest first."""

from bot.model.audit import Recorded
from bot.model.facts import Trail
from bot.model.finding import Table
from bot.model.sheet import as_csv
from bot.slack.blocks import Press, context, header, section
from bot.slack.paper import File, Message, Paper
from bot.slack.text import Markup, line, mark, plural, stamp

_SHOWN = 30
_COLUMNS = ("Event", "When", "Who", "What", "Outcome", "Where")
_OFTEN_SAME = (5,)  # columns that are left out where they say nothing


def draw_trail(fact: Trail) -> Message:
    """A table of the newest, with all that were found as a file when there are more."""
    paper = Paper()
    paper.put(header(fact.title))
    if not fact.rows:
        paper.put(section(Markup("Nothing is on record that fits and that you may see.")))
        return paper.message(mark("{title}: nothing that you may see", title=fact.title))
    paper.table(_table(fact), "audit", [fact.links.get(row.event.subject, "") for row in fact.rows])
    places = {_where(row) for row in fact.rows[:_SHOWN]}
    if len(places) == 1 and any(places):  # that column is left out
        paper.put(context(mark("All of it in {place}", place=places.pop())))
    if len(fact.rows) > _SHOWN:
        paper.files.append(File("audit.csv", fact.title, _csv(fact)))
        paper.put(context(mark("{more}, all in the file", more=plural(len(fact.rows) - _SHOWN, "more event"))))
    if fact.file is not None:
        name, text = fact.file
        paper.files.append(File(name, fact.title, text))
    if fact.cursor:
        paper.buttons("older", [Press("audit_page", fact.cursor, "Older")])
    elif fact.more is not None:
        paper.put(context(mark("Older ones: say the same with before={more}", more=str(fact.more))))
    newest = fact.rows[0].event
    text = "{title}: {count}; the newest is {says} by {who}"
    count = plural(len(fact.rows), "event")
    return paper.message(
        mark(text, title=fact.title, count=count, says=newest.says or newest.verb, who=newest.person.name)
    )


def event_line(row: Recorded) -> str:
    """One event as a line for App Home."""
    return f"{stamp(row.event.at)[:16]}  {line(row.event.says or row.event.verb)} ({row.event.outcome})"


def _table(fact: Trail) -> Table:
    rows = [_row(row) for row in fact.rows[:_SHOWN]]
    told = {number: len({row[number] for row in rows}) > 1 for number in _OFTEN_SAME}
    kept = [number for number in range(len(_COLUMNS)) if told.get(number, True)]
    columns = tuple(_COLUMNS[number] for number in kept)
    return Table(title=fact.title, columns=columns, rows=tuple(tuple(row[number] for number in kept) for row in rows))


def _row(row: Recorded) -> tuple[str, ...]:
    event = row.event
    reason = f" “{line(event.reason)}”" if event.reason else ""
    return (
        str(row.number),
        stamp(event.at),
        event.person.name,
        f"{event.says or event.verb}{reason}",
        event.outcome,
        _where(row),
    )


def _where(row: Recorded) -> str:
    # Who was refused before it was known what they meant was refused somewhere all the same.
    event = row.event
    return " · ".join(part for part in (event.system, event.tenant) if part) or str(event.detail.get("place") or "")


def _csv(fact: Trail) -> str:
    columns = (
        "number",
        "at",
        "person",
        "roles",
        "verb",
        "says",
        "outcome",
        "system",
        "tenant",
        "subject",
        "reason",
        "hash",
    )
    rows = tuple(
        (
            str(row.number), row.event.at.isoformat(), row.event.person.name, " ".join(row.event.roles), row.event.verb,
            row.event.says, row.event.outcome, row.event.system, row.event.tenant, row.event.subject, row.event.reason,
            row.hash,
        )
        for row in fact.rows
    )  # fmt: skip
    return as_csv(Table(title=fact.title, columns=columns, rows=rows))
