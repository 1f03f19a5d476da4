"""Why somebody may or may not do something, and who may."""

from bot.model.facts import Why
from bot.model.policy import Verdict
from bot.slack.blocks import context, header, section
from bot.slack.cards.words import either, sentence
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, join, mark

_SAYS = {Verdict.ALLOW: "✔ You may", Verdict.APPROVALS: "You may ask", Verdict.NO: "✖ You may not"}


def draw_why(fact: Why) -> Message:
    """The answer first, then the reason with its rule, the roles that count, and who else may."""
    says = _SAYS[fact.decision.verdict]
    paper = Paper()
    paper.put(header(f"{says}: {fact.title}"))
    lines = [mark("{reason}", reason=sentence(fact.decision.reason))]
    if fact.roles:
        lines.append(mark("Your roles here: {roles}", roles=", ".join(fact.roles)))
    elif not fact.doubts:
        lines.append(Markup("You hold no role here."))
    if fact.deciders:
        lines.append(mark("Who may decide: {who}", who=either(fact.deciders)))
    lines += [mark("{doubt}", doubt=sentence(f"{one}, so more may count than stands here")) for one in fact.doubts]
    paper.put(section(join("\n", lines)))
    sources = [*([f"rule {fact.decision.rule}"] if fact.decision.rule else []), *fact.sources]
    if sources:
        paper.put(context(join(" · ", sources)))
    return paper.message(mark("{says}: {reason}", says=says, reason=fact.decision.reason))
