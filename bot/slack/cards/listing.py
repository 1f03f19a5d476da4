"""A titled table with a sentence."""

from bot.model.facts import Listing
from bot.slack.blocks import header, section
from bot.slack.paper import Message, Paper
from bot.slack.text import mark


def draw_listing(fact: Listing) -> Message:
    """The sentence, then the table; a long one goes into a file."""
    paper = Paper()
    paper.put(header(fact.table.title), section(mark("{says}", says=fact.says)))
    if fact.table.rows:
        paper.table(fact.table, "list")
    return paper.message(mark("{says}", says=fact.says))
