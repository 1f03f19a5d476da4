"""What the caller may say here."""

from bot.model.facts import Help
from bot.slack.blocks import context, header, section
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, code, join, mark


def draw_help(fact: Help) -> Message:
    """The commands, each with what it does."""
    paper = Paper()
    paper.put(header("What you can do here"))
    lines = [mark("{usage}\n{says}", usage=code(one.usage), says=one.says) for one in fact.entries]
    for first in range(0, len(lines), 10):
        paper.put(section(join("\n", lines[first : first + 10])))
    if fact.notes:
        paper.put(context(join("\n", fact.notes)))
    return paper.message(_text(fact))


def _text(fact: Help) -> Markup:
    return mark("What you can do here: {usages}", usages="; ".join(one.usage for one in fact.entries))
