"""A diagnosis while it runs and when it is done: the verdict, the table of checks, what to do next."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from bot.model.diagnosis import Diagnosis, Followed, NamedCause, Verdict
from bot.model.finding import ALWAYS, Finding, Status, Table
from bot.model.runbook import Remedy
from bot.model.values import write_duration
from bot.redaction import MASKED
from bot.slack.blocks import Press, context, header, section
from bot.slack.cards.procedure import is_finished, next_step, put_step_buttons, put_steps
from bot.slack.cards.unanswered import headline, unanswered
from bot.slack.cards.words import (
    FINDING_COLUMNS,
    WAITING,
    both,
    either,
    finding_row,
    first_name,
    result,
    traced,
    where,
    where_plain,
)
from bot.slack.paper import Message, Paper, texts_of
from bot.slack.text import Markup, join, link, mark, moment, plural, time_of_day

_OFFERED = 2  # remedies with a button of their own
_NEXT_RUNBOOKS = 3
_TRIED_NEXT = 2  # of these with a button of their own
_HEALTHY = 4  # checks that may stand in the table; more of them are named in one line
_ALIKE = 2  # checks with one answer that have a line each
_WORST = (Status.FAIL, Status.WARN, Status.UNKNOWN, Status.OK)


def draw_diagnosis(
    diagnosis: Diagnosis, labels: Mapping[str, str], dangerous: Collection[str] = (), order: Sequence[str] = ()
) -> Message:
    """The card.

    `labels` are the names of actions as people read them, `dangerous` the actions that come last; `order` are the
    checks in the order of the table, so that a line stays where it is when its check ends.
    """
    paper = Paper()
    paper.put(header(_verdict(diagnosis)), context(_about(diagnosis)))
    if diagnosis.followed:
        paper.put(section(join("\n", [_followed(one) for one in diagnosis.followed])))
    for text in _says(diagnosis):
        paper.put(section(text))
    if is_over(diagnosis) or is_finished(diagnosis):
        says = "The checks below were made at {at}, before this; *Look again* makes them anew."
        paper.put(context(mark(says, at=time_of_day(diagnosis.started))))
    if rows := _rows(diagnosis, order):
        paper.table(Table(title="Checks", columns=FINDING_COLUMNS, rows=rows), "checks")
    if well := _folded(diagnosis):
        count = plural(len(well), "check is as it should be", "checks are as they should be")
        paper.put(context(mark("✔ *{count}:* {labels}", count=count, labels=both(one.label for one in well))))
    if diagnosis.verdict is not Verdict.RUNNING:
        put_steps(paper, diagnosis)
        _put_rest(paper, diagnosis, labels, dangerous)
        put_step_buttons(paper, diagnosis)
        presses, more = _buttons(diagnosis, labels, dangerous)
        paper.buttons("diagnosis", presses, more)
    text = mark(
        "{verdict} ({about})", verdict=_verdict(diagnosis), about=where_plain(diagnosis.system_title, diagnosis.inputs)
    )
    return paper.message(text)


def _rows(diagnosis: Diagnosis, order: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """Every check while it runs; then what is not as it should be comes first, and many healthy ones are left out."""
    if diagnosis.verdict is not Verdict.RUNNING:
        left_out = {one.check for one in _folded(diagnosis)}
        shown = sorted(diagnosis.findings, key=lambda one: _WORST.index(one.status))
        often = Counter(one.seen for one in diagnosis.unknowns)
        rows = [
            finding_row(one) if one.status is not Status.UNKNOWN or often[one.seen] <= _ALIKE
            # Where one thing is away, many checks say the same; their names stand below the table.
            else (f"{often[one.seen]} checks", result(one), "")
            for one in shown
            if one.check not in left_out
        ]  # fmt: skip
        return tuple(dict.fromkeys(rows))
    ended = [(one.check, finding_row(one)) for one in diagnosis.findings]
    waiting = [(one.check, (one.label, WAITING, "")) for one in diagnosis.awaited]
    place = {check: number for number, check in enumerate(order)}
    ordered = sorted([*ended, *waiting], key=lambda row: place.get(row[0], len(place)))
    return tuple(row for _, row in ordered)


def _folded(diagnosis: Diagnosis) -> list[Finding]:
    """The healthy checks of a diagnosis that has ended, where they are too many for the table."""
    well = [one for one in diagnosis.findings if one.status is Status.OK]
    return well if len(well) > _HEALTHY and diagnosis.verdict is not Verdict.RUNNING else []


def _verdict(diagnosis: Diagnosis) -> str:  # noqa: PLR0911  # one line for each verdict reads best
    done, unknown = len(diagnosis.findings), len(diagnosis.unknowns)
    if is_over(diagnosis):
        word = "Fixed" if _is_among(diagnosis.causes[0], _fixes(diagnosis)) else "Fault gone"
        return f"✔ {word}: {diagnosis.causes[0].title}"
    if is_finished(diagnosis):
        in_vain = any(step.in_vain for step in diagnosis.procedure)
        said = "▲ Procedure finished, and not every step helped" if in_vain else "Procedure finished"
        return f"{said}; look again to see what is left"
    match diagnosis.verdict:
        case Verdict.RUNNING:
            return f"Looking: {done} of {done + len(diagnosis.awaited)} checks done"
        case Verdict.FAULT if diagnosis.causes:
            return f"✖ Fault found: {diagnosis.causes[0].title}"
        case Verdict.FAULT:
            return "✖ Fault found that this runbook does not explain"
        case Verdict.NO_FAULT if unknown:
            return f"? No fault found in what was answered; {unknown} of {plural(done, 'check')} could not be"
        case Verdict.NO_FAULT:
            return "✔ No fault found"
        case Verdict.CUT_OFF:
            return "? Cut off: the bot stopped while it looked"
        case _ if unknown:
            return f"? Could not tell: {headline(diagnosis)}"
        case _:
            return "? Could not tell: something is not as it should be, and no known cause explains it"


def _followed(one: Followed) -> Markup:
    says = mark("*{label}* {says}", label=one.label, says=one.says)
    return join(" · ", [says, link("its card", one.link)]) if one.link else says


def _about(diagnosis: Diagnosis) -> Markup:
    took = "" if diagnosis.verdict in {Verdict.RUNNING, Verdict.CUT_OFF} else f" · {write_duration(diagnosis.took)}"
    again = " again" if diagnosis.again_of else ""
    return mark(
        "*{title}* · {where} · asked{again} by {person} at {at}{took}",
        title=diagnosis.title, where=where(diagnosis.system_title, diagnosis.inputs), again=again,
        person=first_name(diagnosis.asked_by), at=time_of_day(diagnosis.started), took=took,
    )  # fmt: skip


def _says(diagnosis: Diagnosis) -> list[Markup]:
    """What stands between verdict and table: why, and what it means that nothing or not everything was seen."""
    texts = []
    if diagnosis.causes and diagnosis.causes[0].says:
        texts.append(mark("{says}", says=diagnosis.causes[0].says))
    if others := diagnosis.causes[1:]:
        lines = [mark("• *{title}.* {says}", title=one.title, says=one.says) for one in others]
        texts.append(join("\n", [Markup("Found as well:"), *lines]))
    if diagnosis.verdict is Verdict.CUT_OFF:
        texts.append(Markup("Nothing was changed. Look again."))
    if diagnosis.unexplained:
        labels = [finding.label for name in diagnosis.unexplained if (finding := diagnosis.finding(name))]
        text = "{labels}: at fault, and no cause of this runbook explains it. Escalate, or try another runbook."
        texts.append(mark(text, labels=both(labels)))
    return texts


def _put_rest(paper: Paper, diagnosis: Diagnosis, labels: Mapping[str, str], dangerous: Collection[str]) -> None:
    """What stands below the table: what could not be seen, what to do next, what changed, whether it is on record."""
    for line in unanswered(diagnosis):
        paper.put(context(line))
    if next_steps := _next(diagnosis, labels, dangerous):
        paper.put(section(join("\n", next_steps)))
    if diagnosis.last_at is not None and diagnosis.trend:
        text = "*Still at fault, as at* {at}: {trend}"
        paper.put(context(mark(text, at=moment(diagnosis.last_at), trend="; ".join(diagnosis.trend))))
    if diagnosis.healthy_at is not None:
        changes = "; ".join(diagnosis.changes) or "nothing that these checks see"
        text = "*Since this was last healthy* ({at}): {changes}"
        paper.put(context(mark(text, at=moment(diagnosis.healthy_at), changes=changes)))
    if place := traced(diagnosis.trace, f"diagnosis={diagnosis.id}"):
        paper.end(context(place))
    if not diagnosis.recorded:
        text = Markup("▲ *Not recorded:* the audit trail could not be written, so nothing can be changed from here.")
        paper.end(context(text, Markup("Look again later.")))


def is_over(diagnosis: Diagnosis) -> bool:
    """Whether each of its causes was verified to be fixed, or seen to be gone before a remedy of it was done."""
    over = _fixes(diagnosis) | {one.action for one in diagnosis.followed if one.is_gone}
    return bool(diagnosis.causes) and all(_is_among(cause, over) for cause in diagnosis.causes)


def _fixes(diagnosis: Diagnosis) -> set[str]:
    return {one.action for one in diagnosis.followed if one.is_fix}


def _is_among(cause: NamedCause, actions: Collection[str]) -> bool:
    """Whether one of these actions is a remedy of the cause."""
    return any(one.action in actions for one in cause.remedies)


def _next(diagnosis: Diagnosis, labels: Mapping[str, str], dangerous: Collection[str]) -> list[Markup]:
    steps = []
    if diagnosis.procedure and diagnosis.recorded:
        steps.append(next_step(diagnosis))
    elif diagnosis.offers and diagnosis.recorded and not is_over(diagnosis):
        offered = list(dict.fromkeys(_names(diagnosis.offers, labels, dangerous)))
        says = "*Do next:* {actions}. You see exactly what would change before anything is asked or done."
        steps.append(mark(says, actions=either(offered)))
    if diagnosis.withheld and diagnosis.recorded and not is_over(diagnosis):
        text = "*Run it again with more said*, and it can be offered: {actions}."
        steps.append(mark(text, actions=either(diagnosis.withheld)))
    if any(cause.guidance for cause in diagnosis.causes):
        steps.append(Markup("*For good:* the guidance in the thread says what to change."))
    if diagnosis.verdict in {Verdict.NO_FAULT, Verdict.UNCLEAR}:
        ways = [f"try {either(others)}, "] if (others := _elsewhere(diagnosis)) else []
        if diagnosis.unknowns:
            ways.append("look again when everything answers, ")
        ways.append(f"{'or ' if ways else ''}escalate with what was seen")
        steps.append(mark("*If the problem is still there:* {ways}.", ways="".join(ways)))
    return steps


def _buttons(
    diagnosis: Diagnosis, labels: Mapping[str, str], dangerous: Collection[str]
) -> tuple[list[Press], list[Press]]:
    again = Press("look_again", diagnosis.id, "Look again", "primary" if is_finished(diagnosis) else "")
    escalate = Press("escalate", diagnosis.id, "Escalate…")
    if not diagnosis.recorded:
        return [again], []
    names = _names(diagnosis.offers, labels, dangerous)
    offers = [
        Press("remedy", f"{diagnosis.id}.{number}", f"{name}…", "danger" if offer.action in dangerous else "")
        for number, (offer, name) in enumerate(zip(diagnosis.offers, names, strict=True))
    ]
    if is_over(diagnosis) or diagnosis.procedure:  # a procedure has buttons of its own
        return [again, escalate], offers
    harmless = [press for press in offers if not press.style]
    risky = [press for press in offers if press.style]
    others = [Press("pick_runbook", name, f"Try {name}") for name in _elsewhere(diagnosis)]
    shown, hidden = harmless[:_OFFERED], [*harmless[_OFFERED:], *risky[1:]]
    # One order on every card: what helps, another look, escalating, and only then what is dangerous or elsewhere.
    if diagnosis.causes:
        return [*shown, again, escalate, *risky[:1]], [*hidden, *others]
    return [again, escalate, *others[:_TRIED_NEXT]], others[_TRIED_NEXT:]


def _elsewhere(diagnosis: Diagnosis) -> Sequence[str]:
    """The runbooks to try next; none where no check answered, for neither would theirs."""
    is_away = bool(diagnosis.findings) and all(one.code in ALWAYS for one in diagnosis.findings)
    return () if is_away else diagnosis.next[:_NEXT_RUNBOOKS]


def _names(offers: Sequence[Remedy], labels: Mapping[str, str], dangerous: Collection[str]) -> list[str]:
    """What stands on the buttons; what is dangerous, or has the label of another, says in brackets what it is about."""
    often = Counter(one.action for one in offers)

    def is_told(one: Remedy) -> bool:
        is_named = one.action in dangerous and all(isinstance(value, str) for value in one.params.values())
        return often[one.action] > 1 or is_named

    return [labels.get(one.action, one.action) + (_what(one) if is_told(one) else "") for one in offers]


def _what(remedy: Remedy) -> str:
    values = [one for value in remedy.params.values() for one in (value if isinstance(value, list) else [value])]
    text = ", ".join(str(value).replace("_", " ") for value in values)
    return f" ({text})" if text else ""


def draw_details(diagnosis: Diagnosis) -> Message | None:
    """What stands in the thread: guidance, and the evidence in full; None when there is nothing to add."""
    paper = Paper()
    guided = [cause for cause in diagnosis.causes if cause.guidance]
    if guided or diagnosis.guidance:
        paper.put(header("Guidance"))
    for cause in guided:
        paper.put(section(mark("*{title}*\n{guidance}", title=cause.title, guidance=cause.guidance)))
    if diagnosis.guidance:
        paper.put(section(mark("*In any case*\n{guidance}", guidance=diagnosis.guidance)))
    said = [one for one in diagnosis.findings if one.says and one.status is not Status.OK]
    tables = [(finding, one) for finding in diagnosis.findings for one in finding.tables if one.rows]
    if said or tables:
        paper.put(header("Evidence"))
    for finding in said:
        paper.put(section(mark("*{label}:* {says}", label=finding.label, says=finding.says)))
    for number, (finding, one) in enumerate(tables):
        paper.put(context(mark("*{label}* · {title}", label=finding.label, title=one.title)))
        paper.table(one, f"{finding.check}-{number + 1}")
    well = [mark("✔ *{label}:* {seen}", label=one.label, seen=one.seen) for one in _folded(diagnosis)]
    if well:
        paper.put(header("As it should be"))
    paper.lines(well)
    if not paper.blocks:
        return None
    if diagnosis.recorded and any(MASKED in text for block in paper.blocks for text in texts_of(block)):
        paper.buttons("evidence", [Press("reveal", diagnosis.id, "Reveal…")])
    return paper.message(mark("Guidance and evidence for: {title}", title=diagnosis.title))
