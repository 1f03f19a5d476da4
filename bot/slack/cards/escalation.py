"""An escalation: the head of the thread in which others take over."""

from bot.model.escalation import Escalation, EscalationState, Trigger
from bot.model.paging import Paged, Signal
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.words import both, first_name, traced
from bot.slack.paper import File, Message, Paper
from bot.slack.text import Markup, escape, join, mark, moment, plural, quote, time_of_day

_QUOTED = 1_000  # characters of what the user sees; all of it is in the report
_LONG = 1_400  # characters of what somebody wrote, escaped; longer texts are attached as well
_TRIED, _NOTES = 8, 3  # that are on the card; the others are in the report and in the thread
_SAID = {Signal.TRIGGER: "called", Signal.ACKNOWLEDGE: "told that it was taken", Signal.RESOLVE: "told that it is over"}


def draw_escalation(escalation: Escalation) -> Message:
    """The state with who holds it, who is affected, what was found and tried, and what to do next."""
    paper = Paper()
    verdict = _verdict(escalation)
    paper.put(header(verdict))
    system = join(" · ", [escalation.system_title, escalation.tenant])
    paper.put(context(_about(escalation, system)))
    if escalation.state is EscalationState.RESOLVED:
        _put_resolution(paper, escalation)
    paper.lines(_lines(escalation))
    paper.lines(_tried(escalation))
    if escalation.proposed:
        paper.put(section(mark("*Proposed:* {proposed}", proposed=escalation.proposed)))
    if escalation.notes:
        paper.put(section(_notes(escalation)))
    if escalation.attached or escalation.awaited:
        paper.put(context(_attached(escalation)))
    for text in [*(_paged(one) for one in escalation.pages), *(one.says for one in escalation.troubles)]:
        paper.put(context(mark("{text}", text=text)))
    ids = mark("escalation {id} · diagnosis {diagnosis}", id=escalation.id, diagnosis=escalation.diagnosis)
    paper.end(context(ids, traced(escalation.trace, f"escalation={escalation.id}", ["the thread"])))
    paper.buttons("escalation", *_buttons(escalation))
    return paper.message(mark("{verdict} ({system}): {found}", verdict=verdict, system=system, found=escalation.found))


def _verdict(escalation: Escalation) -> str:
    severity, route = escalation.severity.value, escalation.route_title
    holder = first_name(escalation.holder) if escalation.holder else "nobody"
    match escalation.state:
        case EscalationState.OPEN:
            return f"Escalated · {severity} · to {route}: nobody has taken it yet"
        case EscalationState.ACKNOWLEDGED:
            return f"Escalated · {severity} · to {route}: {holder} works on it"
        case EscalationState.HANDED_OVER:
            whom = f"{route}, {holder}" if escalation.holder else route
            return f"Handed over · {severity} · to {whom}: not taken yet"
        case EscalationState.RESOLVED:
            by = f" by {first_name(escalation.resolved_by)}" if escalation.resolved_by else ""
            return f"✔ Resolved{by} · {severity} · {route}"


def _about(escalation: Escalation, system: Markup) -> Markup:
    by, at = first_name(escalation.raised_by), moment(escalation.created)
    why = "" if escalation.why is Trigger.PERSON else f", because {escalation.why.value}"
    text = mark("{system} · raised by {person} {at}{why}", system=system, person=by, at=at, why=why)
    if escalation.resolved_at is not None:
        text = mark("{text} · resolved {at}", text=text, at=moment(escalation.resolved_at))
    if escalation.due is None or not escalation.is_waiting:
        return text
    return mark("{text} · next: {whom} at {at}", text=text, whom=escalation.next, at=time_of_day(escalation.due))


def _lines(escalation: Escalation) -> list[Markup]:
    affected = " · ".join(part for part in (escalation.tenant, escalation.affected) if part)
    lines = []
    if affected:
        lines.append(mark("*Affected:* {affected}", affected=affected))
    if escalation.symptom:
        more = " (the whole text is in report.md)" if len(escalation.symptom) > _QUOTED else ""
        lines.append(mark("*What they see:* {text}{more}", text=quote(escalation.symptom, _QUOTED), more=more))
    again = f" · found again {plural(len(escalation.joined), 'time')} since" if escalation.joined else ""
    return [*lines, mark("*Found:* {found}{again}", found=escalation.found, again=again)]


