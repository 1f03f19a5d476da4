"""What stands in the thread of an escalation, and the line that leads to it from the thread of the diagnosis."""

from bot.model.escalation import Escalation, EscalationState, Told
from bot.slack.blocks import Press, context, section
from bot.slack.cards.words import first_name
from bot.slack.paper import File, Message, Paper
from bot.slack.text import Markup, escape, join, link, mark, moment, time_of_day

_SHOWN = 2_400  # characters of a note; a longer one is attached


def draw_in_thread(part: str, escalation: Escalation) -> Message | None:
    """A note, a call, what is offered, or the pointer; None for what there is nothing to say about."""
    name, _, number = part.partition(" ")
    index = int(number) - 1 if number.isdigit() else -1
    if name == "note" and 0 <= index < len(escalation.notes):
        return _note(escalation, index)
    if name == "told" and 0 <= index < len(escalation.told):
        return _told(escalation, escalation.told[index])
    if name == "offers" and escalation.offers:
        return _offers(escalation)
    return _pointer(escalation) if name == "pointer" else None


def _note(escalation: Escalation, index: int) -> Message:
    note = escalation.notes[index]
    paper = Paper()
    by = mark("*{person}* {at}", person=first_name(note.person), at=moment(note.at))
    paper.put(section(join("\n", [by, escape(note.text, _SHOWN)])))
    if len(escape(note.text, len(note.text))) > _SHOWN:
        name = f"note-{index + 1}.txt"
        paper.files.append(File(name, "The whole note", f"{note.text}\n"))
        paper.put(context(mark("All of it is in {name}.", name=name)))
    return paper.message(mark("{person}: {text}", person=first_name(note.person), text=note.text[:300]))


def _told(escalation: Escalation, told: Told) -> Message:
    mention = Markup("")
    if told.group:
        mention = Markup(f"<!subteam^{escape(told.group)}> ")
    elif told.person:
        mention = Markup(f"<@{escape(told.person)}> ")
    paper = Paper()
    paper.put(section(mark("{mention}{says}", mention=mention, says=told.says)))
    if told.channel:
        paper.put(context(mark("The thread is in {channel}.", channel=channel_of(escalation))))
        if escalation.is_waiting:
            paper.buttons("told", [Press("acknowledge", escalation.id, "I take it", "primary")])
    return paper.message(mark("{says}", says=told.says))


def _offers(escalation: Escalation) -> Message:
    lines = [Markup("*Until it is solved*")]
    for one in escalation.offers:
        link = Markup(f" <{escape(one.link)}|{escape(one.title)}>") if one.link else Markup("")
        lines.append(mark("• *{title}:* {says}{link}", title=one.title, says=one.says, link=link))
    paper = Paper()
    paper.put(section(join("\n", lines)))
    if escalation.state is not EscalationState.RESOLVED:
        paper.buttons("offers", _offer_buttons(escalation))
    return paper.message(mark("Until it is solved: {what}", what=", ".join(one.title for one in escalation.offers)))


def _offer_buttons(escalation: Escalation) -> list[Press]:
    offers = [(f"{escalation.id}.{number}", one) for number, one in enumerate(escalation.offers)]
    rows = [Press("offered_rows", subject, f"{one.title}…") for subject, one in offers if one.queries]
    return [*rows, *(Press("offered_action", subject, f"{one.title}…") for subject, one in offers if one.action)]


def _pointer(escalation: Escalation) -> Message:
    """One line that stays true: where it went, and how it stands."""
    paper = Paper()
    text = mark(
        "*Escalated* to {route} in {channel} · {severity} · {state}", route=escalation.route_title,
        channel=channel_of(escalation), severity=escalation.severity.value, state=stands(escalation),
    )  # fmt: skip
    paper.put(section(text))
    if address := dict(escalation.trace.links).get("the thread"):
        paper.put(context(link("Go to its thread", address)))
    return paper.message(mark("Escalated to {route}: {state}", route=escalation.route_title, state=stands(escalation)))


def stands(escalation: Escalation) -> Markup:
    """How it stands, in a few words."""
    holder = first_name(escalation.holder) if escalation.holder else "nobody"
    match escalation.state:
        case EscalationState.OPEN:
            return Markup("nobody has taken it yet")
        case EscalationState.ACKNOWLEDGED:
            return mark("{holder} works on it", holder=holder)
        case EscalationState.HANDED_OVER:
            whom = holder if escalation.holder else escalation.route_title
            return mark("handed over to {whom}, not taken yet", whom=whom)
        case EscalationState.RESOLVED:
            by = f" by {first_name(escalation.resolved_by)}" if escalation.resolved_by else ""
            return mark("resolved{by} at {at}", by=by, at=time_of_day(escalation.resolved_at or escalation.changed))


def channel_of(escalation: Escalation) -> Markup:
    """Where its thread is."""
    return Markup(f"<#{escape(escalation.channel)}>") if escalation.channel else Markup("this thread")
