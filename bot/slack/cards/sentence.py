"""One sentence, with the buttons that lead on from it."""

from bot.model.facts import Sentence
from bot.slack.blocks import Press, section
from bot.slack.paper import Message, Paper
from bot.slack.text import Markup, mark

_ICONS = {"good": "✔ ", "plain": "", "refusal": "✖ "}


def draw_sentence(fact: Sentence) -> Message:
    """The sentence; the icon stands beside the words and says nothing that they don't."""
    text = mark("{icon}{text}", icon=Markup(_ICONS[fact.tone]), text=fact.text)
    paper = Paper()
    paper.put(section(text))
    paper.buttons("next", [Press(handler, subject, label) for handler, subject, label in fact.next])
    return paper.message(text)