def _tried(escalation: Escalation) -> list[Markup]:
    if not escalation.tried:
        return [Markup("*Tried:* nothing before it was raised")]
    shown = [mark("• {one}", one=one) for one in escalation.tried[-_TRIED:]]
    left = len(escalation.tried) - len(shown)
    more = [mark("{count} before, in the report", count=left)] if left else []
    return [Markup("*Tried*"), *more, *shown]


def _notes(escalation: Escalation) -> Markup:
    shown = [
        mark("• {person}: {text}", person=first_name(one.person), text=quote(one.text, 200))
        for one in escalation.notes[-_NOTES:]
    ]
    left = len(escalation.notes) - len(shown)
    more = [mark("{count} before, in the thread", count=left)] if left else []
    return join("\n", [Markup("*Notes*"), *more, *shown])


def _put_resolution(paper: Paper, escalation: Escalation) -> None:
    if not escalation.resolution:
        who = escalation.resolved_by or escalation.holder
        text = "*Resolved by {who}:* how was not said there. Please say it here."
        paper.put(section(mark(text, who=first_name(who) if who else "somebody")))
        return
    said = [("Cause", escalation.cause), ("Resolution", escalation.resolution)]
    paper.lines(mark("*{name}:* {text}", name=name, text=text) for name, text in said if text)
    if any(len(escape(text, len(text))) > _LONG for _, text in said):
        whole = "\n\n".join(f"{name}\n{text}" for name, text in said)
        paper.files.append(File("resolution.txt", "Cause and resolution", f"{whole}\n"))
        paper.put(context(Markup("All of it is in resolution.txt.")))
    if escalation.helped:
        paper.put(section(mark("*Did the runbook help?* {helped}", helped=escalation.helped.value)))


def _attached(escalation: Escalation) -> Markup:
    if not escalation.attached:
        return Markup("*Attached:* the evidence is being collected")
    left = len(escalation.attached) - 6
    names = ", ".join(escalation.attached[:6]) if left > 0 else both(escalation.attached)
    more = f" and {plural(left, 'more file')}" if left > 0 else ""
    awaited = "; more is being collected" if escalation.awaited else ""
    return mark("*Attached in the thread:* {names}{more}{awaited}", names=names, more=more, awaited=awaited)


def _paged(paged: Paged) -> str:
    is_over = paged.wanted is Signal.RESOLVE
    if paged.is_behind and paged.due is None:
        return f"{paged.title} was never called, and is not needed any more."
    way = "" if is_over or paged.listens else " What is done there does not come back here."
    if paged.says:
        tries = "" if paged.tries == 1 else f" (tried {paged.tries} times)"
        what = "That it is over is told there as soon as that is possible" if is_over else "It is tried again"
        return f"▲ {paged.title}: {paged.says} {what}{tries}."
    if is_over and paged.is_behind:
        return f"{paged.title} is being {_SAID[Signal.RESOLVE]}."
    if paged.sent is None:
        return f"{paged.title} is being called.{way}"
    return f"{paged.title} was {_SAID[paged.sent]}.{way}"


def _buttons(escalation: Escalation) -> tuple[list[Press], list[Press]]:
    id = escalation.id
    again, note = Press("look_again_here", id, "Look again"), Press("add_note", id, "Add note…")
    resolve, hand_over = Press("resolve", id, "Resolve…"), Press("hand_over", id, "Hand over…")
    severity = Press("change_severity", id, "Change severity…")
    match escalation.state:
        case EscalationState.OPEN | EscalationState.HANDED_OVER:
            return [Press("acknowledge", id, "I take it", "primary"), note, again, resolve], [hand_over, severity]
        case EscalationState.ACKNOWLEDGED:
            return [note, again, hand_over, resolve], [Press("take_over", id, "Take over"), severity]
        case EscalationState.RESOLVED:
            return ([] if escalation.resolution else [Press("resolve", id, "Say how…")]) + [again, note], []
