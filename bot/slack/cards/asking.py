"""What stands in the form above the reason: exactly what would change, and who decides."""

from datetime import timedelta

from bot.model.facts import Asking
from bot.model.policy import Verdict
from bot.model.values import write_duration
from bot.slack.blocks import context, section
from bot.slack.cards.request import item_lines
from bot.slack.cards.words import either, sentence
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, join, mark, plural, time_of_day


def draw_asking(fact: Asking) -> Message:
    """The effect as a list (forms have no tables), its notes, and the decision with its reason."""
    paper = Paper()
    paper.put(section(mark("*{label}* · {where}\n{says}", label=fact.label, where=fact.where, says=fact.says)))
    paper.put(section(mark("*{says}* (as of {at})", says=fact.preview.says, at=time_of_day(fact.preview.at))))
    paper.list(item_lines(fact.preview))
    if fact.preview.notes:
        paper.put(context(join("\n", fact.preview.notes)))
    paper.put(section(_decision(fact)))
    if fact.limits:
        paper.put(context(mark("{limits}", limits=sentence(fact.limits))))
    return paper.message(mark("{label} · {where}: {says}", label=fact.label, where=fact.where, says=fact.preview.says))


def _decision(fact: Asking) -> Markup:
    decision = fact.decision
    rule = f" (rule {decision.rule})" if decision.rule else ""
    if decision.verdict is Verdict.ALLOW:
        return mark("*You may run this at once.* {reason}{rule}", reason=sentence(decision.reason), rule=rule)
    if decision.verdict is Verdict.NO:
        return mark("*You may not ask for this.* {reason}{rule}", reason=sentence(decision.reason), rule=rule)
    people = f": {either(fact.deciders)}" if fact.deciders else ""
    expires = write_duration(decision.expires) if decision.expires > timedelta() else "no time"
    text = "*Needs {count}* by {by}{people}. Expires after {expires}.{rule}"
    return mark(
        text, count=plural(decision.approvals, "approval"), by=either(decision.by), people=people, expires=expires,
        rule=f" Rule {decision.rule} of approvals.yml." if decision.rule else "",
    )  # fmt: skip
