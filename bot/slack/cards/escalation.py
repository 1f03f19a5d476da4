"""An escalation: the head of the thread in which others take over."""

from bot.model.escalation import Escalation, EscalationState
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.words import first_name
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, join, mark, moment, quote


def draw_escalation(escalation: Escalation) -> Message:
    """The state with who holds it, who is affected, what was found and tried, and what to do next."""
    paper = Paper()
    verdict = _verdict(escalation)
    paper.put(header(verdict))
    about = "{system} · raised by {person} {at}"
    system = join(" · ", [escalation.system_title, escalation.tenant])
    by, at = first_name(escalation.raised_by), moment(escalation.created)
    paper.put(context(mark(about, system=system, person=by, at=at)))
    paper.put(section(join("\n", _lines(escalation))))
    if escalation.tried:
        tried = [mark("• {one}", one=one) for one in escalation.tried]
        paper.put(section(join("\n", [Markup("*Tried*"), *tried])))
    elif escalation.state is not EscalationState.RESOLVED:
        paper.put(section(Markup("*Tried:* nothing yet from here")))
    if escalation.proposed:
        paper.put(section(mark("*Proposed:* {proposed}", proposed=escalation.proposed)))
    if escalation.resolution:
        paper.put(section(mark("*Cause and resolution:* {text}", text=escalation.resolution)))
    ids = mark("escalation {id} · diagnosis {diagnosis}", id=escalation.id, diagnosis=escalation.diagnosis)
    paper.end(context(ids))
    paper.buttons("escalation", _buttons(escalation))
    return paper.message(mark("{verdict} ({system}): {found}", verdict=verdict, system=system, found=escalation.found))


def _verdict(escalation: Escalation) -> str:
    severity, route = escalation.severity.value, escalation.route_title
    holder = first_name(escalation.holder) if escalation.holder else "nobody"
    match escalation.state:
        case EscalationState.OPEN:
            return f"Escalated · {severity} · to {route}: nobody has taken it yet"
        case EscalationState.ACKNOWLEDGED:
            return f"Escalated · {severity} · to {route}: {holder} works on it"
        case EscalationState.RESOLVED:
            return f"✔ Resolved · {severity} · {route}"


def _lines(escalation: Escalation) -> list[Markup]:
    affected = " · ".join(part for part in (escalation.tenant, escalation.affected) if part)
    lines = []
    if affected:
        lines.append(mark("*Affected:* {affected}", affected=affected))
    if escalation.symptom:
        lines.append(mark("*What they see:* {symptom}", symptom=quote(escalation.symptom, 1000)))
    return [*lines, mark("*Found:* {found}", found=escalation.found)]


def _buttons(escalation: Escalation) -> list[Press]:
    again = Press("look_again", escalation.diagnosis, "Look again")
    resolve = Press("resolve", escalation.id, "Resolve…")
    match escalation.state:
        case EscalationState.OPEN:
            return [Press("acknowledge", escalation.id, "I take it", "primary"), again, resolve]
        case EscalationState.ACKNOWLEDGED:
            return [again, resolve]
        case EscalationState.RESOLVED:
            return [again]
